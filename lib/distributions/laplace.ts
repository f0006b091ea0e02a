import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { batchShapeOf, broadcastAll, type Param, rsub } from './utils.js';

const laplaceSignature = new Signature<{ loc: Param; scale: Param; validateArgs: boolean | null }>(
  'distributions.Laplace',
  { loc: required, scale: required, validateArgs: null },
);

/**
 * The Laplace distribution: exponential on both sides of `loc`.
 *
 * @param loc The mean.
 * @param scale The scale.
 *
 * @example
 * ```ts
 * const laplace = new torch.distributions.Laplace(0, 1);
 * laplace.variance; // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.laplace.Laplace
 */
export class Laplace extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly loc: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly scale: Tensor;

  constructor(
    ...args: Call<[loc: Param, scale: Param], [validateArgs: boolean | null], DistributionOptions>
  ) {
    super();
    const { loc, scale, validateArgs } = laplaceSignature.bind(args);
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
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get variance(): Tensor {
    return this.scale.pow(2).mul(2);
  }

  override get stddev(): Tensor {
    return this.scale.mul(2 ** 0.5);
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const { eps } = finfo(this.loc.dtype);
    const u = this.loc.newEmpty(shape).uniform_(eps - 1, 1);
    return this.loc.sub(this.scale.mul(u.sign()).mul(u.abs().neg().log1p()));
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    return this.scale.mul(2).log().neg().sub(value.sub(this.loc).abs().div(this.scale));
  }

  override cdf(value: Tensor): Tensor {
    this._check(value);
    return rsub(
      0.5,
      value
        .sub(this.loc)
        .sign()
        .mul(0.5)
        .mul(value.sub(this.loc).abs().neg().div(this.scale).expm1()),
    );
  }

  override icdf(value: Tensor): Tensor {
    const term = value.sub(0.5);
    return this.loc.sub(this.scale.mul(term.sign()).mul(term.abs().mul(-2).log1p()));
  }

  override entropy(): Tensor {
    return this.scale.mul(2).log().add(1);
  }
}
