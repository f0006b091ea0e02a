import { ValueError } from '../errors.js';
import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import {
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
} from './utils.js';

/** The options of {@link Geometric}. */
export interface GeometricOptions extends DistributionOptions {
  probs?: Param | null;
  logits?: Param | null;
}

const geometricSignature = new Signature<{
  probs: Param | null;
  logits: Param | null;
  validateArgs: boolean | null;
}>('distributions.Geometric', { probs: null, logits: null, validateArgs: null });

/**
 * How often a trial of probability `probs` fails before it succeeds.
 *
 * @param probs The probability of success.
 * @param logits Its log odds, in the place of `probs`.
 *
 * @example
 * ```ts
 * const tries = new torch.distributions.Geometric(0.5);
 * tries.mean; // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.geometric.Geometric
 */
export class Geometric extends Distribution {
  constructor(
    ...args: Call<
      [],
      [probs: Param | null, logits: Param | null, validateArgs: boolean | null],
      GeometricOptions
    >
  ) {
    super();
    const { probs, logits, validateArgs } = geometricSignature.bind(args);
    checkEither('distributions.Geometric', probs, logits);
    const given = (probs ?? logits) as Param;
    const [param] = broadcastAll(given) as [Tensor];
    give(this, probs === null ? 'logits' : 'probs', param);
    this._init(batchShapeOf(param, given), [], validateArgs);
    if (this._validateArgs && probs !== null && !this.probs.gt(0).all().item()) {
      throw new ValueError(
        `expected parameter probs of distribution ${this} to be positive, but found invalid values:\n${this.probs}`,
      );
    }
  }

  override get argConstraints() {
    return { probs: constraints.unitInterval, logits: constraints.real };
  }

  override get support() {
    return constraints.nonnegativeInteger;
  }

  override get mean(): Tensor {
    return this.probs.reciprocal().sub(1);
  }

  override get mode(): Tensor {
    return operators.torch.zerosLike(this.probs);
  }

  override get variance(): Tensor {
    return this.probs.reciprocal().sub(1).div(this.probs);
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
    const tiny = finfo(this.probs.dtype).tiny;
    return noGrad(() => {
      const u = this.probs.newEmpty(shape).uniform_(tiny, 1);
      return u.log().div(this.probs.neg().log1p()).floor();
    });
  }

  override logProb(at: Tensor): Tensor {
    this._check(at);
    const [value, same] = broadcastAll(at, this.probs) as [Tensor, Tensor];
    const probs = same.clone();
    probs.maskedFill_(probs.eq(1).logicalAnd(value.eq(0)), 0);
    return value.mul(probs.neg().log1p()).add(this.probs.log());
  }

  override entropy(): Tensor {
    return binaryCrossEntropyWithLogits(this.logits, this.probs).div(this.probs);
  }

  /** @internal */
  override get _lazyNames(): readonly string[] {
    return ['probs', 'logits'];
  }

  /** @internal */
  get _param(): Tensor {
    return isGiven(this, 'probs') ? this.probs : this.logits;
  }
}
