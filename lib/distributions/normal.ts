import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { ExponentialFamily } from './exp-family.js';
import { batchShapeOf, broadcastAll, type Param, standardNormal } from './utils.js';

const normalSignature = new Signature<{ loc: Param; scale: Param; validateArgs: boolean | null }>(
  'distributions.Normal',
  { loc: required, scale: required, validateArgs: null },
);

/**
 * The normal (Gaussian) distribution.
 *
 * @param loc The mean.
 * @param scale The standard deviation.
 *
 * @example
 * ```ts
 * const normal = new torch.distributions.Normal(0, 1);
 * normal.logProb(torch.tensor(0)); // tensor(-0.9189)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.normal.Normal
 */
export class Normal extends ExponentialFamily {
  /** The parameter of this name, for each of the batch. */
  declare readonly loc: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly scale: Tensor;

  constructor(
    ...args: Call<[loc: Param, scale: Param], [validateArgs: boolean | null], DistributionOptions>
  ) {
    super();
    const { loc, scale, validateArgs } = normalSignature.bind(args);
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

  override get _meanCarrierMeasure(): number {
    return 0;
  }

  override get mean(): Tensor {
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get stddev(): Tensor {
    return this.scale;
  }

  override get variance(): Tensor {
    return this.stddev.pow(2);
  }

  override sample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    return noGrad(() => {
      return operators.torch.normal(this.loc.expand(shape), this.scale.expand(shape));
    });
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const eps = standardNormal(shape, this.loc);
    return this.loc.add(this.scale.mul(eps));
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const variance = this.scale.pow(2);
    return value
      .sub(this.loc)
      .pow(2)
      .neg()
      .div(variance.mul(2))
      .sub(this.scale.log())
      .sub(Math.log(Math.sqrt(2 * Math.PI)));
  }

  override cdf(value: Tensor): Tensor {
    this._check(value);
    return value.sub(this.loc).mul(this.scale.reciprocal()).div(Math.sqrt(2)).erf().add(1).mul(0.5);
  }

  override icdf(value: Tensor): Tensor {
    return this.loc.add(this.scale.mul(value.mul(2).sub(1).erfinv()).mul(Math.sqrt(2)));
  }

  override entropy(): Tensor {
    return this.scale.log().add(0.5 + 0.5 * Math.log(2 * Math.PI));
  }

  override get _naturalParams(): Tensor[] {
    return [this.loc.div(this.scale.pow(2)), this.scale.pow(2).reciprocal().mul(-0.5)];
  }

  override _logNormalizer(x: Tensor, y: Tensor): Tensor {
    return x.pow(2).mul(-0.25).div(y).add(y.reciprocal().mul(-Math.PI).log().mul(0.5));
  }
}
