import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';
import type { Constraint } from './constraints.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { ExponentialFamily } from './exp-family.js';
import { batchShapeOf, broadcastAll, type Param, rsub } from './utils.js';

const gammaSignature = new Signature<{
  concentration: Param;
  rate: Param;
  validateArgs: boolean | null;
}>('distributions.Gamma', { concentration: required, rate: required, validateArgs: null });

/**
 * The gamma distribution.
 *
 * @param concentration The shape, often called alpha.
 * @param rate The inverse of the scale, often called beta.
 *
 * @example
 * ```ts
 * const gamma = new torch.distributions.Gamma(3, 2);
 * gamma.mean; // tensor(1.5000)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.gamma.Gamma
 */
export class Gamma extends ExponentialFamily {
  /** The parameter of this name, for each of the batch. */
  declare readonly concentration: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly rate: Tensor;

  constructor(
    ...args: Call<
      [concentration: Param, rate: Param],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    super();
    const { concentration, rate, validateArgs } = gammaSignature.bind(args);
    const [concentration_, rate_] = broadcastAll(concentration, rate) as Tensor[] as [
      Tensor,
      Tensor,
    ];
    this.concentration = concentration_;
    this.rate = rate_;
    this._init(batchShapeOf(this.concentration, concentration, rate), [], validateArgs);
  }

  override get argConstraints(): Record<string, Constraint> {
    return { concentration: constraints.positive, rate: constraints.positive };
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
    return this.concentration.div(this.rate);
  }

  override get mode(): Tensor {
    return this.concentration.sub(1).div(this.rate).clamp({ min: 0 });
  }

  override get variance(): Tensor {
    return this.concentration.div(this.rate.pow(2));
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const value = operators.torch
      ._standardGamma(this.concentration.expand(shape))
      .div(this.rate.expand(shape));
    value.detach().clamp_({ min: finfo(value.dtype).tiny });
    return value;
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    return this.concentration
      .xlogy(this.rate)
      .add(this.concentration.sub(1).xlogy(value))
      .sub(this.rate.mul(value))
      .sub(this.concentration.lgamma());
  }

  override entropy(): Tensor {
    return this.concentration
      .sub(this.rate.log())
      .add(this.concentration.lgamma())
      .add(rsub(1, this.concentration).mul(this.concentration.digamma()));
  }

  override get _naturalParams(): Tensor[] {
    return [this.concentration.sub(1), this.rate.neg()];
  }

  override _logNormalizer(x: Tensor, y: Tensor): Tensor {
    return x.add(1).lgamma().add(x.add(1).mul(y.reciprocal().neg().log()));
  }

  override cdf(value: Tensor): Tensor {
    this._check(value);
    return operators.special.gammainc(this.concentration, this.rate.mul(value));
  }
}
