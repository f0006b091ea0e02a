import type { DType } from '../dtype.js';
import type { SparseFunctions } from '../generated/functions.js';
import { ModeGuard, within } from '../grad-mode.js';
import { withHints } from '../hints.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';

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

/**
 * Checks the indices of every sparse tensor that is made while `body` runs, and returns its result;
 * without `body`, returns a guard for `using`. By default nothing is checked, since it costs time.
 *
 * @param enable Whether to check, or not to. Default: true.
 *
 * @example
 * ```ts
 * torch.sparse.checkSparseTensorInvariants(() => torch.sparseCooTensor([[0, 1]], [3, 4], [2]));
 * torch.sparse.checkSparseTensorInvariants.isEnabled(); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.sparse.check_sparse_tensor_invariants.html
 */
function checkSparseTensorInvariants(enable?: boolean): ModeGuard;
function checkSparseTensorInvariants<R>(body: () => R): R;
function checkSparseTensorInvariants<R>(enable: boolean, body: () => R): R;
function checkSparseTensorInvariants<R>(first: boolean | (() => R) = true, second?: () => R) {
  const [enable, body] = typeof first === 'function' ? [true, first] : [first, second];
  const before = native.checksSparseTensors();
  native.setChecksSparseTensors(enable);
  return within(new ModeGuard(() => native.setChecksSparseTensors(before)), body);
}

/**
 * Whether sparse tensors are checked as they are made.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.sparse.check_sparse_tensor_invariants.html
 */
checkSparseTensorInvariants.isEnabled = (): boolean => native.checksSparseTensors();

/**
 * Checks sparse tensors as they are made from now on.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.sparse.check_sparse_tensor_invariants.html
 */
checkSparseTensorInvariants.enable = (): void => native.setChecksSparseTensors(true);

/**
 * Checks sparse tensors no more.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.sparse.check_sparse_tensor_invariants.html
 */
checkSparseTensorInvariants.disable = (): void => native.setChecksSparseTensors(false);

const members = { sum, checkSparseTensorInvariants };

/** The functions of sparse tensors; those that make them are `torch.sparseCooTensor` and its kin. */
export const sparse: SparseFunctions & typeof members = Object.setPrototypeOf(
  members,
  withHints(operators.sparse),
);
