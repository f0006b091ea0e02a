import { tensor } from '../creation.js';
import { int64 } from '../dtype.js';
import { NotImplementedError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { Binomial } from './binomial.js';
import { Categorical } from './categorical.js';
import type { Constraint } from './constraints.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { broadcastAll, lazy, rsub } from './utils.js';

/** The options of {@link Multinomial}. */
export interface MultinomialOptions extends DistributionOptions {
  totalCount?: number;
  probs?: Tensor | null;
  logits?: Tensor | null;
}

const multinomialSignature = new Signature<{
  totalCount: number;
  probs: Tensor | null;
  logits: Tensor | null;
  validateArgs: boolean | null;
}>('distributions.Multinomial', { totalCount: 1, probs: null, logits: null, validateArgs: null });

/**
 * How often each of several classes comes up in `totalCount` trials.
 *
 * @param totalCount The number of trials. Default: 1.
 * @param probs The probability of each class, along the last dimension; they are made to sum to 1.
 * @param logits Unnormalized logarithms of them, in the place of `probs`.
 *
 * @example
 * ```ts
 * const counts = new torch.distributions.Multinomial(10, torch.ones(4));
 * counts.mean; // tensor([2.5000, 2.5000, 2.5000, 2.5000])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.multinomial.Multinomial
 */
export class Multinomial extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly totalCount: number;

  /** @internal */
  declare readonly _categorical: Categorical;

  constructor(
    ...args: Call<
      [],
      [
        totalCount: number,
        probs: Tensor | null,
        logits: Tensor | null,
        validateArgs: boolean | null,
      ],
      MultinomialOptions
    >
  ) {
    super();
    const { totalCount, probs, logits, validateArgs } = multinomialSignature.bind(args);
    if (!Number.isInteger(totalCount))
      throw new NotImplementedError('distributions.Multinomial: totalCount must be one integer');
    this.totalCount = totalCount;
    this._categorical = new Categorical({ probs, logits });
    this._init(this._categorical.batchShape, this._categorical.paramShape.slice(-1), validateArgs);
  }

  override get argConstraints() {
    return { probs: constraints.simplex, logits: constraints.realVector };
  }

  override get mean(): Tensor {
    return this.probs.mul(this.totalCount);
  }

  override get variance(): Tensor {
    return this.probs.mul(this.totalCount).mul(rsub(1, this.probs));
  }

  override get support(): Constraint {
    return constraints.multinomial(this.totalCount);
  }

  /** The log odds, or the logarithms of the probabilities. */
  get logits(): Tensor {
    return this._categorical.logits;
  }

  /** The probabilities. */
  get probs(): Tensor {
    return this._categorical.probs;
  }

  override sample(sampleShape: Size = []): Tensor {
    const samples = this._categorical.sample([this.totalCount, ...sampleShape]).movedim(0, -1);
    const counts = samples.newZeros(this._extendedShape(sampleShape));
    counts.scatterAdd_(-1, samples, operators.torch.onesLike(samples));
    return counts.to(this.probs);
  }

  override entropy(): Tensor {
    const n = this.totalCount;
    const logFactorial = tensor(n + 1, { dtype: int64 }).lgamma();
    const ofCategories = this._categorical.entropy().mul(n).sub(logFactorial);
    const counts = this._binomial.enumerateSupport(false)['1:'] as Tensor;
    const probs = this._binomial.logProb(counts).exp();
    return ofCategories.add(probs.mul(counts.add(1).lgamma()).sum([0, -1]));
  }

  override logProb(at: Tensor): Tensor {
    this._check(at);
    const [same, value] = broadcastAll(this.logits, at) as [Tensor, Tensor];
    const logits = same.clone();
    const logFactorialN = value.sum(-1).add(1).lgamma();
    const logFactorialXs = value.add(1).lgamma().sum(-1);
    logits.maskedFill_(value.eq(0).logicalAnd(logits.eq(Number.NEGATIVE_INFINITY)), 0);
    return logFactorialN.sub(logFactorialXs).add(logits.mul(value).sum(-1));
  }

  /** The shape of the parameters. */
  get paramShape(): number[] {
    return this._categorical.paramShape;
  }

  /** @internal */
  get _binomial(): Binomial {
    return lazy(this, '_binomial', () => new Binomial(this.totalCount, { probs: this.probs }));
  }
}
