import type { Device } from '../device.js';
import { wrap } from '../dispatch.js';
import { TorchError } from '../errors.js';
import { ModeGuard, noGrad, within } from '../grad-mode.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import { checkOptions } from '../options.js';
import type { Tensor } from '../tensor.js';
import { isTensor } from './arguments.js';

/** Functions of their own, so that nothing but what the hooks captured lives by them. */
function packCallback(pack: (tensor: Tensor) => unknown) {
  return (id: number) => pack(wrap(id) as Tensor);
}

function unpackCallback<Packed>(unpack: (packed: Packed) => Tensor) {
  return (packed: unknown) => {
    const tensor = unpack(packed as Packed);
    if (!isTensor(tensor)) {
      throw new TypeError(
        `savedTensorsHooks(): unpack must return a Tensor, got ${tensor === null ? null : typeof tensor}`,
      );
    }
    return requiredId(tensor);
  };
}

/**
 * Runs `body` with hooks for the tensors that operations save for backward: what `pack` returns for
 * a tensor is kept in its place, and `unpack` makes the tensor of it again when a gradient needs it.
 * Without `body`, returns a guard. Within one another, the innermost hooks apply.
 *
 * What `pack` returns must not hold the tensor that it was given, `tensor.detach()` say; and what
 * the hooks capture lives until `backward` has freed the graph, or the graph is dropped.
 *
 * @param pack Is given the tensor, and must leave it as it is.
 * @param unpack Is given what `pack` returned.
 *
 * @example
 * ```ts
 * const a = torch.ones(2, { requiresGrad: true });
 * const shapes: number[][] = [];
 * const y = torch.autograd.graph.savedTensorsHooks(
 *   (tensor) => {
 *     shapes.push(tensor.shape);
 *     return tensor.to(torch.float64);
 *   },
 *   (packed) => packed.to(torch.float32),
 *   () => a.exp(),
 * );
 * y.sum().backward();
 * shapes; // [[2]]
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.graph.saved_tensors_hooks
 */
export function savedTensorsHooks<Packed>(
  pack: (tensor: Tensor) => Packed,
  unpack: (packed: Packed) => Tensor,
): ModeGuard;
export function savedTensorsHooks<Packed, R>(
  pack: (tensor: Tensor) => Packed,
  unpack: (packed: Packed) => Tensor,
  body: () => R,
): R;
export function savedTensorsHooks<Packed, R>(
  pack: (tensor: Tensor) => Packed,
  unpack: (packed: Packed) => Tensor,
  body?: () => R,
): R | ModeGuard {
  for (const hook of [pack, unpack]) {
    if (typeof hook !== 'function') {
      throw new TypeError(`savedTensorsHooks() takes two functions, got ${typeof hook}`);
    }
  }
  native.pushSavedTensorHooks(packCallback(pack), unpackCallback(unpack));
  return within(new ModeGuard(() => native.popSavedTensorHooks()), body);
}

/** The options of {@link saveOnCpu}. */
export interface SaveOnCpuOptions {
  /** Whether to copy to pinned memory, and without waiting. Default: false. */
  pinMemory?: boolean;
}

/**
 * Runs `body` keeping the tensors that are saved for backward in the CPU's memory, and copying them
 * back when they are needed: time for GPU memory. Without `body`, returns a guard.
 *
 * @example
 * ```ts
 * const a = torch.ones(2, { requiresGrad: true });
 * const y = torch.autograd.graph.saveOnCpu(() => a.exp().sum());
 * y.backward();
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.graph.save_on_cpu
 */
