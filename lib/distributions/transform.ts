import { NotImplementedError, ValueError } from '../errors.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { type Constraint, independent, real } from './constraints.js';
import { type Param, sumRightmost } from './utils.js';

/** The option that every transform takes. */
export interface TransformOptions {
  /** 1 keeps the last input and output, so that an inverse gives back the input itself. Default: 0. */
  cacheSize?: number;
}

/** @internal */
export function cacheSizeOf(options: TransformOptions | undefined): number {
  const size = options?.cacheSize ?? 0;
  if (size !== 0 && size !== 1) throw new ValueError(`cacheSize must be 0 or 1, got ${size}`);
  return size;
}

/**
 * A function of tensors that has an inverse, and tells the logarithm of the absolute determinant
 * of its Jacobian: what turns one distribution into another. It is called like a function.
 *
 * @example
 * ```ts
 * const exp = new torch.distributions.ExpTransform();
 * exp(torch.tensor([0])); // tensor([1.])
 * exp.inv(torch.tensor([1])); // tensor([0.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export abstract class Transform {
  /** @internal */
  declare _cacheSize: number;
  /** @internal */
  declare _inv: Transform | null;
  /** @internal */
  declare _cached: [x: Tensor, y: Tensor] | null;

  constructor(options?: TransformOptions) {
    // biome-ignore lint/correctness/noConstructorReturn: this is how an instance is a function
    return callable(new.target.prototype, (self: Transform, x: Tensor) => self._forward(x), {
      _cacheSize: cacheSizeOf(options),
      _inv: null,
      _cached: null,
    }) as unknown as this;
  }

  /** Whether each value comes from one input only. */
  get bijective(): boolean {
    return false;
  }

  /** What the inputs must satisfy. */
  abstract get domain(): Constraint;

  /** What the outputs satisfy. */
  abstract get codomain(): Constraint;

  /** How many of the last dimensions make up one value, where it is as many in and out. */
  get eventDim(): number {
    if (this.domain.eventDim === this.codomain.eventDim) return this.domain.eventDim;
    throw new ValueError('ask for the eventDim of the domain or of the codomain: they differ');
  }

  /** The inverse, as a transform. */
  get inv(): Transform {
    this._inv ??= new InverseTransform(this);
    return this._inv;
  }

  /** 1 where the function rises, -1 where it falls: one number, or a tensor. */
  get sign(): Param {
    throw new NotImplementedError(`${this.constructor.name} has no sign`);
  }

  /** The transform with another `cacheSize`. Default: 1. */
  withCache(cacheSize = 1): Transform {
    if (this._cacheSize === cacheSize) return this;
    return this._copy({ cacheSize });
  }

  /** @internal */
  _copy(options: TransformOptions): Transform {
    return new (this.constructor as new (options: TransformOptions) => Transform)(options);
  }

  /** Whether another transform does the same. */
  equals(other: Transform): boolean {
    return this === other;
  }

  /** @internal */
  _forward(x: Tensor): Tensor {
    if (this._cacheSize === 0) return this._call(x);
    if (this._cached?.[0] === x) return this._cached[1];
    const y = this._call(x);
    this._cached = [x, y];
    return y;
  }

  /** @internal */
  _backward(y: Tensor): Tensor {
    if (this._cacheSize === 0) return this._inverse(y);
    if (this._cached?.[1] === y) return this._cached[0];
    const x = this._inverse(y);
    this._cached = [x, y];
    return x;
  }

  /** @internal */
  _call(_x: Tensor): Tensor {
    throw new NotImplementedError(`${this.constructor.name} computes nothing`);
  }

  /** @internal */
  _inverse(_y: Tensor): Tensor {
    throw new NotImplementedError(`${this.constructor.name} has no inverse`);
  }

  /** The logarithm of `|dy/dx|` for an input and its output. */
  logAbsDetJacobian(_x: Tensor, _y: Tensor): Tensor {
    throw new NotImplementedError(`${this.constructor.name} has no logAbsDetJacobian`);
  }

  /** The shape of the output for an input's. */
  forwardShape(shape: Size): number[] {
    return [...shape];
  }

  /** The shape of the input for an output's. */
  inverseShape(shape: Size): number[] {
    return [...shape];
  }

  /** As Python prints it. */
  toString(): string {
    return `${this.constructor.name}()`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

export interface Transform {
  // biome-ignore lint/style/useShorthandFunctionType: merged with the class above
  (x: Tensor): Tensor;
}

/** A function with a prototype and properties of its own: an instance that can be called. @internal */
export function callable<Self>(
  prototype: object,
  call: (self: Self, x: never) => unknown,
  members: object,
): Self {
  const self = ((x: never) => call(self as Self, x)) as unknown as object;
  Reflect.deleteProperty(self, 'length');
  Reflect.deleteProperty(self, 'name');
  return Object.assign(Object.setPrototypeOf(self, prototype), members);
}

class InverseTransform extends Transform {
  constructor(transform: Transform) {
    super({ cacheSize: transform._cacheSize });
    this._inv = transform;
  }

  get #original(): Transform {
    return this._inv as Transform;
  }

  override get domain(): Constraint {
    return this.#original.codomain;
  }

  override get codomain(): Constraint {
    return this.#original.domain;
  }

  override get bijective(): boolean {
    return this.#original.bijective;
  }

  override get sign(): Param {
    return this.#original.sign;
  }

  override withCache(cacheSize = 1): Transform {
    return this.#original.withCache(cacheSize).inv;
  }

  override equals(other: Transform): boolean {
    return other instanceof InverseTransform && this.#original.equals(other.#original);
  }

  override _forward(x: Tensor): Tensor {
    return this.#original._backward(x);
  }

  override _backward(y: Tensor): Tensor {
    return this.#original._forward(y);
  }

  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return this.#original.logAbsDetJacobian(y, x).neg();
  }

  override forwardShape(shape: Size): number[] {
    return this.#original.inverseShape(shape);
  }

  override inverseShape(shape: Size): number[] {
    return this.#original.forwardShape(shape);
  }

  override toString(): string {
    return `_InverseTransform(${this.#original})`;
  }
}

