import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { ExponentialFamily } from './exp-family.js';
import {
  alongBatch,
  batchShapeOf,
  binaryCrossEntropyWithLogits,
  broadcastAll,
  checkEither,
  give,
  isGiven,
  lazy,
  logitsToProbs,
  type Param,
  probsToLogits,
  rsub,
} from './utils.js';

/** The options of {@link Bernoulli}. */
export interface BernoulliOptions extends DistributionOptions {
  probs?: Param | null;
  logits?: Param | null;
}

const bernoulliSignature = new Signature<{
  probs: Param | null;
  logits: Param | null;
  validateArgs: boolean | null;
}>('distributions.Bernoulli', { probs: null, logits: null, validateArgs: null });

/**
 * 1 with probability `probs`, else 0.
 *
 * @param probs The probability of 1.
 * @param logits Its log odds, in the place of `probs`.
 *
 * @example
 * ```ts
 * const coin = new torch.distributions.Bernoulli(0.25);
 * coin.mean; // tensor(0.2500)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.bernoulli.Bernoulli
 */
export class Bernoulli extends ExponentialFamily {
  constructor(
    ...args: Call<
      [],
      [probs: Param | null, logits: Param | null, validateArgs: boolean | null],
      BernoulliOptions
    >
  ) {
    super();
    const { probs, logits, validateArgs } = bernoulliSignature.bind(args);
    checkEither('distributions.Bernoulli', probs, logits);
    const given = (probs ?? logits) as Param;
    const [param] = broadcastAll(given) as [Tensor];
    give(this, probs === null ? 'logits' : 'probs', param);
    this._init(batchShapeOf(param, given), [], validateArgs);
  }

  override get argConstraints() {
    return { probs: constraints.unitInterval, logits: constraints.real };
  }

  override get support() {
    return constraints.boolean;
  }

  override get hasEnumerateSupport(): boolean {
    return true;
  }

  override get _meanCarrierMeasure(): number {
    return 0;
  }

  override get mean(): Tensor {
    return this.probs;
  }

  override get mode(): Tensor {
    const mode = this.probs.ge(0.5).to(this.probs);
    mode.maskedFill_(this.probs.eq(0.5), NaN);
    return mode;
  }

  override get variance(): Tensor {
    return this.probs.mul(rsub(1, this.probs));
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
    const shape = this._extendedShape(sampleShape);
    return noGrad(() => {
      return operators.torch.bernoulli(this.probs.expand(shape));
    });
  }

  override logProb(at: Tensor): Tensor {
    this._check(at);
    const [logits, value] = broadcastAll(this.logits, at) as [Tensor, Tensor];
    return binaryCrossEntropyWithLogits(logits, value).neg();
  }

  override entropy(): Tensor {
    return binaryCrossEntropyWithLogits(this.logits, this.probs);
  }

  override enumerateSupport(expand = true): Tensor {
    return alongBatch(
      operators.torch.arange(2, {
        dtype: this._param.dtype,
        device: this._param.device,
      }),
      this.batchShape,
      expand,
    );
  }

  override get _naturalParams(): Tensor[] {
    return [this.probs.logit()];
  }

  override _logNormalizer(x: Tensor): Tensor {
    return x.exp().log1p();
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
