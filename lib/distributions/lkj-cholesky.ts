import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';
import { Beta } from './beta.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { broadcastAll, type Param, rsub } from './utils.js';

/** The options of {@link LKJCholesky}. */
export interface LKJCholeskyOptions extends DistributionOptions {
  concentration?: Param;
}

const lKJCholeskySignature = new Signature<{
  dim: number;
  concentration: Param;
  validateArgs: boolean | null;
}>('distributions.LKJCholesky', { dim: required, concentration: 1, validateArgs: null });

/**
 * Cholesky factors of correlation matrices, of a density that is a power of their determinant.
 *
 * @param dim The size of the matrices.
 * @param concentration 1 is uniform; the larger, the weaker the correlations. Default: 1.
 *
 * @example
 * ```ts
 * const lkj = new torch.distributions.LKJCholesky(3);
 * lkj.sample().shape; // [3, 3]
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.lkj_cholesky.LKJCholesky
 */
export class LKJCholesky extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly dim: number;

  /** The parameter of this name, for each of the batch. */
  declare readonly concentration: Tensor;

  /** @internal */
  declare readonly _beta: Beta;

  constructor(
    ...args: Call<
      [dim: number],
      [concentration: Param, validateArgs: boolean | null],
      LKJCholeskyOptions
    >
  ) {
    super();
    const { dim, concentration, validateArgs } = lKJCholeskySignature.bind(args);
    if (!(Number.isInteger(dim) && dim >= 2))
      throw new ValueError(
        `distributions.LKJCholesky: dim must be an integer of at least 2, got ${dim}`,
      );
    this.dim = dim;
    [this.concentration] = broadcastAll(concentration) as [Tensor];
    const { dtype, device } = this.concentration;
    const marginal = this.concentration.add(0.5 * (dim - 2));
    const numbers = operators.torch.arange(dim - 1, { dtype, device });
    const offset = operators.torch.cat([numbers.newZeros([1]), numbers]);
    this._beta = new Beta(offset.add(0.5), marginal.unsqueeze(-1).sub(offset.mul(0.5)));
    this._init(this.concentration.shape, [dim, dim], validateArgs);
  }

  override get argConstraints() {
    return { concentration: constraints.positive };
  }

  override get support() {
    return constraints.corrCholesky;
  }

  override sample(sampleShape: Size = []): Tensor {
    const y = this._beta.sample(sampleShape).unsqueeze(-1);
    const uNormal = operators.torch
      .randn(this._extendedShape(sampleShape), { dtype: y.dtype, device: y.device })
      .tril(-1);
    const uHypersphere = uNormal.div(uNormal.norm({ dim: -1, keepdim: true }));
    (uHypersphere['..., 0, :'] as Tensor).fill_(0);
    let w = y.sqrt().mul(uHypersphere);
    const eps = finfo(w.dtype).tiny;
    const diagElems = rsub(1, w.pow(2).sum({ dim: -1 }))
      .clamp({ min: eps })
      .sqrt();
    w = w.add(diagElems.diagEmbed());
    return w;
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const diagElems = value.diagonal(0, -2, -1)['..., 1:'] as Tensor;
    let order = operators.torch.arange(2, this.dim + 1, { device: this.concentration.device });
    order = this.concentration.sub(1).unsqueeze(-1).mul(2).add(this.dim).sub(order);
    const unnormalizedLogPdf = order.mul(diagElems.log()).sum({ dim: -1 });
    const dm1 = this.dim - 1;
    const alpha = this.concentration.add(0.5 * dm1);
    const denominator = alpha.lgamma().mul(dm1);
    const numerator = alpha.sub(0.5).mvlgamma(dm1);
    const piConstant = 0.5 * dm1 * Math.log(Math.PI);
    const normalizeTerm = numerator.add(piConstant).sub(denominator);
    return unnormalizedLogPdf.sub(normalizeTerm);
  }

  override expand(batchShape: Size): this {
    return this._expanded(batchShape, {
      dim: this.dim,
      concentration: this.concentration.expand(batchShape),
      _beta: this._beta.expand([...batchShape, this.dim]),
    });
  }
}
