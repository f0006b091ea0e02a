import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { Normal } from './normal.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { AbsTransform } from './transforms.js';
import type { Param } from './utils.js';

const halfNormalSignature = new Signature<{ scale: Param; validateArgs: boolean | null }>(
  'distributions.HalfNormal',
  { scale: required, validateArgs: null },
);

/**
 * The absolute value of a normal variable.
 *
 * @param scale The standard deviation of that variable.
 *
 * @example
 * ```ts
 * const half = new torch.distributions.HalfNormal(1);
 * half.mean; // tensor(0.7979)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.half_normal.HalfNormal
 */
export class HalfNormal extends TransformedDistribution {
  constructor(...args: Call<[scale: Param], [validateArgs: boolean | null], DistributionOptions>) {
    const { scale, validateArgs } = halfNormalSignature.bind(args);
    super(new Normal(0, scale, { validateArgs: false }), [new AbsTransform()], { validateArgs });
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
    return this.scale.mul(Math.sqrt(2 / Math.PI));
  }

  override get mode(): Tensor {
    return operators.torch.zerosLike(this.scale);
  }

  override get variance(): Tensor {
    return this.scale.pow(2).mul(1 - 2 / Math.PI);
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

  declare readonly baseDist: Normal;
  /** The scale of the base distribution. */
  get scale(): Tensor {
    return this.baseDist.scale;
  }
}
