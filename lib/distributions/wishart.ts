import { ValueError } from '../errors.js';
import { broadcastShapes } from '../functional/shapes.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';
import { warn } from '../warnings.js';
import { Chi2 } from './chi2.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { ExponentialFamily } from './exp-family.js';
import { givenMatrix, lowerFactor } from './lowrank.js';
import { filled, give, isGiven, lazy, type Param } from './utils.js';

/** The options of {@link Wishart}. */
export interface WishartOptions extends DistributionOptions {
  covarianceMatrix?: Tensor | null;
  precisionMatrix?: Tensor | null;
  scaleTril?: Tensor | null;
}

/** The derivative of the logarithm of the multivariate gamma function. */
function mvdigamma(x: Tensor, p: number): Tensor {
  const { dtype, device } = x;
  const halves = operators.torch.arange(p, { dtype, device }).div(2);
  return x.unsqueeze(-1).sub(halves).digamma().sum(-1);
}

/** The squares on the diagonal of a Bartlett factor. */
function chi2Of(df: Tensor, size: number): Chi2 {
  const { dtype, device } = df;
  return new Chi2(df.unsqueeze(-1).sub(operators.torch.arange(size, { dtype, device })));
}

const wishartSignature = new Signature<{
  df: Param;
  covarianceMatrix: Tensor | null;
  precisionMatrix: Tensor | null;
  scaleTril: Tensor | null;
  validateArgs: boolean | null;
}>('distributions.Wishart', {
  df: required,
  covarianceMatrix: null,
  precisionMatrix: null,
  scaleTril: null,
  validateArgs: null,
});

/**
 * Positive definite matrices: the Wishart distribution, of the covariance of `df` normal vectors.
 *
 * @param df The degrees of freedom, above the size of the matrices less 1.
 * @param covarianceMatrix A positive definite matrix.
 * @param precisionMatrix Its inverse, in its place.
 * @param scaleTril Its Cholesky factor, in its place.
 *
 * @example
 * ```ts
 * const wishart = new torch.distributions.Wishart(3, torch.eye(2));
 * wishart.mean; // tensor([[3., 0.], [0., 3.]])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.wishart.Wishart
 */
export class Wishart extends ExponentialFamily {
  /** The parameter of this name, for each of the batch. */
  declare readonly df: Tensor;

  /** @internal */
  declare readonly _unbroadcastedScaleTril: Tensor;

  /** @internal */
  declare readonly _distChi2: Chi2;

  constructor(
    ...args: Call<
      [df: Param],
      [
        covarianceMatrix: Tensor | null,
        precisionMatrix: Tensor | null,
        scaleTril: Tensor | null,
        validateArgs: boolean | null,
      ],
      WishartOptions
    >
  ) {
    super();
    const { df, covarianceMatrix, precisionMatrix, scaleTril, validateArgs } =
      wishartSignature.bind(args);
    const [name, matrix] = givenMatrix('distributions.Wishart', {
      covarianceMatrix,
      precisionMatrix,
      scaleTril,
    });
    const event = matrix.shape.slice(-2);
    const batch =
      typeof df === 'number'
        ? matrix.shape.slice(0, -2)
        : broadcastShapes(matrix.shape.slice(0, -2), df.shape);
    this.df = typeof df === 'number' ? filled([], df, matrix) : df.expand(batch);
    const size = event.at(-1) as number;
    if (
      this.df
        .le(size - 1)
        .any()
        .item()
    )
      throw new ValueError(
        `distributions.Wishart: df must be greater than the number of dimensions less 1, ${size - 1}, got ${df}`,
      );
    give(this, name, matrix.expand([...batch, -1, -1]));
    if (this.df.lt(size).any().item())
      warn(
        'distributions.Wishart: with df below the number of dimensions, singular samples are likely',
        'UserWarning',
      );
    this._init(batch, event, validateArgs);
    this._unbroadcastedScaleTril = lowerFactor(name, matrix);
    this._distChi2 = chi2Of(this.df, size);
  }

