import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { Cauchy } from './cauchy.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { AbsTransform } from './transforms.js';
import { filled, type Param } from './utils.js';

const halfCauchySignature = new Signature<{ scale: Param; validateArgs: boolean | null }>(
  'distributions.HalfCauchy',
  { scale: required, validateArgs: null },
);

/**
 * The absolute value of a Cauchy variable.
 *
 * @param scale The scale of that variable.
 *
 * @example
 * ```ts
 * const half = new torch.distributions.HalfCauchy(1);
 * half.cdf(torch.tensor(1)); // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.half_cauchy.HalfCauchy
 */
export class HalfCauchy extends TransformedDistribution {
  constructor(...args: Call<[scale: Param], [validateArgs: boolean | null], DistributionOptions>) {
    const { scale, validateArgs } = halfCauchySignature.bind(args);
    super(new Cauchy(0, scale, { validateArgs: false }), [new AbsTransform()], { validateArgs });
  }

  override get argConstraints() {
    return { scale: constraints.positive };
  }

  override get support() {
    return constraints.nonnegative;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get mean(): Tensor {
    return filled(this._extendedShape(), Infinity, this.scale);
  }

  override get mode(): Tensor {
    return operators.torch.zerosLike(this.scale);
  }

  override get variance(): Tensor {
    return this.baseDist.variance;
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    let logProb = this.baseDist.logProb(value).add(Math.log(2));
    logProb = operators.torch.where(value.ge(0), logProb, -Infinity);
    return logProb;
  }

  override cdf(value: Tensor): Tensor {
    this._check(value);
    return this.baseDist.cdf(value).mul(2).sub(1);
  }

  override icdf(prob: Tensor): Tensor {
    return this.baseDist.icdf(prob.add(1).div(2));
  }

  override entropy(): Tensor {
    return this.baseDist.entropy().sub(Math.log(2));
  }

  declare readonly baseDist: Cauchy;
  /** The scale of the base distribution. */
  get scale(): Tensor {
    return this.baseDist.scale;
  }
}
