import { kindOf } from '../describe.js';
import { TorchError, ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, checkFlags, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { treeUnflatten } from '../utils/pytree.js';
import { type Argnums, positionsOf } from './argnums.js';
import {
  type AnyFunction,
  callFunction,
  checkFunction,
  flattenTensors,
  splitAux,
  unwrapAll,
  withJvpLevel,
  wrapAll,
} from './nesting.js';

/** A function's output, its derivative in one direction, and what came beside it. @internal */
export interface Pushforward {
  output: unknown;
  tangent: unknown;
  aux: unknown;
}

function makeDual(where: string, primal: Tensor, tangent: Tensor, level: number): Tensor {
  for (const [what, { dtype }] of [
    ['primals', primal],
    ['tangents', tangent],
  ] as const) {
    if (!dtype.isFloatingPoint && !dtype.isComplex) {
      throw new ValueError(
        `${where}: the ${what} must be floating-point or complex Tensors, got one of ${dtype}`,
      );
    }
  }
  return operators.torch._makeDual(primal, tangent, level);
}

/** The value and the derivative of a dual tensor; zeros where it does not depend on the inputs. */
function unpackDual(where: string, dual: Tensor, level: number, strict: boolean): [Tensor, Tensor] {
  const [primal, tangent] = operators.torch._unpackDual(dual, level) as [Tensor, Tensor | null];
  if (tangent !== null) return [primal, tangent];
  if (strict) {
    throw new TorchError(
      `${where}: an output does not depend on the inputs, which strict does not allow`,
    );
  }
  return [primal, operators.torch.zerosLike(primal)];
}

/**
 * `jvp` for the arguments that `argnums` picks, or for all of them where it is null.
 *
 * @internal
 */
export function pushforward(
  where: string,
  func: AnyFunction,
  primals: readonly unknown[],
  tangents: unknown,
  argnums: Argnums | null,
  options: { strict: boolean; hasAux: boolean },
): Pushforward {
  const picked =
    argnums === null
      ? primals
      : positionsOf(where, argnums, primals.length).map((position) => primals[position]);
  const from = flattenTensors(where, 'the primals', picked);
  const along = flattenTensors(where, 'the tangents', tangents);
  if (!from.spec.equals(along.spec)) {
    throw new TorchError(
      `${where}: the tangents must have the structure of the primals, ${from.spec}, got ${along.spec}`,
    );
  }
  return withJvpLevel((level, dualLevel) => {
    const leaves = from.tensors.map((primal, i) =>
      makeDual(where, primal, along.tensors[i] as Tensor, dualLevel),
    );
    const duals = treeUnflatten(leaves, from.spec) as unknown[];
    let inputs = duals;
    if (argnums !== null) {
      inputs = primals.map((primal) => wrapAll(primal, level));
      for (const [i, position] of positionsOf(where, argnums, primals.length).entries()) {
        inputs[position] = duals[i];
      }
    }
    const result = callFunction(where, func, inputs);
    const [output, aux] = options.hasAux ? splitAux(where, result) : [result, undefined];
    const { tensors, spec } = flattenTensors(where, 'the output', output);
    const pairs = tensors.map((dual) => unpackDual(where, dual, dualLevel, options.strict));
    const side = (index: 0 | 1) =>
      treeUnflatten(
        pairs.map((pair) => pair[index]),
        spec,
      );
    return {
      output: unwrapAll(where, side(0), level),
      tangent: unwrapAll(where, side(1), level),
      aux: options.hasAux ? unwrapAll(where, aux, level) : undefined,
    };
  });
}

/** The options of {@link jvp}. */
export interface JvpOptions<HasAux extends boolean = boolean> {
  /** Whether an output that does not depend on the primals is an error. Default: false. */
  strict?: boolean;
  /** Whether the function returns `[output, aux]`, and `aux` is handed on. Default: false. */
  hasAux?: HasAux;
}

const signature = new Signature<{
  func: AnyFunction;
  primals: readonly unknown[];
  tangents: readonly unknown[];
  strict: boolean;
  hasAux: boolean;
}>(
  'jvp()',
  { func: required, primals: required, tangents: required },
  { strict: false, hasAux: false },
);

/**
 * The output of `func` and the Jacobian-vector product: its derivative at `primals` in the
 * direction of `tangents`, by forward-mode differentiation. Cheaper than reverse mode for functions
 * of few inputs and many outputs.
 *
 * @param func Returns a Tensor, or a structure of Tensors; with `hasAux` an array of that and of
 * Tensors that are handed on.
 * @param primals An array of the arguments of `func`: Tensors, or arrays, plain objects and Maps.
 * @param tangents The direction, in the structure and the shapes of `primals`.
 * @param options.strict Whether an output that does not depend on the primals is an error, instead
 * of having derivative zero. Default: false.
 * @param options.hasAux Whether `func` returns `[output, aux]`. Default: false.
 * @returns `[output, tangent]`, or `[output, tangent, aux]`.
 *
 * @throws NotImplementedError where an operator has no forward-mode derivative.
 *
 * @example
 * ```ts
 * const x = torch.tensor([1, 2]);
 * const [output, tangent] = torch.func.jvp((x: Tensor) => x.pow(2), [x], [torch.ones(2)]);
 * output; // tensor([1., 4.])
 * tangent; // tensor([2., 4.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.jvp.html
 */
export function jvp<Primals extends unknown[], Output>(
  ...args: Call<
    [func: (...primals: Primals) => Output, primals: Primals, tangents: Primals],
    [],
    JvpOptions<false>
  >
): [output: Output, tangent: Output];
export function jvp<Primals extends unknown[], Output, Aux>(
  ...args: [
    func: (...primals: Primals) => readonly [Output, Aux],
    primals: Primals,
    tangents: Primals,
    options: JvpOptions<true>,
  ]
): [output: Output, tangent: Output, aux: Aux];
export function jvp(...args: unknown[]): unknown {
  const { func, primals, tangents, strict, hasAux } = signature.bind(args);
  checkFunction('jvp()', func);
  checkFlags('jvp()', { strict, hasAux });
  for (const [name, value] of [
    ['primals', primals],
    ['tangents', tangents],
  ] as const) {
    if (!Array.isArray(value)) {
      throw new TypeError(
        `jvp(): ${name} must be an array with one entry for each argument, got ${kindOf(value)}`,
      );
    }
  }
  const { output, tangent, aux } = pushforward('jvp()', func, primals, tangents, null, {
    strict,
    hasAux,
  });
  return hasAux ? [output, tangent, aux] : [output, tangent];
}
