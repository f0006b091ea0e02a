import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import type { Constraint } from './constraints.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { Gamma } from './gamma.js';
import type { Param } from './utils.js';

const chi2Signature = new Signature<{ df: Param; validateArgs: boolean | null }>(
  'distributions.Chi2',
  { df: required, validateArgs: null },
);

/**
 * The chi-squared distribution: the sum of `df` squared standard normal variables.
 *
 * @param df The degrees of freedom.
 *
 * @example
 * ```ts
 * const chi2 = new torch.distributions.Chi2(3);
 * chi2.mean; // tensor(3.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.chi2.Chi2
 */
export class Chi2 extends Gamma {
  constructor(...args: Call<[df: Param], [validateArgs: boolean | null], DistributionOptions>) {
    const { df, validateArgs } = chi2Signature.bind(args);
    const half = typeof df === 'number' ? 0.5 * df : df.mul(0.5);
    super(half, 0.5, { validateArgs });
  }

  override get argConstraints(): Record<string, Constraint> {
    return { df: constraints.positive };
  }

  override expand(batchShape: Size): this {
    return this._expanded(batchShape, {
      concentration: this.concentration.expand([...batchShape]),
      rate: this.rate.expand([...batchShape]),
    });
  }

  /** The degrees of freedom. */
  get df(): Tensor {
    return this.concentration.mul(2);
  }
}
