import { ValueError } from '../errors.js';
import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { ExponentialFamily } from './exp-family.js';
import {
  batchShapeOf,
  binaryCrossEntropyWithLogits,
  broadcastAll,
  checkEither,
  clampProbs,
  give,
  isGiven,
  lazy,
  logitsToProbs,
  type Param,
  probsToLogits,
  rsub,
  uniform,
} from './utils.js';

/** The options of {@link ContinuousBernoulli}. */
export interface ContinuousBernoulliOptions extends DistributionOptions {
  probs?: Param | null;
  logits?: Param | null;
  lims?: readonly [number, number];
}

const continuousBernoulliSignature = new Signature<{
  probs: Param | null;
  logits: Param | null;
  lims: readonly [number, number];
  validateArgs: boolean | null;
}>('distributions.ContinuousBernoulli', {
  probs: null,
  logits: null,
  lims: [0.499, 0.501],
  validateArgs: null,
});

/**
 * Numbers in [0, 1], with a density of `probs ** x * (1 - probs) ** (1 - x)`.
 *
 * @param probs The parameter, in (0, 1).
 * @param logits Its log odds, in the place of `probs`.
 * @param lims Between these the density is computed by a series. Default: [0.499, 0.501].
 *
 * @example
 * ```ts
 * const pixel = new torch.distributions.ContinuousBernoulli(0.5);
 * pixel.mean; // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.continuous_bernoulli.ContinuousBernoulli
 */
export class ContinuousBernoulli extends ExponentialFamily {
  /** @internal */
  declare readonly _lims: readonly [number, number];

  constructor(
    ...args: Call<
      [],
      [
        probs: Param | null,
        logits: Param | null,
        lims: readonly [number, number],
        validateArgs: boolean | null,
      ],
      ContinuousBernoulliOptions
    >
  ) {
    super();
    const { probs, logits, lims, validateArgs } = continuousBernoulliSignature.bind(args);
    checkEither('distributions.ContinuousBernoulli', probs, logits);
    const given = (probs ?? logits) as Param;
    const [param] = broadcastAll(given) as [Tensor];
    give(this, probs === null ? 'logits' : 'probs', param);
    if (probs !== null) {
      if (validateArgs !== null && !constraints.unitInterval.check(param).all().item())
        throw new ValueError('distributions.ContinuousBernoulli: probs has values outside [0, 1]');
      give(this, 'probs', clampProbs(param));
    }
    this._lims = lims;
    this._init(batchShapeOf(param, given), [], validateArgs);
  }

  override get argConstraints() {
    return { probs: constraints.unitInterval, logits: constraints.real };
  }

  override get support() {
    return constraints.unitInterval;
  }

  override get _meanCarrierMeasure(): number {
    return 0;
  }

  override get hasRsample(): boolean {
    return true;
  }

  /** @internal */
  _outsideUnstableRegion(): Tensor {
    return this.probs.le(this._lims[0]).logicalOr(this.probs.gt(this._lims[1]));
  }

  /** @internal */
  _cutProbs(): Tensor {
    return operators.torch.where(
      this._outsideUnstableRegion(),
      this.probs,
      operators.torch.onesLike(this.probs).mul(this._lims[0]),
    );
  }

  /** @internal */
  _contBernLogNorm(): Tensor {
    const cutProbs = this._cutProbs();
    const cutProbsBelowHalf = operators.torch.where(
      cutProbs.le(0.5),
      cutProbs,
      operators.torch.zerosLike(cutProbs),
    );
    const cutProbsAboveHalf = operators.torch.where(
      cutProbs.ge(0.5),
      cutProbs,
      operators.torch.onesLike(cutProbs),
    );
    const logNorm = cutProbs
      .neg()
      .log1p()
      .sub(cutProbs.log())
      .abs()
      .log()
      .sub(
        operators.torch.where(
          cutProbs.le(0.5),
          cutProbsBelowHalf.mul(-2).log1p(),
          cutProbsAboveHalf.mul(2).sub(1).log(),
        ),
      );
    const x = this.probs.sub(0.5).pow(2);
    const taylor = x
      .mul(104 / 45)
      .add(4 / 3)
      .mul(x)
      .add(Math.log(2));
    return operators.torch.where(this._outsideUnstableRegion(), logNorm, taylor);
  }

