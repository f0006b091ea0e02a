import { NotImplementedError, TorchError, ValueError } from '../errors.js';
import { enableGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, checkFlags, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import * as forwardAd from './forward-ad.js';
import {
  checkRequiresGrad,
  gradients,
  postprocess,
  preprocess,
  type Same,
  type TensorOrTensors,
  tuple,
  untuple,
} from './functional-support.js';

/** For each output the derivatives with respect to each input. */
export type Jacobian<O, I> = O extends readonly unknown[]
  ? { -readonly [Index in keyof O]: Same<I> }
  : Same<I>;

/** Which way derivatives are computed. */
export type Strategy = 'reverse-mode' | 'forward-mode';

/** The options of {@link jacobian}. */
export interface JacobianOptions {
  createGraph?: boolean;
  strict?: boolean;
  /** Whether one backward, by `torch.vmap`, computes all rows. Default: false. */
  vectorize?: boolean;
  /** Default: `'reverse-mode'`; `'forward-mode'` needs `vectorize`. */
  strategy?: Strategy;
}

interface JacobianArguments extends Required<JacobianOptions> {
  func: (...inputs: Tensor[]) => TensorOrTensors;
  inputs: TensorOrTensors;
}

const flags = { createGraph: false, strict: false, vectorize: false };
const jacobianSignature = new Signature<JacobianArguments>('jacobian', {
  func: required,
  inputs: required,
  ...flags,
  strategy: 'reverse-mode',
});

function checkStrategy(where: string, strategy: unknown): void {
  if (strategy === 'reverse-mode' || strategy === 'forward-mode') return;
  throw new ValueError(
    `${where}: the strategy must be 'forward-mode' or 'reverse-mode', got ${JSON.stringify(strategy)}; with more outputs than inputs forward mode is the faster, else reverse mode`,
  );
}

/** The rows of the Jacobian of one output, a gradient with respect to each input for each element. */
function rowsOf(
  output: Tensor,
  which: number,
  inputs: readonly Tensor[],
  { createGraph, strict }: JacobianArguments,
): Tensor[] {
  const rows: Tensor[][] = inputs.map(() => []);
  const flat = output.reshape(-1);
  for (let j = 0; j < output.numel(); j++) {
    const options = { retainGraph: true, createGraph };
    for (const [i, row] of gradients([flat[j] as Tensor], inputs, null, options).entries()) {
      if (row !== null && strict && createGraph && !row.requiresGrad) {
        throw new TorchError(
          `the jacobian of the user-provided function is independent of input ${i}, which is not allowed in strict mode when createGraph is set`,
        );
      }
      if (row === null && strict) {
        throw new TorchError(
          `output ${which} of the user-provided function is independent of input ${i}, which is not allowed in strict mode`,
        );
      }
      rows[i]?.push(row ?? operators.torch.zerosLike(inputs[i] as Tensor));
    }
  }
  return rows.map((list, i) => {
    const shape = [...output.shape, ...(inputs[i] as Tensor).shape];
    // An output without elements has no rows, and derivatives of a shape all the same.
    return list.length === 0
      ? (inputs[i] as Tensor).newZeros(shape)
      : operators.torch.stack(list, 0).view(shape);
  });
}

/**
 * The Jacobian of a function: the derivatives of each element of its outputs with respect to each
 * element of its inputs.
 *
 * @param func Takes the inputs, and returns a Tensor or an array of them.
 * @param inputs A Tensor, or an array of them.
 * @param createGraph Whether the Jacobian can be differentiated. Default: false.
 * @param strict Whether an input that an output does not depend on is an error, and not zeros.
 * Default: false.
 * @returns a Tensor of the output's shape and then the input's; for arrays of outputs, of inputs,
 * or of both, an array for each output with a Tensor for each input.
 *
 * @example
 * ```ts
 * const square = (x: Tensor) => x.pow(2);
 * console.log(torch.autograd.functional.jacobian(square, torch.tensor([1, 2])));
 * // tensor([[2., 0.],
 * //         [0., 4.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.jacobian.html
 */
export function jacobian<const I extends TensorOrTensors, O extends TensorOrTensors>(
  func: (...inputs: Tensor[]) => O,
  inputs: I,
  ...rest: Call<
    [],
    [createGraph: boolean, strict: boolean, vectorize: boolean, strategy: Strategy],
    JacobianOptions
  >
): Jacobian<O, I> {
  return compute(jacobianSignature.bind([func, inputs, ...rest])) as Jacobian<O, I>;
}

/** For each tensor the rows of a common identity matrix that are its elements'. */
function standardBasis(tensors: readonly Tensor[]): Tensor[] {
  const counts = tensors.map((tensor) => tensor.numel());
  const total = counts.reduce((sum, count) => sum + count, 0);
  let start = 0;
  return tensors.map((tensor, i) => {
    const chunk = tensor.detach().newZeros([total, counts[i] as number]);
    chunk.diagonal(-start).fill_(1);
    start += counts[i] as number;
    return chunk;
  });
}

/** All outputs' derivatives in one backward for all elements: for each input a tensor of rows. */
function vectorized(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  createGraph: boolean,
): Tensor[][] {
  const counts = outputs.map((output) => output.numel());
  const flat = outputs.map((output) => output.reshape(-1));
  const options = { createGraph, retainGraph: true, isGradsBatched: true };
  const found = gradients(flat, inputs, standardBasis(outputs), options);
  const columns = inputs.map((input, i) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const rows = found[i] ?? input.newZeros([total, ...input.shape]);
    return rows
      .split(counts, 0)
      .map((part, o) => part.reshape([...(outputs[o] as Tensor).shape, ...input.shape]));
  });
  return outputs.map((_, o) => columns.map((column) => column[o] as Tensor));
}

