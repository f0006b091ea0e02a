import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { Chi2 } from './chi2.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { broadcastAll, type Param, standardNormal } from './utils.js';

/** The options of {@link StudentT}. */
export interface StudentTOptions extends DistributionOptions {
  loc?: Param;
  scale?: Param;
}

const studentTSignature = new Signature<{
  df: Param;
  loc: Param;
  scale: Param;
  validateArgs: boolean | null;
}>('distributions.StudentT', { df: required, loc: 0, scale: 1, validateArgs: null });

/**
 * Student's t distribution.
 *
 * @param df The degrees of freedom.
 * @param loc The mode. Default: 0.
 * @param scale The scale. Default: 1.
 *
 * @example
 * ```ts
 * const t = new torch.distributions.StudentT(4);
 * t.variance; // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.studentT.StudentT
 */
export class StudentT extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly df: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly loc: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly scale: Tensor;

  /** @internal */
  declare readonly _chi2: Chi2;

  constructor(
    ...args: Call<
      [df: Param],
      [loc: Param, scale: Param, validateArgs: boolean | null],
      StudentTOptions
    >
  ) {
    super();
    const { df, loc, scale, validateArgs } = studentTSignature.bind(args);
    const [df_, loc_, scale_] = broadcastAll(df, loc, scale) as Tensor[] as [
      Tensor,
      Tensor,
      Tensor,
    ];
    this.df = df_;
    this.loc = loc_;
    this.scale = scale_;
    this._chi2 = new Chi2(this.df);
    this._init(this.df.shape, [], validateArgs);
  }

  override get argConstraints() {
    return { df: constraints.positive, loc: constraints.real, scale: constraints.positive };
  }

  override get support() {
    return constraints.real;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get mean(): Tensor {
    const m = this.loc.clone();
    m.maskedFill_(this.df.le(1), NaN);
    return m;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get variance(): Tensor {
    const hasVariance = this.df.gt(2);
    const df = operators.torch.where(hasVariance, this.df, 3);
    const variance = this.scale.pow(2).mul(df).div(df.sub(2));
    return variance
      .maskedFill(hasVariance.logicalNot(), Number.POSITIVE_INFINITY)
      .maskedFill(this.df.le(1), Number.NaN);
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const X = standardNormal(shape, this.df);
    const Z = this._chi2.rsample(sampleShape);
    const Y = X.mul(Z.div(this.df).rsqrt());
    return this.loc.add(this.scale.mul(Y));
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const y = value.sub(this.loc).div(this.scale);
    const Z = this.scale
      .log()
      .add(this.df.log().mul(0.5))
      .add(0.5 * Math.log(Math.PI))
      .add(this.df.mul(0.5).lgamma())
      .sub(this.df.add(1).mul(0.5).lgamma());
    return this.df.add(1).mul(-0.5).mul(y.pow(2).div(this.df).log1p()).sub(Z);
  }

  override entropy(): Tensor {
    const lbeta = this.df
      .mul(0.5)
      .lgamma()
      .add(0.5 * Math.log(Math.PI))
      .sub(this.df.add(1).mul(0.5).lgamma());
    return this.scale
      .log()
      .add(
        this.df
          .add(1)
          .mul(0.5)
          .mul(this.df.add(1).mul(0.5).digamma().sub(this.df.mul(0.5).digamma())),
      )
      .add(this.df.log().mul(0.5))
      .add(lbeta);
  }
}
