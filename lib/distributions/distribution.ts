import { NotImplementedError, ValueError } from '../errors.js';
import { noGrad } from '../grad-mode.js';
import { floatRepr, repr } from '../python-repr.js';
import { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { type Constraint, isDependent } from './constraints.js';

/** The option that every distribution takes. */
export interface DistributionOptions {
  /** Whether parameters and values are checked. Default: see `Distribution.setDefaultValidateArgs`. */
  validateArgs?: boolean | null;
}

/** What an object holds beside its parameters. */
const state = new Set(['batchShape', 'eventShape', '_validateArgs']);

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A parameter as Python prints it: one number, or the shape. */
function parameterRepr(value: Tensor): string {
  if (value.numel() !== 1)
    return `torch.Size(${repr(value.shape).replace(/^\((.*?),?\)$/, '[$1]')})`;
  if (value.dim() > 0) return String(value);
  const item: unknown = value.item();
  if (typeof item === 'boolean') return item ? 'True' : 'False';
  return value.dtype.isFloatingPoint ? floatRepr(item as number) : String(item);
}

/**
 * The base of all probability distributions: one for each of a batch of parameters.
 *
 * A value has the shape `[...sampleShape, ...batchShape, ...eventShape]`: samples drawn, parameters,
 * and the dimensions of one value.
 *
 * @example
 * ```ts
 * const normal = new torch.distributions.Normal(torch.zeros(3), torch.ones(3));
 * normal.batchShape; // [3]
 * normal.sample([2]).shape; // [2, 3]
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.distribution.Distribution
 */
export abstract class Distribution {
  /** @internal */
  static _validateArgs = true;

  /**
   * Turns the checks of parameters and values on or off for all distributions. Default: on.
   *
   * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.distribution.Distribution.set_default_validate_args
   */
  static setDefaultValidateArgs(value: boolean): void {
    if (typeof value !== 'boolean') {
      throw new ValueError(`setDefaultValidateArgs() takes a boolean, got ${typeof value}`);
    }
    Distribution._validateArgs = value;
  }

  /** The shape of the batch of parameters. */
  declare readonly batchShape: readonly number[];
  /** The shape of one value. */
  declare readonly eventShape: readonly number[];
  /** @internal */
  declare _validateArgs: boolean;

  /** What a constructor ends with: by then the parameters are there. @internal */
  protected _init(batchShape: Size, eventShape: Size, validateArgs?: boolean | null): void {
    const self = this as { batchShape: Size; eventShape: Size; _validateArgs: boolean };
    self.batchShape = [...batchShape];
    self.eventShape = [...eventShape];
    self._validateArgs = validateArgs ?? Distribution._validateArgs;
    if (this._validateArgs) this._checkParameters();
  }

  protected _checkParameters(): void {
    for (const [name, constraint] of Object.entries(this.argConstraints)) {
      if (isDependent(constraint) || !this._has(name)) continue;
      const value = (this as unknown as Record<string, Tensor>)[name] as Tensor;
      if (constraint.check(value).all().item()) continue;
      throw new ValueError(
        `expected parameter ${name} (Tensor of shape ${repr(value.shape)}) of distribution ${this} to satisfy the constraint ${constraint}, but found invalid values:\n${value}`,
      );
    }
  }

  /** Whether a parameter was given, or is read off others; not whether it could be computed. */
  protected _has(name: string): boolean {
    return Object.hasOwn(this, name) || !this._lazyNames.includes(name);
  }

  /** The parameters that are computed of others only when they are asked for. @internal */
  get _lazyNames(): readonly string[] {
    return [];
  }

  /** Whether `rsample` is there: samples that gradients flow through to the parameters. */
  get hasRsample(): boolean {
    return false;
  }

  /** Whether `enumerateSupport` is there. */
  get hasEnumerateSupport(): boolean {
    return false;
  }

  /** What each parameter must satisfy, by its name. */
  get argConstraints(): Record<string, Constraint> {
    return {};
  }

  /** Where there are values of the distribution. */
  get support(): Constraint {
    throw this._missing('support');
  }

  /** The mean. */
  get mean(): Tensor {
    throw this._missing('mean');
  }

  /** The mode: the value of the largest density or probability. */
  get mode(): Tensor {
    throw this._missing('mode');
  }

  /** The variance. */
  get variance(): Tensor {
    throw this._missing('variance');
  }

  /** The standard deviation. */
  get stddev(): Tensor {
    return this.variance.sqrt();
  }

  /** @internal */
  protected _missing(what: string): NotImplementedError {
    return new NotImplementedError(`${this.constructor.name} has no ${what}`);
  }

  /**
   * The distribution with its batch expanded to `batchShape`, as views of the parameters.
   *
   * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.distribution.Distribution.expand
   */
  expand(batchShape: Size): this {
    const constraints = this.argConstraints;
    const members: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(this)) {
      if (state.has(name)) continue;
      if (value instanceof Distribution) members[name] = value.expand(batchShape);
      else if (value instanceof Tensor && constraints[name]) {
        const event = value.shape.slice(value.dim() - constraints[name].eventDim);
        members[name] = value.expand([...batchShape, ...event]);
      } else members[name] = value;
    }
    return this._expanded(batchShape, members);
  }

  /** A distribution of the same class on other members, which are not checked again. @internal */
  protected _expanded(batchShape: Size, members: Record<string, unknown>): this {
    const expanded = Object.create(Object.getPrototypeOf(this)) as this;
    for (const [name, value] of Object.entries(members)) {
      Object.defineProperty(expanded, name, { value, enumerable: true, configurable: true });
    }
    expanded._init(batchShape, this.eventShape, false);
    expanded._validateArgs = this._validateArgs;
    return expanded;
  }

  /**
   * Draws samples, without gradients.
   *
   * @param sampleShape The shape of the samples in front of the batch. Default: one sample.
   */
  sample(sampleShape: Size = []): Tensor {
    return noGrad(() => this.rsample(sampleShape));
  }

  /**
   * Draws samples that gradients flow through to the parameters.
   *
   * @param sampleShape The shape of the samples in front of the batch. Default: one sample.
   * @throws NotImplementedError where there is no such way; see `hasRsample`.
   */
  rsample(_sampleShape: Size = []): Tensor {
    throw this._missing('rsample');
  }

  /** The logarithm of the density, or of the probability, at `value`. */
  logProb(_value: Tensor): Tensor {
    throw this._missing('logProb');
  }

  /** The probability of a value of at most `value`. */
  cdf(_value: Tensor): Tensor {
    throw this._missing('cdf');
  }

  /** The inverse of `cdf`. */
  icdf(_value: Tensor): Tensor {
    throw this._missing('icdf');
  }

  /**
   * All values of a discrete distribution, along the first dimension.
   *
   * @param expand Whether they are repeated for the batch, and not given once. Default: true.
   */
  enumerateSupport(_expand = true): Tensor {
    throw this._missing('enumerateSupport');
  }

  /** The entropy, of shape `batchShape`. */
  entropy(): Tensor {
    throw this._missing('entropy');
  }

  /** The exponential of the entropy. */
  perplexity(): Tensor {
    return this.entropy().exp();
  }

  /** @internal */
  _extendedShape(sampleShape: Size = []): number[] {
    if (!Array.isArray(sampleShape)) {
      throw new TypeError(`sampleShape must be an array of sizes, got ${typeof sampleShape}`);
    }
    return [...sampleShape, ...this.batchShape, ...this.eventShape];
  }

  /** Throws for what is no value of the distribution, where checks are on. @internal */
  _check(value: Tensor): void {
    if (this._validateArgs) this._validate(value);
  }

  /** Throws for what is no value of the distribution. @internal */
  _validate(value: Tensor): void {
    if (!(value instanceof Tensor)) {
      throw new ValueError(`expected a Tensor as value, got ${typeof value}`);
    }
    const { shape } = value;
    const start = shape.length - this.eventShape.length;
    if (shape.slice(Math.max(start, 0)).join() !== this.eventShape.join()) {
      throw new ValueError(
        `the last sizes of the value must be those of an event: ${repr(shape)} against ${repr(this.eventShape)}`,
      );
    }
    const expected = [...this.batchShape, ...this.eventShape];
    for (let i = 1; i <= Math.min(shape.length, expected.length); i++) {
      const [size, other] = [shape.at(-i), expected.at(-i)];
      if (size !== 1 && other !== 1 && size !== other) {
        throw new ValueError(
          `the value cannot be broadcast with the batch and event: ${repr(shape)} against ${repr(expected)}`,
        );
      }
    }
    const { support } = this;
    if (support.check(value).all().item()) return;
    throw new ValueError(
      `expected the value (Tensor of shape ${repr(shape)}) to be within the support (${support}) of the distribution ${this}, but found invalid values:\n${value}`,
    );
  }

  /** As Python prints it. */
  toString(): string {
    const own = this as unknown as Record<string, Tensor>;
    const parameters = Object.keys(this.argConstraints)
      .filter((name) => Object.hasOwn(this, name))
      .map((name) => `${snakeCase(name)}: ${parameterRepr(own[name] as Tensor)}`);
    return `${this.constructor.name}(${parameters.join(', ')})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