  override get mean(): Tensor {
    const cutProbs = this._cutProbs();
    const mus = cutProbs
      .div(cutProbs.mul(2).sub(1))
      .add(cutProbs.neg().log1p().sub(cutProbs.log()).reciprocal());
    const x = this.probs.sub(0.5);
    const taylor = x
      .pow(2)
      .mul(16 / 45)
      .add(1 / 3)
      .mul(x)
      .add(0.5);
    return operators.torch.where(this._outsideUnstableRegion(), mus, taylor);
  }

  override get stddev(): Tensor {
    return this.variance.sqrt();
  }

  override get variance(): Tensor {
    const cutProbs = this._cutProbs();
    const vars = cutProbs
      .mul(cutProbs.sub(1))
      .div(rsub(1, cutProbs.mul(2)).pow(2))
      .add(cutProbs.neg().log1p().sub(cutProbs.log()).pow(2).reciprocal());
    const x = this.probs.sub(0.5).pow(2);
    const taylor = rsub(1 / 12, rsub(1 / 15, x.mul(128 / 945)).mul(x));
    return operators.torch.where(this._outsideUnstableRegion(), vars, taylor);
  }

  /** The log odds, or the logarithms of the probabilities. */
  get logits(): Tensor {
    return lazy(this, 'logits', () => probsToLogits(this.probs, true));
  }

  /** The probabilities. */
  get probs(): Tensor {
    return lazy(this, 'probs', () => clampProbs(logitsToProbs(this.logits, true)));
  }

  override sample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const u = uniform(shape, this.probs);
    return noGrad(() => {
      return this.icdf(u);
    });
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const u = uniform(shape, this.probs);
    return this.icdf(u);
  }

  override logProb(at: Tensor): Tensor {
    this._check(at);
    const [logits, value] = broadcastAll(this.logits, at) as [Tensor, Tensor];
    return binaryCrossEntropyWithLogits(logits, value).neg().add(this._contBernLogNorm());
  }

  override cdf(value: Tensor): Tensor {
    this._check(value);
    const cutProbs = this._cutProbs();
    const cdfs = cutProbs
      .pow(value)
      .mul(rsub(1, cutProbs).pow(rsub(1, value)))
      .add(cutProbs)
      .sub(1)
      .div(cutProbs.mul(2).sub(1));
    const unboundedCdfs = operators.torch.where(this._outsideUnstableRegion(), cdfs, value);
    return operators.torch.where(
      value.le(0),
      operators.torch.zerosLike(value),
      operators.torch.where(value.ge(1), operators.torch.onesLike(value), unboundedCdfs),
    );
  }

  override icdf(value: Tensor): Tensor {
    const cutProbs = this._cutProbs();
    return operators.torch.where(
      this._outsideUnstableRegion(),
      cutProbs
        .neg()
        .add(value.mul(cutProbs.mul(2).sub(1)))
        .log1p()
        .sub(cutProbs.neg().log1p())
        .div(cutProbs.log().sub(cutProbs.neg().log1p())),
      value,
    );
  }

  override entropy(): Tensor {
    const logProbs0 = this.probs.neg().log1p();
    const logProbs1 = this.probs.log();
    return this.mean.mul(logProbs0.sub(logProbs1)).sub(this._contBernLogNorm()).sub(logProbs0);
  }

  override get _naturalParams(): Tensor[] {
    return [this.logits];
  }

  override _logNormalizer(x: Tensor): Tensor {
    const outUnstReg = x.le(this._lims[0] - 0.5).logicalOr(x.gt(this._lims[1] - 0.5));
    const cutNatParams = operators.torch.where(
      outUnstReg,
      x,
      operators.torch.onesLike(x).mul(this._lims[0] - 0.5),
    );
    const logNorm = cutNatParams.expm1().abs().log().sub(cutNatParams.abs().log());
    const taylor = x.mul(0.5).add(x.pow(2).div(24)).sub(x.pow(4).div(2880));
    return operators.torch.where(outUnstReg, logNorm, taylor);
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
