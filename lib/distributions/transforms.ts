import { ValueError } from '../errors.js';
import { broadcastShapes } from '../functional/shapes.js';
import { operators } from '../operators.js';
import { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import type { Distribution } from './distribution.js';
import { Transform, type TransformOptions } from './transform.js';
import { broadcastAll, filled, type Param, rsub } from './utils.js';

export {
  ComposeTransform,
  IndependentTransform,
  identityTransform,
  Transform,
  type TransformOptions,
} from './transform.js';

type Constraint = constraints.Constraint;

const { softplus } = operators.nn;

/** What a transform of a parameter does to shapes: they are broadcast with it. */
const shapeOf = (value: Param): readonly number[] => (value instanceof Tensor ? value.shape : []);

const isSame = (left: Param, right: Param): boolean =>
  typeof left === 'number' && typeof right === 'number'
    ? left === right
    : Boolean(
        left instanceof Tensor
          ? left
              .eq(right as Tensor)
              .all()
              .item()
          : (right as Tensor).eq(left).all().item(),
      );

function checkDims(shape: Size, count: number): void {
  if (shape.length < count) throw new ValueError('too few dimensions on input');
}

/**
 * Reshapes the last dimensions.
 *
 * @param inShape The shape of a value that comes in.
 * @param outShape Its shape when it goes out, of as many elements.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.ReshapeTransform([4], [2, 2]);
 * transform(torch.ones(3, 4)).shape; // [3, 2, 2]
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.ReshapeTransform
 */
export class ReshapeTransform extends Transform {
  declare readonly inShape: readonly number[];
  declare readonly outShape: readonly number[];

  constructor(inShape: Size, outShape: Size, options?: TransformOptions) {
    super(options);
    const count = (shape: Size) => shape.reduce((product, size) => product * size, 1);
    if (count(inShape) !== count(outShape)) {
      throw new ValueError(
        'ReshapeTransform: inShape and outShape have different numbers of elements',
      );
    }
    this.inShape = [...inShape];
    this.outShape = [...outShape];
  }

  override get bijective(): boolean {
    return true;
  }

  override get domain(): Constraint {
    return constraints.independent(constraints.real, this.inShape.length);
  }

  override get codomain(): Constraint {
    return constraints.independent(constraints.real, this.outShape.length);
  }

  override _copy(options: TransformOptions): Transform {
    return new ReshapeTransform(this.inShape, this.outShape, options);
  }

  override _call(x: Tensor): Tensor {
    return x.reshape([...x.shape.slice(0, x.dim() - this.inShape.length), ...this.outShape]);
  }

  override _inverse(y: Tensor): Tensor {
    return y.reshape([...y.shape.slice(0, y.dim() - this.outShape.length), ...this.inShape]);
  }

  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return x.newZeros(x.shape.slice(0, x.dim() - this.inShape.length));
  }

  override forwardShape(shape: Size): number[] {
    return exchange(shape, this.inShape, this.outShape);
  }

  override inverseShape(shape: Size): number[] {
    return exchange(shape, this.outShape, this.inShape);
  }
}

function exchange(shape: Size, from: Size, to: Size): number[] {
  checkDims(shape, from.length);
  const cut = shape.length - from.length;
  if (shape.slice(cut).join() !== from.join()) {
    throw new ValueError(`shape mismatch: expected [${from}], got [${shape.slice(cut)}]`);
  }
  return [...shape.slice(0, cut), ...to];
}

/**
 * `y = exp(x)`.
 *
 * @example
 * ```ts
 * const exp = new torch.distributions.ExpTransform();
 * exp(torch.tensor([0])); // tensor([1.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.ExpTransform
 */
export class ExpTransform extends Transform {
  override get bijective(): boolean {
    return true;
  }

  override get sign(): Param {
    return 1;
  }

  override get domain(): Constraint {
    return constraints.real;
  }

  override get codomain(): Constraint {
    return constraints.positive;
  }

  override equals(other: Transform): boolean {
    return other instanceof ExpTransform;
  }

