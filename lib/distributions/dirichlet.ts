import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { ExponentialFamily } from './exp-family.js';
import { checkTensor, rsub } from './utils.js';

/**
 * A sample with PyTorch's gradient: beside the sample, which has none, stands what is zero and has
 * the sample's derivative.
 */
function sampleDirichlet(concentration: Tensor): Tensor {
  const sample = operators.torch._sampleDirichlet(concentration.detach());
  if (!concentration.requiresGrad) return sample;
  const total = concentration.detach().sum(-1, true).expandAs(concentration);
  const slope = operators.torch._dirichletGrad(sample, concentration.detach(), total);
  const along = slope.mul(concentration.sub(concentration.detach()));
  return sample.add(along.sub(sample.mul(along.sum(-1, true))));
}

const dirichletSignature = new Signature<{ concentration: Tensor; validateArgs: boolean | null }>(
  'distributions.Dirichlet',
  { concentration: required, validateArgs: null },
);

/**
 * Probabilities that sum to 1: the Dirichlet distribution.
 *
 * @param concentration A positive number for each probability, along the last dimension.
 *
 * @example
 * ```ts
 * const dirichlet = new torch.distributions.Dirichlet(torch.tensor([1, 3]));
 * dirichlet.mean; // tensor([0.2500, 0.7500])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.dirichlet.Dirichlet
 */
export class Dirichlet extends ExponentialFamily {
  /** The parameter of this name, for each of the batch. */
  declare readonly concentration: Tensor;

  constructor(
    ...args: Call<[concentration: Tensor], [validateArgs: boolean | null], DistributionOptions>
  ) {
    super();
    const { concentration, validateArgs } = dirichletSignature.bind(args);
    checkTensor('distributions.Dirichlet', 'concentration', concentration);
    if (concentration.dim() < 1)
      throw new ValueError(
        'distributions.Dirichlet: concentration must have at least one dimension',
      );
    this.concentration = concentration;
    this._init(concentration.shape.slice(0, -1), concentration.shape.slice(-1), validateArgs);
  }

  override get argConstraints() {
    return { concentration: constraints.independent(constraints.positive, 1) };
  }

  override get support() {
    return constraints.simplex;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override rsample(sampleShape: Size = []): Tensor {
    const concentration = this.concentration.expand(this._extendedShape(sampleShape));
    return sampleDirichlet(concentration);
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    return this.concentration
      .sub(1)
      .xlogy(value)
      .sum(-1)
      .add(this.concentration.sum(-1).lgamma())
      .sub(this.concentration.lgamma().sum(-1));
  }

  override get mean(): Tensor {
    return this.concentration.div(this.concentration.sum(-1, true));
  }

  override get mode(): Tensor {
    const above = this.concentration.sub(1).clamp({ min: 0 });
    const mode = above.div(above.sum(-1, true));
    const isCorner = this.concentration.lt(1).all(-1).unsqueeze(-1);
    const corner = operators.nn.oneHot(mode.argmax(-1), this.concentration.size(-1)).to(mode);
    return operators.torch.where(isCorner, corner, mode);
  }

  override get variance(): Tensor {
    const con0 = this.concentration.sum(-1, true);
    return this.concentration.mul(con0.sub(this.concentration)).div(con0.pow(2).mul(con0.add(1)));
  }

  override entropy(): Tensor {
    const k = this.concentration.size(-1);
    const a0 = this.concentration.sum(-1);
    return this.concentration
      .lgamma()
      .sum(-1)
      .sub(a0.lgamma())
      .sub(rsub(k, a0).mul(a0.digamma()))
      .sub(this.concentration.sub(1).mul(this.concentration.digamma()).sum(-1));
  }

  override get _naturalParams(): Tensor[] {
    return [this.concentration];
  }

  override _logNormalizer(x: Tensor): Tensor {
    return x.lgamma().sum(-1).sub(x.sum(-1).lgamma());
  }
}
