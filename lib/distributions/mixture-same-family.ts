import { ValueError } from '../errors.js';
import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { Categorical } from './categorical.js';
import { type Constraint, MixtureSameFamilyConstraint } from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';

const signature = new Signature<{
  mixtureDistribution: Categorical;
  componentDistribution: Distribution;
  validateArgs: boolean | null;
}>('distributions.MixtureSameFamily', {
  mixtureDistribution: required,
  componentDistribution: required,
  validateArgs: null,
});

/** Throws where the batch of mixtures does not fit that of components. */
function checkComponents(mixture: Categorical, component: Distribution): void {
  const where = 'distributions.MixtureSameFamily';
  if (!(mixture instanceof Categorical)) {
    throw new ValueError(`${where}: the mixture must be a Categorical`);
  }
  if (!(component instanceof Distribution)) {
    throw new ValueError(`${where}: the components must be a Distribution`);
  }
  const batch = component.batchShape.slice(0, -1);
  for (let i = 1; i <= Math.min(batch.length, mixture.batchShape.length); i++) {
    const [size, other] = [batch.at(-i), mixture.batchShape.at(-i)];
    if (size !== 1 && other !== 1 && size !== other) {
      throw new ValueError(
        `${where}: the mixture's batch [${mixture.batchShape}] does not fit the components' [${batch}]`,
      );
    }
  }
  const [wanted, given] = [mixture.logits.size(-1), component.batchShape.at(-1)];
  if (wanted !== given) {
    throw new ValueError(`${where}: the mixture is of ${wanted} components, got ${given}`);
  }
}

/**
 * A mixture: a value is of one of several components, which are of one family.
 *
 * @param mixtureDistribution A Categorical: which component a value is of.
 * @param componentDistribution The components, along the last dimension of its batch.
 *
 * @example
 * ```ts
 * const { Categorical, MixtureSameFamily, Normal } = torch.distributions;
 * const components = new Normal(torch.tensor([-1, 1]), torch.ones(2));
 * const mixture = new MixtureSameFamily(new Categorical(torch.ones(2)), components);
 * mixture.mean; // tensor(0.)
 * mixture.variance; // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.mixture_same_family.MixtureSameFamily
 */
export class MixtureSameFamily extends Distribution {
  /** Which component a value is of. */
  declare readonly mixtureDistribution: Categorical;
  /** The components, along the last dimension of the batch. */
  declare readonly componentDistribution: Distribution;

  constructor(
    ...args: Call<
      [mixtureDistribution: Categorical, componentDistribution: Distribution],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    super();
    const { mixtureDistribution, componentDistribution, validateArgs } = signature.bind(args);
    checkComponents(mixtureDistribution, componentDistribution);
    this.mixtureDistribution = mixtureDistribution;
    this.componentDistribution = componentDistribution;
    const { batchShape, eventShape } = componentDistribution;
    this._init(batchShape.slice(0, -1), eventShape, validateArgs);
  }

  override expand(batchShape: Size): this {
    return this._expanded(batchShape, {
      mixtureDistribution: this.mixtureDistribution.expand(batchShape),
      componentDistribution: this.componentDistribution.expand([
        ...batchShape,
        this.mixtureDistribution._numEvents,
      ]),
    });
  }

  override get support(): Constraint {
    return new MixtureSameFamilyConstraint(this.componentDistribution.support);
  }

  /** The dimension of the components, counted from the end. */
  protected get _dim(): number {
    return -1 - this.eventShape.length;
  }

  /** The components' probabilities, with dimensions of 1 for the event. */
  protected get _probs(): Tensor {
    const { probs, batchShape } = this.mixtureDistribution;
    const extra = batchShape.length === 1 ? 0 : this.batchShape.length - batchShape.length;
    const ones = (count: number) => Array.from({ length: count }, () => 1);
    return probs.reshape([
      ...probs.shape.slice(0, -1),
      ...ones(extra),
      probs.size(-1),
      ...ones(this.eventShape.length),
    ]);
  }

  override get mean(): Tensor {
    return this._probs.mul(this.componentDistribution.mean).sum(this._dim);
  }

  override get variance(): Tensor {
    const { mean, variance } = this.componentDistribution;
    const within = this._probs.mul(variance).sum(this._dim);
    const deviation = mean.sub(this.mean.unsqueeze(this._dim));
    return within.add(this._probs.mul(deviation.pow(2)).sum(this._dim));
  }

  override cdf(value: Tensor): Tensor {
    const each = this.componentDistribution.cdf(value.unsqueeze(this._dim));
    return each.mul(this.mixtureDistribution.probs).sum(-1);
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const each = this.componentDistribution.logProb(value.unsqueeze(this._dim));
    return each.add(this.mixtureDistribution.logits.logSoftmax(-1)).logsumexp(-1);
  }

  override sample(sampleShape: Size = []): Tensor {
    return noGrad(() => {
      const dim = sampleShape.length + this.batchShape.length;
      const chosen = this.mixtureDistribution.sample(sampleShape);
      const each = this.componentDistribution.sample(sampleShape);
      const event = this.eventShape.map(() => 1);
      const index = chosen
        .reshape([...chosen.shape, 1, ...event])
        .repeat([...chosen.shape.map(() => 1), 1, ...this.eventShape]);
      return operators.torch.gather(each, dim, index).squeeze(dim);
    });
  }

  override toString(): string {
    return `MixtureSameFamily(\n  ${this.mixtureDistribution},\n  ${this.componentDistribution})`;
  }
}