/** All outputs' derivatives by forward mode, a column for each element of the inputs. */
function forwardJacobian(bound: JacobianArguments): unknown {
  const { func, createGraph, strict, vectorize } = bound;
  for (const [name, flag] of Object.entries({ createGraph, strict })) {
    if (!flag) continue;
    throw new NotImplementedError(
      `jacobian: ${name} and the strategy 'forward-mode' are not supported together`,
    );
  }
  if (!vectorize) {
    throw new NotImplementedError("jacobian: the strategy 'forward-mode' needs vectorize: true");
  }
  const [isInputTuple, inputs] = tuple(bound.inputs, 'inputs', 'jacobian');
  let isOutputTuple = false;
  const columnsOf = (which: number, tangent: Tensor) =>
    forwardAd.dualLevel(() => {
      const duals = inputs.map((one, i) =>
        forwardAd.makeDual(one, i === which ? tangent : operators.torch.zerosLike(one)),
      );
      const what = 'outputs of the user-provided function';
      const [isTuple, outputs] = tuple(func(...duals), what, 'jacobian');
      isOutputTuple = isTuple;
      return outputs.map((output) => {
        const unpacked = forwardAd.unpackDual(output);
        return unpacked.tangent ?? operators.torch.zerosLike(unpacked.primal);
      });
    });
  const columns = inputs.map((input, which) =>
    [...(standardBasis([input])[0] as Tensor)].map((row) =>
      columnsOf(which, row.view(input.shape)),
    ),
  );
  const count = columns[0]?.[0]?.length ?? 0;
  const all = Array.from({ length: count }, (_, o) =>
    untuple(
      columns.map((list, i) => {
        const stacked = operators.torch.stack(
          list.map((column) => column[o] as Tensor),
          -1,
        );
        return stacked.reshape([...stacked.shape.slice(0, -1), ...(inputs[i] as Tensor).shape]);
      }),
      isInputTuple,
    ),
  );
  return untuple(all, isOutputTuple);
}

