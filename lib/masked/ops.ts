import {
  bool,
  complex32,
  complex64,
  type DType,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
} from '../dtype.js';
import { ValueError } from '../errors.js';
import * as functional from '../nn/functional/softmax.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { canonicalDims, combine, type Dims, inputMask, type Operation } from './masks.js';
import { reduceCoo, reduceCsr } from './sparse.js';

/** The options of every masked operation. */
export interface MaskedOptions {
  /** To what the input is converted first. Default: its own, or int64 for sums of small integers. */
  dtype?: DType | null;
  /** Which elements count; of a shape that broadcasts to the input's. Default: all. */
  mask?: Tensor | null;
}

/** The options of masked reductions. */
export interface MaskedReductionOptions extends MaskedOptions {
  /** Over which dimensions. Default: all. */
  dim?: Dims;
  /** Whether those dimensions stay, with size 1. Default: false. */
  keepdim?: boolean | null;
}

type Reduction<Own = object> = Call<[input: Tensor], [dim: Dims], MaskedReductionOptions & Own>;
type AlongOne<Own = object> = Call<[input: Tensor, dim: number], [], MaskedOptions & Own>;

interface Bound {
  input: Tensor;
  dim: Dims;
  keepdim: boolean;
  dtype: DType | null;
  mask: Tensor | null;
}

const named = { keepdim: false, dtype: null, mask: null };

function reduction<Own extends object = object>(
  name: string,
  dim: unknown = null,
  own: { [K in keyof Own]?: unknown } = {},
) {
  const where = `masked.${name}()`;
  return new Signature<Bound & Own>(
    where,
    { input: required, dim } as { [K in keyof (Bound & Own)]?: unknown },
    { ...own, ...named } as { [K in keyof (Bound & Own)]?: unknown },
  );
}

function along(name: string) {
  const where = `masked.${name}()`;
  type Along = Omit<Bound, 'dim' | 'keepdim'> & { dim: number };
  return new Signature<Along>(
    where,
    { input: required, dim: required },
    { dtype: null, mask: null },
  );
}

function refuse(name: string, { layout }: Tensor): never {
  throw new ValueError(`masked.${name}(): it does not take tensors of the layout ${layout}`);
}

const small: readonly DType[] = [uint8, bool, int8, int16, int32];

/** The dtype of a sum or product: small integers would overflow. */
const wide = (dtype: DType) => (small.includes(dtype) ? int64 : dtype);

const sumSignature = reduction('sum');