  override _call(x: Tensor): Tensor {
    return x.exp();
  }

  override _inverse(y: Tensor): Tensor {
    return y.log();
  }

  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return x;
  }
}

/**
 * `y = x ** exponent`.
 *
 * @example
 * ```ts
 * const square = new torch.distributions.PowerTransform(2);
 * square(torch.tensor([3])); // tensor([9.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.PowerTransform
 */
export class PowerTransform extends Transform {
  declare readonly exponent: Tensor;

  constructor(exponent: Param, options?: TransformOptions) {
    super(options);
    this.exponent = broadcastAll(exponent)[0] as Tensor;
  }

  override get bijective(): boolean {
    return true;
  }

  override get sign(): Param {
    return this.exponent.sign();
  }

  override get domain(): Constraint {
    return constraints.positive;
  }

  override get codomain(): Constraint {
    return constraints.positive;
  }

  override _copy(options: TransformOptions): Transform {
    return new PowerTransform(this.exponent, options);
  }

  override equals(other: Transform): boolean {
    return other instanceof PowerTransform && isSame(this.exponent, other.exponent);
  }

  override _call(x: Tensor): Tensor {
    return x.pow(this.exponent);
  }

  override _inverse(y: Tensor): Tensor {
    return y.pow(this.exponent.reciprocal());
  }

  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return this.exponent.mul(y).div(x).abs().log();
  }

  override forwardShape(shape: Size): number[] {
    return broadcastShapes(shape, this.exponent.shape);
  }

  override inverseShape(shape: Size): number[] {
    return broadcastShapes(shape, this.exponent.shape);
  }
}

function clippedSigmoid(x: Tensor): Tensor {
  const { tiny, eps } = finfo(x.dtype);
  return x.sigmoid().clamp(tiny, 1 - eps);
}

/**
 * `y = 1 / (1 + exp(-x))`, kept off 0 and 1.
 *
 * @example
 * ```ts
 * const sigmoid = new torch.distributions.SigmoidTransform();
 * sigmoid(torch.tensor([0])); // tensor([0.5000])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.SigmoidTransform
 */
export class SigmoidTransform extends Transform {
  override get bijective(): boolean {
    return true;
  }

  override get sign(): Param {
    return 1;
  }

  override get domain(): Constraint {
    return constraints.real;
  }

  override get codomain(): Constraint {
    return constraints.unitInterval;
  }

  override equals(other: Transform): boolean {
    return other instanceof SigmoidTransform;
  }

  override _call(x: Tensor): Tensor {
    return clippedSigmoid(x);
  }

  override _inverse(y: Tensor): Tensor {
    const { tiny, eps } = finfo(y.dtype);
    const clamped = y.clamp(tiny, 1 - eps);
    return clamped.log().sub(clamped.neg().log1p());
  }

  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return softplus(x.neg()).neg().sub(softplus(x));
  }
}

/**
 * `y = log(1 + exp(x))`.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.SoftplusTransform();
 * transform(torch.tensor([0])); // tensor([0.6931])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.SoftplusTransform
 */
export class SoftplusTransform extends Transform {
  override get bijective(): boolean {
    return true;
  }

  override get sign(): Param {
    return 1;
  }

  override get domain(): Constraint {
    return constraints.real;
  }

  override get codomain(): Constraint {
    return constraints.positive;
  }

  override equals(other: Transform): boolean {
    return other instanceof SoftplusTransform;
  }

  override _call(x: Tensor): Tensor {
    return softplus(x);
  }

  override _inverse(y: Tensor): Tensor {
    return y.neg().expm1().neg().log().add(y);
  }

  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return softplus(x.neg()).neg();
  }
}

/**
 * `y = tanh(x)`.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.TanhTransform();
 * transform(torch.tensor([0])); // tensor([0.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.TanhTransform
 */
export class TanhTransform extends Transform {
  override get bijective(): boolean {
    return true;
  }

  override get sign(): Param {
    return 1;
  }

