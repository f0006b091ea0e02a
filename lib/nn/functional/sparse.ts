import { describe } from '../../describe.js';
import { NotImplementedError, ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';
import { alias } from './alias.js';

/** What {@link embedding} takes after its required arguments. */
export interface EmbeddingFunctionOptions {
  /** The row that gets no gradient; negative counts from the end. Default: null, none. */
  paddingIdx?: number | null;
  /** The greatest norm of a row: longer ones are shortened, in place, when used. Default: null. */
  maxNorm?: number | null;
  /** The p of that norm. Default: 2. */
  normType?: number;
  /** Whether a row's gradient is divided by how often the batch uses it. Default: false. */
  scaleGradByFreq?: boolean;
  /** Whether the gradient is a sparse tensor. Default: false. */
  sparse?: boolean;
}

interface EmbeddingArguments extends Required<EmbeddingFunctionOptions> {
  input: Tensor;
  weight: Tensor;
}

const embeddingSignature = new Signature<EmbeddingArguments>('nn.functional.embedding', {
  input: required,
  weight: required,
  paddingIdx: null,
  maxNorm: null,
  normType: 2,
  scaleGradByFreq: false,
  sparse: false,
});

/** The index of the padding row counted from the first; -1, libtorch's none, for null. @internal */
export function paddingRow(where: string, paddingIdx: number | null, rows: number): number {
  if (paddingIdx === null) return -1;
  if (paddingIdx >= rows || paddingIdx < -rows) {
    throw new ValueError(`${where}: paddingIdx (${paddingIdx}) must be within the ${rows} rows`);
  }
  return paddingIdx < 0 ? rows + paddingIdx : paddingIdx;
}

/** Shortens, in place, the rows that `input` names. @internal */
export function renormalizeRows(
  weight: Tensor,
  input: Tensor,
  maxNorm: number,
  normType: number,
): void {
  noGrad(() => operators.torch.embeddingRenorm_(weight.detach(), input, maxNorm, normType));
}

/**
 * Looks rows up in a table by their indices.
 *
 * @param input Indices: int32 or int64, of any shape.
 * @param weight The table, `(rows, size)`.
 *
 * Further arguments, by position or by name: {@link EmbeddingFunctionOptions}.
 *
 * The output is `(*, size)` where the input is `(*)`.
 *
 * @example
 * ```ts
 * const indices = torch.tensor([[1n, 2n], [4n, 9n]]);
 * nn.functional.embedding(indices, torch.rand(10, 3)).shape; // [2, 2, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
 */
export function embedding(
  ...args: Call<
    [input: Tensor, weight: Tensor],
    [
      paddingIdx: number | null,
      maxNorm: number | null,
      normType: number,
      scaleGradByFreq: boolean,
      sparse: boolean,
    ],
    EmbeddingFunctionOptions
  >
): Tensor {
  const given = embeddingSignature.bind(args);
  checkTensor(embeddingSignature.where, 'input', given.input);
  checkTensor(embeddingSignature.where, 'weight', given.weight);
  const { weight, maxNorm, normType, scaleGradByFreq, sparse } = given;
  const row =
    given.paddingIdx === null
      ? -1
      : paddingRow(embeddingSignature.where, given.paddingIdx, weight.size(0));
  let { input } = given;
  if (maxNorm !== null) {
    input = input.contiguous();
    renormalizeRows(weight, input, maxNorm, normType);
  }
  return operators.torch.embedding(weight, input, row, scaleGradByFreq, sparse);
}

/** How a bag's vectors become one. */
export type BagMode = 'sum' | 'mean' | 'max';

/** What {@link embeddingBag} takes after its required arguments. */
export interface EmbeddingBagFunctionOptions {
  /** Where each bag begins in an input of one dimension, `(B)`. Default: null. */
  offsets?: Tensor | null;
  /** The greatest norm of a row: longer ones are shortened, in place, when used. Default: null. */
  maxNorm?: number | null;
  /** The p of that norm. Default: 2. */
  normType?: number;
  /** Whether a row's gradient is divided by how often the batch uses it; not with `'max'`. Default: false. */
  scaleGradByFreq?: boolean;
  /** How a bag's rows become one. Default: `'mean'`. */
  mode?: BagMode;
  /** Whether the gradient is a sparse tensor; not with `'max'`. Default: false. */
  sparse?: boolean;
  /** By what each row is multiplied, of the input's shape; with `'sum'` alone. Default: null. */
  perSampleWeights?: Tensor | null;
  /** Whether the last offset is the end of the last bag. Default: false. */
  includeLastOffset?: boolean;
  /** The row that counts for nothing and gets no gradient. Default: null. */
  paddingIdx?: number | null;
}

interface EmbeddingBagArguments extends Required<EmbeddingBagFunctionOptions> {
  input: Tensor;
  weight: Tensor;
}

const embeddingBagSignature = new Signature<EmbeddingBagArguments>('nn.functional.embeddingBag', {
  input: required,
  weight: required,
  offsets: null,
  maxNorm: null,
  normType: 2,
  scaleGradByFreq: false,
  mode: 'mean',
  sparse: false,
  perSampleWeights: null,
  includeLastOffset: false,
  paddingIdx: null,
});

const bagModes: readonly string[] = ['sum', 'mean', 'max'];

/** The indices in a row with the offsets of their bags, and the weights in a row. */
function bags(given: EmbeddingBagArguments): {
  input: Tensor;
  offsets: Tensor;
  weights: Tensor | null;
  includeLastOffset: boolean;
} {
  const { input, offsets, perSampleWeights: weights } = given;
  const { shape } = input;
  if (weights !== null && String(shape) !== String(weights.shape)) {
    throw new ValueError(
      `embedding_bag: If perSampleWeights ([${weights.shape}]) is not null, then it must have the same shape as the input ([${shape}])`,
    );
  }
  if (shape.length === 2) {
    if (offsets !== null) {
      throw new ValueError(
        `if input is 2D, then offsets has to be null, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type ${describe(offsets)}`,
      );
    }
    const { device, dtype } = input;
    const [count, size] = shape as [number, number];
    return {
      input: input.reshape(-1),
      offsets: operators.torch.arange(0, count * size, size, { dtype, device }),
      weights: weights === null ? null : weights.reshape(-1),
      includeLastOffset: false,
    };
  }
  if (shape.length !== 1) {
    throw new ValueError(
      `input has to be 1D or 2D Tensor, but got Tensor of dimension ${shape.length}`,
    );
  }
  if (offsets === null) throw new ValueError('offsets has to be a 1D Tensor but got null');
  if (offsets.dim() !== 1) throw new ValueError('offsets has to be a 1D Tensor');
  return { input, offsets, weights, includeLastOffset: given.includeLastOffset };
}

/**
 * Looks rows up in a table and gives the sum, mean or maximum of each bag of them, without the rows
 * in between; {@link nn.EmbeddingBag} as a function.
 *
 * @param input Indices (int32 or int64): `(B, N)`, bags of one size, or `(N)` with offsets.
 * @param weight The table, `(rows, size)`.
 *
 * Further arguments, by position or by name: {@link EmbeddingBagFunctionOptions}.
 *
 * The output is `(B, size)`.
 *
 * @throws ValueError where the arguments do not go together.
 *
 * @example
 * ```ts
 * const table = torch.tensor([[1, 1], [2, 4], [3, 3]]);
 * nn.functional.embeddingBag(torch.tensor([[0n, 1n], [1n, 2n]]), table);
 * // tensor([[1.5000, 2.5000], [2.5000, 3.5000]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding_bag.html
 */
export function embeddingBag(
  ...args: Call<
    [input: Tensor, weight: Tensor],
    [
      offsets: Tensor | null,
      maxNorm: number | null,
      normType: number,
      scaleGradByFreq: boolean,
      mode: BagMode,
      sparse: boolean,
      perSampleWeights: Tensor | null,
      includeLastOffset: boolean,
      paddingIdx: number | null,
    ],
    EmbeddingBagFunctionOptions
  >
): Tensor {
  const given = embeddingBagSignature.bind(args);
  const { weight, maxNorm, normType, scaleGradByFreq, mode, sparse, paddingIdx } = given;
  const { where } = embeddingBagSignature;
  checkTensor(where, 'input', given.input);
  checkTensor(where, 'weight', weight);
  if (weight.dim() !== 2) {
    throw new ValueError(
      `weight has to be a 2D Tensor, but got Tensor of dimension ${weight.dim()}`,
    );
  }
  const { input, offsets, weights, includeLastOffset } = bags(given);
  const code = bagModes.indexOf(mode);
  if (code < 0) {
    throw new ValueError(`mode has to be one of sum, mean or max, got ${describe(mode)}`);
  }
  if (mode === 'max' && scaleGradByFreq) {
    throw new ValueError('max mode does not support scaling the gradient by the frequency');
  }
  if (mode === 'max' && sparse) throw new ValueError('max mode does not support sparse weights');
  if (maxNorm !== null) renormalizeRows(weight, input, maxNorm, normType);
  if (weights !== null && mode !== 'sum') {
    throw new NotImplementedError(
      `embedding_bag: perSampleWeights is only supported for mode 'sum' (got mode '${mode}')`,
    );
  }
  return operators.torch.embeddingBag(
    weight,
    input,
    offsets,
    scaleGradByFreq,
    code,
    sparse,
    weights,
    includeLastOffset,
    paddingIdx,
  )[0];
}

/**
 * Class indices as rows that are 1 at the class and 0 elsewhere.
 *
 * @param input Class indices (int64), of any shape.
 * @param numClasses How many classes there are. Default: -1, one more than the greatest index.
 *
 * The result is `(*, numClasses)`, int64.
 *
 * @example
 * ```ts
 * nn.functional.oneHot(torch.tensor([0n, 2n])); // tensor([[1, 0, 0], [0, 0, 1]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
 */
export const oneHot = alias(() => operators.nn.oneHot);