export function saveOnCpu(options?: boolean | SaveOnCpuOptions): ModeGuard;
export function saveOnCpu<R>(body: () => R): R;
export function saveOnCpu<R>(options: boolean | SaveOnCpuOptions, body: () => R): R;
export function saveOnCpu<R>(
  ...args: [(boolean | SaveOnCpuOptions | (() => R))?, (() => R)?]
): R | ModeGuard {
  const [options = {}, body] = typeof args[0] === 'function' ? [{}, args[0]] : [args[0], args[1]];
  if (typeof options !== 'boolean') checkOptions('saveOnCpu()', options, ['pinMemory']);
  const pinMemory = typeof options === 'boolean' ? options : (options.pinMemory ?? false);
  const pack = (tensor: Tensor): [Device, Tensor] => {
    if (!pinMemory) return [tensor.device, tensor.cpu()];
    const isPinnable = native.cudaDeviceCount() > 0 && !tensor.isSparse;
    const { dtype, layout } = tensor;
    const packed = operators.torch.empty(tensor.shape, { dtype, layout, pinMemory: isPinnable });
    return [tensor.device, packed.copy_(tensor, isPinnable)];
  };
  const unpack = ([device, tensor]: [Device, Tensor]) =>
    tensor.to(device, { nonBlocking: pinMemory });
  return body === undefined
    ? savedTensorsHooks(pack, unpack)
    : savedTensorsHooks(pack, unpack, body);
}

/**
 * Runs `body` where {@link savedTensorsHooks} is an error with this message: for what does not work
 * together with it. Without `body`, returns a guard.
 *
 * @example
 * ```ts
 * const { disableSavedTensorsHooks, saveOnCpu } = torch.autograd.graph;
 * using _ = disableSavedTensorsHooks('not in here');
 * saveOnCpu(); // throws TorchError: not in here
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.graph.disable_saved_tensors_hooks
 */
export function disableSavedTensorsHooks(errorMessage: string): ModeGuard;
export function disableSavedTensorsHooks<R>(errorMessage: string, body: () => R): R;
export function disableSavedTensorsHooks<R>(errorMessage: string, body?: () => R): R | ModeGuard {
  if (typeof errorMessage !== 'string' || errorMessage === '') {
    throw new TypeError('disableSavedTensorsHooks() takes the message of the error');
  }
  const before = native.disableSavedTensorsHooks(errorMessage) ?? null;
  return within(new ModeGuard(() => native.disableSavedTensorsHooks(before)), body);
}

/** A tensor that was saved: as it was, or a copy from when it was about to change. */
interface SavedOriginal {
  original: Tensor | null;
  copy: Tensor | null;
}

let isMutationAllowed = false;

const versionOf = (tensor: Tensor) => `${tensor.dataPtr()}:${tensor._version}`;

/**
 * Runs `body` where tensors may be changed in place though backward needs what they were: they are
 * copied before they change. Both passes must run in it. Without `body`, returns a guard. What is
 * saved in it stays in memory until it ends.
 *
 * @example
 * ```ts
 * const a = torch.ones(2, { requiresGrad: true });
 * torch.autograd.graph.allowMutationOnSavedTensors(() => {
 *   const b = a.clone();
 *   const y = b.pow(2).sum();
 *   b.sin_();
 *   y.backward();
 * });
 * console.log(a.grad); // tensor([2., 2.])
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.graph.allow_mutation_on_saved_tensors
 */
export function allowMutationOnSavedTensors(): ModeGuard;
export function allowMutationOnSavedTensors<R>(body: () => R): R;
export function allowMutationOnSavedTensors<R>(body?: () => R): R | ModeGuard {
  if (isMutationAllowed) {
    throw new TorchError('allowMutationOnSavedTensors() cannot be nested');
  }
  const saved = new Map<string, SavedOriginal[]>();
  const hooks = savedTensorsHooks(
    (tensor): SavedOriginal => {
      const one = { original: tensor, copy: null };
      const version = versionOf(tensor);
      const others = saved.get(version);
      if (others) others.push(one);
      else saved.set(version, [one]);
      return one;
    },
    ({ original, copy }) => {
      const tensor = copy ?? original;
      if (tensor) return tensor;
      throw new TorchError(
        'trying to go backward outside of the allowMutationOnSavedTensors() in which the graph was recorded',
      );
    },
  );
  native.watchMutation((ids) => {
    for (const id of ids) {
      const version = versionOf(wrap(id) as Tensor);
      for (const one of saved.get(version) ?? []) {
        one.copy = noGrad(() => one.original?.clone() ?? null);
        one.original = null;
      }
      saved.delete(version);
    }
  });
  isMutationAllowed = true;
  const guard = new ModeGuard(() => {
    isMutationAllowed = false;
    native.watchMutation(null);
    hooks[Symbol.dispose]();
    for (const one of [...saved.values()].flat()) one.original = null;
  });
  return within(guard, body);
}
