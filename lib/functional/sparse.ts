import { type NestedArray, tensor } from '../creation.js';
import { type DType, int64 } from '../dtype.js';
import { ValueError } from '../errors.js';
import { isHandle } from '../handle.js';
import { Layout, sparseBsc, sparseBsr, sparseCsc, sparseCsr } from '../layout.js';
import { operators } from '../operators.js';
import { type Call, isPlainObject, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { DeviceLike, Size, TensorOptions } from '../types.js';

/** The options of the functions that make sparse tensors. */
export interface SparseTensorOptions {
  /** The element type. Default: that of the values. */
  dtype?: DType | null;
  /** Where to put it. Default: where the values are. */
  device?: DeviceLike | null;
  /** Whether autograd records what is done with it. Default: false. */
  requiresGrad?: boolean;
  /** Taken as in Python; the indices are always checked, since a wrong one would be fatal. */
  checkInvariants?: boolean | null;
}

/** The options of {@link sparseCooTensor}. */
export interface SparseCooOptions extends SparseTensorOptions {
  /** The shape. Default: the least that holds all indices. */
  size?: Size | null;
  /** Whether the indices are known to be sorted and to stand once each. Default: unknown. */
  isCoalesced?: boolean | null;
}

interface BoundOptions {
  values: NestedArray;
  size: Size | null;
  dtype: DType | null;
  device: DeviceLike | null;
  requiresGrad: boolean;
  checkInvariants: boolean | null;
}

const named = { dtype: null, device: null, requiresGrad: false, checkInvariants: null };

type Maker = (...args: unknown[]) => Tensor;

function valuesOf({ values, dtype, device }: BoundOptions): Tensor {
  if (typeof values !== 'object' || !isHandle(values)) return tensor(values, { dtype, device });
  const given = values as Tensor;
  return dtype || device
    ? given.to({ dtype: dtype ?? given.dtype, device: device ?? given.device })
    : given;
}

function indicesOf(indices: NestedArray, { device }: Tensor): Tensor {
  if (typeof indices !== 'object' || !isHandle(indices)) {
    return tensor(indices, { dtype: int64, device });
  }
  return (indices as Tensor).to(device);
}

const cooSignature = new Signature<
  BoundOptions & { indices: NestedArray; isCoalesced: boolean | null }
>(
  'sparseCooTensor()',
  { indices: required, values: required, size: null },
  { ...named, isCoalesced: null },
);

/** Whether the arguments are those of an empty tensor of a shape. */
function isShapeAlone(args: readonly unknown[]): boolean {
  const [first, second] = args;
  if (isPlainObject(first)) return !('values' in first);
  const others = args.slice(1);
  const isRest = second === undefined || isPlainObject(second);
  const isSpread = others.every((arg) => typeof arg === 'number' || isPlainObject(arg));
  return (
    (Array.isArray(first) && isRest && !(isPlainObject(second) && 'values' in second)) ||
    (typeof first === 'number' && isSpread)
  );
}

/**
 * A sparse tensor in the COO layout, of the coordinates of its elements and their values. Elements of
 * one place add up.
 *
 * @param indices `[sparse dimensions, elements]`, integers; a tensor, or nested arrays.
 * @param values `[elements, ...dense dimensions]`; a tensor, or nested arrays.
 * @param size The shape. Default: the least that holds all indices.
 * @param options.dtype The element type. Default: that of the values.
 * @param options.device Where to put it. Default: where the values are.
 * @param options.requiresGrad Whether autograd records what is done with it. Default: false.
 * @param options.checkInvariants Taken as in Python; the indices are always checked.
 * @param options.isCoalesced Whether the indices are sorted and stand once each. Default: unknown.
 *
 * @example
 * ```ts
 * const x = torch.sparseCooTensor([[0, 1], [2, 0]], [3, 4], [2, 3]);
 * x.toDense(); // tensor([[0., 0., 3.], [4., 0., 0.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.sparse_coo_tensor.html
 */
export function sparseCooTensor(
  ...args: Call<[indices: NestedArray, values: NestedArray], [size: Size | null], SparseCooOptions>
): Tensor;
export function sparseCooTensor(size: Size, options?: TensorOptions): Tensor;
export function sparseCooTensor(...args: unknown[]): Tensor {
  const make = operators.torch.sparseCooTensor as Maker;
  if (isShapeAlone(args)) return make(...args);
  const bound = cooSignature.bind(args);
  const { size, isCoalesced, requiresGrad } = bound;
  const values = valuesOf(bound);
  const indices = indicesOf(bound.indices, values);
  const options = { dtype: values.dtype, device: values.device, isCoalesced };
  const made = size ? make(indices, values, size, options) : make(indices, values, options);
  return requiresGrad ? made.detach().requiresGrad_() : made;
}

/** What the functions of compressed layouts have in common. */
function compressed(where: string, names: [compressed: string, plain: string], layout?: Layout) {
  type Bound = BoundOptions & Record<string, unknown> & { layout: Layout | null };
  const signature = new Signature<Bound>(
    where,
    {
      [names[0]]: required,
      [names[1]]: required,
      values: required,
      size: null,
    } as unknown as Partial<Bound>,
    { ...named, ...(layout ? {} : { layout: null }) } as unknown as Partial<Bound>,
  );
  return (args: readonly unknown[]): Tensor => {
    const bound = signature.bind(args);
    const { size, requiresGrad } = bound;
    const chosen = layout ?? bound.layout;
    const known: (Layout | null)[] = [sparseCsr, sparseCsc, sparseBsr, sparseBsc];
    if (!(chosen instanceof Layout) || !known.includes(chosen)) {
      throw new ValueError(
        `${where}: layout must be torch.sparseCsr, sparseCsc, sparseBsr or sparseBsc, got ${chosen}`,
      );
    }
    const values = valuesOf(bound);
    const parts = names.map((name) => indicesOf(bound[name] as NestedArray, values));
    const make = operators.torch.sparseCompressedTensor as Maker;
    const options = { dtype: values.dtype, device: values.device, layout: chosen };
    const made = size ? make(...parts, values, size, options) : make(...parts, values, options);
    return requiresGrad ? made.detach().requiresGrad_() : made;
  };
}

/** The options of the functions of one compressed layout. */
export interface CompressedOptions extends SparseTensorOptions {
  /** The shape. Default: what the indices make likely. */
  size?: Size | null;
}

type Compressed = Call<
  [compressedIndices: NestedArray, plainIndices: NestedArray, values: NestedArray],
  [size: Size | null],
  CompressedOptions
>;

const makeCsr = compressed('sparseCsrTensor()', ['crowIndices', 'colIndices'], sparseCsr);

/**
 * A sparse matrix in the CSR layout, compressed by rows.
 *
 * @param crowIndices Where each row's elements begin, and the number of all; a tensor or an array.
 * @param colIndices The column of each element.
 * @param values The elements.
 * @param size The shape. Default: as many columns as the largest index needs.
 * @param options.dtype The element type. Default: that of the values.
 * @param options.device Where to put it. Default: where the values are.
 * @param options.requiresGrad Whether autograd records what is done with it. Default: false.
 * @param options.checkInvariants Taken as in Python; the indices are always checked.
 *
 * @example
 * ```ts
 * const x = torch.sparseCsrTensor([0, 1, 2], [1, 0], [5, 6], [2, 2]);
 * x.toDense(); // tensor([[0., 5.], [6., 0.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.sparse_csr_tensor.html
 */
export function sparseCsrTensor(...args: Compressed): Tensor {
  return makeCsr(args);
}

const makeCsc = compressed('sparseCscTensor()', ['ccolIndices', 'rowIndices'], sparseCsc);

/**
 * A sparse matrix in the CSC layout, compressed by columns.
 *
 * @param ccolIndices Where each column's elements begin, and the number of all.
 * @param rowIndices The row of each element.
 * @param values The elements.
 * @param size The shape. Default: as many rows as the largest index needs.
 * @param options.dtype The element type. Default: that of the values.
 * @param options.device Where to put it. Default: where the values are.
 * @param options.requiresGrad Whether autograd records what is done with it. Default: false.
 * @param options.checkInvariants Taken as in Python; the indices are always checked.
 *
 * @example
 * ```ts
 * const x = torch.sparseCscTensor([0, 1, 2], [1, 0], [5, 6], [2, 2]);
 * x.toDense(); // tensor([[0., 6.], [5., 0.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.sparse_csc_tensor.html
 */
export function sparseCscTensor(...args: Compressed): Tensor {
  return makeCsc(args);
}

const makeBsr = compressed('sparseBsrTensor()', ['crowIndices', 'colIndices'], sparseBsr);

/**
 * A sparse matrix in the BSR layout: dense blocks, compressed by rows of blocks.
 *
 * @param crowIndices Where each row of blocks begins, and the number of all blocks.
 * @param colIndices The column, counted in blocks, of each block.
 * @param values The blocks, `[blocks, rows, columns]`.
 * @param size The shape. Default: as many columns as the largest index needs.
 * @param options.dtype The element type. Default: that of the values.
 * @param options.device Where to put it. Default: where the values are.
 * @param options.requiresGrad Whether autograd records what is done with it. Default: false.
 * @param options.checkInvariants Taken as in Python; the indices are always checked.
 *
 * @example
 * ```ts
 * torch.sparseBsrTensor([0, 1], [0], [[[1, 2], [3, 4]]], [2, 2]).toDense(); // [[1, 2], [3, 4]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.sparse_bsr_tensor.html
 */
export function sparseBsrTensor(...args: Compressed): Tensor {
  return makeBsr(args);
}

const makeBsc = compressed('sparseBscTensor()', ['ccolIndices', 'rowIndices'], sparseBsc);

/**
 * A sparse matrix in the BSC layout: dense blocks, compressed by columns of blocks.
 *
 * @param ccolIndices Where each column of blocks begins, and the number of all blocks.
 * @param rowIndices The row, counted in blocks, of each block.
 * @param values The blocks, `[blocks, rows, columns]`.
 * @param size The shape. Default: as many rows as the largest index needs.
 * @param options.dtype The element type. Default: that of the values.
 * @param options.device Where to put it. Default: where the values are.
 * @param options.requiresGrad Whether autograd records what is done with it. Default: false.
 * @param options.checkInvariants Taken as in Python; the indices are always checked.
 *
 * @example
 * ```ts
 * torch.sparseBscTensor([0, 1], [0], [[[1, 2], [3, 4]]], [2, 2]).toDense(); // [[1, 2], [3, 4]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.sparse_bsc_tensor.html
 */
export function sparseBscTensor(...args: Compressed): Tensor {
  return makeBsc(args);
}

const makeCompressed = compressed('sparseCompressedTensor()', [
  'compressedIndices',
  'plainIndices',
]);

/**
 * A sparse matrix in any of the compressed layouts.
 *
 * @param compressedIndices Where each row (or column) begins, and the number of all elements.
 * @param plainIndices The column (or row) of each element.
 * @param values The elements, or blocks of them.
 * @param size The shape. Default: what the indices make likely.
 * @param options.layout `torch.sparseCsr`, `sparseCsc`, `sparseBsr` or `sparseBsc`.
 * @param options.dtype The element type. Default: that of the values.
 * @param options.device Where to put it. Default: where the values are.
 * @param options.requiresGrad Whether autograd records what is done with it. Default: false.
 * @param options.checkInvariants Taken as in Python; the indices are always checked.
 * @throws ValueError without a layout of these.
 *
 * @example
 * ```ts
 * const layout = torch.sparseCsr;
 * torch.sparseCompressedTensor([0, 1], [0], [7], [1, 1], { layout }).toDense(); // tensor([[7.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.sparse_compressed_tensor.html
 */
export function sparseCompressedTensor(
  ...args: Call<
    [compressedIndices: NestedArray, plainIndices: NestedArray, values: NestedArray],
    [size: Size | null],
    CompressedOptions & { layout?: Layout | null }
  >
): Tensor {
  return makeCompressed(args);
}
