import { TorchError } from '../errors.js';
import { isGradEnabled } from '../grad-mode.js';
import { checkOptions, isPlainObject } from '../options.js';
import type { Tensor } from '../tensor.js';
import { type TreeSpec, treeFlatten, treeUnflatten } from '../utils/pytree.js';
import { type Argnums, pick } from './argnums.js';
import { gradients } from './grad.js';
import {
  type AnyFunction,
  callFunction,
  checkFunction,
  flattenTensors,
  splitAux,
  trackAll,
  unwrapAll,
  withGradLevel,
  withoutInferenceMode,
  wrapAll,
} from './nesting.js';

/** A function's output, and its graph. @internal */
export interface Pullback {
  output: unknown;
  aux: unknown;
  outputs: Tensor[];
  outputSpec: TreeSpec;
  /** The gradients of the inputs that were picked, in their structure. */
  pull(cotangents: readonly Tensor[], retainGraph?: boolean, createGraph?: boolean): unknown;
}

/**
 * Runs `func` once, and keeps its graph: `vjp` for the arguments that `argnums` picks, or for all
 * of them where it is null.
 *
 * @internal
 */
export function pullback(
  where: string,
  func: AnyFunction,
  args: readonly unknown[],
  argnums: Argnums | null,
  hasAux: boolean,
): Pullback {
  return withGradLevel((level) => {
    const wrapped = args.map((arg) => wrapAll(arg, level));
    const picked = argnums === null ? wrapped : pick(where, wrapped, argnums);
    const inputs = trackAll(where, picked);
    const inputSpec = treeFlatten(picked)[1];
    const result = callFunction(where, func, wrapped);
    const [output, aux] = hasAux ? splitAux(where, result) : [result, undefined];
    const { tensors, spec } = flattenTensors(where, 'the output', output);
    for (const { dtype } of tensors) {
      if (!dtype.isFloatingPoint && !dtype.isComplex) {
        throw new TorchError(
          `${where}: all outputs must be floating-point or complex Tensors, got one of ${dtype}`,
        );
      }
    }
    return {
      output: unwrapAll(where, output, level),
      aux: hasAux ? unwrapAll(where, aux, level) : undefined,
      outputs: tensors,
      outputSpec: spec,
      pull: (cotangents, retainGraph = true, createGraph = isGradEnabled()) =>
        withoutInferenceMode(() =>
          treeUnflatten(
            gradients(tensors, inputs, cotangents, { retainGraph, createGraph }),
            inputSpec,
          ),
        ),
    };
  });
}

/** The options of {@link vjp}, behind the primals. */
export interface VjpOptions<HasAux extends boolean = boolean> {
  /** Whether the function returns `[output, aux]`, and `aux` is handed on. Default: false. */
  hasAux: HasAux;
}

/** Gives the gradients of the primals for a gradient of the output. */
export type VjpFunction<Output, Primals extends unknown[]> = (
  cotangents: Output,
  options?: { retainGraph?: boolean; createGraph?: boolean },
) => Primals;

/** Options stand behind the primals, which may be plain objects too. */
function readPrimals(args: readonly unknown[]): [primals: readonly unknown[], hasAux: boolean] {
  const last = args.at(-1);
  const isOptions =
    isPlainObject(last) &&
    Object.keys(last).join() === 'hasAux' &&
    typeof last.hasAux === 'boolean';
  return isOptions ? [args.slice(0, -1), last.hasAux as boolean] : [args, false];
}

/**
 * Runs `func`, and returns its output and the function that computes the vector-Jacobian product:
 * the gradients of the primals for a given gradient of the output.
 *
 * @param func Returns a Tensor, or a structure of Tensors; with `hasAux` an array of that and of
 * Tensors that are handed on.
 * @param primals The arguments of `func`: Tensors, or arrays, plain objects and Maps of them. An
 * object with `hasAux` behind them holds the options.
 * @returns `[output, vjpFn]`, or `[output, vjpFn, aux]`. `vjpFn(cotangents)` takes what has the
 * output's structure, and returns an array with the gradient of each primal.
 *
 * @throws TorchError where an output is neither floating-point nor complex, or where the
 * cotangents do not have the output's structure.
 *
 * @example
 * ```ts
 * const [output, vjpFn] = torch.func.vjp((x: Tensor) => x.pow(2), torch.tensor([1, 2]));
 * output; // tensor([1., 4.])
 * vjpFn(torch.tensor([1, 10]))[0]; // tensor([ 2., 40.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.vjp.html
 */
export function vjp<Primals extends unknown[], Output>(
  func: (...primals: Primals) => Output,
  ...primals: Primals
): [output: Output, vjpFn: VjpFunction<Output, Primals>];
export function vjp<Primals extends unknown[], Output, Aux>(
  func: (...primals: Primals) => readonly [Output, Aux],
  ...primals: [...Primals, VjpOptions<true>]
): [output: Output, vjpFn: VjpFunction<Output, Primals>, aux: Aux];
export function vjp(func: AnyFunction, ...args: unknown[]): unknown {
  checkFunction('vjp()', func);
  const [primals, hasAux] = readPrimals(args);
  const { output, aux, outputSpec, pull } = pullback('vjp()', func, primals, null, hasAux);
  const vjpFn: VjpFunction<unknown, unknown[]> = (cotangents, options = {}) => {
    checkOptions('vjpFn()', options, ['retainGraph', 'createGraph']);
    const { tensors, spec } = flattenTensors('vjpFn()', 'the cotangents', cotangents);
    if (!spec.equals(outputSpec)) {
      throw new TorchError(
        `vjpFn(): the cotangents must have the structure of the output, ${outputSpec}, got ${spec}`,
      );
    }
    return pull(tensors, options.retainGraph, options.createGraph) as unknown[];
  };
  return hasAux ? [output, vjpFn, aux] : [output, vjpFn];
}
