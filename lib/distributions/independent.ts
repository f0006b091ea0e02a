import { NotImplementedError, ValueError } from '../errors.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { type Constraint, independent } from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { sumRightmost } from './utils.js';

const signature = new Signature<{
  baseDistribution: Distribution;
  reinterpretedBatchNdims: number;
  validateArgs: boolean | null;
}>('distributions.Independent', {
  baseDistribution: required,
  reinterpretedBatchNdims: required,
  validateArgs: null,
});

/**
 * A distribution whose last batch dimensions count as one event: their `logProb` is summed.
 *
 * @param baseDistribution The distribution.
 * @param reinterpretedBatchNdims How many of its batch dimensions become dimensions of the event.
 *
 * @example
 * ```ts
 * const { Independent, Normal } = torch.distributions;
 * const normals = new Independent(new Normal(torch.zeros(3), torch.ones(3)), 1);
 * normals.eventShape; // [3]
 * normals.logProb(torch.zeros(3)); // tensor(-2.7568)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.independent.Independent
 */
export class Independent<Base extends Distribution = Distribution> extends Distribution {
  /** The distribution whose dimensions are reinterpreted. */
  declare readonly baseDist: Base;
  /** How many of its batch dimensions are dimensions of the event. */
  declare readonly reinterpretedBatchNdims: number;

  constructor(
    ...args: Call<
      [baseDistribution: Base, reinterpretedBatchNdims: number],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    super();
    const { baseDistribution, reinterpretedBatchNdims, validateArgs } = signature.bind(args);
    const { batchShape, eventShape } = baseDistribution;
    if (reinterpretedBatchNdims > batchShape.length) {
      throw new ValueError(
        `distributions.Independent: ${reinterpretedBatchNdims} batch dimensions cannot be reinterpreted, the distribution has ${batchShape.length}`,
      );
    }
    this.baseDist = baseDistribution as Base;
    this.reinterpretedBatchNdims = reinterpretedBatchNdims;
    const shape = [...batchShape, ...eventShape];
    const cut = batchShape.length - reinterpretedBatchNdims;
    this._init(shape.slice(0, cut), shape.slice(cut), validateArgs);
  }

  override expand(batchShape: Size): this {
    const reinterpreted = this.eventShape.slice(0, this.reinterpretedBatchNdims);
    return this._expanded(batchShape, {
      baseDist: this.baseDist.expand([...batchShape, ...reinterpreted]),
      reinterpretedBatchNdims: this.reinterpretedBatchNdims,
    });
  }

  override get hasRsample(): boolean {
    return this.baseDist.hasRsample;
  }

  override get hasEnumerateSupport(): boolean {
    return this.reinterpretedBatchNdims === 0 && this.baseDist.hasEnumerateSupport;
  }

  override get support(): Constraint {
    const { support } = this.baseDist;
    if (this.reinterpretedBatchNdims === 0) return support;
    return independent(support, this.reinterpretedBatchNdims);
  }

  override get mean(): Tensor {
    return this.baseDist.mean;
  }

  override get mode(): Tensor {
    return this.baseDist.mode;
  }

  override get variance(): Tensor {
    return this.baseDist.variance;
  }

  override sample(sampleShape: Size = []): Tensor {
    return this.baseDist.sample(sampleShape);
  }

  override rsample(sampleShape: Size = []): Tensor {
    return this.baseDist.rsample(sampleShape);
  }

  override logProb(value: Tensor): Tensor {
    return sumRightmost(this.baseDist.logProb(value), this.reinterpretedBatchNdims);
  }

  override entropy(): Tensor {
    return sumRightmost(this.baseDist.entropy(), this.reinterpretedBatchNdims);
  }

  override enumerateSupport(expand = true): Tensor {
    if (this.reinterpretedBatchNdims > 0) {
      throw new NotImplementedError('the values of independent distributions are not enumerated');
    }
    return this.baseDist.enumerateSupport(expand);
  }

  override toString(): string {
    return `Independent(${this.baseDist}, ${this.reinterpretedBatchNdims})`;
  }
}