/**
 * The sum of the elements that the mask lets count; 0 where it lets none.
 *
 * @param input Of any shape; strided, COO or CSR.
 * @param dim Over which dimensions. Default: all.
 * @param options.keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param options.dtype To what the input is converted first. Default: its own, int64 for integers.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const x = torch.tensor([[1, 2], [3, 4]]);
 * const mask = torch.tensor([[true, false], [true, true]]);
 * torch.masked.sum(x, 1, { mask }); // tensor([1., 7.])
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function sum(...args: Reduction): Tensor {
  return sumOf(sumSignature.bind(args));
}

function sumOf({ input: given, dim, keepdim, mask, ...bound }: Bound): Tensor {
  const dtype = bound.dtype ?? wide(given.dtype);
  const dims = canonicalDims(dim, given.dim());
  const input = combine('sum', given, mask);
  switch (input.layout.name) {
    case 'strided':
      return input.sum(dims, Boolean(keepdim), { dtype });
    case 'sparse_coo':
      return reduceCoo('sum', input, dims, Boolean(keepdim), dtype);
    case 'sparse_csr':
      return operators.torch._sparseCsrSum(input, dims, Boolean(keepdim), { dtype });
    default:
      return refuse('sum', input);
  }
}

const prodSignature = reduction('prod');

/**
 * The product of the elements that the mask lets count; 1 where it lets none.
 *
 * @param input Of any shape; strided, or COO or CSR with a mask.
 * @param dim Over which dimensions. Default: all.
 * @param options.keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param options.dtype To what the input is converted first. Default: its own, int64 for integers.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, false, true]);
 * torch.masked.prod(torch.tensor([2, 3, 5]), { mask }); // tensor(10.)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function prod(...args: Reduction): Tensor {
  const { input: given, dim, keepdim, mask, ...bound } = prodSignature.bind(args);
  const dtype = bound.dtype ?? wide(given.dtype);
  const dims = canonicalDims(dim, given.dim());
  const input = combine('prod', given, mask);
  const layout = input.layout.name;
  if (layout === 'strided') {
    return dims.reduceRight((x, d) => x.prod(d, Boolean(keepdim)), input.to(dtype));
  }
  requireMask('prod', mask);
  if (layout === 'sparse_coo') return reduceCoo('prod', input, dims, Boolean(keepdim), dtype);
  if (layout !== 'sparse_csr') return refuse('prod', input);
  return operators.torch._sparseCsrProd(input, dims, Boolean(keepdim), { dtype });
}

function requireMask(name: string, mask: Tensor | null): void {
  if (!mask) throw new ValueError(`masked.${name}(): a sparse tensor needs a mask`);
}

const cumsumSignature = along('cumsum');

/**
 * The running sum along a dimension, where what the mask hides counts as 0.
 *
 * @param input Of any shape.
 * @param dim Along which dimension.
 * @param options.dtype To what the input is converted first. Default: its own.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, false, true]);
 * torch.masked.cumsum(torch.tensor([1, 2, 3]), 0, { mask }); // tensor([1., 1., 4.])
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function cumsum(...args: AlongOne): Tensor {
  return cumulative('cumsum', 'sum', cumsumSignature.bind(args));
}

const cumprodSignature = along('cumprod');

/**
 * The running product along a dimension, where what the mask hides counts as 1.
 *
 * @param input Of any shape.
 * @param dim Along which dimension.
 * @param options.dtype To what the input is converted first. Default: its own.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, false, true]);
 * torch.masked.cumprod(torch.tensor([2, 3, 5]), 0, { mask }); // tensor([ 2.,  2., 10.])
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function cumprod(...args: AlongOne): Tensor {
  return cumulative('cumprod', 'prod', cumprodSignature.bind(args));
}

type Along = Omit<Bound, 'dim' | 'keepdim'> & { dim: number };

function cumulative(name: 'cumsum' | 'cumprod', operation: Operation, bound: Along): Tensor {
  const { input, mask } = bound;
  const dtype = bound.dtype ?? input.dtype;
  const [dim] = canonicalDims(bound.dim, input.dim()) as [number];
  return strided(name, combine(operation, input, mask))
    [name](dim, { dtype })
    .to(dtype);
}

/** The tensor, where it is strided; most masked operations take no other. */
function strided(name: string, input: Tensor): Tensor {
  return input.layout.name === 'strided' ? input : refuse(name, input);
}

function extreme(name: 'amax' | 'amin', bound: Bound): Tensor {
  const { dim, keepdim, mask } = bound;
  const dtype = bound.dtype ?? bound.input.dtype;
  const input = combine(name, bound.input, mask);
  const dims = canonicalDims(dim, input.dim());
  const layout = input.layout.name;
  if (layout === 'strided') return input[name](dims, Boolean(keepdim)).to(dtype);
  requireMask(name, mask);
  if (layout === 'sparse_coo') return reduceCoo(name, input, dims, Boolean(keepdim), dtype);
  if (layout === 'sparse_csr') return reduceCsr(name, input, dims, Boolean(keepdim), dtype);
  return refuse(name, input);
}

const amaxSignature = reduction('amax');

