import { isTensor } from '../creation.js';
import { kindOf } from '../describe.js';
import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { splitArguments, type TensorsWith } from './arguments.js';

/** Labels of the dimensions of one operand: integers from 0 to 51, `'...'` for those left over. */
export type Subscripts = readonly (number | '...')[];

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** One operand's part of an equation. */
function spell(subscripts: unknown): string {
  if (!Array.isArray(subscripts)) {
    throw new TypeError(
      `einsum(): expected an array of subscripts behind each operand, got ${kindOf(subscripts)}`,
    );
  }
  return subscripts
    .map((subscript) => {
      if (subscript === '...') return subscript;
      const letter = typeof subscript === 'number' ? LETTERS[subscript] : undefined;
      if (letter === undefined) {
        throw new ValueError(
          `einsum(): a subscript is an integer from 0 to 51 or '...', got ${String(subscript)}`,
        );
      }
      return letter;
    })
    .join('');
}

/** The equation of a call in the form `operand, subscripts, operand, subscripts, ..., [output]`. */
function equationOf(args: readonly unknown[]): string {
  const inputs = args.filter((_, i) => i % 2 === 1).map(spell);
  const output = args.length % 2 === 1 ? `->${spell(args[args.length - 1])}` : '';
  return inputs.join(',') + output;
}

/**
 * Sums products of elements over dimensions that an equation names, as Einstein did: each letter
 * is a dimension; a letter that the output lacks is summed over. Operands are contracted from left
 * to right.
 *
 * @param equation Such as `'ij,jk->ik'`; `...` stands for any dimensions. Without `->`, the output
 * has the letters that occur once, in the order of the alphabet.
 * @param operands Any number of tensors, or one array. Instead of an equation, each operand may be
 * followed by an array of integers that label its dimensions, with one more array for the output.
 * @throws TorchError where the equation does not fit the operands.
 *
 * @example
 * ```ts
 * torch.einsum('bij,bjk->bik', torch.randn(3, 2, 5), torch.randn(3, 5, 4)).shape; // [3, 2, 4]
 * const a = torch.tensor([[1, 2]]);
 * torch.einsum('ij->j', a); // tensor([1., 2.])
 * torch.einsum(a, [0, 1], a, [2, 1], [0, 2]); // tensor([[5.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.einsum.html
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor;
export function einsum(equation: string, operands: readonly Tensor[]): Tensor;
export function einsum(...operandsAndSubscripts: (Tensor | Subscripts)[]): Tensor;
export function einsum(...args: unknown[]): Tensor {
  const [first] = args;
  if (args.length < 2 || !(typeof first === 'string' || isTensor(first))) {
    throw new TypeError(
      'einsum() takes an equation and at least one tensor, or tensors that are each followed by an array of subscripts',
    );
  }
  const isEquation = typeof first === 'string';
  const operands = isEquation
    ? args.slice(1)
    : args.slice(0, args.length - (args.length % 2)).filter((_, i) => i % 2 === 0);
  const { tensors } = splitArguments('einsum()', operands);
  return operators.torch.einsum(isEquation ? first : equationOf(args), tensors);
}

/** The arguments of {@link tensordot}. */
export interface TensordotArguments {
  a: Tensor;
  b: Tensor;
  dims: number | readonly [readonly number[], readonly number[]] | Tensor;
  out: Tensor | null;
}

const tensordotSignature = new Signature<TensordotArguments>('tensordot()', {
  a: required,
  b: required,
  dims: 2,
  out: null,
});

function range(start: number, stop: number): number[] {
  return Array.from({ length: stop - start }, (_, i) => start + i);
}

/** The dimensions of either tensor that are summed over. */
function contracted({ a, b, dims }: TensordotArguments): readonly (readonly number[])[] {
  const fromTensor = () => (dims as Tensor)[(dims as Tensor).numel() === 1 ? 'item' : 'tolist']();
  const given = isTensor(dims) ? fromTensor() : dims;
  if (Array.isArray(given) && given.length === 2 && given.every(Array.isArray)) return given;
  if (typeof given !== 'number' || !Number.isInteger(given)) {
    throw new TypeError('tensordot(): dims must be an integer or two arrays of integers');
  }
  if (given < 0 || given > Math.min(a.dim(), b.dim())) {
    throw new ValueError(
      `tensordot(): dims must lie between 0 and the tensors' numbers of dimensions (${a.dim()} and ${b.dim()}), got ${given}`,
    );
  }
  return [range(-given, 0), range(0, given)];
}

