import { tensor } from '../creation.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Dirichlet } from './dirichlet.js';
import type { DistributionOptions } from './distribution.js';
import { ExponentialFamily } from './exp-family.js';
import { broadcastAll, type Param, rsub } from './utils.js';

const betaSignature = new Signature<{
  concentration1: Param;
  concentration0: Param;
  validateArgs: boolean | null;
}>('distributions.Beta', {
  concentration1: required,
  concentration0: required,
  validateArgs: null,
});

/**
 * The beta distribution, of numbers in [0, 1].
 *
 * @param concentration1 The first parameter, often called alpha.
 * @param concentration0 The second one, often called beta.
 *
 * @example
 * ```ts
 * const beta = new torch.distributions.Beta(1, 3);
 * beta.mean; // tensor(0.2500)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.beta.Beta
 */
export class Beta extends ExponentialFamily {
  /** @internal */
  declare readonly _dirichlet: Dirichlet;

  constructor(
    ...args: Call<
      [concentration1: Param, concentration0: Param],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    super();
    const { concentration1, concentration0, validateArgs } = betaSignature.bind(args);
    const both =
      typeof concentration1 === 'number' && typeof concentration0 === 'number'
        ? tensor([concentration1, concentration0])
        : operators.torch.stack(broadcastAll(concentration1, concentration0), -1);
    this._dirichlet = new Dirichlet(both, { validateArgs });
    this._init(this._dirichlet.batchShape, [], validateArgs);
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
    return this.concentration1.div(this.concentration1.add(this.concentration0));
  }

  override get mode(): Tensor {
    return this._dirichlet.mode['..., 0'] as Tensor;
  }

  override get variance(): Tensor {
    const total = this.concentration1.add(this.concentration0);
    return this.concentration1.mul(this.concentration0).div(total.pow(2).mul(total.add(1)));
  }

  override rsample(sampleShape: Size = []): Tensor {
    return this._dirichlet.rsample(sampleShape).select(-1, 0);
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const headsTails = operators.torch.stack([value, rsub(1, value)], -1);
    return this._dirichlet.logProb(headsTails);
  }

  override entropy(): Tensor {
    return this._dirichlet.entropy();
  }

  override get _naturalParams(): Tensor[] {
    return [this.concentration1, this.concentration0];
  }

  override _logNormalizer(x: Tensor, y: Tensor): Tensor {
    return x.lgamma().add(y.lgamma()).sub(x.add(y).lgamma());
  }

  /** The first parameter. */
  get concentration1(): Tensor {
    return this._dirichlet.concentration['..., 0'] as Tensor;
  }

  /** The second parameter. */
  get concentration0(): Tensor {
    return this._dirichlet.concentration['..., 1'] as Tensor;
  }
}
