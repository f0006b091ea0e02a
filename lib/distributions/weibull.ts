import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { Exponential } from './exponential.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { AffineTransform, PowerTransform } from './transforms.js';
import { broadcastAll, EULER, type Param, rsub } from './utils.js';

const weibullSignature = new Signature<{
  scale: Param;
  concentration: Param;
  validateArgs: boolean | null;
}>('distributions.Weibull', { scale: required, concentration: required, validateArgs: null });

/**
 * The Weibull distribution.
 *
 * @param scale The scale.
 * @param concentration The shape.
 *
 * @example
 * ```ts
 * const weibull = new torch.distributions.Weibull(1, 1);
 * weibull.mean; // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.weibull.Weibull
 */
export class Weibull extends TransformedDistribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly scale: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly concentration: Tensor;

  constructor(
    ...args: Call<
      [scale: Param, concentration: Param],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    const { scale, concentration, validateArgs } = weibullSignature.bind(args);
    const [scale_, concentration_] = broadcastAll(scale, concentration) as [Tensor, Tensor];
    super(
      new Exponential(operators.torch.onesLike(scale_), { validateArgs }),
      [new PowerTransform(concentration_.reciprocal()), new AffineTransform(0, scale_)],
      { validateArgs },
      { scale: scale_, concentration: concentration_ },
    );
  }

  override get argConstraints() {
    return { scale: constraints.positive, concentration: constraints.positive };
  }

  override get support() {
    return constraints.positive;
  }

  override get mean(): Tensor {
    return this.scale.mul(this.concentration.reciprocal().add(1).lgamma().exp());
  }

  override get mode(): Tensor {
    return this.scale.mul(
      this.concentration.sub(1).div(this.concentration).pow(this.concentration.reciprocal()),
    );
  }

  override get variance(): Tensor {
    return this.scale
      .pow(2)
      .mul(
        this.concentration
          .reciprocal()
          .mul(2)
          .add(1)
          .lgamma()
          .exp()
          .sub(this.concentration.reciprocal().add(1).lgamma().mul(2).exp()),
      );
  }

  override entropy(): Tensor {
    return rsub(1, this.concentration.reciprocal())
      .mul(EULER)
      .add(this.scale.mul(this.concentration.reciprocal()).log())
      .add(1);
  }

  declare readonly baseDist: Exponential;
}
