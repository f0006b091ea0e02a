import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import type { Independent } from './independent.js';
import { Normal } from './normal.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { StickBreakingTransform } from './transforms.js';
import type { Param } from './utils.js';

const logisticNormalSignature = new Signature<{
  loc: Param;
  scale: Param;
  validateArgs: boolean | null;
}>('distributions.LogisticNormal', { loc: required, scale: required, validateArgs: null });

/**
 * Probabilities whose log odds are normal: one more than parameters.
 *
 * @param loc The means.
 * @param scale The standard deviations.
 *
 * @example
 * ```ts
 * const logistic = new torch.distributions.LogisticNormal(torch.zeros(2), torch.ones(2));
 * logistic.sample().shape; // [3]
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.logistic_normal.LogisticNormal
 */
export class LogisticNormal extends TransformedDistribution {
  constructor(
    ...args: Call<[loc: Param, scale: Param], [validateArgs: boolean | null], DistributionOptions>
  ) {
    const { loc, scale, validateArgs } = logisticNormalSignature.bind(args);
    const base = new Normal(loc, scale, { validateArgs });
    super(base.batchShape.length === 0 ? base.expand([1]) : base, [new StickBreakingTransform()], {
      validateArgs,
    });
  }

  override get argConstraints() {
    return { loc: constraints.real, scale: constraints.positive };
  }

  override get support() {
    return constraints.simplex;
  }

  override get hasRsample(): boolean {
    return true;
  }

  declare readonly baseDist: Independent<Normal>;
  /** The loc of the base distribution. */
  get loc(): Tensor {
    return this.baseDist.baseDist.loc;
  }

  /** The scale of the base distribution. */
  get scale(): Tensor {
    return this.baseDist.baseDist.scale;
  }
}
