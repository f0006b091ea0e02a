import type { DType } from '../dtype.js';
import type { SparseFunctions } from '../generated/functions.js';
import { withHints } from '../hints.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { asSparseGradcheck } from './as-sparse-gradcheck.js';

/** The options of {@link sum}. */
export interface SparseSumOptions {
  /** Over which dimensions. Default: all. */
  dim?: number | readonly number[] | null;
  /** To what the input is converted first. Default: its own. */
  dtype?: DType | null;
}

const signature = new Signature<Required<SparseSumOptions> & { input: Tensor }>('sparse.sum()', {
  input: required,
  dim: null,
  dtype: null,
});

/**
 * The sum of a COO tensor over all or some of its dimensions; sparse, unless no sparse dimension is
 * left.
 *
 * @param input In the COO layout.
 * @param dim Over which dimensions. Default: all.
 * @param dtype To what the input is converted first. Default: its own.
 *
 * @example
 * ```ts
 * const x = torch.tensor([[0, 1], [2, 3]]).toSparse();
 * torch.sparse.sum(x); // tensor(6.)
 * torch.sparse.sum(x, 0).toDense(); // tensor([2., 4.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.sparse.sum.html
 */
function sum(
  ...args: Call<
    [input: Tensor],
    [dim: number | readonly number[] | null, dtype: DType | null],
    SparseSumOptions
  >
): Tensor {
  const { input, dim, dtype } = signature.bind(args);
  const { _sparseSum: sumOf } = operators.torch;
  if (dtype === null) return dim === null ? sumOf(input) : sumOf(input, dim);
  return dim === null ? sumOf(input, { dtype }) : sumOf(input, dim, { dtype });
}

const members = { sum, asSparseGradcheck };

/**
 * The functions of sparse tensors; those that make them are `torch.sparseCooTensor` and its kin. There
 * is no `checkSparseTensorInvariants`: every sparse tensor is checked as it is made.
 */
export const sparse: SparseFunctions & typeof members = Object.setPrototypeOf(
  members,
  withHints(operators.sparse),
);
