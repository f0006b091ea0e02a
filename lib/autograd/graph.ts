/**
 * What autograd has recorded, and hooks on it; Python's `torch.autograd.graph`.
 *
 * @see https://pytorch.org/docs/stable/autograd.html#autograd-graph
 * @module
 */
import { TorchError, ValueError } from '../errors.js';
import { enableGrad } from '../grad-mode.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import type { Tensor } from '../tensor.js';
import { RemovableHandle } from '../utils/hooks.js';
import { isTensor, tensorList } from './arguments.js';
import { FunctionCtx } from './function.js';
import { GradientEdge } from './gradient-edge.js';
import { gradFnOf, gradientNode, type Node } from './node.js';

export { GradientEdge } from './gradient-edge.js';
export { type InputMetadata, Node, type NodeGradients } from './node.js';
export {
  allowMutationOnSavedTensors,
  disableSavedTensorsHooks,
  type SaveOnCpuOptions,
  savedTensorsHooks,
  saveOnCpu,
} from './saved-tensors.js';

/**
 * Where the gradient of a tensor is computed in the graph: for `autograd.grad(loss, edge)` in the
 * place of the tensor, whose values may then be freed.
 *
 * @throws TorchError for a tensor that requires no gradient.
 *
 * @example
 * ```ts
 * const a = torch.ones(2, { requiresGrad: true });
 * const b = a.mul(2);
 * torch.autograd.graph.getGradientEdge(b).node.name(); // 'MulBackward0'
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.graph.get_gradient_edge.html
 */
export function getGradientEdge(tensor: Tensor): GradientEdge {
  if (!isTensor(tensor)) throw new TypeError('getGradientEdge() takes a Tensor');
  if (!tensor.requiresGrad) {
    throw new TorchError(
      'it is not possible to get the gradient edge for a Tensor that does not require gradients',
    );
  }
  const node = gradientNode(tensor) as Node;
  // A custom Function's node lives by the graph, and its context does not keep it.
  const token =
    node instanceof FunctionCtx ? enableGrad(() => gradFnOf(tensor.viewAs(tensor))) : null;
  return new GradientEdge(node, tensor.outputNr, token);
}

/**
 * Counts a change in place that PyTorch does not know of, through the memory of `asTypedArray()`
 * say, so that a gradient that needs the values of before is an error.
 *
 * @example
 * ```ts
 * const a = torch.zeros(2);
 * torch.autograd.graph.incrementVersion(a);
 * a._version; // 1
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.graph.increment_version.html
 */
export function incrementVersion(tensor: Tensor | Iterable<Tensor>): void {
  for (const one of isTensor(tensor) ? [tensor] : tensor) native.bumpVersion(requiredId(one));
}

/** What the hooks of one call share: the gradients of each backward that is running. */
class MultiGradState {
  readonly buffers = new Map<number, { gradients: (Tensor | null)[]; missing: number }>();

  constructor(
    readonly tensors: readonly Tensor[],
    readonly hook: (gradients: (Tensor | null)[]) => void,
  ) {}

  add(index: number, gradient: Tensor): void {
    const task = native.graphTask();
    let buffer = this.buffers.get(task);
    if (!buffer) {
      const missing = this.tensors.filter((tensor) => native.willExecute(requiredId(tensor)));
      buffer = { gradients: this.tensors.map(() => null), missing: missing.length };
      this.buffers.set(task, buffer);
    }
    buffer.gradients[index] = gradient;
    buffer.missing--;
    if (buffer.missing > 0) return;
    this.buffers.delete(task);
    this.hook(buffer.gradients);
  }
}

/** How deep backwards nest within hooks, at most. */
const MAX_DEPTH = 64;

function anyHook(hook: (gradient: Tensor) => void): (gradient: Tensor) => void {
  const seen = new Set<number>();
  return (gradient) => {
    const task = native.graphTask();
    if (seen.has(task)) return;
    seen.add(task);
    // Backwards that are over do not come again.
    for (const oldest of seen) {
      if (seen.size <= MAX_DEPTH) break;
      seen.delete(oldest);
    }
    hook(gradient);
  };
}

/**
 * Calls a hook once for several tensors in each backward: when the gradients of all those that it
 * comes through have been computed (`mode: 'all'`), or the first (`'any'`).
 *
 * @param tensors The tensors, which require gradients.
 * @param hook Is given an array of gradients, null for tensors that backward did not come through;
 * in mode `'any'` the one gradient.
 * @param mode Default: `'all'`.
 *
 * @example
 * ```ts
 * const a = torch.ones(2, { requiresGrad: true });
 * const b = torch.ones(2, { requiresGrad: true });
 * const seen: boolean[][] = [];
 * torch.autograd.graph.registerMultiGradHook([a, b], (gradients) => {
 *   seen.push(gradients.map((gradient) => gradient !== null));
 * });
 * a.mul(b).sum().backward();
 * a.sum().backward();
 * seen; // [[true, true], [true, false]]
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.graph.register_multi_grad_hook
 */
export function registerMultiGradHook(
  tensors: readonly Tensor[],
  hook: (gradients: (Tensor | null)[]) => void,
  mode?: 'all' | { mode?: 'all' },
): RemovableHandle;
export function registerMultiGradHook(
  tensors: readonly Tensor[],
  hook: (gradient: Tensor) => void,
  mode: 'any' | { mode: 'any' },
): RemovableHandle;
export function registerMultiGradHook(
  tensors: readonly Tensor[],
  hook: ((gradients: (Tensor | null)[]) => void) | ((gradient: Tensor) => void),
  mode: string | { mode?: string } = 'all',
): RemovableHandle {
  const list = tensorList('registerMultiGradHook(): tensors', tensors) as readonly Tensor[];
  if (typeof hook !== 'function') {
    throw new TypeError(`registerMultiGradHook() takes a function, got ${typeof hook}`);
  }
  const name = typeof mode === 'string' ? mode : (mode.mode ?? 'all');
  if (name !== 'all' && name !== 'any') {
    throw new ValueError(`registerMultiGradHook(): mode must be 'all' or 'any', got '${name}'`);
  }
  let handles: RemovableHandle[];
  if (name === 'any') {
    const wrapped = anyHook(hook as (gradient: Tensor) => void);
    handles = list.filter((tensor) => tensor.requiresGrad).map((one) => one.registerHook(wrapped));
  } else {
    const state = new MultiGradState(list, hook as (gradients: (Tensor | null)[]) => void);
    handles = list.map((tensor, i) => tensor.registerHook((gradient) => state.add(i, gradient)));
  }
  return new RemovableHandle(() => {
    for (const handle of handles) handle.remove();
  });
}
