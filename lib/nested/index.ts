import { isTensor, type NestedArray, tensor } from '../creation.js';
import type { DType } from '../dtype.js';
import { NotImplementedError, TorchError } from '../errors.js';
import type { NestedFunctions } from '../generated/functions.js';
import { withHints } from '../hints.js';
import type { Layout } from '../layout.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { DeviceLike } from '../types.js';

/** The options of {@link asNestedTensor}. */
export interface AsNestedTensorOptions {
  /** The element type. Default: that of the first tensor. */
  dtype?: DType | null;
  /** Where to put it. Default: where the first tensor is. */
  device?: DeviceLike | null;
  /** Only `torch.strided`. */
  layout?: Layout | null;
}

/** The options of {@link nestedTensor}. */
export interface NestedTensorOptions extends AsNestedTensorOptions {
  /** Whether autograd records what is done with it. Default: false. */
  requiresGrad?: boolean;
  /** Whether to make it in page-locked memory. Default: false. */
  pinMemory?: boolean;
}

function checkLayout(where: string, layout: Layout | null): void {
  if (layout !== null && layout.name !== 'strided') {
    throw new NotImplementedError(
      `${where}: nested tensors are strided here; the layout ${layout} is written in Python, outside libtorch`,
    );
  }
}

function checkList(where: string, list: unknown): asserts list is readonly unknown[] {
  if (!Array.isArray(list)) throw new TypeError(`${where} takes an array, got ${typeof list}`);
}

type Parts = (list: readonly Tensor[], options: object) => Tensor;

/** The nested tensor of these parts; it copies them. */
function gather(parts: readonly Tensor[], options: object): Tensor {
  return (operators.torch._nestedTensorFromTensorList as unknown as Parts)(parts, options);
}

const nestedSignature = new Signature<
  Required<NestedTensorOptions> & { tensorList: readonly NestedArray[] }
>(
  'nested.nestedTensor()',
  { tensorList: required },
  { dtype: null, layout: null, device: null, requiresGrad: false, pinMemory: false },
);

/**
 * A nested tensor of copies of tensors whose shapes may differ in any dimension; a leaf of the graph.
 *
 * @param tensorList Tensors of the same number of dimensions, or what `torch.tensor` takes.
 * @param options.dtype The element type. Default: that of the first.
 * @param options.device Where to put it. Default: where the first is.
 * @param options.requiresGrad Whether autograd records what is done with it. Default: false.
 * @param options.pinMemory Whether to make it in page-locked memory. Default: false.
 * @param options.layout Only `torch.strided`.
 *
 * @example
 * ```ts
 * const x = torch.nested.nestedTensor([torch.tensor([1, 2]), torch.tensor([3])]);
 * torch.nested.toPaddedTensor(x, 0); // tensor([[1., 2.], [3., 0.]])
 * ```
 * @see https://pytorch.org/docs/stable/nested.html
 */
function nestedTensor(
  ...args: Call<[tensorList: readonly NestedArray[]], [], NestedTensorOptions>
): Tensor {
  const { tensorList, dtype, layout, device, requiresGrad, pinMemory } = nestedSignature.bind(args);
  const where = 'nested.nestedTensor()';
  checkLayout(where, layout);
  checkList(where, tensorList);
  const parts = tensorList.map((part) =>
    isTensor(part) ? part.detach() : tensor(part, { dtype, device }),
  );
  const made = gather(parts, { dtype, device, pinMemory: pinMemory || null });
  return requiresGrad ? made.requiresGrad_() : made;
}

const asNestedSignature = new Signature<
  Required<AsNestedTensorOptions> & { ts: Tensor | readonly Tensor[] }
>('nested.asNestedTensor()', { ts: required, dtype: null, device: null, layout: null });

/**
 * The nested tensor of tensors, or of a tensor's slices along its first dimension; gradients flow
 * through it.
 *
 * @param ts An array of tensors of the same number of dimensions, or one of at least two dimensions.
 * @param dtype The element type. Default: that of the first.
 * @param device Where to put it. Default: where the first is.
 * @param layout Only `torch.strided`.
 * @throws TorchError for a tensor of fewer than two dimensions.
 *
 * @example
 * ```ts
 * const x = torch.nested.asNestedTensor([torch.ones(2), torch.ones(3)]);
 * x.isNested; // true
 * ```
 * @see https://pytorch.org/docs/stable/nested.html
 */
function asNestedTensor(
  ...args: Call<
    [ts: Tensor | readonly Tensor[]],
    [dtype: DType | null, device: DeviceLike | null, layout: Layout | null],
    AsNestedTensorOptions
  >
): Tensor {
  const { ts, dtype, device, layout } = asNestedSignature.bind(args);
  const where = 'nested.asNestedTensor()';
  checkLayout(where, layout);
  if (!isTensor(ts)) {
    checkList(where, ts);
    return gather(ts as readonly Tensor[], { dtype, device });
  }
  if (ts.isNested) return ts.to({ dtype: dtype ?? ts.dtype, device: device ?? ts.device });
  if (ts.dim() < 2) {
    throw new TorchError(`${where}: the tensor must have at least two dimensions, not ${ts.dim()}`);
  }
  return gather(ts.unbind(), { dtype, device });
}

const narrowSignature = new Signature<{
  tensor: Tensor;
  dim: number;
  start: number;
  length: number;
  layout: Layout | null;
}>('nested.narrow()', {
  tensor: required,
  dim: required,
  start: required,
  length: required,
  layout: null,
});

/**
 * A tensor's slices along its first dimension as a nested tensor, of which some are kept.
 *
 * @param tensor Of at least two dimensions.
 * @param dim Which dimension is narrowed: of strided nested tensors only the first, 0.
 * @param start Where it begins.
 * @param length How much of it is kept.
 * @param layout Only `torch.strided`, with numbers for `start` and `length`.
 *
 * @example
 * ```ts
 * torch.nested.narrow(torch.ones(3, 4), 0, 1, 2).unbind().length; // 2
 * ```
 * @see https://pytorch.org/docs/stable/nested.html
 */
function narrow(
  ...args: Call<
    [tensor: Tensor, dim: number, start: number, length: number],
    [layout: Layout | null],
    { layout?: Layout | null }
  >
): Tensor {
  const { tensor: given, dim, start, length, layout } = narrowSignature.bind(args);
  checkLayout('nested.narrow()', layout);
  return asNestedTensor(given.unbind()).narrow(dim, start, length);
}

const members = { nestedTensor, asNestedTensor, narrow };

/** Nested tensors: batches of tensors whose shapes differ. */
export const nested: NestedFunctions & typeof members = Object.setPrototypeOf(
  members,
  withHints(operators.nested),
);
