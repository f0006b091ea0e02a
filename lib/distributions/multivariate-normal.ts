import { ValueError } from '../errors.js';
import { broadcastShapes } from '../functional/shapes.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { batchMahalanobis, batchMv, givenMatrix, lowerFactor } from './lowrank.js';
import { checkTensor, give, lazy, standardNormal } from './utils.js';

/** The options of {@link MultivariateNormal}. */
export interface MultivariateNormalOptions extends DistributionOptions {
  covarianceMatrix?: Tensor | null;
  precisionMatrix?: Tensor | null;
  scaleTril?: Tensor | null;
}

const multivariateNormalSignature = new Signature<{
  loc: Tensor;
  covarianceMatrix: Tensor | null;
  precisionMatrix: Tensor | null;
  scaleTril: Tensor | null;
  validateArgs: boolean | null;
}>('distributions.MultivariateNormal', {
  loc: required,
  covarianceMatrix: null,
  precisionMatrix: null,
  scaleTril: null,
  validateArgs: null,
});

/**
 * The normal distribution of vectors.
 *
 * @param loc The mean.
 * @param covarianceMatrix A positive definite matrix.
 * @param precisionMatrix Its inverse, in its place.
 * @param scaleTril Its Cholesky factor, in its place.
 *
 * @example
 * ```ts
 * const normal = new torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2));
 * normal.logProb(torch.zeros(2)); // tensor(-1.8379)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.multivariate_normal.MultivariateNormal
 */
export class MultivariateNormal extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly loc: Tensor;

  /** @internal */
  declare readonly _unbroadcastedScaleTril: Tensor;

  constructor(
    ...args: Call<
      [loc: Tensor],
      [
        covarianceMatrix: Tensor | null,
        precisionMatrix: Tensor | null,
        scaleTril: Tensor | null,
        validateArgs: boolean | null,
      ],
      MultivariateNormalOptions
    >
  ) {
    super();
    const { loc, covarianceMatrix, precisionMatrix, scaleTril, validateArgs } =
      multivariateNormalSignature.bind(args);
    checkTensor('distributions.MultivariateNormal', 'loc', loc);
    if (loc.dim() < 1)
      throw new ValueError(
        'distributions.MultivariateNormal: loc must have at least one dimension',
      );
    const [name, matrix] = givenMatrix('distributions.MultivariateNormal', {
      covarianceMatrix,
      precisionMatrix,
      scaleTril,
    });
    const batch = broadcastShapes(matrix.shape.slice(0, -2), loc.shape.slice(0, -1));
    give(this, name, matrix.expand([...batch, -1, -1]));
    this.loc = loc.expand([...batch, -1]);
    this._init(batch, this.loc.shape.slice(-1), validateArgs);
    this._unbroadcastedScaleTril = lowerFactor(name, matrix);
  }

  override get argConstraints() {
    return {
      loc: constraints.realVector,
      covarianceMatrix: constraints.positiveDefinite,
      precisionMatrix: constraints.positiveDefinite,
      scaleTril: constraints.lowerCholesky,
    };
  }

  override get support() {
    return constraints.realVector;
  }

  override get hasRsample(): boolean {
    return true;
  }

  /** The Cholesky factor of the covariance matrix. */
  get scaleTril(): Tensor {
    return lazy(this, 'scaleTril', () =>
      this._unbroadcastedScaleTril.expand([
        ...this.batchShape,
        ...this.eventShape,
        ...this.eventShape,
      ]),
    );
  }

  /** The covariance matrix. */
  get covarianceMatrix(): Tensor {
    return lazy(this, 'covarianceMatrix', () =>
      this._unbroadcastedScaleTril
        .matmul(this._unbroadcastedScaleTril.mT)
        .expand([...this.batchShape, ...this.eventShape, ...this.eventShape]),
    );
  }

  /** The inverse of the covariance matrix. */
  get precisionMatrix(): Tensor {
    return lazy(this, 'precisionMatrix', () =>
      this._unbroadcastedScaleTril
        .choleskyInverse()
        .expand([...this.batchShape, ...this.eventShape, ...this.eventShape]),
    );
  }

  override get mean(): Tensor {
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get variance(): Tensor {
    return this._unbroadcastedScaleTril
      .pow(2)
      .sum(-1)
      .expand([...this.batchShape, ...this.eventShape]);
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const eps = standardNormal(shape, this.loc);
    return this.loc.add(batchMv(this._unbroadcastedScaleTril, eps));
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const diff = value.sub(this.loc);
    const M = batchMahalanobis(this._unbroadcastedScaleTril, diff);
    const halfLogDet = this._unbroadcastedScaleTril.diagonal(0, -2, -1).log().sum(-1);
    return M.add((this.eventShape[0] as number) * Math.log(2 * Math.PI))
      .mul(-0.5)
      .sub(halfLogDet);
  }

  override entropy(): Tensor {
    const halfLogDet = this._unbroadcastedScaleTril.diagonal(0, -2, -1).log().sum(-1);
    const H = halfLogDet.add(0.5 * (this.eventShape[0] as number) * (1 + Math.log(2 * Math.PI)));
    if (this.batchShape.length === 0) {
      return H;
    } else {
      return H.expand(this.batchShape);
    }
  }

  /** @internal */
  override get _lazyNames(): readonly string[] {
    return ['covarianceMatrix', 'precisionMatrix', 'scaleTril'];
  }
}
