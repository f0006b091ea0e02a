import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { Gamma } from './gamma.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { PowerTransform } from './transforms.js';
import type { Param } from './utils.js';

const inverseGammaSignature = new Signature<{
  concentration: Param;
  rate: Param;
  validateArgs: boolean | null;
}>('distributions.InverseGamma', { concentration: required, rate: required, validateArgs: null });

/**
 * The inverse of a gamma variable.
 *
 * @param concentration The shape, often called alpha.
 * @param rate The scale, often called beta.
 *
 * @example
 * ```ts
 * const inverse = new torch.distributions.InverseGamma(3, 2);
 * inverse.mean; // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.inverse_gamma.InverseGamma
 */
export class InverseGamma extends TransformedDistribution {
  constructor(
    ...args: Call<
      [concentration: Param, rate: Param],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    const { concentration, rate, validateArgs } = inverseGammaSignature.bind(args);
    const base = new Gamma(concentration, rate, { validateArgs });
    super(base, [new PowerTransform(base.rate.newOnes([]).neg())], { validateArgs });
  }

  override get argConstraints() {
    return { concentration: constraints.positive, rate: constraints.positive };
  }

  override get support() {
    return constraints.positive;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get mean(): Tensor {
    const result = this.rate.div(this.concentration.sub(1));
    return operators.torch.where(this.concentration.gt(1), result, Infinity);
  }

  override get mode(): Tensor {
    return this.rate.div(this.concentration.add(1));
  }

  override get variance(): Tensor {
    const result = this.rate
      .square()
      .div(this.concentration.sub(1).square().mul(this.concentration.sub(2)));
    return operators.torch.where(this.concentration.gt(2), result, Infinity);
  }

  override entropy(): Tensor {
    return this.concentration
      .add(this.rate.log())
      .add(this.concentration.lgamma())
      .sub(this.concentration.add(1).mul(this.concentration.digamma()));
  }

  declare readonly baseDist: Gamma;
  /** The concentration of the base distribution. */
  get concentration(): Tensor {
    return this.baseDist.concentration;
  }

  /** The rate of the base distribution. */
  get rate(): Tensor {
    return this.baseDist.rate;
  }
}
