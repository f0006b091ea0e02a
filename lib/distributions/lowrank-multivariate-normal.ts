import { ValueError } from '../errors.js';
import { broadcastTensors } from '../functional/shapes.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import {
  batchCapacitanceTril,
  batchLowrankLogdet,
  batchLowrankMahalanobis,
  batchMv,
  plusIdentity,
  solveTriangular,
} from './lowrank.js';
import { checkTensor, lazy, standardNormal } from './utils.js';

const lowRankMultivariateNormalSignature = new Signature<{
  loc: Tensor;
  covFactor: Tensor;
  covDiag: Tensor;
  validateArgs: boolean | null;
}>('distributions.LowRankMultivariateNormal', {
  loc: required,
  covFactor: required,
  covDiag: required,
  validateArgs: null,
});

/**
 * The normal distribution of vectors with covariance `covFactor @ covFactor.T + diag(covDiag)`.
 *
 * @param loc The mean.
 * @param covFactor The factor of the covariance, a matrix of few columns.
 * @param covDiag What is added to its diagonal.
 *
 * @example
 * ```ts
 * const normal = new torch.distributions.LowRankMultivariateNormal(
 *   torch.zeros(2),
 *   torch.ones(2, 1),
 *   torch.ones(2),
 * );
 * normal.variance; // tensor([2., 2.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.lowrank_multivariate_normal.LowRankMultivariateNormal
 */
export class LowRankMultivariateNormal extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly loc: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly covFactor: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly covDiag: Tensor;

  /** @internal */
  declare readonly _unbroadcastedCovFactor: Tensor;

  /** @internal */
  declare readonly _unbroadcastedCovDiag: Tensor;

  /** @internal */
  declare readonly _capacitanceTril: Tensor;

  constructor(
    ...args: Call<
      [loc: Tensor, covFactor: Tensor, covDiag: Tensor],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    super();
    const { loc, covFactor, covDiag, validateArgs } = lowRankMultivariateNormalSignature.bind(args);
    const where = 'distributions.LowRankMultivariateNormal';
    for (const [name, value] of Object.entries({ loc, covFactor, covDiag })) {
      checkTensor(where, name, value);
    }
    if (loc.dim() < 1) throw new ValueError(`${where}: loc must have at least one dimension`);
    const size = loc.size(-1);
    if (covFactor.dim() < 2 || covFactor.size(-2) !== size)
      throw new ValueError(
        `${where}: covFactor must be a matrix of ${size} rows, or a batch of them`,
      );
    if (covDiag.dim() < 1 || covDiag.size(-1) !== size)
      throw new ValueError(
        `${where}: covDiag must be a vector of ${size} elements, or a batch of them`,
      );
    const [loc_, factor, diag] = broadcastTensors(
      loc.unsqueeze(-1),
      covFactor,
      covDiag.unsqueeze(-1),
    ) as [Tensor, Tensor, Tensor];
    this.covFactor = factor;
    this.loc = loc_['..., 0'] as Tensor;
    this.covDiag = diag['..., 0'] as Tensor;
    this._unbroadcastedCovFactor = covFactor;
    this._unbroadcastedCovDiag = covDiag;
    this._capacitanceTril = batchCapacitanceTril(covFactor, covDiag);
    this._init(this.loc.shape.slice(0, -1), this.loc.shape.slice(-1), validateArgs);
  }

  override get argConstraints() {
    return {
      loc: constraints.realVector,
      covFactor: constraints.independent(constraints.real, 2),
      covDiag: constraints.independent(constraints.positive, 1),
    };
  }

  override get support() {
    return constraints.realVector;
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
    return lazy(this, 'variance', () =>
      this._unbroadcastedCovFactor
        .pow(2)
        .sum(-1)
        .add(this._unbroadcastedCovDiag)
        .expand([...this.batchShape, ...this.eventShape]),
    );
  }

  /** The Cholesky factor of the covariance matrix. */
  get scaleTril(): Tensor {
    return lazy(this, 'scaleTril', () => {
      const deviations = this._unbroadcastedCovDiag.sqrt().unsqueeze(-1);
      const factor = this._unbroadcastedCovFactor.div(deviations);
      const correlations = plusIdentity(factor.matmul(factor.mT));
      const scaleTril = deviations.mul(operators.linalg.cholesky(correlations));
      return scaleTril.expand([...this.batchShape, ...this.eventShape, ...this.eventShape]);
    });
  }

  /** The covariance matrix. */
  get covarianceMatrix(): Tensor {
    return lazy(this, 'covarianceMatrix', () => {
      const covarianceMatrix = this._unbroadcastedCovFactor
        .matmul(this._unbroadcastedCovFactor.mT)
        .add(this._unbroadcastedCovDiag.diagEmbed());
      return covarianceMatrix.expand([...this.batchShape, ...this.eventShape, ...this.eventShape]);
    });
  }

  /** The inverse of the covariance matrix. */
  get precisionMatrix(): Tensor {
    return lazy(this, 'precisionMatrix', () => {
      const WtDinv = this._unbroadcastedCovFactor.mT.div(this._unbroadcastedCovDiag.unsqueeze(-2));
      const A = solveTriangular(this._capacitanceTril, WtDinv);
      const precisionMatrix = this._unbroadcastedCovDiag
        .reciprocal()
        .diagEmbed()
        .sub(A.mT.matmul(A));
      return precisionMatrix.expand([...this.batchShape, ...this.eventShape, ...this.eventShape]);
    });
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const WShape = [...shape.slice(0, -1), ...this.covFactor.shape.slice(-1)];
    const epsW = standardNormal(WShape, this.loc);
    const epsD = standardNormal(shape, this.loc);
    return this.loc
      .add(batchMv(this._unbroadcastedCovFactor, epsW))
      .add(this._unbroadcastedCovDiag.sqrt().mul(epsD));
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const diff = value.sub(this.loc);
    const M = batchLowrankMahalanobis(
      this._unbroadcastedCovFactor,
      this._unbroadcastedCovDiag,
      diff,
      this._capacitanceTril,
    );
    const logDet = batchLowrankLogdet(
      this._unbroadcastedCovFactor,
      this._unbroadcastedCovDiag,
      this._capacitanceTril,
    );
    const constant = (this.eventShape[0] as number) * Math.log(2 * Math.PI);
    return logDet.add(constant).add(M).mul(-0.5);
  }

  override entropy(): Tensor {
    const logDet = batchLowrankLogdet(
      this._unbroadcastedCovFactor,
      this._unbroadcastedCovDiag,
      this._capacitanceTril,
    );
    const H = logDet.add((this.eventShape[0] as number) * (1 + Math.log(2 * Math.PI))).mul(0.5);
    if (this.batchShape.length === 0) {
      return H;
    } else {
      return H.expand(this.batchShape);
    }
  }
}