/** The product of signs, each one number or a tensor. */
function product(signs: readonly Param[]): Param {
  return signs.reduce<Param>((left, right) => {
    if (typeof right !== 'number') return right.mul(left as Tensor);
    return typeof left === 'number' ? left * right : left.mul(right);
  }, 1);
}

/**
 * Transforms one behind the other.
 *
 * @param parts The transforms, the first of which sees the input.
 *
 * @example
 * ```ts
 * const { AffineTransform, ComposeTransform, ExpTransform } = torch.distributions;
 * const transform = new ComposeTransform([new AffineTransform(0, 2), new ExpTransform()]);
 * transform(torch.tensor([0])); // tensor([1.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.ComposeTransform
 */
export class ComposeTransform extends Transform {
  declare readonly parts: readonly Transform[];

  constructor(parts: readonly Transform[], options?: TransformOptions) {
    super(options);
    const cacheSize = this._cacheSize;
    this.parts = cacheSize ? parts.map((part) => part.withCache(cacheSize)) : [...parts];
  }

  override equals(other: Transform): boolean {
    return (
      other instanceof ComposeTransform &&
      this.parts.length === other.parts.length &&
      this.parts.every((part, i) => part.equals(other.parts[i] as Transform))
    );
  }

  override get domain(): Constraint {
    const [first, last] = [this.parts[0], this.parts.at(-1)];
    if (!first || !last) return real;
    let dims = last.codomain.eventDim;
    for (const { domain, codomain } of this.parts.toReversed()) {
      dims = Math.max(dims + domain.eventDim - codomain.eventDim, domain.eventDim);
    }
    const extra = dims - first.domain.eventDim;
    return extra > 0 ? independent(first.domain, extra) : first.domain;
  }

  override get codomain(): Constraint {
    const [first, last] = [this.parts[0], this.parts.at(-1)];
    if (!first || !last) return real;
    let dims = first.domain.eventDim;
    for (const { domain, codomain } of this.parts) {
      dims = Math.max(dims + codomain.eventDim - domain.eventDim, codomain.eventDim);
    }
    const extra = dims - last.codomain.eventDim;
    return extra > 0 ? independent(last.codomain, extra) : last.codomain;
  }

