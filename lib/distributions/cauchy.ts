import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { batchShapeOf, broadcastAll, filled, type Param, rsub } from './utils.js';

const cauchySignature = new Signature<{ loc: Param; scale: Param; validateArgs: boolean | null }>(
  'distributions.Cauchy',
  { loc: required, scale: required, validateArgs: null },
);

/**
 * The Cauchy (Lorentz) distribution, which has no mean.
 *
 * @param loc The mode and median.
 * @param scale The half width at half of the height.
 *
 * @example
 * ```ts
 * const cauchy = new torch.distributions.Cauchy(0, 1);
 * cauchy.cdf(torch.tensor(0)); // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.cauchy.Cauchy
 */
export class Cauchy extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly loc: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly scale: Tensor;

  constructor(
    ...args: Call<[loc: Param, scale: Param], [validateArgs: boolean | null], DistributionOptions>
  ) {
    super();
    const { loc, scale, validateArgs } = cauchySignature.bind(args);
    const [loc_, scale_] = broadcastAll(loc, scale) as Tensor[] as [Tensor, Tensor];
    this.loc = loc_;
    this.scale = scale_;
    this._init(batchShapeOf(this.loc, loc, scale), [], validateArgs);
  }

  override get argConstraints() {
    return { loc: constraints.real, scale: constraints.positive };
  }

  override get support() {
    return constraints.real;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get mean(): Tensor {
    return filled(this._extendedShape(), NaN, this.loc);
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get variance(): Tensor {
    return filled(this._extendedShape(), Infinity, this.loc);
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const eps = this.loc.newEmpty(shape).cauchy_();
    return this.loc.add(this.scale.mul(eps));
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    return rsub(-Math.log(Math.PI), this.scale.log()).sub(
      value.sub(this.loc).div(this.scale).pow(2).log1p(),
    );
  }

  override cdf(value: Tensor): Tensor {
    this._check(value);
    return value.sub(this.loc).div(this.scale).atan().div(Math.PI).add(0.5);
  }

  override icdf(value: Tensor): Tensor {
    return value.sub(0.5).mul(Math.PI).tan().mul(this.scale).add(this.loc);
  }

  override entropy(): Tensor {
    return this.scale.log().add(Math.log(4 * Math.PI));
  }
}
