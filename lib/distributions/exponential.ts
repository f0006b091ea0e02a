import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { ExponentialFamily } from './exp-family.js';
import { batchShapeOf, broadcastAll, type Param, rsub } from './utils.js';

const exponentialSignature = new Signature<{ rate: Param; validateArgs: boolean | null }>(
  'distributions.Exponential',
  { rate: required, validateArgs: null },
);

/**
 * The exponential distribution.
 *
 * @param rate The inverse of the mean.
 *
 * @example
 * ```ts
 * const wait = new torch.distributions.Exponential(2);
 * wait.mean; // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.exponential.Exponential
 */
export class Exponential extends ExponentialFamily {
  /** The parameter of this name, for each of the batch. */
  declare readonly rate: Tensor;

  constructor(...args: Call<[rate: Param], [validateArgs: boolean | null], DistributionOptions>) {
    super();
    const { rate, validateArgs } = exponentialSignature.bind(args);
    const [rate_] = broadcastAll(rate) as Tensor[] as [Tensor];
    this.rate = rate_;
    this._init(batchShapeOf(this.rate, rate), [], validateArgs);
  }

  override get argConstraints() {
    return { rate: constraints.positive };
  }

  override get support() {
    return constraints.nonnegative;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get _meanCarrierMeasure(): number {
    return 0;
  }

  override get mean(): Tensor {
    return this.rate.reciprocal();
  }

  override get mode(): Tensor {
    return operators.torch.zerosLike(this.rate);
  }

  override get stddev(): Tensor {
    return this.rate.reciprocal();
  }

  override get variance(): Tensor {
    return this.rate.pow(-2);
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    return this.rate.newEmpty(shape).exponential_().div(this.rate);
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    return this.rate.log().sub(this.rate.mul(value));
  }

  override cdf(value: Tensor): Tensor {
    this._check(value);
    return rsub(1, this.rate.neg().mul(value).exp());
  }

  override icdf(value: Tensor): Tensor {
    return value.neg().log1p().neg().div(this.rate);
  }

  override entropy(): Tensor {
    return rsub(1, this.rate.log());
  }

  override get _naturalParams(): Tensor[] {
    return [this.rate.neg()];
  }

  override _logNormalizer(x: Tensor): Tensor {
    return x.neg().log().neg();
  }
}
