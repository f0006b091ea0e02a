import { TorchError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';
import {
  chosenReduction,
  type LegacyReductionOptions,
  type Reduction,
  reductionCode,
} from '../reduction.js';

/** What every loss takes after its required arguments. */
export interface ReducedLossOptions extends LegacyReductionOptions {
  /** How the losses of the elements or samples are combined. Default: `'mean'`. */
  reduction?: Reduction;
}

/** What the losses with a margin take after their required arguments. */
export interface MarginLossOptions extends ReducedLossOptions {
  /** By how much what is right has to be ahead; its default is the loss's. */
  margin?: number;
}

type Reduced = Required<ReducedLossOptions>;
type Margin = Required<MarginLossOptions>;
type Pair = { input: Tensor; target: Tensor };
type Ranked = { input1: Tensor; input2: Tensor; target: Tensor };

const reduced = { sizeAverage: null, reduce: null, reduction: 'mean' };

type ReducedCall<Inputs extends unknown[]> = Call<
  Inputs,
  [sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction],
  ReducedLossOptions
>;

type MarginCall<Inputs extends unknown[]> = Call<
  Inputs,
  [margin: number, sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction],
  MarginLossOptions
>;

const codeOf = (given: Reduced) => reductionCode(chosenReduction(given));

const marginRankingLossSignature = new Signature<Margin & Ranked>(
  'nn.functional.marginRankingLoss',
  { input1: required, input2: required, target: required, margin: 0, ...reduced },
);

/**
 * `max(0, -target * (input1 - input2) + margin)`: which of two inputs ranks higher;
 * {@link nn.MarginRankingLoss} as a function.
 *
 * @param input1 Any shape.
 * @param input2 The same shape.
 * @param target 1 where the first is to rank higher, else -1; of the same shape.
 * @param margin By how much it has to be higher. Default: 0.
 *
 * Further arguments, by position or by name: {@link MarginLossOptions}.
 *
 * @example
 * ```ts
 * const [a, b] = [torch.tensor([1, 2]), torch.tensor([2, 1])];
 * nn.functional.marginRankingLoss(a, b, torch.tensor([1, 1])); // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.margin_ranking_loss.html
 */
export function marginRankingLoss(
  ...args: MarginCall<[input1: Tensor, input2: Tensor, target: Tensor]>
): Tensor {
  const given = marginRankingLossSignature.bind(args);
  const { input1, input2, target, margin } = given;
  const { where } = marginRankingLossSignature;
  for (const [name, tensor] of Object.entries({ input1, input2, target })) {
    checkTensor(where, name, tensor);
  }
  if (input1.dim() !== input2.dim() || input1.dim() !== target.dim()) {
    throw new TorchError(
      `margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: [${input1.shape}], input2: [${input2.shape}], target: [${target.shape}] `,
    );
  }
  return operators.torch.marginRankingLoss(input1, input2, target, margin, codeOf(given));
}

const hingeEmbeddingLossSignature = new Signature<Margin & Pair>(
  'nn.functional.hingeEmbeddingLoss',
  { input: required, target: required, margin: 1, ...reduced },
);

/**
 * The input where the target is 1, and `max(0, margin - input)` where it is -1;
 * {@link nn.HingeEmbeddingLoss} as a function.
 *
 * @param input Distances, of any shape.
 * @param target 1 or -1, of the same shape.
 * @param margin How far apart what is not alike has to be. Default: 1.
 *
 * Further arguments, by position or by name: {@link MarginLossOptions}.
 *
 * @example
 * ```ts
 * nn.functional.hingeEmbeddingLoss(torch.tensor([0.5, 0.5]), torch.tensor([1, -1])); // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.hinge_embedding_loss.html
 */
export function hingeEmbeddingLoss(...args: MarginCall<[input: Tensor, target: Tensor]>): Tensor {
  const given = hingeEmbeddingLossSignature.bind(args);
  const { input, target, margin } = given;
  return operators.torch.hingeEmbeddingLoss(input, target, margin, codeOf(given));
}

const multilabelMarginLossSignature = new Signature<Reduced & Pair>(
  'nn.functional.multilabelMarginLoss',
  { input: required, target: required, ...reduced },
);

/**
 * The sum of `max(0, 1 - (input[target] - input[other]))` over every class that is a target and
 * every one that is none, divided by the number of classes; {@link nn.MultiLabelMarginLoss} as a
 * function.
 *
 * @param input Scores, `(C)` or `(N, C)`.
 * @param target Class indices (int64) of the same shape; those before the first -1 count.
 *
 * Further arguments, by position or by name: {@link ReducedLossOptions}.
 *
 * @example
 * ```ts
 * const input = torch.tensor([[0.1, 0.2, 0.4, 0.8]]);
 * nn.functional.multilabelMarginLoss(input, torch.tensor([[3n, 0n, -1n, 1n]])); // tensor(0.8500)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_margin_loss.html
 */
export function multilabelMarginLoss(
  ...args: ReducedCall<[input: Tensor, target: Tensor]>
): Tensor {
  const given = multilabelMarginLossSignature.bind(args);
  return operators.nn.multilabelMarginLoss(given.input, given.target, codeOf(given));
}

const softMarginLossSignature = new Signature<Reduced & Pair>('nn.functional.softMarginLoss', {
  input: required,
  target: required,
  ...reduced,
});

/**
 * `log(1 + exp(-target * input))`, the logistic loss of 1 and -1; {@link nn.SoftMarginLoss} as a
 * function.
 *
 * @param input Scores, of any shape.
 * @param target 1 or -1, of the same shape.
 *
 * Further arguments, by position or by name: {@link ReducedLossOptions}.
 *
 * @example
 * ```ts
 * nn.functional.softMarginLoss(torch.tensor([0, 0]), torch.tensor([1, -1])); // tensor(0.6931)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.soft_margin_loss.html
 */
export function softMarginLoss(...args: ReducedCall<[input: Tensor, target: Tensor]>): Tensor {
  const given = softMarginLossSignature.bind(args);
  return operators.nn.softMarginLoss(given.input, given.target, codeOf(given));
}

/** What {@link multilabelSoftMarginLoss} takes after its required arguments. */
export interface MultilabelSoftMarginLossOptions extends ReducedLossOptions {
  /** A weight for each class, `(C)`. Default: null. */
  weight?: Tensor | null;
}

const multilabelSoftMarginLossSignature = new Signature<
  Required<MultilabelSoftMarginLossOptions> & Pair
>('nn.functional.multilabelSoftMarginLoss', {
  input: required,
  target: required,
  weight: null,
  ...reduced,
});

/**
 * The cross entropy of yes or no for each class, averaged over the classes;
 * {@link nn.MultiLabelSoftMarginLoss} as a function.
 *
 * @param input Scores, `(C)`, `(N, C)` or `(*, C)`.
 * @param target 0 or 1, of the same shape.
 *
 * Further arguments, by position or by name: {@link MultilabelSoftMarginLossOptions}.
 *
 * @example
 * ```ts
 * nn.functional.multilabelSoftMarginLoss(torch.zeros(1, 3), torch.tensor([[0, 1, 1]])); // tensor(0.6931)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_soft_margin_loss.html
 */
export function multilabelSoftMarginLoss(
  ...args: Call<
    [input: Tensor, target: Tensor],
    [
      weight: Tensor | null,
      sizeAverage: boolean | null,
      reduce: boolean | null,
      reduction: Reduction,
    ],
    MultilabelSoftMarginLossOptions
  >
): Tensor {
  const given = multilabelSoftMarginLossSignature.bind(args);
  const { input, target, weight } = given;
  const { where } = multilabelSoftMarginLossSignature;
  checkTensor(where, 'input', input);
  checkTensor(where, 'target', target);
  const code = codeOf(given);
  const { logSigmoid } = operators.nn;
  const yes = target.mul(logSigmoid(input));
  const no = operators.torch.rsub(target, 1).mul(logSigmoid(input.neg()));
  let loss = yes.add(no).neg();
  if (weight !== null) loss = loss.mul(weight);
  const classDim = input.dim() - 1;
  loss = loss.sum(classDim).div(input.size(classDim));
  if (code === 0) return loss;
  return code === 1 ? loss.mean() : loss.sum();
}

const cosineEmbeddingLossSignature = new Signature<Margin & Ranked>(
  'nn.functional.cosineEmbeddingLoss',
  { input1: required, input2: required, target: required, margin: 0, ...reduced },
);

/**
 * `1 - cos(input1, input2)` where the target is 1, and `max(0, cos(input1, input2) - margin)` where
 * it is -1; {@link nn.CosineEmbeddingLoss} as a function.
 *
 * @param input1 `(N, D)` or `(D)`.
 * @param input2 The same shape.
 * @param target 1 or -1, `(N)` or `()`.
 * @param margin The cosine that what is not alike may have, from -1 to 1. Default: 0.
 *
 * Further arguments, by position or by name: {@link MarginLossOptions}.
 *
 * @example
 * ```ts
 * const [a, b] = [torch.tensor([[1, 0]]), torch.tensor([[0, 1]])];
 * nn.functional.cosineEmbeddingLoss(a, b, torch.tensor([1])); // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html
 */
export function cosineEmbeddingLoss(
  ...args: MarginCall<[input1: Tensor, input2: Tensor, target: Tensor]>
): Tensor {
  const given = cosineEmbeddingLossSignature.bind(args);
  const { input1, input2, target, margin } = given;
  return operators.torch.cosineEmbeddingLoss(input1, input2, target, margin, codeOf(given));
}

/** What {@link multiMarginLoss} takes after its required arguments. */
export interface MultiMarginLossOptions extends MarginLossOptions {
  /** The power of what is lacking: 1 or 2. Default: 1. */
  p?: number;
  /** A weight for each class, `(C)`. Default: null. */
  weight?: Tensor | null;
}

const multiMarginLossSignature = new Signature<Required<MultiMarginLossOptions> & Pair>(
  'nn.functional.multiMarginLoss',
  { input: required, target: required, p: 1, margin: 1, weight: null, ...reduced },
);

/**
 * The mean of `max(0, margin - input[target] + input[other]) ** p` over the other classes;
 * {@link nn.MultiMarginLoss} as a function.
 *
 * @param input Scores, `(C)` or `(N, C)`.
 * @param target Class indices (int64), `()` or `(N)`.
 *
 * Further arguments, by position or by name: {@link MultiMarginLossOptions}; the margin is 1 by
 * default.
 *
 * @throws ValueError where p is neither 1 nor 2, or the weight has not one dimension.
 *
 * @example
 * ```ts
 * const input = torch.tensor([[0.1, 0.2, 0.4, 0.8]]);
 * nn.functional.multiMarginLoss(input, torch.tensor([3n])); // tensor(0.3250)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.multi_margin_loss.html
 */
export function multiMarginLoss(
  ...args: Call<
    [input: Tensor, target: Tensor],
    [
      p: number,
      margin: number,
      weight: Tensor | null,
      sizeAverage: boolean | null,
      reduce: boolean | null,
      reduction: Reduction,
    ],
    MultiMarginLossOptions
  >
): Tensor {
  const given = multiMarginLossSignature.bind(args);
  const { input, target, p, margin, weight } = given;
  checkMultiMargin(p, weight);
  return operators.nn.multiMarginLoss(input, target, p, margin, weight, codeOf(given));
}

/** Throws where p or the weight is none that the loss has. @internal */
export function checkMultiMargin(p: number, weight: Tensor | null): void {
  if (p !== 1 && p !== 2) throw new ValueError('only p == 1 and p == 2 supported');
  if (weight !== null && weight.dim() !== 1) {
    throw new ValueError(
      `MultiMarginLoss: expected weight to be null or 1D tensor, got ${weight.dim()}D instead`,
    );
  }
}
