import { grad as autogradGrad } from '../autograd/index.js';
import { kindOf } from '../describe.js';
import { TorchError } from '../errors.js';
import { operators } from '../operators.js';
import { checkFlags, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { treeFlatten, treeUnflatten } from '../utils/pytree.js';
import { type Argnums, type Picked, pick, positionsOf } from './argnums.js';
import {
  type AnyFunction,
  callFunction,
  checkFunction,
  nameOf,
  splitAux,
  trackAll,
  unwrapAll,
  withGradLevel,
  wrapAll,
} from './nesting.js';

/** The options of {@link grad}, {@link gradAndValue} and the Jacobians. */
export interface GradOptions<Nums extends Argnums = Argnums, HasAux extends boolean = boolean> {
  /** Which arguments are differentiated with respect to. Default: 0. */
  argnums?: Nums;
  /** Whether the function returns `[output, aux]`, and `aux` is handed on. Default: false. */
  hasAux?: HasAux;
}

const parameters = { func: required, argnums: 0, hasAux: false };
type Bound = { func: AnyFunction; argnums: Argnums; hasAux: boolean };

/**
 * The gradients of `outputs` with respect to `inputs`, zeros where they do not depend on one.
 *
 * @internal
 */
export function gradients(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  gradOutputs: readonly Tensor[] | null,
  options: { retainGraph?: boolean; createGraph: boolean },
): Tensor[] {
  const tracked = outputs.flatMap((output, i) => (output.requiresGrad ? [i] : []));
  if (tracked.length === 0 || inputs.length === 0) {
    return inputs.map((input) => operators.torch.zerosLike(input));
  }
  const found = autogradGrad(
    tracked.map((i) => outputs[i] as Tensor),
    inputs,
    {
      ...options,
      gradOutputs: gradOutputs && tracked.map((i) => gradOutputs[i] as Tensor),
      allowUnused: true,
    },
  ) as readonly (Tensor | null)[];
  return found.map((gradient, i) => gradient ?? operators.torch.zerosLike(inputs[i] as Tensor));
}

interface GradAndValue {
  gradient: unknown;
  value: unknown;
  aux: unknown;
}

function differentiate(
  where: string,
  { func, argnums, hasAux }: Bound,
  args: readonly unknown[],
): GradAndValue {
  return withGradLevel((level) => {
    const wrapped = args.map((arg) => wrapAll(arg, level));
    const picked = pick(where, wrapped, argnums);
    const inputs = trackAll(where, picked);
    const result = callFunction(where, func, wrapped);
    const [output, aux] = hasAux ? splitAux(where, result) : [result, undefined];
    if (!(output instanceof Tensor)) {
      throw new TorchError(
        `${where}: expected the function to return a Tensor, got ${kindOf(output)}`,
      );
    }
    if (output.dim() !== 0) {
      throw new TorchError(
        `${where}: expected the function to return a scalar Tensor, got one of ${output.dim()} dimensions; vjp and jacrev take those`,
      );
    }
    const found = gradients([output], inputs, null, { createGraph: true });
    return {
      gradient: unwrapAll(where, treeUnflatten(found, treeFlatten(picked)[1]), level),
      value: unwrapAll(where, output, level),
      aux: hasAux ? unwrapAll(where, aux, level) : undefined,
    };
  });
}

const gradSignature = new Signature<Bound>('grad()', parameters);

/**
 * The function that computes the gradient of `func`, which returns one number, with respect to one
 * of its arguments or several. May be nested for higher derivatives, and mapped by `vmap` for the
 * gradient of each sample.
 *
 * @param func Returns a 0-d Tensor; with `hasAux` an array of that and of Tensors that are handed
 * on. Its arguments are Tensors, or arrays, plain objects and Maps of them.
 * @param argnums The argument's position (counted from the end where negative), or an array of
 * positions. Default: 0.
 * @param hasAux Whether `func` returns `[output, aux]`. Default: false.
 * @returns a function of the same arguments, which returns the gradient in the structure of the
 * argument (an array of them for an array of positions), or `[gradient, aux]`.
 *
 * @example
 * ```ts
 * const x = torch.tensor(2);
 * const slope = torch.func.grad((x: Tensor) => x.pow(3));
 * slope(x); // tensor(12.)
 * torch.func.grad(slope)(x); // tensor(12.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.grad.html
 */
export function grad<Args extends unknown[], const Nums extends Argnums = 0>(
  func: (...args: Args) => Tensor,
  argnums?: Nums | GradOptions<Nums, false>,
  hasAux?: false | GradOptions<Nums, false>,
): (...args: Args) => Picked<Args, Nums>;
export function grad<Args extends unknown[], Aux, const Nums extends Argnums = 0>(
  func: (...args: Args) => readonly [Tensor, Aux],
  ...options: [argnums: Nums, hasAux: true] | [options: GradOptions<Nums, true>]
): (...args: Args) => [gradient: Picked<Args, Nums>, aux: Aux];
export function grad(...args: unknown[]): AnyFunction {
  const bound = gradSignature.bind(args);
  checkTransform('grad()', bound);
  return named(bound.func, (...args) => {
    const { gradient, aux } = differentiate('grad()', bound, args);
    return bound.hasAux ? [gradient, aux] : gradient;
  });
}

const gradAndValueSignature = new Signature<Bound>('gradAndValue()', parameters);

/**
 * As {@link grad}, and the value of the function beside the gradient.
 *
 * @param func Returns a 0-d Tensor, or `[output, aux]` with `hasAux`.
 * @param argnums The argument's position, or an array of positions. Default: 0.
 * @param hasAux Whether `func` returns `[output, aux]`. Default: false.
 * @returns a function that returns `[gradient, value]`, or `[gradient, [value, aux]]`.
 *
 * @example
 * ```ts
 * const square = torch.func.gradAndValue((x: Tensor) => x.pow(2).sum());
 * const [gradient, value] = square(torch.tensor([1, 2]));
 * gradient; // tensor([2., 4.])
 * value; // tensor(5.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.grad_and_value.html
 */
export function gradAndValue<Args extends unknown[], const Nums extends Argnums = 0>(
  func: (...args: Args) => Tensor,
  argnums?: Nums | GradOptions<Nums, false>,
  hasAux?: false | GradOptions<Nums, false>,
): (...args: Args) => [gradient: Picked<Args, Nums>, value: Tensor];
export function gradAndValue<Args extends unknown[], Aux, const Nums extends Argnums = 0>(
  func: (...args: Args) => readonly [Tensor, Aux],
  ...options: [argnums: Nums, hasAux: true] | [options: GradOptions<Nums, true>]
): (...args: Args) => [gradient: Picked<Args, Nums>, value: [value: Tensor, aux: Aux]];
export function gradAndValue(...args: unknown[]): AnyFunction {
  const bound = gradAndValueSignature.bind(args);
  checkTransform('gradAndValue()', bound);
  return named(bound.func, (...args) => {
    const { gradient, value, aux } = differentiate('gradAndValue()', bound, args);
    return [gradient, bound.hasAux ? [value, aux] : value];
  });
}

/** Throws for what no transform takes, before the function is called. @internal */
export function checkTransform(
  where: string,
  { func, argnums, hasAux }: { func: unknown; argnums?: Argnums; hasAux?: boolean },
): void {
  checkFunction(where, func);
  checkFlags(where, { hasAux });
  if (argnums !== undefined) positionsOf(where, argnums, Number.POSITIVE_INFINITY);
}

/** A transformed function is called as the original is. @internal */
export function named<F extends AnyFunction>(func: AnyFunction, transformed: F): F {
  return Object.defineProperty(transformed, 'name', { value: nameOf(func) });
}
