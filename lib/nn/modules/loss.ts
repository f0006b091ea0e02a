import { operators } from '../../operators.js';
import { type Call, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import * as functional from '../functional/loss.js';
import type { Buffer } from '../parameter.js';
import { type LegacyReductionOptions, type Reduction, reductionCode } from '../reduction.js';
import {
  buffer,
  Loss,
  type LossCall,
  type LossOptions,
  lossDefaults,
  type WeightedLossOptions,
} from './loss-base.js';

export type { LossOptions, WeightedLossOptions } from './loss-base.js';

const l1Loss = new Signature<Required<LossOptions>>('nn.L1Loss', lossDefaults);

/**
 * The magnitude of the difference between input and target.
 *
 * @param reduction How the elements' losses are combined, `'none'`, `'mean'` or `'sum'`, by name.
 *   Default: `'mean'`.
 *
 * Shape: any and the same, to `()`, or with `'none'` to that shape.
 *
 * @example
 * ```ts
 * const loss = new nn.L1Loss();
 * loss(torch.randn(3, 5, { requiresGrad: true }), torch.randn(3, 5)).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html
 */
export class L1Loss extends Loss {
  constructor(...args: LossCall) {
    super(l1Loss.bind(args));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const [x, y] = functional.inOneShape(input, target);
    return operators.nn.l1Loss(x, y, reductionCode(this.reduction));
  }
}

const mseLoss = new Signature<Required<LossOptions>>('nn.MSELoss', lossDefaults);

/**
 * The square of the difference between input and target.
 *
 * @param reduction How the elements' losses are combined, `'none'`, `'mean'` or `'sum'`, by name.
 *   Default: `'mean'`.
 *
 * Shape: any and the same, to `()`, or with `'none'` to that shape.
 *
 * @example
 * ```ts
 * const loss = new nn.MSELoss();
 * loss(torch.randn(3, 5, { requiresGrad: true }), torch.randn(3, 5)).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
 */
export class MSELoss extends Loss {
  constructor(...args: LossCall) {
    super(mseLoss.bind(args));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const [x, y] = functional.inOneShape(input, target);
    return operators.nn.mseLoss(x, y, reductionCode(this.reduction));
  }
}

/** What {@link SmoothL1Loss} takes. */
export interface SmoothL1LossLayerOptions extends LossOptions {
  /** Where the loss changes from a square to a straight line; not negative. Default: 1. */
  beta?: number;
}

const smoothL1Loss = new Signature<Required<SmoothL1LossLayerOptions>>('nn.SmoothL1Loss', {
  ...lossDefaults,
  beta: 1,
});

/**
 * `0.5 * d * d / beta` where the magnitude of the difference `d` of input and target is below beta,
 * and `abs(d) - 0.5 * beta` elsewhere.
 *
 * Arguments, by name: {@link SmoothL1LossLayerOptions}.
 *
 * Shape: any and the same, to `()`, or with `'none'` to that shape.
 *
 * @example
 * ```ts
 * const loss = new nn.SmoothL1Loss({ beta: 0.5 });
 * loss(torch.randn(3, 5, { requiresGrad: true }), torch.randn(3, 5)).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html
 */
export class SmoothL1Loss extends Loss {
  beta: number;

  constructor(
    ...args: Call<
      [],
      [sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction, beta: number],
      SmoothL1LossLayerOptions
    >
  ) {
    const given = smoothL1Loss.bind(args);
    super(given);
    this.beta = given.beta;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.smoothL1Loss(input, target, null, null, this.reduction, this.beta);
  }
}

/** What {@link HuberLoss} takes. */
export interface HuberLossLayerOptions {
  /** How the elements' losses are combined. Default: `'mean'`. */
  reduction?: Reduction;
  /** Where the loss changes from a square to a straight line; above 0. Default: 1. */
  delta?: number;
}

const huberLoss = new Signature<Required<HuberLossLayerOptions>>('nn.HuberLoss', {
  reduction: 'mean',
  delta: 1,
});

/**
 * `0.5 * d * d` where the magnitude of the difference `d` of input and target is below delta, and
 * `delta * (abs(d) - 0.5 * delta)` elsewhere.
 *
 * Arguments, by position or by name: {@link HuberLossLayerOptions}.
 *
 * Shape: any and the same, to `()`, or with `'none'` to that shape.
 *
 * @example
 * ```ts
 * const loss = new nn.HuberLoss({ delta: 0.5 });
 * loss(torch.randn(3, 5, { requiresGrad: true }), torch.randn(3, 5)).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
 */
export class HuberLoss extends Loss {
  delta: number;

  constructor(...args: Call<[], [reduction: Reduction, delta: number], HuberLossLayerOptions>) {
    const { reduction, delta } = huberLoss.bind(args);
    if (typeof delta !== 'number') {
      throw new TypeError(`nn.HuberLoss: delta must be a number, got ${typeof delta}`);
    }
    super({ sizeAverage: null, reduce: null, reduction });
    this.delta = delta;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const [x, y] = functional.inOneShape(input, target);
    return operators.nn.huberLoss(x, y, reductionCode(this.reduction), this.delta);
  }
}

/** What {@link KLDivLoss} takes. */
export interface KLDivLossOptions extends LegacyReductionOptions {
  /**
   * How the elements' losses are combined; `'batchmean'` divides by the batch size, as the
   * divergence is defined. Default: `'mean'`.
   */
  reduction?: Reduction | 'batchmean';
  /** Whether the target holds log probabilities too. Default: false. */
  logTarget?: boolean;
}

const klDivLoss = new Signature<Required<KLDivLossOptions>>('nn.KLDivLoss', {
  ...lossDefaults,
  logTarget: false,
});

/**
 * The Kullback-Leibler divergence of the input from the target: `target * (log(target) - input)`.
 *
 * Arguments, by name: {@link KLDivLossOptions}.
 *
 * Shape: log probabilities of any shape and probabilities of the same, to `()`, or with `'none'`
 * to that shape.
 *
 * @example
 * ```ts
 * const loss = new nn.KLDivLoss({ reduction: 'batchmean' });
 * const input = nn.functional.logSoftmax(torch.randn(3, 5, { requiresGrad: true }), 1);
 * loss(input, nn.functional.softmax(torch.rand(3, 5), 1)).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
 */
export class KLDivLoss extends Loss<Reduction | 'batchmean'> {
  logTarget: boolean;

  constructor(
    ...args: Call<
      [],
      [
        sizeAverage: boolean | null,
        reduce: boolean | null,
        reduction: Reduction | 'batchmean',
        logTarget: boolean,
      ],
      KLDivLossOptions
    >
  ) {
    const given = klDivLoss.bind(args);
    super(given);
    this.logTarget = given.logTarget;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.klDiv(input, target, null, null, this.reduction, this.logTarget);
  }
}

/** What {@link NLLLoss} takes. */
export interface NLLLossLayerOptions extends WeightedLossOptions {
  /** A target that counts for nothing. Default: -100. */
  ignoreIndex?: number;
}

const nllLoss = new Signature<Required<NLLLossLayerOptions>>('nn.NLLLoss', {
  weight: null,
  sizeAverage: null,
  ignoreIndex: -100,
  reduce: null,
  reduction: 'mean',
});

/**
 * The negated log probability of the target class, for use after `LogSoftmax`.
 *
 * @param weight A weight for each class, `(C)`. Default: null.
 *
 * Further arguments, by name: {@link NLLLossLayerOptions}. The mean is divided by the weights' sum.
 *
 * Shape: log probabilities `(C)`, `(N, C)` or `(N, C, *)` and class indices (int64) `()`, `(N)` or
 * `(N, *)`, to `()`, or with `'none'` to the target's shape.
 *
 * State: with weights, `weight` `(C)`.
 *
 * @example
 * ```ts
 * const loss = new nn.NLLLoss();
 * const input = nn.functional.logSoftmax(torch.randn(3, 5, { requiresGrad: true }), 1);
 * loss(input, torch.tensor([1n, 0n, 4n])).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html
 */
export class NLLLoss extends Loss {
  weight: Buffer | null;
  ignoreIndex: number;

  constructor(
    ...args: Call<
      [],
      [
        weight: Tensor | null,
        sizeAverage: boolean | null,
        ignoreIndex: number,
        reduce: boolean | null,
        reduction: Reduction,
      ],
      NLLLossLayerOptions
    >
  ) {
    const given = nllLoss.bind(args);
    super(given);
    this.weight = buffer('weight', given.weight);
    this.ignoreIndex = given.ignoreIndex;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const code = reductionCode(this.reduction);
    return operators.nn.nllLossNd(input, target, this.weight, code, this.ignoreIndex);
  }
}

/**
 * The old name of {@link NLLLoss} for images.
 *
 * @deprecated Use {@link NLLLoss}.
 * @param weight A weight for each class, `(C)`. Default: null.
 *
 * Further arguments, by name: {@link NLLLossLayerOptions}.
 *
 * @example
 * ```ts
 * const loss = new nn.NLLLoss2d();
 * const input = nn.functional.logSoftmax(torch.randn(1, 2, 2, 2), 1);
 * loss(input, torch.ones(1, 2, 2, { dtype: torch.int64 })).shape; // []
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html#torch.nn.NLLLoss2d
 */
export class NLLLoss2d extends NLLLoss {
  constructor(...args: ConstructorParameters<typeof NLLLoss>) {
    warn('`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead.', 'DeprecationWarning');
    super(...args);
  }
}

/** What {@link CrossEntropyLoss} takes. */
export interface CrossEntropyLossOptions extends NLLLossLayerOptions {
  /** How much of the target, between 0 and 1, is spread evenly over all classes. Default: 0. */
  labelSmoothing?: number;
}

const crossEntropyLoss = new Signature<Required<CrossEntropyLossOptions>>('nn.CrossEntropyLoss', {
  weight: null,
  sizeAverage: null,
  ignoreIndex: -100,
  reduce: null,
  reduction: 'mean',
  labelSmoothing: 0,
});

/**
 * The cross entropy between the softmax of the input and the target.
 *
 * @param weight A weight for each class, `(C)`. Default: null.
 *
 * Further arguments, by name: {@link CrossEntropyLossOptions}. The mean is divided by the weights'
 * sum.
 *
 * Shape: unnormalised scores `(C)`, `(N, C)` or `(N, C, *)` and class indices (int64) `()`, `(N)`
 * or `(N, *)`, or probabilities of the input's shape, to `()`, or with `'none'` to the indices'
 * shape.
 *
 * State: with weights, `weight` `(C)`.
 *
 * @example
 * ```ts
 * const loss = new nn.CrossEntropyLoss();
 * const input = torch.randn(3, 5, { requiresGrad: true });
 * loss(input, torch.tensor([1n, 0n, 4n])).backward();
 * loss(input, torch.randn(3, 5).softmax(1)).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 */
export class CrossEntropyLoss extends Loss {
  weight: Buffer | null;
  ignoreIndex: number;
  labelSmoothing: number;

  constructor(
    ...args: Call<
      [],
      [
        weight: Tensor | null,
        sizeAverage: boolean | null,
        ignoreIndex: number,
        reduce: boolean | null,
        reduction: Reduction,
        labelSmoothing: number,
      ],
      CrossEntropyLossOptions
    >
  ) {
    const given = crossEntropyLoss.bind(args);
    super(given);
    this.weight = buffer('weight', given.weight);
    this.ignoreIndex = given.ignoreIndex;
    this.labelSmoothing = given.labelSmoothing;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return operators.nn.crossEntropyLoss(
      input,
      target,
      this.weight,
      reductionCode(this.reduction),
      this.ignoreIndex,
      this.labelSmoothing,
    );
  }
}

const bceLoss = new Signature<Required<WeightedLossOptions>>('nn.BCELoss', {
  weight: null,
  ...lossDefaults,
});

/**
 * The cross entropy of probabilities of yes or no: `-(t * log(x) + (1 - t) * log(1 - x))`, the
 * logarithms no less than -100.
 *
 * @param weight A weight for each element, of a shape that broadcasts with the target's.
 *   Default: null.
 *
 * Further arguments, by name: {@link WeightedLossOptions}.
 *
 * Shape: probabilities of any shape and targets between 0 and 1 of the same, to `()`, or with
 * `'none'` to that shape.
 *
 * State: with weights, `weight`.
 *
 * @example
 * ```ts
 * const loss = new nn.BCELoss();
 * const input = torch.sigmoid(torch.randn(3, { requiresGrad: true }));
 * loss(input, torch.tensor([0, 1, 1])).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
 */
export class BCELoss extends Loss {
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
    const given = bceLoss.bind(args);
    super(given);
    this.weight = buffer('weight', given.weight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, reduction } = this;
    return functional.binaryCrossEntropy(input, target, weight, null, null, reduction);
  }
}

