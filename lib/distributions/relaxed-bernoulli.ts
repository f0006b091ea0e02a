import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { SigmoidTransform } from './transforms.js';
import {
  batchShapeOf,
  broadcastAll,
  checkEither,
  clampProbs,
  give,
  isGiven,
  lazy,
  logitsToProbs,
  type Param,
  probsToLogits,
  uniform,
} from './utils.js';

/** The options of {@link LogitRelaxedBernoulli}. */
export interface LogitRelaxedBernoulliOptions extends DistributionOptions {
  probs?: Param | null;
  logits?: Param | null;
}

const logitRelaxedBernoulliSignature = new Signature<{
  temperature: Param;
  probs: Param | null;
  logits: Param | null;
  validateArgs: boolean | null;
}>('distributions.LogitRelaxedBernoulli', {
  temperature: required,
  probs: null,
  logits: null,
  validateArgs: null,
});

/**
 * The log odds of a {@link RelaxedBernoulli} variable.
 *
 * @param temperature How far the values are from 0 and 1.
 * @param probs The probability of 1.
 * @param logits Its log odds, in the place of `probs`.
 *
 * @example
 * ```ts
 * const relaxed = new torch.distributions.LogitRelaxedBernoulli(torch.tensor(0.5), 0.5);
 * relaxed.batchShape; // []
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.relaxed_bernoulli.LogitRelaxedBernoulli
 */
export class LogitRelaxedBernoulli extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly temperature: Tensor;

  constructor(
    ...args: Call<
      [temperature: Param],
      [probs: Param | null, logits: Param | null, validateArgs: boolean | null],
      LogitRelaxedBernoulliOptions
    >
  ) {
    super();
    const { temperature, probs, logits, validateArgs } = logitRelaxedBernoulliSignature.bind(args);
    [this.temperature] = broadcastAll(temperature) as [Tensor];
    checkEither('distributions.LogitRelaxedBernoulli', probs, logits);
    const given = (probs ?? logits) as Param;
    const [param] = broadcastAll(given) as [Tensor];
    give(this, probs === null ? 'logits' : 'probs', param);
    this._init(batchShapeOf(param, given), [], validateArgs);
  }

  override get argConstraints() {
    return { probs: constraints.unitInterval, logits: constraints.real };
  }

  override get support() {
    return constraints.real;
  }

  /** The log odds, or the logarithms of the probabilities. */
  get logits(): Tensor {
    return lazy(this, 'logits', () => probsToLogits(this.probs, true));
  }

  /** The probabilities. */
  get probs(): Tensor {
    return lazy(this, 'probs', () => logitsToProbs(this.logits, true));
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const probs = clampProbs(this.probs.expand(shape));
    const uniforms = clampProbs(uniform(shape, probs));
    return uniforms
      .log()
      .sub(uniforms.neg().log1p())
      .add(probs.log())
      .sub(probs.neg().log1p())
      .div(this.temperature);
  }

  override logProb(at: Tensor): Tensor {
    this._check(at);
    const [logits, value] = broadcastAll(this.logits, at) as [Tensor, Tensor];
    const diff = logits.sub(value.mul(this.temperature));
    return this.temperature.log().add(diff).sub(diff.exp().log1p().mul(2));
  }

  /** @internal */
  override get _lazyNames(): readonly string[] {
    return ['probs', 'logits'];
  }

  /** @internal */
  get _param(): Tensor {
    return isGiven(this, 'probs') ? this.probs : this.logits;
  }

  /** The shape of the parameters. */
  get paramShape(): number[] {
    return this._param.shape;
  }
}

/** The options of {@link RelaxedBernoulli}. */
export interface RelaxedBernoulliOptions extends DistributionOptions {
  probs?: Param | null;
  logits?: Param | null;
}

const relaxedBernoulliSignature = new Signature<{
  temperature: Param;
  probs: Param | null;
  logits: Param | null;
  validateArgs: boolean | null;
}>('distributions.RelaxedBernoulli', {
  temperature: required,
  probs: null,
  logits: null,
  validateArgs: null,
});

/**
 * A continuous relaxation of {@link Bernoulli}, whose samples have gradients.
 *
 * @param temperature How far the values are from 0 and 1.
 * @param probs The probability of 1.
 * @param logits Its log odds, in the place of `probs`.
 *
 * @example
 * ```ts
 * const relaxed = new torch.distributions.RelaxedBernoulli(torch.tensor(0.5), 0.5);
 * relaxed.hasRsample; // true
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.relaxed_bernoulli.RelaxedBernoulli
 */
export class RelaxedBernoulli extends TransformedDistribution {
  constructor(
    ...args: Call<
      [temperature: Param],
      [probs: Param | null, logits: Param | null, validateArgs: boolean | null],
      RelaxedBernoulliOptions
    >
  ) {
    const { temperature, probs, logits, validateArgs } = relaxedBernoulliSignature.bind(args);
    super(new LogitRelaxedBernoulli(temperature, { probs, logits }), [new SigmoidTransform()], {
      validateArgs,
    });
  }

  override get argConstraints() {
    return { probs: constraints.unitInterval, logits: constraints.real };
  }

  override get support() {
    return constraints.unitInterval;
  }

  override get hasRsample(): boolean {
    return true;
  }

  declare readonly baseDist: LogitRelaxedBernoulli;
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
