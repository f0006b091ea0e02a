import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { Normal } from './normal.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { ExpTransform } from './transforms.js';
import type { Param } from './utils.js';

const logNormalSignature = new Signature<{
  loc: Param;
  scale: Param;
  validateArgs: boolean | null;
}>('distributions.LogNormal', { loc: required, scale: required, validateArgs: null });

/**
 * The exponential of a normal variable.
 *
 * @param loc The mean of the logarithm.
 * @param scale Its standard deviation.
 *
 * @example
 * ```ts
 * const price = new torch.distributions.LogNormal(0, 1);
 * price.mean; // tensor(1.6487)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.log_normal.LogNormal
 */
export class LogNormal extends TransformedDistribution {
  constructor(
    ...args: Call<[loc: Param, scale: Param], [validateArgs: boolean | null], DistributionOptions>
  ) {
    const { loc, scale, validateArgs } = logNormalSignature.bind(args);
    super(new Normal(loc, scale, { validateArgs }), [new ExpTransform()], { validateArgs });
  }

  override get argConstraints() {
    return { loc: constraints.real, scale: constraints.positive };
  }

  override get support() {
    return constraints.positive;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get mean(): Tensor {
    return this.loc.add(this.scale.pow(2).div(2)).exp();
  }

  override get mode(): Tensor {
    return this.loc.sub(this.scale.square()).exp();
  }

  override get variance(): Tensor {
    const scaleSq = this.scale.pow(2);
    return scaleSq.expm1().mul(this.loc.mul(2).add(scaleSq).exp());
  }

  override entropy(): Tensor {
    return this.baseDist.entropy().add(this.loc);
  }

  declare readonly baseDist: Normal;
  /** The loc of the base distribution. */
  get loc(): Tensor {
    return this.baseDist.loc;
  }

  /** The scale of the base distribution. */
  get scale(): Tensor {
    return this.baseDist.scale;
  }
}
