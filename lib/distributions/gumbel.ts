import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { AffineTransform, ExpTransform } from './transforms.js';
import { Uniform } from './uniform.js';
import { broadcastAll, EULER, type Param } from './utils.js';

const gumbelSignature = new Signature<{ loc: Param; scale: Param; validateArgs: boolean | null }>(
  'distributions.Gumbel',
  { loc: required, scale: required, validateArgs: null },
);

/**
 * The Gumbel distribution, of the largest of many.
 *
 * @param loc The mode.
 * @param scale The scale.
 *
 * @example
 * ```ts
 * const gumbel = new torch.distributions.Gumbel(0, 1);
 * gumbel.mean; // tensor(0.5772)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.gumbel.Gumbel
 */
export class Gumbel extends TransformedDistribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly loc: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly scale: Tensor;

  constructor(
    ...args: Call<[loc: Param, scale: Param], [validateArgs: boolean | null], DistributionOptions>
  ) {
    const { loc, scale, validateArgs } = gumbelSignature.bind(args);
    const [loc_, scale_] = broadcastAll(loc, scale) as [Tensor, Tensor];
    const { tiny, eps } = finfo(loc_.dtype);
    const isNumber = typeof loc === 'number' && typeof scale === 'number';
    const low = isNumber ? tiny : operators.torch.fullLike(loc_, tiny);
    const high = isNumber ? 1 - eps : operators.torch.fullLike(loc_, 1 - eps);
    super(
      new Uniform(low, high, { validateArgs }),
      [
        new ExpTransform().inv,
        new AffineTransform(0, operators.torch.onesLike(scale_).neg()),
        new ExpTransform().inv,
        new AffineTransform(loc, scale_.neg()),
      ],
      { validateArgs },
      { loc: loc_, scale: scale_ },
    );
  }

  override get argConstraints() {
    return { loc: constraints.real, scale: constraints.positive };
  }

  override get support() {
    return constraints.real;
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const y = this.loc.sub(value).div(this.scale);
    return y.sub(y.exp()).sub(this.scale.log());
  }

  override get mean(): Tensor {
    return this.loc.add(this.scale.mul(EULER));
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get stddev(): Tensor {
    return this.scale.mul(Math.PI / Math.sqrt(6));
  }

  override get variance(): Tensor {
    return this.stddev.pow(2);
  }

  override entropy(): Tensor {
    return this.scale.log().add(1 + EULER);
  }
}
