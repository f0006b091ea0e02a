import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { Gamma } from './gamma.js';
import { batchShapeOf, broadcastAll, type Param } from './utils.js';

const fisherSnedecorSignature = new Signature<{
  df1: Param;
  df2: Param;
  validateArgs: boolean | null;
}>('distributions.FisherSnedecor', { df1: required, df2: required, validateArgs: null });

/**
 * The F distribution: the ratio of two chi-squared variables, each by its degrees of freedom.
 *
 * @param df1 The degrees of freedom of the numerator.
 * @param df2 Those of the denominator.
 *
 * @example
 * ```ts
 * const f = new torch.distributions.FisherSnedecor(1, 4);
 * f.mean; // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.fishersnedecor.FisherSnedecor
 */
export class FisherSnedecor extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly df1: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly df2: Tensor;

  /** @internal */
  declare readonly _gamma1: Gamma;

  /** @internal */
  declare readonly _gamma2: Gamma;

  constructor(
    ...args: Call<[df1: Param, df2: Param], [validateArgs: boolean | null], DistributionOptions>
  ) {
    super();
    const { df1, df2, validateArgs } = fisherSnedecorSignature.bind(args);
    const [df1_, df2_] = broadcastAll(df1, df2) as Tensor[] as [Tensor, Tensor];
    this.df1 = df1_;
    this.df2 = df2_;
    this._gamma1 = new Gamma(this.df1.mul(0.5), this.df1);
    this._gamma2 = new Gamma(this.df2.mul(0.5), this.df2);
    this._init(batchShapeOf(this.df1, df1, df2), [], validateArgs);
  }

  override get argConstraints() {
    return { df1: constraints.positive, df2: constraints.positive };
  }

  override get support() {
    return constraints.positive;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get mean(): Tensor {
    const df2 = this.df2.clone();
    df2.maskedFill_(df2.le(2), NaN);
    return df2.div(df2.sub(2));
  }

  override get mode(): Tensor {
    const mode = this.df1.sub(2).div(this.df1).mul(this.df2).div(this.df2.add(2));
    mode.maskedFill_(this.df1.le(2), NaN);
    return mode;
  }

  override get variance(): Tensor {
    const df2 = this.df2.clone();
    df2.maskedFill_(df2.le(4), NaN);
    return df2
      .pow(2)
      .mul(2)
      .mul(this.df1.add(df2).sub(2))
      .div(this.df1.mul(df2.sub(2).pow(2)).mul(df2.sub(4)));
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const X1 = this._gamma1.rsample(sampleShape).view(shape);
    const X2 = this._gamma2.rsample(sampleShape).view(shape);
    const tiny = finfo(X2.dtype).tiny;
    X2.clamp_({ min: tiny });
    const Y = X1.div(X2);
    Y.clamp_({ min: tiny });
    return Y;
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const ct1 = this.df1.mul(0.5);
    const ct2 = this.df2.mul(0.5);
    const ct3 = this.df1.div(this.df2);
    const t1 = ct1.add(ct2).lgamma().sub(ct1.lgamma()).sub(ct2.lgamma());
    const t2 = ct1.mul(ct3.log()).add(ct1.sub(1).mul(value.log()));
    const t3 = ct1.add(ct2).mul(ct3.mul(value).log1p());
    return t1.add(t2).sub(t3);
  }
}