/**
 * The largest of the elements that the mask lets count; minus infinity, or the least integer, where
 * it lets none.
 *
 * @param input Of real numbers; strided, or COO or CSR with a mask.
 * @param dim Over which dimensions. Default: all.
 * @param options.keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param options.dtype What the result is converted to. Default: the input's.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, true, false]);
 * torch.masked.amax(torch.tensor([1, 2, 3]), { mask }); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function amax(...args: Reduction): Tensor {
  return extreme('amax', amaxSignature.bind(args));
}

const aminSignature = reduction('amin');

/**
 * The least of the elements that the mask lets count; infinity, or the largest integer, where it
 * lets none.
 *
 * @param input Of real numbers; strided, or COO or CSR with a mask.
 * @param dim Over which dimensions. Default: all.
 * @param options.keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param options.dtype What the result is converted to. Default: the input's.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([false, true, true]);
 * torch.masked.amin(torch.tensor([1, 2, 3]), { mask }); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function amin(...args: Reduction): Tensor {
  return extreme('amin', aminSignature.bind(args));
}

function place(name: 'argmax' | 'argmin', bound: Bound): Tensor {
  const { dim, keepdim, mask } = bound;
  const dtype = bound.dtype ?? bound.input.dtype;
  const input = strided(name, combine(name, bound.input, mask));
  return input[name](dim as number | null, Boolean(keepdim)).to(dtype);
}

const argmaxSignature = reduction('argmax');

/**
 * Where the largest of the elements stands that the mask lets count.
 *
 * @param input Of real numbers.
 * @param dim Along which dimension. Default: in the flattened tensor.
 * @param options.keepdim Whether the dimension stays, with size 1. Default: false.
 * @param options.dtype The result's, as PyTorch has it. Default: the input's.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, true, false]);
 * torch.masked.argmax(torch.tensor([1, 2, 3]), { mask, dtype: torch.int64 }); // tensor(1)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function argmax(...args: Reduction): Tensor {
  return place('argmax', argmaxSignature.bind(args));
}

const argminSignature = reduction('argmin');

/**
 * Where the least of the elements stands that the mask lets count.
 *
 * @param input Of real numbers.
 * @param dim Along which dimension. Default: in the flattened tensor.
 * @param options.keepdim Whether the dimension stays, with size 1. Default: false.
 * @param options.dtype The result's, as PyTorch has it. Default: the input's.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([false, true, true]);
 * torch.masked.argmin(torch.tensor([1, 2, 3]), { mask, dtype: torch.int64 }); // tensor(1)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function argmin(...args: Reduction): Tensor {
  return place('argmin', argminSignature.bind(args));
}

/** How many elements count, and their sum. */
function countAndSum(bound: Bound, keepdim: boolean, dtype: DType): [count: Tensor, sum: Tensor] {
  const { input, dim } = bound;
  const mask = bound.mask && inputMask(input, bound.mask);
  const counted = mask ?? operators.torch.ones(input.shape, { dtype: int64, device: input.device });
  const total = sumOf({ input, dim, keepdim, dtype, mask });
  // A mask is summed as Python sums it, where no dimension at all stands for all of them.
  return [counted.sum(canonicalDims(dim, input.dim()), keepdim), total];
}

const meanSignature = reduction('mean');

