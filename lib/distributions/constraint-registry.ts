import { NotImplementedError } from '../errors.js';
import * as constraints from './constraints.js';
import {
  CorrCholeskyTransform,
  LowerCholeskyTransform,
  PositiveDefiniteTransform,
} from './matrix-transforms.js';
import { CatTransform, StackTransform } from './sequence-transforms.js';
import { callable } from './transform.js';
import {
  AffineTransform,
  ComposeTransform,
  ExpTransform,
  IndependentTransform,
  identityTransform,
  SigmoidTransform,
  SoftmaxTransform,
  StickBreakingTransform,
  type Transform,
} from './transforms.js';

type Constraint = constraints.Constraint;
type Factory<C extends Constraint> = (constraint: C) => Transform;
// biome-ignore lint/suspicious/noExplicitAny: constructors of any arguments
type ConstraintClass<C extends Constraint> = abstract new (...args: any[]) => C;

/**
 * A table from constraints to the transforms that lead to them from all real numbers. It is called
 * like a function.
 *
 * @example
 * ```ts
 * const { constraints, transformTo } = torch.distributions;
 * const positive = transformTo(constraints.positive);
 * positive(torch.tensor([0])); // tensor([1.])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html
 */
export class ConstraintRegistry {
  declare readonly _registry: Map<unknown, Factory<never>>;

  constructor() {
    const find = (self: ConstraintRegistry, constraint: Constraint) => self._find(constraint);
    // biome-ignore lint/correctness/noConstructorReturn: this is how an instance is a function
    return callable(new.target.prototype, find, { _registry: new Map() }) as unknown as this;
  }

  /**
   * Registers what makes the transform for a class of constraints, named by the class or by one of
   * them.
   */
  register<C extends Constraint>(constraint: C | ConstraintClass<C>, factory: Factory<C>): void {
    const key = constraint instanceof constraints.Constraint ? constraint.constructor : constraint;
    if (typeof key !== 'function' || !(key.prototype instanceof constraints.Constraint)) {
      throw new TypeError('register() takes a Constraint or a class of Constraints');
    }
    this._registry.set(key, factory as Factory<never>);
  }

  /** @internal */
  _find(constraint: Constraint): Transform {
    const factory = this._registry.get(constraint?.constructor);
    if (!factory) {
      const name = constraint?.constructor?.name ?? typeof constraint;
      throw new NotImplementedError(`there is no transform to ${name} constraints`);
    }
    return factory(constraint as never);
  }
}

export interface ConstraintRegistry {
  // biome-ignore lint/style/useShorthandFunctionType: merged with the class above
  (constraint: Constraint): Transform;
}

/** The transforms that have an inverse, for densities. */
export const bijectTo = new ConstraintRegistry();
/** The transforms for optimization, which need no inverse and are cheap. */
export const transformTo = new ConstraintRegistry();

for (const registry of [bijectTo, transformTo]) {
  registry.register(constraints.Real, () => identityTransform);
  registry.register(
    constraints.IndependentConstraint,
    ({ baseConstraint, reinterpretedBatchNdims }) =>
      new IndependentTransform(registry(baseConstraint), reinterpretedBatchNdims),
  );
  for (const Class of [constraints.GreaterThan, constraints.GreaterThanEq]) {
    registry.register(Class, (constraint: Constraint) => {
      const { lowerBound } = constraint as constraints.GreaterThan;
      return new ComposeTransform([new ExpTransform(), new AffineTransform(lowerBound, 1)]);
    });
  }
  registry.register(
    constraints.LessThan,
    ({ upperBound }) =>
      new ComposeTransform([new ExpTransform(), new AffineTransform(upperBound, -1)]),
  );
  for (const Class of [constraints.Interval, constraints.HalfOpenInterval]) {
    registry.register(Class, ({ lowerBound, upperBound }: constraints.Interval) => {
      if (lowerBound === 0 && upperBound === 1) return new SigmoidTransform();
      const width =
        typeof upperBound === 'number'
          ? typeof lowerBound === 'number'
            ? upperBound - lowerBound
            : lowerBound.neg().add(upperBound)
          : upperBound.sub(lowerBound as never);
      return new ComposeTransform([new SigmoidTransform(), new AffineTransform(lowerBound, width)]);
    });
  }
  registry.register(constraints.CorrCholesky, () => new CorrCholeskyTransform());
  registry.register(
    constraints.Cat,
    ({ cseq, dim, lengths }) =>
      new CatTransform(
        cseq.map((c) => registry(c)),
        dim,
        lengths,
      ),
  );
  registry.register(
    constraints.Stack,
    ({ cseq, dim }) =>
      new StackTransform(
        cseq.map((c) => registry(c)),
        dim,
      ),
  );
}

bijectTo.register(constraints.Simplex, () => new StickBreakingTransform());
transformTo.register(constraints.Simplex, () => new SoftmaxTransform());
transformTo.register(constraints.LowerCholesky, () => new LowerCholeskyTransform());
for (const Class of [constraints.PositiveDefinite, constraints.PositiveSemidefinite]) {
  transformTo.register(Class, () => new PositiveDefiniteTransform());
}
