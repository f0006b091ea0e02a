import { type Call, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import * as functional from '../functional/margin-loss.js';
import type { Buffer } from '../parameter.js';
import type { Reduction } from '../reduction.js';
import {
  buffer,
  Loss,
  type LossCall,
  type LossOptions,
  lossDefaults,
  type WeightedLossOptions,
} from './loss-base.js';

type MarginLossCall = Call<
  [],
  [margin: number, sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction],
  functional.MarginLossOptions
>;

/** What the losses with a margin share. */
abstract class MarginLoss extends Loss {
  margin: number;

  constructor(margin: number, args: MarginLossCall) {
    const signature = new Signature<Required<functional.MarginLossOptions>>(
      `nn.${new.target.name}`,
      { margin, ...lossDefaults },
    );
    const given = signature.bind(args);
    super(given);
    this.margin = given.margin;
  }
}

/**
 * The input where the target is 1, and `max(0, margin - input)` where it is -1: whether two things,
 * whose distance the input is, are alike.
 *
 * @param margin How far apart what is not alike has to be. Default: 1.
 *
 * Further arguments, by name: {@link nn.functional.MarginLossOptions}.
 *
 * Shape: distances of any shape and targets of the same, to `()`, or with `'none'` to that shape.
 *
 * @example
 * ```ts
 * const loss = new nn.HingeEmbeddingLoss();
 * loss(torch.tensor([0.5, 0.5]), torch.tensor([1, -1])); // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html
 */
export class HingeEmbeddingLoss extends MarginLoss {
  constructor(...args: MarginLossCall) {
    super(1, args);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.hingeEmbeddingLoss(input, target, this.margin, null, null, this.reduction);
  }
}

/**
 * `1 - cos(input1, input2)` where the target is 1, and `max(0, cos(input1, input2) - margin)` where
 * it is -1: whether two vectors are alike.
 *
 * @param margin The cosine that what is not alike may have, from -1 to 1. Default: 0.
 *
 * Further arguments, by name: {@link nn.functional.MarginLossOptions}.
 *
 * Shape: `(N, D)` or `(D)` twice and targets `(N)` or `()`, to `()`, or with `'none'` to the
 * targets' shape.
 *
 * @example
 * ```ts
 * const loss = new nn.CosineEmbeddingLoss();
 * const input = torch.ones(3, 5, { requiresGrad: true });
 * loss(input, torch.ones(3, 5), torch.ones(3)).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html
 */
export class CosineEmbeddingLoss extends MarginLoss {
  constructor(...args: MarginLossCall) {
    super(0, args);
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    const { margin, reduction } = this;
    return functional.cosineEmbeddingLoss(input1, input2, target, margin, null, null, reduction);
  }
}

/**
 * `max(0, -target * (input1 - input2) + margin)`: which of two inputs ranks higher.
 *
 * @param margin By how much it has to be higher. Default: 0.
 *
 * Further arguments, by name: {@link nn.functional.MarginLossOptions}.
 *
 * Shape: `(N)` or `()` three times, to `()`, or with `'none'` to that shape.
 *
 * @example
 * ```ts
 * const loss = new nn.MarginRankingLoss();
 * loss(torch.tensor([1, 2]), torch.tensor([2, 1]), torch.tensor([1, 1])); // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MarginRankingLoss.html
 */
export class MarginRankingLoss extends MarginLoss {
  constructor(...args: MarginLossCall) {
    super(0, args);
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    const { margin, reduction } = this;
    return functional.marginRankingLoss(input1, input2, target, margin, null, null, reduction);
  }
}

const multiLabelMarginLoss = new Signature<Required<LossOptions>>(
  'nn.MultiLabelMarginLoss',
  lossDefaults,
);

/**
 * The sum of `max(0, 1 - (input[target] - input[other]))` over every class that is a target and
 * every one that is none, divided by the number of classes: for samples of several classes.
 *
 * @param reduction How the samples' losses are combined, `'none'`, `'mean'` or `'sum'`, by name.
 *   Default: `'mean'`.
 *
 * Shape: scores `(N, C)` or `(C)` and class indices (int64) of the same, of which those before the
 * first -1 count, to `()`, or with `'none'` to `(N)`.
 *
 * @example
 * ```ts
 * const loss = new nn.MultiLabelMarginLoss();
 * const input = torch.tensor([[0.1, 0.2, 0.4, 0.8]]);
 * loss(input, torch.tensor([[3n, 0n, -1n, 1n]])); // tensor(0.8500)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html
 */
export class MultiLabelMarginLoss extends Loss {
  constructor(...args: LossCall) {
    super(multiLabelMarginLoss.bind(args));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.multilabelMarginLoss(input, target, null, null, this.reduction);
  }
}

const softMarginLoss = new Signature<Required<LossOptions>>('nn.SoftMarginLoss', lossDefaults);

/**
 * `log(1 + exp(-target * input))`, the logistic loss of 1 and -1.
 *
 * @param reduction How the elements' losses are combined, `'none'`, `'mean'` or `'sum'`, by name.
 *   Default: `'mean'`.
 *
 * Shape: scores of any shape and targets of the same, to `()`, or with `'none'` to that shape.
 *
 * @example
 * ```ts
 * const loss = new nn.SoftMarginLoss();
 * loss(torch.tensor([0, 0]), torch.tensor([1, -1])); // tensor(0.6931)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html
 */
export class SoftMarginLoss extends Loss {
  constructor(...args: LossCall) {
    super(softMarginLoss.bind(args));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.softMarginLoss(input, target, null, null, this.reduction);
  }
}

const multiLabelSoftMarginLoss = new Signature<Required<WeightedLossOptions>>(
  'nn.MultiLabelSoftMarginLoss',
  { weight: null, ...lossDefaults },
);

/**
 * The cross entropy of yes or no for each class, averaged over the classes: for samples of several
 * classes.
 *
 * @param weight A weight for each class, `(C)`. Default: null.
 *
 * Further arguments, by name: {@link WeightedLossOptions}.
 *
 * Shape: scores `(N, C)` and targets 0 or 1 of the same, to `()`, or with `'none'` to `(N)`.
 *
 * State: with weights, `weight` `(C)`.
 *
 * @example
 * ```ts
 * const loss = new nn.MultiLabelSoftMarginLoss();
 * loss(torch.zeros(1, 3), torch.tensor([[0, 1, 1]])); // tensor(0.6931)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html
 */
export class MultiLabelSoftMarginLoss extends Loss {
  weight: Buffer | null;

  constructor(
    ...args: Call<
      [],
      [
        weight: Tensor | null,
        sizeAverage: boolean | null,
        reduce: boolean | null,
        reduction: Reduction,
      ],
      WeightedLossOptions
    >
  ) {
    const given = multiLabelSoftMarginLoss.bind(args);
    super(given);
    this.weight = buffer('weight', given.weight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, reduction } = this;
    return functional.multilabelSoftMarginLoss(input, target, weight, null, null, reduction);
  }
}

const multiMarginLoss = new Signature<Required<functional.MultiMarginLossOptions>>(
  'nn.MultiMarginLoss',
  { p: 1, margin: 1, weight: null, ...lossDefaults },
);

/**
 * The mean of `max(0, margin - input[target] + input[other]) ** p` over the other classes.
 *
 * @param p The power: 1 or 2. Default: 1.
 * @param margin By how much the target's score has to be ahead. Default: 1.
 * @param weight A weight for each class, `(C)`. Default: null.
 *
 * Further arguments, by name: {@link nn.functional.MultiMarginLossOptions}.
 *
 * Shape: scores `(N, C)` or `(C)` and class indices (int64) `(N)` or `()`, to `()`, or with
 * `'none'` to the indices' shape.
 *
 * State: with weights, `weight` `(C)`.
 *
 * @example
 * ```ts
 * const loss = new nn.MultiMarginLoss();
 * loss(torch.tensor([[0.1, 0.2, 0.4, 0.8]]), torch.tensor([3n])); // tensor(0.3250)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html
 */
export class MultiMarginLoss extends Loss {
  p: number;
  margin: number;
  weight: Buffer | null;

  constructor(
    ...args: Call<
      [],
      [
        p: number,
        margin: number,
        weight: Tensor | null,
        sizeAverage: boolean | null,
        reduce: boolean | null,
        reduction: Reduction,
      ],
      functional.MultiMarginLossOptions
    >
  ) {
    const given = multiMarginLoss.bind(args);
    functional.checkMultiMargin(given.p, given.weight);
    super(given);
    this.p = given.p;
    this.margin = given.margin;
    this.weight = buffer('weight', given.weight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { p, margin, weight, reduction } = this;
    return functional.multiMarginLoss(input, target, p, margin, weight, null, null, reduction);
  }
}