/**
 * The mean of the elements that the mask lets count; NaN where it lets none.
 *
 * @param input Floating-point or complex; strided, or CSR with a mask.
 * @param dim Over which dimensions. Default: all.
 * @param options.keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param options.dtype To what the input is converted first. Default: its own.
 * @param options.mask Which elements count. Default: all.
 * @throws ValueError for a dtype of integers.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, false, true]);
 * torch.masked.mean(torch.tensor([1, 2, 3]), { mask }); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function mean(...args: Reduction): Tensor {
  const bound = meanSignature.bind(args);
  const { input, dim, mask } = bound;
  const dtype = bound.dtype ?? input.dtype;
  if (!dtype.isFloatingPoint && !dtype.isComplex) {
    throw new ValueError(`masked.mean(): dtype must be floating-point or complex, got ${dtype}`);
  }
  const keepdim = Boolean(bound.keepdim);
  if (input.layout.name === 'sparse_csr') {
    requireMask('mean', mask);
    // Of a sparse tensor nothing stands for what the mask hides, so that any fill will do.
    const kept = combine('sum', input, mask);
    return reduceCsr('mean', kept, canonicalDims(dim, input.dim()), keepdim, dtype);
  }
  const [count, total] = countAndSum({ ...bound, input: strided('mean', input) }, keepdim, dtype);
  return total.div(count);
}

const medianSignature = reduction('median', -1);

/**
 * The median along a dimension of the elements that the mask lets count, the lower of two.
 *
 * @param input Of real numbers.
 * @param dim Along which dimension. Default: -1.
 * @param options.keepdim Whether the dimension stays, with size 1. Default: false.
 * @param options.dtype Of integers, what the result is converted to. Default: the input's.
 * @param options.mask Which elements count. Default: all.
 * @throws ValueError where the mask hides all of a row of integers.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, true, true, false]);
 * torch.masked.median(torch.tensor([3, 1, 2, 9]), { mask }); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function median(
  ...args: Call<[input: Tensor], [dim: number], MaskedReductionOptions & { dim?: number }>
): Tensor {
  const { input, dim, keepdim, mask, ...bound } = medianSignature.bind(args);
  const [d] = canonicalDims(dim, input.dim()) as [number];
  const isFloat = input.dtype.isFloatingPoint;
  const given = combine('median', isFloat ? input : input.to(float32), mask);
  const result = strided('median', given).nanmedian(d, Boolean(keepdim)).values;
  if (isFloat) return result;
  if (result.isnan().any().item()) {
    throw new ValueError('masked.median(): the mask hides all of a row of integers');
  }
  return result.to(bound.dtype ?? input.dtype);
}

const logsumexpSignature = reduction('logsumexp');

/**
 * The logarithm of the sum of the exponentials of the elements that the mask lets count.
 *
 * @param input Of any shape.
 * @param dim Over which dimensions. Default: all.
 * @param options.keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param options.dtype What the result is converted to. Default: the input's.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, false]);
 * torch.masked.logsumexp(torch.tensor([3, 4]), 0, { mask }); // tensor(3.)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function logsumexp(...args: Reduction): Tensor {
  const { input, dim, keepdim, mask, dtype } = logsumexpSignature.bind(args);
  const dims = canonicalDims(dim, input.dim());
  const given = strided('logsumexp', combine('logsumexp', input, mask));
  return given.logsumexp(dims, Boolean(keepdim)).to(dtype ?? input.dtype);
}

/** The options of {@link logaddexp}. */
export interface LogaddexpOptions {
  /** What the result is converted to. Default: the first input's. */
  dtype?: DType | null;
  /** Which elements of the first count. Default: all. */
  inputMask?: Tensor | null;
  /** Which elements of the second count. Default: all. */
  otherMask?: Tensor | null;
}

const logaddexpSignature = new Signature<{
  input: Tensor;
  other: Tensor;
  dtype: DType | null;
  inputMask: Tensor | null;
  otherMask: Tensor | null;
}>(
  'masked.logaddexp()',
  { input: required, other: required },
  { dtype: null, inputMask: null, otherMask: null },
);