  override get domain(): Constraint {
    return constraints.real;
  }

  override get codomain(): Constraint {
    return constraints.interval(-1, 1);
  }

  override equals(other: Transform): boolean {
    return other instanceof TanhTransform;
  }

  override _call(x: Tensor): Tensor {
    return x.tanh();
  }

  override _inverse(y: Tensor): Tensor {
    return y.atanh();
  }

  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return rsub(Math.LN2, x)
      .sub(softplus(x.mul(-2)))
      .mul(2);
  }
}

/**
 * `y = |x|`. Its inverse takes the positive of the two inputs.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.AbsTransform();
 * transform(torch.tensor([-1])); // tensor([1.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.AbsTransform
 */
export class AbsTransform extends Transform {
  override get domain(): Constraint {
    return constraints.real;
  }

  override get codomain(): Constraint {
    return constraints.positive;
  }

  override equals(other: Transform): boolean {
    return other instanceof AbsTransform;
  }

  override _call(x: Tensor): Tensor {
    return x.abs();
  }

  override _inverse(y: Tensor): Tensor {
    return y;
  }
}

/** The options of {@link AffineTransform}. */
export interface AffineTransformOptions extends TransformOptions {
  /** How many of the last dimensions make up one value. Default: 0. */
  eventDim?: number;
}

/**
 * `y = loc + scale * x`.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.AffineTransform(1, 2);
 * transform(torch.tensor([3])); // tensor([7.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.AffineTransform
 */
export class AffineTransform extends Transform {
  declare readonly loc: Param;
  declare readonly scale: Param;
  declare readonly _eventDim: number;

  constructor(loc: Param, scale: Param, options?: AffineTransformOptions) {
    super(options);
    this.loc = loc;
    this.scale = scale;
    this._eventDim = options?.eventDim ?? 0;
  }

  override get bijective(): boolean {
    return true;
  }

  override get eventDim(): number {
    return this._eventDim;
  }

  override get domain(): Constraint {
    return this.eventDim === 0
      ? constraints.real
      : constraints.independent(constraints.real, this.eventDim);
  }

  override get codomain(): Constraint {
    return this.domain;
  }

  override get sign(): Param {
    return typeof this.scale === 'number' ? Math.sign(this.scale) : this.scale.sign();
  }

  override _copy(options: TransformOptions): Transform {
    return new AffineTransform(this.loc, this.scale, { ...options, eventDim: this.eventDim });
  }

  override equals(other: Transform): boolean {
    return (
      other instanceof AffineTransform &&
      isSame(this.loc, other.loc) &&
      isSame(this.scale, other.scale)
    );
  }

  override _call(x: Tensor): Tensor {
    return x.mul(this.scale as Tensor).add(this.loc as Tensor);
  }

  override _inverse(y: Tensor): Tensor {
    return y.sub(this.loc as Tensor).div(this.scale as Tensor);
  }

  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    const { scale, eventDim } = this;
    const result =
      typeof scale === 'number' ? filled(x.shape, Math.log(Math.abs(scale)), x) : scale.abs().log();
    if (eventDim === 0) return result.expand(x.shape);
    const summed = result.view([...result.shape.slice(0, -eventDim), -1]).sum(-1);
    return summed.expand(x.shape.slice(0, -eventDim));
  }

  override forwardShape(shape: Size): number[] {
    return broadcastShapes(shape, shapeOf(this.loc), shapeOf(this.scale));
  }

  override inverseShape(shape: Size): number[] {
    return broadcastShapes(shape, shapeOf(this.loc), shapeOf(this.scale));
  }
}

/**
 * `y = softmax(x)`, which has no determinant: its inverse is the logarithm.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.SoftmaxTransform();
 * transform(torch.tensor([0, 0])); // tensor([0.5000, 0.5000])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.SoftmaxTransform
 */
export class SoftmaxTransform extends Transform {
  override get domain(): Constraint {
    return constraints.realVector;
  }

  override get codomain(): Constraint {
    return constraints.simplex;
  }