/** What {@link BCEWithLogitsLoss} takes. */
export interface BCEWithLogitsLossOptions extends WeightedLossOptions {
  /** A weight for the yes answers, of a shape that broadcasts with the target's. Default: null. */
  posWeight?: Tensor | null;
}

const bceWithLogitsLoss = new Signature<Required<BCEWithLogitsLossOptions>>(
  'nn.BCEWithLogitsLoss',
  { weight: null, ...lossDefaults, posWeight: null },
);

/**
 * {@link BCELoss} of the input's sigmoid, computed in one stable step.
 *
 * @param weight A weight for each element, of a shape that broadcasts with the target's.
 *   Default: null.
 *
 * Further arguments, by name: {@link BCEWithLogitsLossOptions}.
 *
 * Shape: unnormalised scores of any shape and targets between 0 and 1 of the same, to `()`, or with
 * `'none'` to that shape.
 *
 * State: with weights, `weight` and `pos_weight`.
 *
 * @example
 * ```ts
 * const loss = new nn.BCEWithLogitsLoss();
 * loss(torch.randn(3, { requiresGrad: true }), torch.tensor([0, 1, 1])).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
 */
export class BCEWithLogitsLoss extends Loss {
  weight: Buffer | null;
  pos_weight: Buffer | null;

  constructor(
    ...args: Call<
      [],
      [
        weight: Tensor | null,
        sizeAverage: boolean | null,
        reduce: boolean | null,
        reduction: Reduction,
        posWeight: Tensor | null,
      ],
      BCEWithLogitsLossOptions
    >
  ) {
    const given = bceWithLogitsLoss.bind(args);
    super(given);
    this.weight = buffer('weight', given.weight);
    this.pos_weight = buffer('posWeight', given.posWeight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    functional.checkSameShape(input, target);
    return operators.torch.binaryCrossEntropyWithLogits(
      input,
      target,
      this.weight,
      this.pos_weight,
      reductionCode(this.reduction),
    );
  }
}
