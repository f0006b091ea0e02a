import { isPlainObject } from '../options.js';

/**
 * How a nested value is built, without its leaves. Arrays (tuples of operators among them), plain
 * objects and Maps are nodes; everything else is a leaf. PyTorch's `torch.utils._pytree`.
 *
 * @internal
 */
export class TreeSpec {
  readonly numLeaves: number;

  constructor(
    readonly kind: 'leaf' | 'array' | 'object' | 'map',
    readonly keys: readonly unknown[],
    readonly children: readonly TreeSpec[],
    /** A value of the kind, empty and of the class that the original had. */
    readonly make: () => unknown = () => undefined,
  ) {
    this.numLeaves =
      kind === 'leaf' ? 1 : children.reduce((sum, child) => sum + child.numLeaves, 0);
  }

  equals(other: TreeSpec): boolean {
    return (
      this.kind === other.kind &&
      this.children.length === other.children.length &&
      this.keys.every((key, i) => key === other.keys[i]) &&
      this.children.every((child, i) => child.equals(other.children[i] as TreeSpec))
    );
  }

  /** `[*, { a: * }]`, a star for each leaf. */
  toString(): string {
    if (this.kind === 'leaf') return '*';
    if (this.kind === 'array') return `[${this.children.join(', ')}]`;
    const members = this.children.map((child, i) => `${String(this.keys[i])}: ${child}`).join(', ');
    return this.kind === 'map' ? `Map { ${members} }` : `{ ${members} }`;
  }
}

const leaf = new TreeSpec('leaf', [], []);

/** The node that `value` is, and what hangs on it; undefined for a leaf. */
function nodeOf(
  value: unknown,
): [spec: (children: TreeSpec[]) => TreeSpec, children: unknown[]] | undefined {
  if (Array.isArray(value)) {
    const Class = value.constructor as new () => unknown[];
    return [(children) => new TreeSpec('array', [], children, () => new Class()), [...value]];
  }
  if (value instanceof Map) {
    const keys = [...value.keys()];
    return [
      (children) => new TreeSpec('map', keys, children, () => new Map()),
      [...value.values()],
    ];
  }
  if (isPlainObject(value)) {
    const keys = Object.keys(value);
    const prototype = Object.getPrototypeOf(value);
    const make = () => Object.create(prototype);
    return [(children) => new TreeSpec('object', keys, children, make), Object.values(value)];
  }
  return undefined;
}

/** The leaves in order, and the structure around them. @internal */
export function treeFlatten(tree: unknown): [leaves: unknown[], spec: TreeSpec] {
  const leaves: unknown[] = [];
  const visit = (value: unknown): TreeSpec => {
    const node = nodeOf(value);
    if (node) return node[0](node[1].map(visit));
    leaves.push(value);
    return leaf;
  };
  return [leaves, visit(tree)];
}

/** Builds a structure around leaves. @internal */
export function treeUnflatten(leaves: readonly unknown[], spec: TreeSpec): unknown {
  let next = 0;
  const build = (spec: TreeSpec): unknown => {
    if (spec.kind === 'leaf') return leaves[next++];
    const node = spec.make();
    for (const [i, child] of spec.children.entries()) {
      const value = build(child);
      if (node instanceof Map) node.set(spec.keys[i], value);
      else (node as Record<PropertyKey, unknown>)[(spec.keys[i] as string) ?? i] = value;
    }
    return node;
  };
  return build(spec);
}

/** The leaves in order. @internal */
export const treeLeaves = (tree: unknown): unknown[] => treeFlatten(tree)[0];

/** The same structure with each leaf replaced. @internal */
export function treeMap(tree: unknown, map: (leaf: unknown) => unknown): unknown {
  const [leaves, spec] = treeFlatten(tree);
  return treeUnflatten(leaves.map(map), spec);
}

/**
 * A value for each leaf of `spec` from a tree that may stop short of the leaves: what stands where
 * a node does counts for all leaves below. Null where the two do not match.
 *
 * @internal
 */
export function broadcastToAndFlatten(prefix: unknown, spec: TreeSpec): unknown[] | null {
  const values: unknown[] = [];
  const visit = (value: unknown, spec: TreeSpec): boolean => {
    const node = nodeOf(value);
    if (!node) {
      for (let i = 0; i < spec.numLeaves; i++) values.push(value);
      return true;
    }
    const [make, children] = node;
    const { kind, keys } = make(children.map(() => leaf));
    if (kind !== spec.kind || children.length !== spec.children.length) return false;
    return spec.children.every((child, i) => {
      const place = kind === 'array' ? i : keys.indexOf(spec.keys[i]);
      return place >= 0 && visit(children[place], child);
    });
  };
  return visit(prefix, spec) ? values : null;
}