  override get bijective(): boolean {
    return this.parts.every((part) => part.bijective);
  }

  override get sign(): Param {
    return product(this.parts.map((part) => part.sign));
  }

  override get inv(): Transform {
    if (this._inv === null) {
      this._inv = new ComposeTransform(this.parts.map((part) => part.inv).toReversed());
      this._inv._inv = this;
    }
    return this._inv;
  }

  override _copy(options: TransformOptions): Transform {
    return new ComposeTransform(this.parts, options);
  }

  override _forward(x: Tensor): Tensor {
    return this.parts.reduce((value, part) => part(value), x);
  }

  override _backward(y: Tensor): Tensor {
    return this.inv(y);
  }

  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    if (this.parts.length === 0) return operators.torch.zerosLike(x);
    const values = [x];
    for (const part of this.parts.slice(0, -1)) values.push(part(values.at(-1) as Tensor));
    values.push(y);
    let dims = this.domain.eventDim;
    const terms = this.parts.map((part, i) => {
      const term = part.logAbsDetJacobian(values[i] as Tensor, values[i + 1] as Tensor);
      const summed = sumRightmost(term, dims - part.domain.eventDim);
      dims += part.codomain.eventDim - part.domain.eventDim;
      return summed;
    });
    return terms.reduce((sum, term) => sum.add(term));
  }

  override forwardShape(shape: Size): number[] {
    return this.parts.reduce((known, part) => part.forwardShape(known), [...shape]);
  }

  override inverseShape(shape: Size): number[] {
    return this.parts.toReversed().reduce((known, part) => part.inverseShape(known), [...shape]);
  }

  override toString(): string {
    return `ComposeTransform(\n    ${this.parts.join(',\n    ')}\n)`;
  }
}

/**
 * A transform whose last dimensions count as one value: Jacobians are summed over them.
 *
 * @example
 * ```ts
 * const { ExpTransform, IndependentTransform } = torch.distributions;
 * const transform = new IndependentTransform(new ExpTransform(), 1);
 * const x = torch.tensor([1, 2]);
 * transform.logAbsDetJacobian(x, transform(x)); // tensor(3.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.IndependentTransform
 */
export class IndependentTransform extends Transform {
  declare readonly baseTransform: Transform;
  declare readonly reinterpretedBatchNdims: number;

  constructor(
    baseTransform: Transform,
    reinterpretedBatchNdims: number,
    options?: TransformOptions,
  ) {
    super(options);
    this.baseTransform = baseTransform.withCache(this._cacheSize);
    this.reinterpretedBatchNdims = reinterpretedBatchNdims;
  }

  override _copy(options: TransformOptions): Transform {
    return new IndependentTransform(this.baseTransform, this.reinterpretedBatchNdims, options);
  }

  override get domain(): Constraint {
    return independent(this.baseTransform.domain, this.reinterpretedBatchNdims);
  }

  override get codomain(): Constraint {
    return independent(this.baseTransform.codomain, this.reinterpretedBatchNdims);
  }

  override get bijective(): boolean {
    return this.baseTransform.bijective;
  }

  override get sign(): Param {
    return this.baseTransform.sign;
  }

  override _call(x: Tensor): Tensor {
    if (x.dim() < this.domain.eventDim) throw new ValueError('too few dimensions on input');
    return this.baseTransform(x);
  }

  override _inverse(y: Tensor): Tensor {
    if (y.dim() < this.codomain.eventDim) throw new ValueError('too few dimensions on input');
    return this.baseTransform.inv(y);
  }

  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return sumRightmost(this.baseTransform.logAbsDetJacobian(x, y), this.reinterpretedBatchNdims);
  }

  override forwardShape(shape: Size): number[] {
    return this.baseTransform.forwardShape(shape);
  }

  override inverseShape(shape: Size): number[] {
    return this.baseTransform.inverseShape(shape);
  }

  override toString(): string {
    return `IndependentTransform(${this.baseTransform}, ${this.reinterpretedBatchNdims})`;
  }
}

/** The transform that leaves its input as it is. */
export const identityTransform: Transform = new ComposeTransform([]);
