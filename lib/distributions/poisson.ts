import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { ExponentialFamily } from './exp-family.js';
import { batchShapeOf, broadcastAll, type Param } from './utils.js';

const poissonSignature = new Signature<{ rate: Param; validateArgs: boolean | null }>(
  'distributions.Poisson',
  { rate: required, validateArgs: null },
);

/**
 * The Poisson distribution of counts.
 *
 * @param rate The mean.
 *
 * @example
 * ```ts
 * const count = new torch.distributions.Poisson(4);
 * count.variance; // tensor(4.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.poisson.Poisson
 */
export class Poisson extends ExponentialFamily {
  /** The parameter of this name, for each of the batch. */
  declare readonly rate: Tensor;

  constructor(...args: Call<[rate: Param], [validateArgs: boolean | null], DistributionOptions>) {
    super();
    const { rate, validateArgs } = poissonSignature.bind(args);
    const [rate_] = broadcastAll(rate) as Tensor[] as [Tensor];
    this.rate = rate_;
    this._init(batchShapeOf(this.rate, rate), [], validateArgs);
  }

  override get argConstraints() {
    return { rate: constraints.nonnegative };
  }

  override get support() {
    return constraints.nonnegativeInteger;
  }

  override get mean(): Tensor {
    return this.rate;
  }

  override get mode(): Tensor {
    return this.rate.floor();
  }

  override get variance(): Tensor {
    return this.rate;
  }

  override sample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    return noGrad(() => {
      return operators.torch.poisson(this.rate.expand(shape));
    });
  }

  override logProb(at: Tensor): Tensor {
    this._check(at);
    const [rate, value] = broadcastAll(this.rate, at) as [Tensor, Tensor];
    return value.xlogy(rate).sub(rate).sub(value.add(1).lgamma());
  }

  override get _naturalParams(): Tensor[] {
    return [this.rate.log()];
  }

  override _logNormalizer(x: Tensor): Tensor {
    return x.exp();
  }
}