/**
 * Sums products of two tensors over some dimensions of each: a matrix product for any number of
 * dimensions.
 *
 * @param a The first tensor.
 * @param b The second tensor.
 * @param dims How many dimensions to sum over, the last ones of `a` and the first ones of `b`; or
 * two arrays that name them for either. Default: 2.
 * @param out Where to write the result. Default: a new tensor.
 * @throws ValueError where `dims` is negative or more than either tensor has.
 *
 * @example
 * ```ts
 * torch.tensordot(torch.zeros(3, 4, 5), torch.zeros(4, 3, 2), [[1, 0], [0, 1]]).shape; // [5, 2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.tensordot.html
 */
export function tensordot(
  ...args: Call<
    [a: Tensor, b: Tensor],
    [dims: TensordotArguments['dims'], out: Tensor | null],
    Partial<Omit<TensordotArguments, 'a' | 'b'>>
  >
): Tensor {
  const bound = tensordotSignature.bind(args);
  const [dimsSelf, dimsOther] = contracted(bound) as [number[], number[]];
  return operators.torch.tensordot(bound.a, bound.b, dimsSelf, dimsOther, { out: bound.out });
}

/** The options of {@link chainMatmul}. */
export interface ChainMatmulOptions {
  /** Where to write the result. Default: a new tensor. */
  out?: Tensor | null;
}

/**
 * The product of matrices in the order of multiplications that costs least. PyTorch has deprecated
 * it: `torch.linalg.multiDot` takes its place.
 *
 * @param tensors Any number of tensors of two dimensions, or one array.
 *
 * @example
 * ```ts
 * torch.chainMatmul(torch.randn(3, 4), torch.randn(4, 5), torch.randn(5, 6)).shape; // [3, 6]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.chain_matmul.html
 */
export function chainMatmul(...args: TensorsWith<ChainMatmulOptions>): Tensor {
  const { tensors, options } = splitArguments<ChainMatmulOptions>('chainMatmul()', args, ['out']);
  return operators.torch.chainMatmul(tensors, { out: options.out });
}

/** How {@link cdist} computes Euclidean distances. */
export type CdistComputeMode =
  | 'use_mm_for_euclid_dist_if_necessary'
  | 'use_mm_for_euclid_dist'
  | 'donot_use_mm_for_euclid_dist';

/** The arguments of {@link cdist}. */
export interface CdistArguments {
  x1: Tensor;
  x2: Tensor;
  p: number;
  computeMode: CdistComputeMode;
}

const cdistSignature = new Signature<CdistArguments>('cdist()', {
  x1: required,
  x2: required,
  p: 2,
  computeMode: 'use_mm_for_euclid_dist_if_necessary',
});

/** libtorch's numbers for the modes. */
const computeModes: Record<CdistComputeMode, number | null> = {
  use_mm_for_euclid_dist_if_necessary: null,
  use_mm_for_euclid_dist: 1,
  donot_use_mm_for_euclid_dist: 2,
};

/**
 * The distances between the rows of two matrices, in the p-norm.
 *
 * @param x1 `(*, P, M)`.
 * @param x2 `(*, R, M)`.
 * @param p From 0 to `Infinity`. Default: 2.
 * @param computeMode Whether Euclidean distances are computed through a matrix product: always,
 * never, or for more than 25 rows. Default: `'use_mm_for_euclid_dist_if_necessary'`.
 * @returns `(*, P, R)`.
 * @throws ValueError for another mode.
 *
 * @example
 * ```ts
 * torch.cdist(torch.randn(3, 2), torch.randn(4, 2)).shape; // [3, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cdist.html
 */
export function cdist(
  ...args: Call<
    [x1: Tensor, x2: Tensor],
    [p: number, computeMode: CdistComputeMode],
    Partial<Omit<CdistArguments, 'x1' | 'x2'>>
  >
): Tensor {
  const { x1, x2, p, computeMode } = cdistSignature.bind(args);
  if (!Object.hasOwn(computeModes, computeMode)) {
    throw new ValueError(
      `cdist(): computeMode must be one of ${Object.keys(computeModes).join(', ')}, got ${String(computeMode)}`,
    );
  }
  return operators.torch.cdist(x1, x2, p, computeModes[computeMode]);
}