/**
 * The logarithm of the sum of two tensors' exponentials, where what a mask hides counts as nothing.
 *
 * @param input Of floating-point numbers.
 * @param other Of a shape that broadcasts with it.
 * @param options.dtype What the result is converted to. Default: the first input's.
 * @param options.inputMask Which elements of the first count. Default: all.
 * @param options.otherMask Which elements of the second count. Default: all.
 *
 * @example
 * ```ts
 * const x = torch.tensor([1, 2]);
 * torch.masked.logaddexp(x, x, { otherMask: torch.tensor([false, false]) }); // tensor([1., 2.])
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function logaddexp(
  ...args: Call<[input: Tensor, other: Tensor], [], LogaddexpOptions>
): Tensor {
  const { input, other, dtype, inputMask, otherMask } = logaddexpSignature.bind(args);
  const first = combine('logaddexp', strided('logaddexp', input), inputMask);
  const second = combine('logaddexp', strided('logaddexp', other), otherMask);
  return first.logaddexp(second).to(dtype ?? input.dtype);
}

const normSignature = new Signature<Bound & { ord: number }>(
  'masked.norm()',
  { input: required, ord: 2, dim: null },
  named,
);

/**
 * The norm of the vectors of the elements that the mask lets count.
 *
 * @param input Floating-point or complex.
 * @param ord The order, also `Infinity` and `-Infinity`. Default: 2.
 * @param dim Over which dimensions. Default: all.
 * @param options.keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param options.dtype To what the input is converted first. Default: its own.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, true, false]);
 * torch.masked.norm(torch.tensor([3, 4, 5]), 2, { mask }); // tensor(5.)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function norm(
  ...args: Call<
    [input: Tensor],
    [ord: number | null, dim: Dims],
    MaskedReductionOptions & { ord?: number | null }
  >
): Tensor {
  const { input, dim, keepdim, mask, ...bound } = normSignature.bind(args);
  const order = bound.ord ?? 2;
  const given = strided('norm', combine('norm', input, mask, order));
  const dims = canonicalDims(dim, input.dim());
  const dtype = bound.dtype ?? input.dtype;
  return operators.linalg.vectorNorm(given, order, dims, Boolean(keepdim), { dtype });
}

/** The options of {@link std} and of the variance. */
export interface VarianceOptions extends MaskedReductionOptions {
  /** Whether one element less is counted, as for a sample; not beside `correction`. */
  unbiased?: boolean | null;
  /** How many elements less are counted. Default: 1. */
  correction?: number | null;
}

type Variance = Call<[input: Tensor], [dim: Dims, unbiased: boolean | null], VarianceOptions>;
type BoundVariance = Bound & { unbiased: boolean | null; correction: number | null };

function varianceSignature(name: string) {
  return new Signature<BoundVariance>(
    `masked.${name}()`,
    { input: required, dim: null, unbiased: null },
    { correction: null, ...named },
  );
}

/** The dtype of a complex dtype's parts. */
function realOf(dtype: DType): DType {
  if (!dtype.isComplex) return dtype;
  return dtype === complex32 ? float16 : dtype === complex64 ? float32 : float64;
}

function varianceOf(name: string, bound: BoundVariance): Tensor {
  const { dim, unbiased, keepdim } = bound;
  const input = strided(name, bound.input);
  if (unbiased !== null && bound.correction !== null) {
    throw new ValueError(`masked.${name}(): either unbiased or correction may be given, not both`);
  }
  const correction = bound.correction ?? (unbiased === false ? 0 : 1);
  const isFloat = (dtype: DType) => dtype.isFloatingPoint || dtype.isComplex;
  const dtype = bound.dtype ?? (isFloat(input.dtype) ? input.dtype : float32);
  const computed = isFloat(dtype) ? dtype : float32;
  const mask = bound.mask && inputMask(input, bound.mask);
  const [counted, total] = countAndSum({ ...bound, mask }, true, dtype);
  const difference = input.sub(total.div(counted));
  const squares = sumOf({
    input: difference.mul(difference.conj()),
    dim,
    keepdim,
    dtype: computed,
    mask,
  });
  let count = keepdim ? counted : counted.reshape(squares.shape);
  if (correction !== 0) {
    count = count.to(realOf(computed)).sub(correction);
    count = operators.torch.maximum(count, count.newZeros([]));
  }
  return squares.div(count).to(dtype);
}

const varSignature = varianceSignature('var');