function compute(bound: JacobianArguments): unknown {
  const { func, createGraph, strict, vectorize, strategy } = bound;
  if (typeof func !== 'function') {
    throw new TypeError(`jacobian takes a function, got ${typeof func}`);
  }
  checkFlags('jacobian', { createGraph, strict, vectorize });
  checkStrategy('jacobian', strategy);
  if (strategy === 'forward-mode') return forwardJacobian(bound);
  if (strict && vectorize) {
    throw new TorchError('jacobian: strict and vectorize are not supported together');
  }
  return enableGrad(() => {
    const [isInputTuple, given] = tuple(bound.inputs, 'inputs', 'jacobian');
    const inputs = preprocess(given, createGraph, true);
    const what = 'outputs of the user-provided function';
    const [isOutputTuple, outputs] = tuple(func(...inputs), what, 'jacobian');
    checkRequiresGrad(outputs, 'outputs', strict);
    const rows = vectorize
      ? vectorized(outputs, inputs, createGraph)
      : outputs.map((output, which) => rowsOf(output, which, inputs, bound));
    const all = rows.map((row) => untuple(postprocess(row, createGraph), isInputTuple));
    return untuple(all, isOutputTuple);
  });
}

/** The options of {@link hessian}. */
export interface HessianOptions {
  createGraph?: boolean;
  strict?: boolean;
  vectorize?: boolean;
  outerJacobianStrategy?: Strategy;
}

interface HessianArguments extends Required<HessianOptions> {
  func: (...inputs: Tensor[]) => Tensor;
  inputs: TensorOrTensors;
}

const hessianSignature = new Signature<HessianArguments>('hessian', {
  func: required,
  inputs: required,
  ...flags,
  outerJacobianStrategy: 'reverse-mode',
});

/**
 * The Hessian of a scalar function: its second derivatives with respect to each pair of elements of
 * its inputs.
 *
 * @param func Takes the inputs, and returns a Tensor of one element.
 * @param inputs A Tensor, or an array of them.
 * @param createGraph Whether the Hessian can be differentiated. Default: false.
 * @param strict Whether an input that the Jacobian does not depend on is an error, and not zeros.
 * Default: false.
 * @returns a Tensor of the input's shape twice over; for an array of inputs, an array for each with
 * a Tensor for each.
 *
 * @example
 * ```ts
 * const cubes = (x: Tensor) => x.pow(3).sum();
 * console.log(torch.autograd.functional.hessian(cubes, torch.tensor([1, 2])));
 * // tensor([[ 6.,  0.],
 * //         [ 0., 12.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.hessian.html
 */
export function hessian<const I extends TensorOrTensors>(
  func: (...inputs: Tensor[]) => Tensor,
  inputs: I,
  ...rest: Call<
    [],
    [createGraph: boolean, strict: boolean, vectorize: boolean, outerJacobianStrategy: Strategy],
    HessianOptions
  >
): Jacobian<I, I> {
  const bound = hessianSignature.bind([func, inputs, ...rest]);
  const { createGraph, strict, vectorize, outerJacobianStrategy: strategy } = bound;
  checkStrategy('hessian', strategy);
  const [isTuple, all] = tuple(inputs, 'inputs', 'hessian');
  const scalar = (...given: Tensor[]) => {
    const output: unknown = func(...given);
    const [isOutputTuple, [only]] = tuple(
      output,
      'outputs of the user-provided function',
      'hessian',
    );
    checkRequiresGrad([only as Tensor], 'outputs', strict);
    if (isOutputTuple)
      throw new TorchError('the function given to hessian should return a single Tensor');
    if (only?.numel() !== 1) {
      throw new TorchError(
        'the Tensor returned by the function given to hessian should contain a single element',
      );
    }
    return only.squeeze();
  };
  const slopes = (...given: Tensor[]) => {
    // Forward mode is given tensors without a history.
    if (strategy === 'forward-mode') for (const one of given) one.requiresGrad_();
    const found = jacobian(scalar, given, { createGraph: true }) as Tensor[];
    checkRequiresGrad(found, 'jacobian', strict);
    return found;
  };
  const found = jacobian(slopes, all, { createGraph, strict, vectorize, strategy });
  return untuple(
    (found as Tensor[][]).map((row) => untuple(row, isTuple)),
    isTuple,
  ) as Jacobian<I, I>;
}
