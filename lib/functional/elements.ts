import { operators } from '../operators.js';
import { checkOptions } from '../options.js';
import type { Tensor } from '../tensor.js';

/** The options of {@link nonzero}. */
export interface NonzeroOptions {
  /** Whether to give the indices of each dimension apart, as `x.index(...)` takes them. */
  asTuple?: boolean;
  /** Where to write the result. Default: a new tensor. */
  out?: Tensor | null;
}

/**
 * Where a tensor is not zero.
 *
 * @param input Any shape, of `n` dimensions.
 * @param options.asTuple Whether to give an array of `n` tensors, one for each dimension, in place
 * of one tensor. Default: false.
 * @param options.out Where to write the result. Default: a new tensor.
 * @returns int64, of shape `[count, n]`: one row of indices for each element that is not zero.
 *
 * @example
 * ```ts
 * torch.nonzero(torch.tensor([1, 0, 1])); // tensor([[0], [2]])
 * x.index(...torch.nonzero(x, { asTuple: true }));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nonzero.html
 */
export function nonzero(input: Tensor, options: NonzeroOptions & { asTuple: true }): Tensor[];
export function nonzero(input: Tensor, options?: NonzeroOptions & { asTuple?: false }): Tensor;
export function nonzero(input: Tensor, options?: NonzeroOptions): Tensor | Tensor[];
export function nonzero(input: Tensor, options: NonzeroOptions = {}): Tensor | Tensor[] {
  checkOptions('nonzero()', options, ['asTuple', 'out']);
  const { asTuple = false, out = null } = options;
  return asTuple ? operators.torch.nonzeroNumpy(input) : operators.torch.nonzero(input, { out });
}

/**
 * How many elements a tensor has.
 *
 * @example
 * ```ts
 * torch.numel(torch.zeros(2, 3)); // 6
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.numel.html
 */
export function numel(input: Tensor): number {
  return input.numel();
}

/**
 * The index of the GPU that holds a tensor; -1 for the CPU.
 *
 * @example
 * ```ts
 * torch.getDevice(torch.zeros(2)); // -1
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.get_device.html
 */
export function getDevice(input: Tensor): number {
  return input.getDevice();
}
