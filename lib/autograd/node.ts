import { Device } from '../device.js';
import { wrap } from '../dispatch.js';
import { type DType, dtypeOfCode } from '../dtype.js';
import { TorchError } from '../errors.js';
import { idOf, isHandle, requiredId } from '../handle.js';
import { native } from '../native.js';
import type { Tensor } from '../tensor.js';
import { RemovableHandle } from '../utils/hooks.js';

/** A gradient for each input or output of a node; null where there is none. */
export type NodeGradients = readonly (Tensor | null)[];

/** What a node knows of a gradient that it takes. */
export interface InputMetadata {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly device: Device;
}

/** The id in native code, 0 where no node was recorded. @internal */
export let nodeId: (node: Node) => number;
/** @internal */
export let setNodeId: (node: Node, id: number) => void;

/** What native code calls, until the hook is taken away. */
interface HookState<Hook> {
  hook: Hook | null;
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && isHandle(value);
}

/** The gradients of ids. @internal */
export function gradientsOf(ids: readonly number[]): (Tensor | null)[] {
  return ids.map((id) => (id === 0 ? null : (wrap(id) as Tensor)));
}

/** The ids of what a hook returned in the place of `count` gradients. */
function replacementIds(where: string, result: unknown, count: number): number[] | undefined {
  if (result === undefined || result === null) return undefined;
  if (!Array.isArray(result)) {
    throw new TypeError(`${where} must return an array of Tensors and nulls, or nothing`);
  }
  if (result.length !== count) {
    throw new TorchError(
      `${where} has returned an incorrect number of values (got ${result.length}, but expected ${count})`,
    );
  }
  return result.map((gradient) => {
    if (gradient === null || gradient === undefined) return 0;
    if (!isTensor(gradient)) throw new TypeError(`${where} must return Tensors and nulls`);
    return requiredId(gradient);
  });
}

function checkHook(where: string, hook: unknown): void {
  if (typeof hook !== 'function') {
    throw new TypeError(`${where} takes a function, got ${typeof hook}`);
  }
}

/** Not closures over a node, so that a hook keeps alive what it captured and no more. */
function preHookCallback(state: HookState<(gradOutputs: NodeGradients) => unknown>) {
  return (ids: number[]) =>
    replacementIds('a pre-hook', state.hook?.(gradientsOf(ids)), ids.length);
}

function postHookCallback(
  state: HookState<(gradInputs: NodeGradients, gradOutputs: NodeGradients) => unknown>,
) {
  return (inputs: number[], outputs: number[]) =>
    replacementIds(
      'a hook',
      state.hook?.(gradientsOf(inputs), gradientsOf(outputs)),
      inputs.length,
    );
}

function hookHandle(id: number, key: number, isPreHook: boolean, state: HookState<unknown>) {
  return new RemovableHandle(() => {
    state.hook = null;
    native.removeNodeHook(id, key, isPreHook);
  });
}

/**
 * An operation in the graph that autograd records: what `x.gradFn` is.
 *
 * @example
 * ```ts
 * const a = torch.ones(2, { requiresGrad: true });
 * const b = a.mul(2).sum();
 * b.gradFn?.name(); // 'SumBackward0'
 * b.gradFn?.nextFunctions[0]?.[0]?.name(); // 'MulBackward0'
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html
 */
export class Node {
  #id = 0;

  static {
    nodeId = (node) => node.#id;
    setNodeId = (node, id) => {
      node.#id = id;
    };
  }

  /** What the operation is called: `MulBackward0`, or a custom Function's name and `Backward`. */
  name(): string {
    return native.nodeName(this.#id);
  }

  /** For each input of the operation its own node, and which of that node's results it was. */
  get nextFunctions(): readonly (readonly [node: Node | null, index: number])[] {
    const edges = native.nextEdges(this.#id);
    const functions: [Node | null, number][] = [];
    for (let i = 0; i < edges.length; i += 2) {
      functions.push([nodeOf(edges[i]), edges[i + 1] as number]);
    }
    return functions;
  }

  /** An object of the node's own, for whatever is to be noted of it. */
  get metadata(): Record<string, unknown> {
    return native.nodeMetadata(this.#id, {}) as Record<string, unknown>;
  }

  /** How many nodes were recorded before it. @internal */
  _sequenceNr(): number {
    return native.nodeSequence(this.#id);
  }

  /** What it knows of the gradients that it takes. @internal */
  get _inputMetadata(): readonly (InputMetadata | null)[] {
    return native.nodeInputs(this.#id).map((input) => {
      if (input === null) return null;
      const [dtype, device, ...shape] = input as [number, number, ...number[]];
      return {
        shape,
        dtype: dtypeOfCode(dtype),
        device: Device.ofCode(Math.floor(device / 256), (device % 256) - 1),
      };
    });
  }

  /**
   * Calls `hook` each time the node has computed gradients; what it returns takes the place of the
   * gradients with respect to the operation's inputs.
   *
   * @param hook Is given the gradients with respect to the inputs, and to the outputs.
   * @see https://pytorch.org/docs/stable/generated/torch.autograd.graph.Node.register_hook.html
   */
  registerHook(
    // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is the usual one
    hook: (gradInputs: NodeGradients, gradOutputs: NodeGradients) => NodeGradients | null | void,
  ): RemovableHandle {
    checkHook('registerHook()', hook);
    const state = { hook };
    const key = native.registerNodeHook(this.#id, postHookCallback(state), false);
    return hookHandle(this.#id, key, false, state);
  }

  /**
   * Calls `hook` each time the node is about to compute gradients; what it returns takes the place
   * of the gradients with respect to the operation's outputs.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.autograd.graph.Node.register_prehook.html
   */
  registerPrehook(
    // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is the usual one
    hook: (gradOutputs: NodeGradients) => NodeGradients | null | void,
  ): RemovableHandle {
    checkHook('registerPrehook()', hook);
    const state = { hook };
    const key = native.registerNodeHook(this.#id, preHookCallback(state), true);
    return hookHandle(this.#id, key, true, state);
  }

  /** As Python prints a node. */
  toString(): string {
    return this.#id === 0 ? '<Node>' : `<${this.name()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** The node that native code answered with: one that JavaScript has, a new one, none. @internal */
export function nodeOf(answer: unknown): Node | null {
  if (typeof answer !== 'number') return (answer as Node | null | undefined) ?? null;
  const node = new Node();
  native.attachNode(answer, node);
  setNodeId(node, answer);
  return node;
}

/** The node that made a tensor, null for a leaf. @internal */
export function gradFnOf(tensor: Tensor): Node | null {
  return nodeOf(native.gradFn(idOf(tensor)));
}

/** The node through which a tensor's gradient comes; for a leaf the one that fills `grad`. @internal */
export function gradientNode(tensor: Tensor): Node | null {
  return nodeOf(native.gradientNode(idOf(tensor)));
}

// See `Hooks` in binding/src/hooks.h: while V8 collects, what a node holds lives by these.
let links = new WeakMap<object, unknown[]>();
native.setLinks(
  (holder, value) => {
    const values = links.get(holder);
    if (values) values.push(value);
    else links.set(holder, [value]);
  },
  () => {
    links = new WeakMap();
  },
);
