import { ValueError } from '../errors.js';
import { noGrad } from '../grad-mode.js';
import { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { type Constraint, independent } from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { Independent } from './independent.js';
import { ComposeTransform, Transform } from './transforms.js';
import { give, type Param, sumRightmost } from './utils.js';

function transformList(transforms: Transform | readonly Transform[]): readonly Transform[] {
  const list = transforms instanceof Transform ? [transforms] : transforms;
  if (!Array.isArray(list) || !list.every((transform) => transform instanceof Transform)) {
    throw new ValueError(
      'distributions.TransformedDistribution: transforms must be a Transform or an array of them',
    );
  }
  return list;
}

/** The distribution, expanded and reinterpreted as the transform needs it. */
function fitted(base: Distribution, transform: Transform): Distribution {
  const shape = [...base.batchShape, ...base.eventShape];
  const { eventDim } = transform.domain;
  if (shape.length < eventDim) {
    throw new ValueError(
      `distributions.TransformedDistribution: the base must have at least ${eventDim} dimensions, got [${shape}]`,
    );
  }
  const expanded = transform.inverseShape(transform.forwardShape(shape));
  const fitting =
    shape.join() === expanded.join()
      ? base
      : base.expand(expanded.slice(0, expanded.length - base.eventShape.length));
  const extra = eventDim - base.eventShape.length;
  return extra > 0 ? new Independent(fitting, extra) : fitting;
}

/**
 * The distribution of what transforms make of another distribution's values.
 *
 * @param baseDistribution The distribution of the values that go in.
 * @param transforms A transform, or an array of them; the first sees the values.
 *
 * @example
 * ```ts
 * const { ExpTransform, Normal, TransformedDistribution } = torch.distributions;
 * const price = new TransformedDistribution(new Normal(0, 1), [new ExpTransform()]);
 * price.logProb(torch.tensor(1)); // tensor(-0.9189)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transformed_distribution.TransformedDistribution
 */
export class TransformedDistribution extends Distribution {
  /** The distribution of the values that go in. */
  declare readonly baseDist: Distribution;
  /** The transforms. */
  declare readonly transforms: readonly Transform[];

  constructor(
    baseDistribution: Distribution,
    transforms: Transform | readonly Transform[],
    options?: DistributionOptions | boolean | null,
    /** @internal The parameters of a distribution that is defined this way. */
    parameters: Readonly<Record<string, Tensor>> = {},
  ) {
    super();
    for (const [name, value] of Object.entries(parameters)) give(this, name, value);
    this.transforms = transformList(transforms);
    const transform = new ComposeTransform(this.transforms);
    const { domain, codomain } = transform;
    const inDims = baseDistribution.eventShape.length;
    const shape = transform.forwardShape([
      ...baseDistribution.batchShape,
      ...baseDistribution.eventShape,
    ]);
    this.baseDist = fitted(baseDistribution, transform);
    const eventDim = Math.max(codomain.eventDim, inDims + codomain.eventDim - domain.eventDim);
    const cut = shape.length - eventDim;
    const validateArgs = typeof options === 'object' ? options?.validateArgs : options;
    this._init(shape.slice(0, cut), shape.slice(cut), validateArgs);
  }

  override expand(batchShape: Size): this {
    let shape = [...batchShape, ...this.eventShape];
    for (const transform of this.transforms.toReversed()) shape = transform.inverseShape(shape);
    const cut = shape.length - this.baseDist.eventShape.length;
    const members: Record<string, unknown> = {
      baseDist: this.baseDist.expand(shape.slice(0, cut)),
      transforms: this.transforms,
    };
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Tensor) members[name] = value.expand([...batchShape]);
    }
    return this._expanded(batchShape, members);
  }

  override get support(): Constraint {
    const last = this.transforms.at(-1);
    if (!last) return this.baseDist.support;
    const extra = this.eventShape.length - last.codomain.eventDim;
    return extra > 0 ? independent(last.codomain, extra) : last.codomain;
  }

  override get hasRsample(): boolean {
    return this.baseDist.hasRsample;
  }

  protected _transform(value: Tensor): Tensor {
    return this.transforms.reduce((known, transform) => transform(known), value);
  }

  override sample(sampleShape: Size = []): Tensor {
    return noGrad(() => this._transform(this.baseDist.sample(sampleShape)));
  }

  override rsample(sampleShape: Size = []): Tensor {
    return this._transform(this.baseDist.rsample(sampleShape));
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    let eventDim = this.eventShape.length;
    let logProb: Tensor | null = null;
    let y = value;
    for (const transform of this.transforms.toReversed()) {
      const x = transform.inv(y);
      eventDim += transform.domain.eventDim - transform.codomain.eventDim;
      const jacobian = transform.logAbsDetJacobian(x, y);
      const term = sumRightmost(jacobian, eventDim - transform.domain.eventDim).neg();
      logProb = logProb === null ? term : logProb.add(term);
      y = x;
    }
    const base = sumRightmost(this.baseDist.logProb(y), eventDim - this.baseDist.eventShape.length);
    return logProb === null ? base : logProb.add(base);
  }

  /** A probability from below, where a transform falls: from above. */
  protected _monotonize(value: Tensor): Tensor {
    let sign: Param = 1;
    for (const transform of this.transforms) {
      const next: Param = transform.sign;
      if (typeof next !== 'number') sign = next.mul(sign as Tensor);
      else sign = typeof sign === 'number' ? sign * next : sign.mul(next);
    }
    if (sign === 1) return value;
    return value
      .sub(0.5)
      .mul(sign as Tensor)
      .add(0.5);
  }

  override cdf(value: Tensor): Tensor {
    const x = this.transforms
      .toReversed()
      .reduce((known, transform) => transform.inv(known), value);
    if (this._validateArgs) this.baseDist._validate(x);
    return this._monotonize(this.baseDist.cdf(x));
  }

  override icdf(value: Tensor): Tensor {
    return this._transform(this.baseDist.icdf(this._monotonize(value)));
  }
}
