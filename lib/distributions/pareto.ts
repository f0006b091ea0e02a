import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Constraint } from './constraints.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { Exponential } from './exponential.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { AffineTransform, ExpTransform } from './transforms.js';
import { broadcastAll, type Param } from './utils.js';

const paretoSignature = new Signature<{ scale: Param; alpha: Param; validateArgs: boolean | null }>(
  'distributions.Pareto',
  { scale: required, alpha: required, validateArgs: null },
);

/**
 * The Pareto distribution.
 *
 * @param scale The lower end.
 * @param alpha The shape.
 *
 * @example
 * ```ts
 * const pareto = new torch.distributions.Pareto(1, 2);
 * pareto.mean; // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.pareto.Pareto
 */
export class Pareto extends TransformedDistribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly scale: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly alpha: Tensor;

  constructor(
    ...args: Call<[scale: Param, alpha: Param], [validateArgs: boolean | null], DistributionOptions>
  ) {
    const { scale, alpha, validateArgs } = paretoSignature.bind(args);
    const [scale_, alpha_] = broadcastAll(scale, alpha) as [Tensor, Tensor];
    super(
      new Exponential(alpha_, { validateArgs }),
      [new ExpTransform(), new AffineTransform(0, scale_)],
      { validateArgs },
      { scale: scale_, alpha: alpha_ },
    );
  }

  override get argConstraints() {
    return { alpha: constraints.positive, scale: constraints.positive };
  }

  override get mean(): Tensor {
    const a = this.alpha.clamp({ min: 1 });
    return a.mul(this.scale).div(a.sub(1));
  }

  override get mode(): Tensor {
    return this.scale;
  }

  override get variance(): Tensor {
    const a = this.alpha.clamp({ min: 2 });
    return this.scale
      .pow(2)
      .mul(a)
      .div(a.sub(1).pow(2).mul(a.sub(2)));
  }

  override get support(): Constraint {
    return constraints.greaterThanEq(this.scale);
  }

  override entropy(): Tensor {
    return this.scale.div(this.alpha).log().add(this.alpha.reciprocal().add(1));
  }

  declare readonly baseDist: Exponential;
}
