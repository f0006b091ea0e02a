import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import * as constraints from './constraints.js';
import type { DistributionOptions } from './distribution.js';
import { TransformedDistribution } from './transformed-distribution.js';
import { AffineTransform, PowerTransform } from './transforms.js';
import { Uniform } from './uniform.js';
import { broadcastAll, EULER, type Param, rsub } from './utils.js';

/** The n-th moment about zero. */
function moments(a: Tensor, b: Tensor, n: number): Tensor {
  const first = a.reciprocal().mul(n).add(1);
  return b.mul(first.lgamma().add(b.lgamma()).sub(first.add(b).lgamma()).exp());
}

const kumaraswamySignature = new Signature<{
  concentration1: Param;
  concentration0: Param;
  validateArgs: boolean | null;
}>('distributions.Kumaraswamy', {
  concentration1: required,
  concentration0: required,
  validateArgs: null,
});

/**
 * The Kumaraswamy distribution, of numbers in [0, 1].
 *
 * @param concentration1 The first parameter.
 * @param concentration0 The second one.
 *
 * @example
 * ```ts
 * const k = new torch.distributions.Kumaraswamy(1, 1);
 * k.mean; // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.kumaraswamy.Kumaraswamy
 */
export class Kumaraswamy extends TransformedDistribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly concentration1: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly concentration0: Tensor;

  constructor(
    ...args: Call<
      [concentration1: Param, concentration0: Param],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    const { concentration1, concentration0, validateArgs } = kumaraswamySignature.bind(args);
    const [a, b] = broadcastAll(concentration1, concentration0) as [Tensor, Tensor];
    super(
      new Uniform(b.mul(0), operators.torch.onesLike(b), { validateArgs }),
      [
        new PowerTransform(b.reciprocal()),
        new AffineTransform(1, -1),
        new PowerTransform(a.reciprocal()),
      ],
      { validateArgs },
      { concentration1: a, concentration0: b },
    );
  }

  override get argConstraints() {
    return { concentration1: constraints.positive, concentration0: constraints.positive };
  }

  override get support() {
    return constraints.unitInterval;
  }

  override get hasRsample(): boolean {
    return true;
  }

  override get mean(): Tensor {
    return moments(this.concentration1, this.concentration0, 1);
  }

  override get mode(): Tensor {
    const logMode = this.concentration0
      .reciprocal()
      .mul(this.concentration0.neg().log1p())
      .sub(this.concentration0.neg().mul(this.concentration1).log1p());
    logMode.maskedFill_(this.concentration0.lt(1).logicalOr(this.concentration1.lt(1)), NaN);
    return logMode.exp();
  }

  override get variance(): Tensor {
    return moments(this.concentration1, this.concentration0, 2).sub(this.mean.pow(2));
  }

  override entropy(): Tensor {
    const t1 = rsub(1, this.concentration1.reciprocal());
    const t0 = rsub(1, this.concentration0.reciprocal());
    const H0 = this.concentration0.add(1).digamma().add(EULER);
    return t0.add(t1.mul(H0)).sub(this.concentration1.log()).sub(this.concentration0.log());
  }
}
