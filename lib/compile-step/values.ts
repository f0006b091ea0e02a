import { wrap } from '../dispatch.js';
import { type Handle, isHandle, requiredId } from '../handle.js';
import { Tensor } from '../tensor.js';
import { type TreeSpec, treeFlatten, treeUnflatten } from '../utils/pytree.js';

const isTensor = (leaf: unknown): leaf is Handle =>
  typeof leaf === 'object' && leaf !== null && isHandle(leaf);

/** The arguments of a call: the structure, the tensors in it, and all else. */
export class CallArguments {
  readonly leaves: readonly unknown[];
  readonly spec: TreeSpec;
  readonly tensors: readonly Handle[];

  constructor(args: readonly unknown[]) {
    [this.leaves, this.spec] = treeFlatten(args);
    this.tensors = this.leaves.filter(isTensor);
  }

  get ids(): number[] {
    return this.tensors.map(requiredId);
  }

  /** The arguments without the tensors, for a comparison later on. */
  get pattern(): ArgumentPattern {
    return new ArgumentPattern(this.spec, this.leaves);
  }
}

/** The arguments that a call must have, but for the tensors. */
export class ArgumentPattern {
  readonly #leaves: readonly unknown[];

  constructor(
    private readonly spec: TreeSpec,
    leaves: readonly unknown[],
  ) {
    this.#leaves = leaves.map((leaf) => (isTensor(leaf) ? isTensor : leaf));
  }

  fits({ leaves, spec }: CallArguments): boolean {
    return (
      leaves.length === this.#leaves.length &&
      spec.equals(this.spec) &&
      leaves.every((leaf, i) => {
        const known = this.#leaves[i];
        return known === isTensor ? isTensor(leaf) : Object.is(leaf, known);
      })
    );
  }
}

// Where a result comes from; Tape::Result::Kind of binding/src/tape.h.
const MADE = 0;
const INPUT = 1;

/** One value in what a step returns. */
type Part = { made: true } | { input: number } | { value: unknown };

/** What a recorded call returned, and where the tensors in it come from. */
export class ResultPlan {
  readonly #parts: readonly Part[];

  /** @param origins A kind and a register for each tensor, inputs being the first registers. */
  constructor(
    leaves: readonly unknown[],
    private readonly spec: TreeSpec,
    origins: readonly number[],
  ) {
    let next = 0;
    this.#parts = leaves.map((value) => {
      if (!isTensor(value)) return { value };
      const [kind, register] = origins.slice(next, next + 2);
      next += 2;
      if (kind === MADE) return { made: true };
      return kind === INPUT ? { input: register as number } : { value };
    });
  }

  /** Whether another call returned the same but for the tensors made in it. */
  isLike(other: ResultPlan): boolean {
    return (
      other.spec.equals(this.spec) &&
      other.#parts.every((part, i) => {
        const own = this.#parts[i];
        if (!own || !('value' in part) || !('value' in own)) return true;
        // Where tensors come from is compared with the tapes.
        return Object.is(part.value, own.value) || isTensor(own.value);
      })
    );
  }

  /** The result of a replay that made tensors of these ids. */
  build(ids: readonly number[], { tensors }: CallArguments): unknown {
    let next = 0;
    const leaves = this.#parts.map((part) => {
      if ('made' in part) return wrap(ids[next++] as number);
      return 'input' in part ? tensors[part.input] : part.value;
    });
    return treeUnflatten(leaves, this.spec);
  }
}

/** The results of an eager call, without the graph that they come with. */
export function detached(leaf: unknown): unknown {
  return leaf instanceof Tensor && leaf.gradFn !== null ? leaf.detach() : leaf;
}
