import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { Gamma } from './gamma.js';
import {
  broadcastAll,
  checkEither,
  give,
  isGiven,
  lazy,
  logitsToProbs,
  logsigmoid,
  type Param,
  probsToLogits,
} from './utils.js';

/** The options of {@link NegativeBinomial}. */
export interface NegativeBinomialOptions extends DistributionOptions {
  probs?: Param | null;
  logits?: Param | null;
}

const negativeBinomialSignature = new Signature<{
  totalCount: Param;
  probs: Param | null;
  logits: Param | null;
  validateArgs: boolean | null;
}>('distributions.NegativeBinomial', {
  totalCount: required,
  probs: null,
  logits: null,
  validateArgs: null,
});

/**
 * How many trials succeed before `totalCount` of them fail.
 *
 * @param totalCount The number of failures.
 * @param probs The probability of success.
 * @param logits Its log odds, in the place of `probs`.
 *
 * @example
 * ```ts
 * const hits = new torch.distributions.NegativeBinomial(10, 0.5);
 * hits.mean; // tensor(10.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.negative_binomial.NegativeBinomial
 */
export class NegativeBinomial extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly totalCount: Tensor;

  constructor(
    ...args: Call<
      [totalCount: Param],
      [probs: Param | null, logits: Param | null, validateArgs: boolean | null],
      NegativeBinomialOptions
    >
  ) {
    super();
    const { totalCount, probs, logits, validateArgs } = negativeBinomialSignature.bind(args);
    checkEither('distributions.NegativeBinomial', probs, logits);
    const [count, param] = broadcastAll(totalCount, (probs ?? logits) as Param) as [Tensor, Tensor];
    this.totalCount = count.to(param.dtype);
    give(this, probs === null ? 'logits' : 'probs', param);
    this._init(param.shape, [], validateArgs);
  }

  override get argConstraints() {
    return {
      totalCount: constraints.greaterThanEq(0),
      probs: constraints.halfOpenInterval(0, 1),
      logits: constraints.real,
    };
  }

  override get support() {
    return constraints.nonnegativeInteger;
  }

  override get mean(): Tensor {
    return this.totalCount.mul(this.logits.exp());
  }

  override get mode(): Tensor {
    return this.totalCount.sub(1).mul(this.logits.exp()).floor().clamp({ min: 0 });
  }

  override get variance(): Tensor {
    return this.mean.div(this.logits.neg().sigmoid());
  }

  /** The log odds, or the logarithms of the probabilities. */
  get logits(): Tensor {
    return lazy(this, 'logits', () => probsToLogits(this.probs, true));
  }

  /** The probabilities. */
  get probs(): Tensor {
    return lazy(this, 'probs', () => logitsToProbs(this.logits, true));
  }

  override sample(sampleShape: Size = []): Tensor {
    return noGrad(() => {
      const rate = this._gamma.sample(sampleShape);
      return operators.torch.poisson(rate);
    });
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const logUnnormalizedProb = this.totalCount
      .mul(logsigmoid(this.logits.neg()))
      .add(value.mul(logsigmoid(this.logits)));
    let logNormalization = this.totalCount
      .add(value)
      .lgamma()
      .neg()
      .add(value.add(1).lgamma())
      .add(this.totalCount.lgamma());
    logNormalization = logNormalization.maskedFill(this.totalCount.add(value).eq(0), 0);
    return logUnnormalizedProb.sub(logNormalization);
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

  /** @internal */
  get _gamma(): Gamma {
    return lazy(
      this,
      '_gamma',
      () => new Gamma(this.totalCount, this.logits.neg().exp(), { validateArgs: false }),
    );
  }
}