  override get support() {
    return constraints.positiveDefinite;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get _meanCarrierMeasure(): number {
    return 0;
  }

  override get argConstraints() {
    return {
      covarianceMatrix: constraints.positiveDefinite,
      precisionMatrix: constraints.positiveDefinite,
      scaleTril: constraints.lowerCholesky,
      df: constraints.greaterThan((this.eventShape.at(-1) as number) - 1),
    };
  }

  /** The Cholesky factor of the covariance matrix. */
  get scaleTril(): Tensor {
    return lazy(this, 'scaleTril', () =>
      this._unbroadcastedScaleTril.expand([...this.batchShape, ...this.eventShape]),
    );
  }

  /** The covariance matrix. */
  get covarianceMatrix(): Tensor {
    return lazy(this, 'covarianceMatrix', () =>
      this._unbroadcastedScaleTril
        .matmul(this._unbroadcastedScaleTril.transpose(-2, -1))
        .expand([...this.batchShape, ...this.eventShape]),
    );
  }

  /** The inverse of the covariance matrix. */
  get precisionMatrix(): Tensor {
    return lazy(this, 'precisionMatrix', () => {
      const identity = operators.torch.eye(this.eventShape.at(-1) as number, {
        device: this._unbroadcastedScaleTril.device,
        dtype: this._unbroadcastedScaleTril.dtype,
      });
      return operators.torch
        .choleskySolve(identity, this._unbroadcastedScaleTril)
        .expand([...this.batchShape, ...this.eventShape]);
    });
  }

  override get mean(): Tensor {
    return this.df.view([...this.batchShape, 1, 1]).mul(this.covarianceMatrix);
  }

  override get mode(): Tensor {
    const factor = this.df.sub(this.covarianceMatrix.shape.at(-1) as number).sub(1);
    factor.maskedFill_(factor.le(0), NaN);
    return factor.view([...this.batchShape, 1, 1]).mul(this.covarianceMatrix);
  }

  override get variance(): Tensor {
    const V = this.covarianceMatrix;
    const diagV = V.diagonal(0, -2, -1);
    return this.df
      .view([...this.batchShape, 1, 1])
      .mul(V.pow(2).add(diagV.unsqueeze(-1).mul(diagV.unsqueeze(-2))));
  }

  /** Products of triangular matrices of normal numbers, with chi variables on the diagonal. */
  protected _bartlett(sampleShape: Size): Tensor {
    const p = this.eventShape.at(-1) as number;
    const chi = this._distChi2.rsample(sampleShape).sqrt();
    const noise = operators.torch.diagEmbed(chi.clamp({ min: finfo(chi.dtype).eps }));
    const [rows, columns] = operators.torch.trilIndices(p, p, { offset: -1 }) as unknown as [
      Tensor,
      Tensor,
    ];
    const shape = [...sampleShape, ...this.batchShape, (p * (p - 1)) / 2];
    const { dtype, device } = noise;
    noise.indexPut_(['...', rows, columns], operators.torch.randn(shape, { dtype, device }));
    const factor = this._unbroadcastedScaleTril.matmul(noise);
    return factor.matmul(factor.transpose(-2, -1));
  }

  /** For each sample whether it is positive definite, throughout the batch. */
  protected _isDefinite(sample: Tensor): Tensor {
    const checked = this.support.check(sample);
    const dims = this.batchShape.map((_, i) => -1 - i);
    return dims.length === 0 ? checked : checked.amax(dims);
  }

  /**
   * Draws samples that gradients flow through to the parameters.
   *
   * @param sampleShape The shape of the samples in front of the batch. Default: one sample.
   * @param maxTryCorrection How often singular samples are drawn again. Default: 10.
   */
  override rsample(sampleShape: Size = [], maxTryCorrection = 10): Tensor {
    const sample = this._bartlett(sampleShape);
    // PyTorch draws those again that it found to be regular, the first time: so its numbers are
    // those of the second draw.
    let again = this._isDefinite(sample);
    for (let i = 0; i < maxTryCorrection && again.any().item(); i++) {
      const fresh = this._bartlett(again.index(again).shape);
      sample.indexPut_([again], fresh);
      const next = again.clone();
      next.indexPut_([again], this._isDefinite(fresh).logicalNot());
      again = next;
    }
    return sample;
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const nu = this.df;
    const p = this.eventShape.at(-1) as number;
    return nu
      .neg()
      .mul(
        this._unbroadcastedScaleTril
          .diagonal(0, -2, -1)
          .log()
          .sum(-1)
          .add((p * Math.LN2) / 2),
      )
      .sub(nu.div(2).mvlgamma(p))
      .add(nu.sub(p).sub(1).div(2).mul(operators.linalg.slogdet(value).logabsdet))
      .sub(
        operators.torch
          .choleskySolve(value, this._unbroadcastedScaleTril)
          .diagonal(0, -2, -1)
          .sum({ dim: -1 })
          .div(2),
      );
  }

  override entropy(): Tensor {
    const nu = this.df;
    const p = this.eventShape.at(-1) as number;
    return this._unbroadcastedScaleTril
      .diagonal(0, -2, -1)
      .log()
      .sum(-1)
      .add((p * Math.LN2) / 2)
      .mul(p + 1)
      .add(nu.div(2).mvlgamma(p))
      .sub(
        nu
          .sub(p)
          .sub(1)
          .div(2)
          .mul(mvdigamma(nu.div(2), p)),
      )
      .add(nu.mul(p).div(2));
  }

  override get _naturalParams(): Tensor[] {
    const nu = this.df;
    const p = this.eventShape.at(-1) as number;
    return [this.precisionMatrix.neg().div(2), nu.sub(p).sub(1).div(2)];
  }

  override _logNormalizer(x: Tensor, y: Tensor): Tensor {
    const p = this.eventShape.at(-1) as number;
    return y
      .add((p + 1) / 2)
      .mul(
        operators.linalg
          .slogdet(x.mul(-2))
          .logabsdet.neg()
          .add(Math.LN2 * p),
      )
      .add(y.add((p + 1) / 2).mvlgamma(p));
  }

  override expand(batchShape: Size): this {
    const shape = [...batchShape, ...this.eventShape];
    const df = this.df.expand([...batchShape]);
    const members: Record<string, unknown> = {
      df,
      _unbroadcastedScaleTril: this._unbroadcastedScaleTril.expand(shape),
      _distChi2: chi2Of(df, this.eventShape.at(-1) as number),
    };
    for (const name of this._lazyNames) {
      const matrix = (this as unknown as Record<string, Tensor>)[name];
      if (isGiven(this, name)) members[name] = (matrix as Tensor).expand(shape);
    }
    return this._expanded(batchShape, members);
  }

  /** @internal */
  override get _lazyNames(): readonly string[] {
    return ['covarianceMatrix', 'precisionMatrix', 'scaleTril'];
  }
}