  override equals(other: Transform): boolean {
    return other instanceof SoftmaxTransform;
  }

  override _call(x: Tensor): Tensor {
    const probs = x.sub(x.max(-1, true).values).exp();
    return probs.div(probs.sum(-1, true));
  }

  override _inverse(y: Tensor): Tensor {
    return y.log();
  }

  override forwardShape(shape: Size): number[] {
    checkDims(shape, 1);
    return [...shape];
  }

  override inverseShape(shape: Size): number[] {
    checkDims(shape, 1);
    return [...shape];
  }
}

/** How much of the stick is left, as the places count down from the vector's length. */
const countdown = (length: number, like: Tensor) => {
  const last = like.size(-1);
  return rsub(length, like.newOnes([last]).cumsum(-1));
};

/**
 * Vectors to probabilities of one more element: each element says how much of the rest is broken
 * off.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.StickBreakingTransform();
 * transform(torch.tensor([0])); // tensor([0.5000, 0.5000])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.StickBreakingTransform
 */
export class StickBreakingTransform extends Transform {
  override get bijective(): boolean {
    return true;
  }

  override get domain(): Constraint {
    return constraints.realVector;
  }

  override get codomain(): Constraint {
    return constraints.simplex;
  }

  override equals(other: Transform): boolean {
    return other instanceof StickBreakingTransform;
  }

  override _call(x: Tensor): Tensor {
    const z = clippedSigmoid(x.sub(countdown(x.size(-1) + 1, x).log()));
    const left = rsub(1, z).cumprod(-1);
    return padded(z, [0, 1]).mul(padded(left, [1, 0]));
  }

  override _inverse(y: Tensor): Tensor {
    const cropped = y['..., :-1'] as Tensor;
    const offset = countdown(y.size(-1), cropped);
    const left = rsub(1, cropped.cumsum(-1)).clamp(finfo(y.dtype).tiny);
    return cropped.log().sub(left.log()).add(offset.log());
  }

  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    const moved = x.sub(countdown(x.size(-1) + 1, x).log());
    return moved
      .neg()
      .add(operators.nn.logSigmoid(moved))
      .add((y['..., :-1'] as Tensor).log())
      .sum(-1);
  }

  override forwardShape(shape: Size): number[] {
    checkDims(shape, 1);
    return [...shape.slice(0, -1), (shape.at(-1) as number) + 1];
  }

  override inverseShape(shape: Size): number[] {
    checkDims(shape, 1);
    return [...shape.slice(0, -1), (shape.at(-1) as number) - 1];
  }
}

/** @internal */
export const padded = (tensor: Tensor, padding: [number, number]): Tensor =>
  operators.nn.pad(tensor, padding, 'constant', 1);

/**
 * The cumulative distribution function of a distribution, as a transform.
 *
 * @example
 * ```ts
 * const { CumulativeDistributionTransform, Normal } = torch.distributions;
 * const transform = new CumulativeDistributionTransform(new Normal(0, 1));
 * transform(torch.tensor([0])); // tensor([0.5000])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.CumulativeDistributionTransform
 */
export class CumulativeDistributionTransform extends Transform {
  declare readonly distribution: Distribution;

  constructor(distribution: Distribution, options?: TransformOptions) {
    super(options);
    this.distribution = distribution;
  }

  override get bijective(): boolean {
    return true;
  }

  override get sign(): Param {
    return 1;
  }

  override get domain(): Constraint {
    return this.distribution.support;
  }

  override get codomain(): Constraint {
    return constraints.unitInterval;
  }

  override _copy(options: TransformOptions): Transform {
    return new CumulativeDistributionTransform(this.distribution, options);
  }

  override _call(x: Tensor): Tensor {
    return this.distribution.cdf(x);
  }

  override _inverse(y: Tensor): Tensor {
    return this.distribution.icdf(y);
  }

  override logAbsDetJacobian(x: Tensor, _y: Tensor): Tensor {
    return this.distribution.logProb(x);
  }
}
