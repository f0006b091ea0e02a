/**
 * Regions that values lie in; Python's `torch.distributions.constraints`.
 *
 * @see https://pytorch.org/docs/stable/distributions.html#module-torch.distributions.constraints
 * @module
 */
import { NotImplementedError, ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { floatRepr } from '../python-repr.js';
import { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Param } from './utils.js';

/**
 * A region that values lie in: what parameters must satisfy, and where a distribution has mass.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.positive.check(torch.tensor([1, -1])); // tensor([ True, False])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.constraints.Constraint
 */
export abstract class Constraint {
  /** Whether the region is discrete. */
  get isDiscrete(): boolean {
    return false;
  }

  /** How many of the last dimensions make up one value. */
  get eventDim(): number {
    return 0;
  }

  /** For each value whether it lies in the region: a tensor of bool without the event's dimensions. */
  abstract check(value: Tensor): Tensor;

  /** As Python prints it. */
  toString(): string {
    return `${this.constructor.name}()`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const bound = (value: Param): string =>
  value instanceof Tensor ? String(value) : floatRepr(value);

/** A number compared with a tensor, or a tensor with one. */
const atLeast = (value: Tensor, lower: Param) => value.ge(lower as Tensor);
const atMost = (value: Tensor, upper: Param) => value.le(upper as Tensor);

class Dependent extends Constraint {
  constructor(
    private readonly discrete?: boolean,
    private readonly dimensions?: number,
  ) {
    super();
  }

  override get isDiscrete(): boolean {
    if (this.discrete === undefined) {
      throw new NotImplementedError('whether a dependent constraint is discrete is not known');
    }
    return this.discrete;
  }

  override get eventDim(): number {
    if (this.dimensions === undefined) {
      throw new NotImplementedError('the event dimensions of a dependent constraint are not known');
    }
    return this.dimensions;
  }

  override check(_value: Tensor): Tensor {
    throw new ValueError('a dependent constraint cannot be checked');
  }
}

/** @internal */
export class IndependentConstraint extends Constraint {
  constructor(
    readonly baseConstraint: Constraint,
    readonly reinterpretedBatchNdims: number,
  ) {
    super();
    if (!Number.isInteger(reinterpretedBatchNdims) || reinterpretedBatchNdims < 0) {
      throw new ValueError(
        `constraints.independent: the number of dimensions must be an integer of at least 0, got ${reinterpretedBatchNdims}`,
      );
    }
  }

  override get isDiscrete(): boolean {
    return this.baseConstraint.isDiscrete;
  }

  override get eventDim(): number {
    return this.baseConstraint.eventDim + this.reinterpretedBatchNdims;
  }

  override check(value: Tensor): Tensor {
    const result = this.baseConstraint.check(value);
    const keep = result.dim() - this.reinterpretedBatchNdims;
    if (keep < 0) {
      throw new ValueError(
        `expected a value of at least ${this.eventDim} dimensions, got ${value.dim()}`,
      );
    }
    return result.reshape([...result.shape.slice(0, keep), -1]).all(-1);
  }

  override toString(): string {
    return `IndependentConstraint(${this.baseConstraint}, ${this.reinterpretedBatchNdims})`;
  }
}

/**
 * The constraint of a mixture's values: that of its components, for one more dimension.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * const constraint = new constraints.MixtureSameFamilyConstraint(constraints.positive);
 * constraint.check(torch.tensor([1, -1])); // tensor([ True, False])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.constraints.MixtureSameFamilyConstraint
 */
export class MixtureSameFamilyConstraint extends Constraint {
  constructor(readonly baseConstraint: Constraint) {
    super();
  }

  override get isDiscrete(): boolean {
    return this.baseConstraint.isDiscrete;
  }

  override get eventDim(): number {
    return this.baseConstraint.eventDim;
  }

  override check(value: Tensor): Tensor {
    const result = this.baseConstraint.check(value.unsqueeze(-1 - this.eventDim));
    const keep = value.dim() - this.eventDim;
    if (keep < 0) {
      throw new ValueError(
        `expected a value of at least ${this.eventDim} dimensions, got ${value.dim()}`,
      );
    }
    return result.reshape([...result.shape.slice(0, keep), -1]).all(-1);
  }

  override toString(): string {
    return `MixtureSameFamilyConstraint(${this.baseConstraint})`;
  }
}

const isZeroOrOne = (value: Tensor) => value.eq(0).logicalOr(value.eq(1));
const isIntegral = (value: Tensor) => value.remainder(1).eq(0);

class BooleanConstraint extends Constraint {
  override get isDiscrete(): boolean {
    return true;
  }

  override check(value: Tensor): Tensor {
    return isZeroOrOne(value);
  }

  override toString(): string {
    return 'Boolean()';
  }
}

class OneHot extends Constraint {
  override get isDiscrete(): boolean {
    return true;
  }

  override get eventDim(): number {
    return 1;
  }

  override check(value: Tensor): Tensor {
    return isZeroOrOne(value).all(-1).logicalAnd(value.sum(-1).eq(1));
  }
}

class IntegerInterval extends Constraint {
  constructor(
    readonly lowerBound: Param,
    readonly upperBound: Param,
  ) {
    super();
  }

  override get isDiscrete(): boolean {
    return true;
  }

  override check(value: Tensor): Tensor {
    return isIntegral(value)
      .logicalAnd(atLeast(value, this.lowerBound))
      .logicalAnd(atMost(value, this.upperBound));
  }

  override toString(): string {
    return `IntegerInterval(lower_bound=${this.lowerBound}, upper_bound=${this.upperBound})`;
  }
}

class IntegerGreaterThan extends Constraint {
  constructor(readonly lowerBound: Param) {
    super();
  }

  override get isDiscrete(): boolean {
    return true;
  }

  override check(value: Tensor): Tensor {
    return isIntegral(value).logicalAnd(atLeast(value, this.lowerBound));
  }

  override toString(): string {
    return `IntegerGreaterThan(lower_bound=${this.lowerBound})`;
  }
}

/** @internal */
export class Real extends Constraint {
  override check(value: Tensor): Tensor {
    return value.eq(value);
  }
}

/** @internal */
export class GreaterThan extends Constraint {
  constructor(readonly lowerBound: Param) {
    super();
  }

  override check(value: Tensor): Tensor {
    return value.gt(this.lowerBound as Tensor);
  }

  override toString(): string {
    return `GreaterThan(lower_bound=${bound(this.lowerBound)})`;
  }
}

/** @internal */
export class GreaterThanEq extends Constraint {
  constructor(readonly lowerBound: Param) {
    super();
  }

  override check(value: Tensor): Tensor {
    return atLeast(value, this.lowerBound);
  }

  override toString(): string {
    return `GreaterThanEq(lower_bound=${bound(this.lowerBound)})`;
  }
}

/** @internal */
export class LessThan extends Constraint {
  constructor(readonly upperBound: Param) {
    super();
  }

  override check(value: Tensor): Tensor {
    return value.lt(this.upperBound as Tensor);
  }

  override toString(): string {
    return `LessThan(upper_bound=${bound(this.upperBound)})`;
  }
}

/** @internal */
export class Interval extends Constraint {
  constructor(
    readonly lowerBound: Param,
    readonly upperBound: Param,
  ) {
    super();
  }

  override check(value: Tensor): Tensor {
    return atLeast(value, this.lowerBound).logicalAnd(atMost(value, this.upperBound));
  }

  override toString(): string {
    return `Interval(lower_bound=${bound(this.lowerBound)}, upper_bound=${bound(this.upperBound)})`;
  }
}

/** @internal */
export class HalfOpenInterval extends Constraint {
  constructor(
    readonly lowerBound: Param,
    readonly upperBound: Param,
  ) {
    super();
  }

  override check(value: Tensor): Tensor {
    return atLeast(value, this.lowerBound).logicalAnd(value.lt(this.upperBound as Tensor));
  }

  override toString(): string {
    return `HalfOpenInterval(lower_bound=${bound(this.lowerBound)}, upper_bound=${bound(this.upperBound)})`;
  }
}

/** @internal */
export class Simplex extends Constraint {
  override get eventDim(): number {
    return 1;
  }

  override check(value: Tensor): Tensor {
    return value.ge(0).all(-1).logicalAnd(value.sum(-1).sub(1).abs().lt(1e-6));
  }
}

class Multinomial extends Constraint {
  constructor(readonly upperBound: Param) {
    super();
  }

  override get isDiscrete(): boolean {
    return true;
  }

  override get eventDim(): number {
    return 1;
  }

  override check(value: Tensor): Tensor {
    return value
      .ge(0)
      .all(-1)
      .logicalAnd(atMost(value.sum(-1), this.upperBound));
  }
}

/** A constraint on matrices. */
abstract class MatrixConstraint extends Constraint {
  override get eventDim(): number {
    return 2;
  }
}

const isLowerTriangular = (value: Tensor) =>
  value
    .tril()
    .eq(value)
    .view([...value.shape.slice(0, -2), -1])
    .all(-1);

class LowerTriangular extends MatrixConstraint {
  override check(value: Tensor): Tensor {
    return isLowerTriangular(value);
  }
}

/** @internal */
export class LowerCholesky extends MatrixConstraint {
  override check(value: Tensor): Tensor {
    return isLowerTriangular(value).logicalAnd(value.diagonal(0, -2, -1).gt(0).all(-1));
  }
}

/** @internal */
export class CorrCholesky extends LowerCholesky {
  override check(value: Tensor): Tensor {
    // Ten is PyTorch's allowance for rounding.
    const tolerance = finfo(value.dtype).eps * value.size(-1) * 10;
    const norms = operators.linalg.norm(value.detach(), { dim: [-1] });
    return super.check(value).logicalAnd(norms.sub(1).abs().le(tolerance).all(-1));
  }
}

class Square extends MatrixConstraint {
  override check(value: Tensor): Tensor {
    const isSquare = value.size(-2) === value.size(-1);
    const shape = value.shape.slice(0, -2);
    return operators.torch.full(shape, isSquare, { device: value.device });
  }
}

class SymmetricConstraint extends Square {
  override check(value: Tensor): Tensor {
    const isSquare = super.check(value);
    if (!isSquare.all().item()) return isSquare;
    return value.isclose(value.mT, { atol: 1e-6 }).all(-2).all(-1);
  }

  override toString(): string {
    return this.constructor === SymmetricConstraint ? 'Symmetric()' : super.toString();
  }
}

/** @internal */
export class PositiveSemidefinite extends SymmetricConstraint {
  override check(value: Tensor): Tensor {
    const isSymmetric = super.check(value);
    if (!isSymmetric.all().item()) return isSymmetric;
    return operators.linalg.eigvalsh(value).ge(0).all(-1);
  }
}

/** @internal */
export class PositiveDefinite extends SymmetricConstraint {
  override check(value: Tensor): Tensor {
    const isSymmetric = super.check(value);
    if (!isSymmetric.all().item()) return isSymmetric;
    return operators.linalg.choleskyEx(value).info.eq(0);
  }
}

function checkDim(value: Tensor, dim: number): void {
  if (dim < -value.dim() || dim >= value.dim()) {
    throw new ValueError(`dimension ${dim} is out of range for a value of ${value.dim()}`);
  }
}

/** @internal */
export class Cat extends Constraint {
  readonly lengths: readonly number[];

  constructor(
    readonly cseq: readonly Constraint[],
    readonly dim = 0,
    lengths?: readonly number[] | null,
  ) {
    super();
    this.lengths = lengths ?? cseq.map(() => 1);
    if (this.lengths.length !== cseq.length) {
      throw new ValueError(
        `constraints.cat: ${cseq.length} constraints need as many lengths, got ${this.lengths.length}`,
      );
    }
  }

  override get isDiscrete(): boolean {
    return this.cseq.some((constraint) => constraint.isDiscrete);
  }

  override get eventDim(): number {
    return Math.max(...this.cseq.map((constraint) => constraint.eventDim));
  }

  override check(value: Tensor): Tensor {
    checkDim(value, this.dim);
    let start = 0;
    const checks = this.cseq.map((constraint, i) => {
      const length = this.lengths[i] as number;
      start += length;
      return constraint.check(value.narrow(this.dim, start - length, length));
    });
    return operators.torch.cat(checks, this.dim);
  }
}

/** @internal */
export class Stack extends Constraint {
  constructor(
    readonly cseq: readonly Constraint[],
    readonly dim = 0,
  ) {
    super();
  }

  override get isDiscrete(): boolean {
    return this.cseq.some((constraint) => constraint.isDiscrete);
  }

  override get eventDim(): number {
    const dim = Math.max(...this.cseq.map((constraint) => constraint.eventDim));
    return this.dim + dim < 0 ? dim + 1 : dim;
  }

  override check(value: Tensor): Tensor {
    checkDim(value, this.dim);
    const checks = this.cseq.map((constraint, i) => constraint.check(value.select(this.dim, i)));
    return operators.torch.stack(checks, this.dim);
  }
}

/** A constraint that depends on other values, and cannot be checked alone. */
export const dependent: Constraint = new Dependent();

/**
 * Whether a constraint cannot be checked alone.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.isDependent(constraints.dependent); // true
 * constraints.isDependent(constraints.real); // false
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export function isDependent(constraint: Constraint): boolean {
  return constraint instanceof Dependent;
}

/** 0 or 1. */
export const boolean: Constraint = new BooleanConstraint();
/** One-hot vectors. */
export const oneHot: Constraint = new OneHot();
/** 0, 1, 2, ... */
export const nonnegativeInteger: Constraint = new IntegerGreaterThan(0);
/** 1, 2, 3, ... */
export const positiveInteger: Constraint = new IntegerGreaterThan(1);
/** All numbers but NaN. */
export const real: Constraint = new Real();
/** Vectors of numbers. */
export const realVector: Constraint = new IndependentConstraint(real, 1);
/** Above 0. */
export const positive: Constraint = new GreaterThan(0);
/** 0 and above. */
export const nonnegative: Constraint = new GreaterThanEq(0);
/** 0 to 1, both included. */
export const unitInterval: Constraint = new Interval(0, 1);
/** Vectors of numbers from 0 on that sum to 1. */
export const simplex: Constraint = new Simplex();
/** Lower triangular matrices. */
export const lowerTriangular: Constraint = new LowerTriangular();
/** Lower triangular matrices with a positive diagonal. */
export const lowerCholesky: Constraint = new LowerCholesky();
/** As `lowerCholesky`, and rows of length 1: Cholesky factors of correlation matrices. */
export const corrCholesky: Constraint = new CorrCholesky();
/** Square matrices. */
export const square: Constraint = new Square();
/** Symmetric matrices. */
export const symmetric: Constraint = new SymmetricConstraint();
/** Symmetric matrices without negative eigenvalues. */
export const positiveSemidefinite: Constraint = new PositiveSemidefinite();
/** Symmetric matrices with positive eigenvalues. */
export const positiveDefinite: Constraint = new PositiveDefinite();

/**
 * Integers from `lowerBound` to `upperBound`, both included.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.integerInterval(0, 2).check(torch.tensor([2, 3])); // tensor([ True, False])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const integerInterval = (lowerBound: Param, upperBound: Param): Constraint =>
  new IntegerInterval(lowerBound, upperBound);

/**
 * Numbers above `lowerBound`.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.greaterThan(1).check(torch.tensor([1, 2])); // tensor([False,  True])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const greaterThan = (lowerBound: Param): GreaterThan => new GreaterThan(lowerBound);

/**
 * Numbers from `lowerBound` on.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.greaterThanEq(1).check(torch.tensor([0, 1])); // tensor([False,  True])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const greaterThanEq = (lowerBound: Param): GreaterThanEq => new GreaterThanEq(lowerBound);

/**
 * Numbers below `upperBound`.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.lessThan(1).check(torch.tensor([0, 1])); // tensor([ True, False])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const lessThan = (upperBound: Param): Constraint => new LessThan(upperBound);

/**
 * Vectors of numbers from 0 on that sum to at most `upperBound`.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.multinomial(3).check(torch.tensor([1, 2])); // tensor(True)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const multinomial = (upperBound: Param): Constraint => new Multinomial(upperBound);

/**
 * Numbers from `lowerBound` to `upperBound`, both included.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.interval(0, 1).check(torch.tensor([1, 2])); // tensor([ True, False])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const interval = (lowerBound: Param, upperBound: Param): Interval =>
  new Interval(lowerBound, upperBound);

/**
 * Numbers from `lowerBound` on, below `upperBound`.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.halfOpenInterval(0, 1).check(torch.tensor([0, 1])); // tensor([ True, False])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const halfOpenInterval = (lowerBound: Param, upperBound: Param): Constraint =>
  new HalfOpenInterval(lowerBound, upperBound);

/**
 * Values whose last `reinterpretedBatchNdims` dimensions each satisfy `baseConstraint`, as one.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * constraints.independent(constraints.positive, 1).check(torch.tensor([1, -1])); // tensor(False)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const independent = (
  baseConstraint: Constraint,
  reinterpretedBatchNdims: number,
): Constraint => new IndependentConstraint(baseConstraint, reinterpretedBatchNdims);

/**
 * Parts along `dim`, of `lengths` each, that satisfy a constraint each.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * const both = constraints.cat([constraints.positive, constraints.real], 0, [1, 2]);
 * both.check(torch.tensor([1, -1, 0])); // tensor([True, True, True])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const cat = (
  cseq: readonly Constraint[],
  dim = 0,
  lengths: readonly number[] | null = null,
): Constraint => new Cat(cseq, dim, lengths);

/**
 * Slices along `dim` that satisfy a constraint each.
 *
 * @example
 * ```ts
 * const { constraints } = torch.distributions;
 * const both = constraints.stack([constraints.positive, constraints.real]);
 * both.check(torch.tensor([1, -1])); // tensor([True, True])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export const stack = (cseq: readonly Constraint[], dim = 0): Constraint => new Stack(cseq, dim);
