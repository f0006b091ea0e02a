import { NotImplementedError } from '../errors.js';
import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import type { Constraint } from './constraints.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import {
  alongBatch,
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

/** What is above zero, with half of the gradient at zero. */
const clampByZero = (x: Tensor): Tensor =>
  x
    .clamp({ min: 0 })
    .add(x)
    .sub(x.clamp({ max: 0 }))
    .div(2);

/** The options of {@link Binomial}. */
export interface BinomialOptions extends DistributionOptions {
  totalCount?: Param;
  probs?: Param | null;
  logits?: Param | null;
}

const binomialSignature = new Signature<{
  totalCount: Param;
  probs: Param | null;
  logits: Param | null;
  validateArgs: boolean | null;
}>('distributions.Binomial', { totalCount: 1, probs: null, logits: null, validateArgs: null });

/**
 * How many of `totalCount` trials of probability `probs` succeed.
 *
 * @param totalCount The number of trials. Default: 1.
 * @param probs The probability of success.
 * @param logits Its log odds, in the place of `probs`.
 *
 * @example
 * ```ts
 * const hits = new torch.distributions.Binomial(10, 0.5);
 * hits.mean; // tensor(5.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.binomial.Binomial
 */
export class Binomial extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly totalCount: Tensor;

  constructor(
    ...args: Call<
      [],
      [totalCount: Param, probs: Param | null, logits: Param | null, validateArgs: boolean | null],
      BinomialOptions
    >
  ) {
    super();
    const { totalCount, probs, logits, validateArgs } = binomialSignature.bind(args);
    checkEither('distributions.Binomial', probs, logits);
    const [count, param] = broadcastAll(totalCount, (probs ?? logits) as Param) as [Tensor, Tensor];
    this.totalCount = count.to(param.dtype);
    give(this, probs === null ? 'logits' : 'probs', param);
    this._init(param.shape, [], validateArgs);
  }

  override get argConstraints() {
    return {
      totalCount: constraints.nonnegativeInteger,
      probs: constraints.unitInterval,
      logits: constraints.real,
    };
  }

  override get hasEnumerateSupport(): boolean {
    return true;
  }

  override get support(): Constraint {
    return constraints.integerInterval(0, this.totalCount);
  }

  override get mean(): Tensor {
    return this.totalCount.mul(this.probs);
  }

  override get mode(): Tensor {
    return this.totalCount.add(1).mul(this.probs).floor().clamp({ max: this.totalCount });
  }

  override get variance(): Tensor {
    return this.totalCount.mul(this.probs).mul(rsub(1, this.probs));
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
      return operators.torch.binomial(this.totalCount.expand(shape), this.probs.expand(shape));
    });
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const logFactorialN = this.totalCount.add(1).lgamma();
    const logFactorialK = value.add(1).lgamma();
    const logFactorialNmk = this.totalCount.sub(value).add(1).lgamma();
    const normalizeTerm = this.totalCount
      .mul(clampByZero(this.logits))
      .add(this.totalCount.mul(this.logits.abs().neg().exp().log1p()))
      .sub(logFactorialN);
    return value.mul(this.logits).sub(logFactorialK).sub(logFactorialNmk).sub(normalizeTerm);
  }

  /** The number of trials, which must be one for all. */
  protected _count(what: string): number {
    const count = this.totalCount.max().item();
    if (this.totalCount.min().item() !== count) {
      throw new NotImplementedError(`Binomial: ${what} needs the same totalCount for all`);
    }
    return count;
  }

  override entropy(): Tensor {
    this._count('entropy()');
    const logProb = this.logProb(this.enumerateSupport(false));
    return logProb.exp().mul(logProb).sum(0).neg();
  }

  override enumerateSupport(expand = true): Tensor {
    const { dtype, device } = this._param;
    const count = this._count('enumerateSupport()');
    const values = operators.torch.arange(1 + count, { dtype, device });
    return alongBatch(values, this.batchShape, expand);
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
