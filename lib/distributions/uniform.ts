import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import type { Constraint } from './constraints.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { batchShapeOf, broadcastAll, type Param, uniform } from './utils.js';

const uniformSignature = new Signature<{ low: Param; high: Param; validateArgs: boolean | null }>(
  'distributions.Uniform',
  { low: required, high: required, validateArgs: null },
);

/**
 * Uniform on [low, high).
 *
 * @param low The lower end, included.
 * @param high The upper end, not included.
 *
 * @example
 * ```ts
 * const uniform = new torch.distributions.Uniform(0, 4);
 * uniform.mean; // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.uniform.Uniform
 */
export class Uniform extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly low: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly high: Tensor;

  constructor(
    ...args: Call<[low: Param, high: Param], [validateArgs: boolean | null], DistributionOptions>
  ) {
    super();
    const { low, high, validateArgs } = uniformSignature.bind(args);
    const [low_, high_] = broadcastAll(low, high) as Tensor[] as [Tensor, Tensor];
    this.low = low_;
    this.high = high_;
    this._init(batchShapeOf(this.low, low, high), [], validateArgs);
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get argConstraints() {
    return { low: constraints.lessThan(this.high), high: constraints.greaterThan(this.low) };
  }

  override get mean(): Tensor {
    return this.high.add(this.low).div(2);
  }

  override get mode(): Tensor {
    return this.high.mul(NaN);
  }

  override get stddev(): Tensor {
    return this.high.sub(this.low).div(12 ** 0.5);
  }

  override get variance(): Tensor {
    return this.high.sub(this.low).pow(2).div(12);
  }

  override get support(): Constraint {
    return constraints.interval(this.low, this.high);
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const rand = uniform(shape, this.low);
    return this.low.add(rand.mul(this.high.sub(this.low)));
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const lb = this.low.le(value).to(this.low);
    const ub = this.high.gt(value).to(this.low);
    return lb.mul(ub).log().sub(this.high.sub(this.low).log());
  }

  override cdf(value: Tensor): Tensor {
    this._check(value);
    const result = value.sub(this.low).div(this.high.sub(this.low));
    return result.clamp({ min: 0, max: 1 });
  }

  override icdf(value: Tensor): Tensor {
    const result = value.mul(this.high.sub(this.low)).add(this.low);
    return result;
  }

  override entropy(): Tensor {
    return this.high.sub(this.low).log();
  }
}