/**
 * The variance of the elements that the mask lets count.
 *
 * @param input Of any shape.
 * @param dim Over which dimensions. Default: all.
 * @param unbiased Whether one element less is counted; not beside `correction`. Default: true.
 * @param options.correction How many elements less are counted. Default: 1.
 * @param options.keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param options.dtype To what the input is converted first. Default: its own, float32 for integers.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, true, false]);
 * torch.masked.var(torch.tensor([1, 3, 9]), { mask }); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
function variance(...args: Variance): Tensor {
  return varianceOf('var', varSignature.bind(args));
}

export { variance as var };

const stdSignature = varianceSignature('std');

/**
 * The standard deviation of the elements that the mask lets count.
 *
 * @param input Of any shape.
 * @param dim Over which dimensions. Default: all.
 * @param unbiased Whether one element less is counted; not beside `correction`. Default: true.
 * @param options.correction How many elements less are counted. Default: 1.
 * @param options.keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param options.dtype To what the input is converted first. Default: its own, float32 for integers.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, true, false]);
 * torch.masked.std(torch.tensor([1, 5, 9]), { mask, correction: 0 }); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function std(...args: Variance): Tensor {
  return varianceOf('std', stdSignature.bind(args)).sqrt();
}

const softs = {
  softmax: functional.softmax,
  logSoftmax: functional.logSoftmax,
  softmin: functional.softmin,
};

function soft(name: keyof typeof softs, operation: 'amax' | 'amin', bound: Along): Tensor {
  const { input, mask } = bound;
  const dtype = bound.dtype ?? input.dtype;
  const [dim] = canonicalDims(bound.dim, input.dim()) as [number];
  return softs[name](strided(name, combine(operation, input, mask)), dim, { dtype });
}

const softmaxSignature = along('softmax');

/**
 * The softmax along a dimension of the elements that the mask lets count; 0 for the others, and NaN
 * where it lets none.
 *
 * @param input Floating-point.
 * @param dim Along which dimension.
 * @param options.dtype To what the input is converted first. Default: its own.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, true, false]);
 * torch.masked.softmax(torch.tensor([1, 1, 5]), 0, { mask }); // tensor([0.5000, 0.5000, 0.0000])
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function softmax(...args: AlongOne): Tensor {
  return soft('softmax', 'amax', softmaxSignature.bind(args));
}

const logSoftmaxSignature = along('logSoftmax');

/**
 * The logarithm of {@link softmax}; minus infinity for what the mask hides.
 *
 * @param input Floating-point.
 * @param dim Along which dimension.
 * @param options.dtype To what the input is converted first. Default: its own.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, false]);
 * torch.masked.logSoftmax(torch.tensor([1, 5]), 0, { mask }); // tensor([0., -inf])
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function logSoftmax(...args: AlongOne): Tensor {
  return soft('logSoftmax', 'amax', logSoftmaxSignature.bind(args));
}

const softminSignature = along('softmin');

/**
 * The softmax of the negatives along a dimension of the elements that the mask lets count.
 *
 * @param input Floating-point.
 * @param dim Along which dimension.
 * @param options.dtype To what the input is converted first. Default: its own.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, true, false]);
 * torch.masked.softmin(torch.tensor([1, 1, -5]), 0, { mask }); // tensor([0.5000, 0.5000, 0.0000])
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function softmin(...args: AlongOne): Tensor {
  return soft('softmin', 'amin', softminSignature.bind(args));
}

const normalizeSignature = new Signature<Along & { ord: number; eps: number }>(
  'masked.normalize()',
  { input: required, ord: required, dim: required },
  { eps: 1e-12, dtype: null, mask: null },
);

/**
 * The elements divided by the norm of those along a dimension that the mask lets count; 0 for the
 * others.
 *
 * @param input Floating-point or complex.
 * @param ord The norm's order.
 * @param dim Along which dimension.
 * @param options.eps The least that is divided by. Default: 1e-12.
 * @param options.dtype To what the input is converted for the norm. Default: its own.
 * @param options.mask Which elements count. Default: all.
 *
 * @example
 * ```ts
 * const mask = torch.tensor([true, true, false]);
 * torch.masked.normalize(torch.tensor([3, 4, 5]), 2, 0, { mask }); // tensor([0.6000, 0.8000, 0.0000])
 * ```
 * @see https://pytorch.org/docs/stable/masked.html
 */
export function normalize(
  ...args: Call<[input: Tensor, ord: number, dim: number], [], MaskedOptions & { eps?: number }>
): Tensor {
  const { input, ord, dim, eps, mask, ...bound } = normalizeSignature.bind(args);
  const dtype = bound.dtype ?? input.dtype;
  const given = strided('normalize', combine('sum', input, mask));
  const length = norm(input, ord, dim, { keepdim: true, dtype, mask });
  return given.div(operators.torch.maximum(length, length.newFull([], eps)));
}
