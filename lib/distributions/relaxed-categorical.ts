import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { Categorical } from './categorical.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { ExpTransform } from './transforms.js';
import type { Param } from './utils.js';
import { broadcastAll, clampProbs, uniform } from './utils.js';

/** The options of {@link ExpRelaxedCategorical}. */
export interface ExpRelaxedCategoricalOptions extends DistributionOptions {
  probs?: Tensor | null;
  logits?: Tensor | null;
}

const expRelaxedCategoricalSignature = new Signature<{
  temperature: Param;
  probs: Tensor | null;
  logits: Tensor | null;
  validateArgs: boolean | null;
}>('distributions.ExpRelaxedCategorical', {
  temperature: required,
  probs: null,
  logits: null,
  validateArgs: null,
});

/**
 * The logarithms of a {@link RelaxedOneHotCategorical} variable.
 *
 * @param temperature How far the values are from one-hot vectors.
 * @param probs The probability of each class, along the last dimension.
 * @param logits Unnormalized logarithms of them, in the place of `probs`.
 *
 * @example
 * ```ts
 * const relaxed = new torch.distributions.ExpRelaxedCategorical(torch.tensor(1), torch.ones(3));
 * relaxed.eventShape; // [3]
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.relaxed_categorical.ExpRelaxedCategorical
 */
export class ExpRelaxedCategorical extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly temperature: Tensor;

  /** @internal */
  declare readonly _categorical: Categorical;

  constructor(
    ...args: Call<
      [temperature: Param],
      [probs: Tensor | null, logits: Tensor | null, validateArgs: boolean | null],
      ExpRelaxedCategoricalOptions
    >
  ) {
    super();
    const { temperature, probs, logits, validateArgs } = expRelaxedCategoricalSignature.bind(args);
    this._categorical = new Categorical({ probs, logits });
    [this.temperature] = broadcastAll(temperature) as [Tensor];
    this._init(this._categorical.batchShape, this._categorical.paramShape.slice(-1), validateArgs);
  }

  override get argConstraints() {
    return { probs: constraints.simplex, logits: constraints.realVector };
  }

  override get support() {
    return constraints.realVector;
  }

  override get hasRsample(): boolean {
    return true;
  }

  /** The log odds, or the logarithms of the probabilities. */
  get logits(): Tensor {
    return this._categorical.logits;
  }

  /** The probabilities. */
  get probs(): Tensor {
    return this._categorical.probs;
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const uniforms = clampProbs(uniform(shape, this.logits));
    const gumbels = uniforms.log().neg().log().neg();
    const scores = this.logits.add(gumbels).div(this.temperature);
    return scores.sub(scores.logsumexp({ dim: -1, keepdim: true }));
  }

  override logProb(at: Tensor): Tensor {
    const K = this._categorical._numEvents;
    this._check(at);
    const [logits, value] = broadcastAll(this.logits, at) as [Tensor, Tensor];
    const logScale = operators.torch
      .fullLike(this.temperature, K)
      .lgamma()
      .sub(this.temperature.log().mul(-(K - 1)));
    let score = logits.sub(value.mul(this.temperature));
    score = score.sub(score.logsumexp({ dim: -1, keepdim: true })).sum(-1);
    return score.add(logScale);
  }

  /** The shape of the parameters. */
  get paramShape(): number[] {
    return this._categorical.paramShape;
  }
}

/** The options of {@link RelaxedOneHotCategorical}. */
export interface RelaxedOneHotCategoricalOptions extends DistributionOptions {
  probs?: Tensor | null;
  logits?: Tensor | null;
}

const relaxedOneHotCategoricalSignature = new Signature<{
  temperature: Param;
  probs: Tensor | null;
  logits: Tensor | null;
  validateArgs: boolean | null;
}>('distributions.RelaxedOneHotCategorical', {
  temperature: required,
  probs: null,
  logits: null,
  validateArgs: null,
});

/**
 * A continuous relaxation of {@link OneHotCategorical}, whose samples have gradients.
 *
 * @param temperature How far the values are from one-hot vectors.
 * @param probs The probability of each class, along the last dimension.
 * @param logits Unnormalized logarithms of them, in the place of `probs`.
 *
 * @example
 * ```ts
 * const relaxed = new torch.distributions.RelaxedOneHotCategorical(torch.tensor(1), torch.ones(3));
 * relaxed.hasRsample; // true
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.relaxed_categorical.RelaxedOneHotCategorical
 */
export class RelaxedOneHotCategorical extends TransformedDistribution {
  constructor(
    ...args: Call<
      [temperature: Param],
      [probs: Tensor | null, logits: Tensor | null, validateArgs: boolean | null],
      RelaxedOneHotCategoricalOptions
    >
  ) {
    const { temperature, probs, logits, validateArgs } =
      relaxedOneHotCategoricalSignature.bind(args);
    super(
      new ExpRelaxedCategorical(temperature, { probs, logits, validateArgs }),
      [new ExpTransform()],
      { validateArgs },
    );
  }

  override get argConstraints() {
    return { probs: constraints.simplex, logits: constraints.realVector };
  }

  override get support() {
    return constraints.simplex;
  }

  override get hasRsample(): boolean {
    return true;
  }

  declare readonly baseDist: ExpRelaxedCategorical;
  /** How far the values are from those of the discrete distribution. */
  get temperature(): Tensor {
    return this.baseDist.temperature;
  }

  /** The logits of the base distribution. */
  get logits(): Tensor {
    return this.baseDist.logits;
  }

  /** The probabilities of the base distribution. */
  get probs(): Tensor {
    return this.baseDist.probs;
  }
}
