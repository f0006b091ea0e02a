import type { DType } from '../dtype.js';
import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';

/** Which norm: of vectors by its order, of matrices by its name. */
export type NormOrder = number | 'fro' | 'nuc' | null;

type Dims = number | readonly number[] | null;

/** The options of {@link norm}. */
export interface NormOptions {
  /** The order. Default: `'fro'`. */
  p?: NormOrder;
  /** Over which dimensions. Default: all. */
  dim?: Dims;
  /** Whether those dimensions stay, with size 1. Default: false. */
  keepdim?: boolean;
  /** Where to write the result. Default: a new tensor. */
  out?: Tensor | null;
  /** To what the input is converted first. Default: its own. */
  dtype?: DType | null;
}

interface NormArguments extends Required<NormOptions> {
  input: Tensor;
}

const signature = new Signature<NormArguments>('norm()', {
  input: required,
  p: 'fro',
  dim: null,
  keepdim: false,
  out: null,
  dtype: null,
});

/** Sparse and other tensors that torch.linalg does not take. */
function normOfOther(input: Tensor, bound: NormArguments, dim: readonly number[]): Tensor {
  const { p, keepdim, out, dtype } = bound;
  if (typeof p !== 'string') {
    return dtype
      ? operators.torch.norm(input, p, dim, keepdim, { dtype, out })
      : operators.torch.norm(input, p, dim, keepdim, { out });
  }
  if (dtype) throw new ValueError(`norm(): '${p}' of a ${input.layout} tensor takes no dtype`);
  return p === 'fro'
    ? operators.torch.frobeniusNorm(input, dim, keepdim, { out })
    : operators.torch.nuclearNorm(input, dim, keepdim, { out });
}

/**
 * The norm of vectors or matrices, over the whole tensor or some of its dimensions. PyTorch has
 * deprecated it: `torch.linalg.vectorNorm` and `matrixNorm` take its place.
 *
 * @param input Floating-point or complex, of any shape.
 * @param p The order of a vector norm (also `Infinity`, `-Infinity`, 0); `'fro'` for the Frobenius
 * norm, `'nuc'` for the nuclear norm of matrices. Default: `'fro'`.
 * @param dim One dimension or several. Default: all.
 * @param keepdim Whether those dimensions stay, with size 1. Default: false.
 * @param out Where to write the result. Default: a new tensor.
 * @param dtype To what the input is converted first. Default: its own.
 * @throws ValueError for another name of a norm.
 *
 * @example
 * ```ts
 * torch.norm(torch.tensor([3, 4])); // tensor(5.)
 * torch.norm(x, Infinity, 1, { keepdim: true });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.norm.html
 */
export function norm(
  ...args: Call<
    [input: Tensor],
    [p: NormOrder, dim: Dims, keepdim: boolean, out: Tensor | null, dtype: DType | null],
    NormOptions
  >
): Tensor {
  const bound = signature.bind(args);
  const { input, p, keepdim, out, dtype } = bound;
  if (typeof p === 'string' && p !== 'fro' && p !== 'nuc') {
    throw new ValueError(`norm(): p must be a number, 'fro' or 'nuc', got '${p}'`);
  }
  const dim = typeof bound.dim === 'number' ? [bound.dim] : bound.dim;
  const all = dim ?? Array.from({ length: input.dim() }, (_, i) => i);
  if (input.layout.name !== 'strided') return normOfOther(input, bound, all);
  if (typeof p !== 'string' || (p === 'fro' && (dim === null || dim.length <= 2))) {
    const order = typeof p === 'string' ? 2 : (p ?? 2);
    return operators.linalg.vectorNorm(input, order, dim, keepdim, { dtype, out });
  }
  return operators.linalg.matrixNorm(input, p, all, keepdim, { dtype, out });
}
