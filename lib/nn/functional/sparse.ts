import { ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';

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
