import { complex128, float64 } from '../dtype.js';
import { Generator } from '../generator.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import {
  type AnalyticalOptions,
  analyticalJacobians,
  forwardJacobians,
  GradcheckError,
} from './gradcheck-analytical.js';
import {
  checkedInputs,
  type Direction,
  type Func,
  isDifferentiable,
  numericalJacobian,
  numericalJvp,
} from './gradcheck-numerical.js';
import { dense, densify, isSparse, valuesOf, withValues } from './gradcheck-sparse.js';

/** What both ways of checking are told. @internal */
export interface ModeOptions extends AnalyticalOptions {
  /** Whether of sparse inputs only the elements count that they specify. */
  masked: boolean;
  eps: number;
  atol: number;
  rtol: number;
  isForwardAd: boolean;
  /** Which inputs (outputs, in backward mode) are complex, where only one part is looked at. */
  complexIndices: readonly number[];
  isImaginary: boolean;
}

/** A function, where it is checked, and what it returned there. @internal */
export interface Subject {
  func: Func;
  inputs: readonly unknown[];
  /** All outputs, those without a gradient too. */
  results: readonly Tensor[];
  /** The outputs with a gradient. */
  outputs: readonly Tensor[];
}

function isClose(one: Tensor, other: Tensor, { rtol, atol }: { rtol: number; atol: number }) {
  const dtype = one.dtype.isComplex || other.dtype.isComplex ? complex128 : float64;
  return operators.torch.allclose(one.to(dtype), other.to(dtype), rtol, atol);
}

function mismatch(
  analytical: Tensor,
  numerical: Tensor,
  [output, input]: [number, number],
  { complexIndices, isImaginary, isForwardAd }: ModeOptions,
): string {
  const isPart = complexIndices.includes(isForwardAd ? input : output);
  const part = `${isImaginary ? 'imaginary' : 'real'} part of complex ${isForwardAd ? 'inputs' : 'outputs'}`;
  const prefix = isPart ? `While considering the ${part} only, ` : '';
  const mode = isForwardAd ? 'computed with forward mode ' : '';
  return `${prefix}Jacobian ${mode}mismatch for output ${output} with respect to input ${input},\nnumerical:${numerical}\nanalytical:${analytical}\n`;
}

/** The numerical Jacobians, for each input those of all outputs. */
function numericalJacobians(subject: Subject, eps: number): Tensor[][] {
  const { func, inputs, results } = subject;
  const [indices] = checkedInputs(inputs);
  return indices.map((index) => numericalJacobian(func, inputs, index, results, eps));
}

/** The inputs with every element specified, unless only those count that are. */
const numericalInputs = (inputs: readonly unknown[], { masked }: ModeOptions) =>
  masked ? inputs : inputs.map(densify);

/** Of what was computed for every differentiable output, that of those with a gradient. */
function withGradient<T>(results: readonly Tensor[], values: readonly T[]): T[] {
  return results.filter(isDifferentiable).flatMap((output, i) => {
    return output.requiresGrad ? [values[i] as T] : [];
  });
}

/** Compares whole Jacobians, element by element. @internal */
export function slowCheck(subject: Subject, options: ModeOptions): void {
  const { func, inputs, results, outputs } = subject;
  const moved = outputs.length === 0 ? inputs : numericalInputs(inputs, options);
  const numerical = numericalJacobians({ ...subject, inputs: moved }, options.eps);
  if (outputs.length === 0) {
    if (numerical.some((list) => list.some((one) => one.ne(0).any().item()))) {
      throw new GradcheckError('numerical gradient for function expected to be zero');
    }
    return;
  }
  const compare = (analytical: Tensor, reference: Tensor, output: number, input: number) => {
    if (isClose(analytical, reference, options)) return;
    throw new GradcheckError(mismatch(analytical, reference, [output, input], options));
  };
  if (options.isForwardAd) {
    const all = forwardJacobians(func, inputs, results, options.checkGradDtypes);
    for (const [input, references] of numerical.entries()) {
      const analytical = withGradient(results, all[input] as Tensor[]);
      for (const [output, reference] of withGradient(results, references).entries()) {
        compare(analytical[output] as Tensor, reference, output, input);
      }
    }
    return;
  }
  const references = numerical.map((list) => withGradient(results, list));
  for (const [o, output] of outputs.entries()) {
    for (const [i, jacobian] of analyticalJacobians(inputs, output, options).entries()) {
      compare(jacobian, references[i]?.[o] as Tensor, o, i);
    }
  }
}

/** A random vector of length 1, of as many elements as `like`. */
function randomVector(like: Tensor, generator: Generator, isReal: boolean): Tensor {
  const dtype = isReal && like.dtype.isComplex ? like.real.dtype : like.dtype;
  const { device } = like;
  const values = valuesOf(like);
  const vector = operators.torch.rand([values.numel()], { generator }).to(device, { dtype });
  const unit = vector.div(operators.linalg.vectorNorm(vector));
  return isSparse(like) ? withValues(like, unit.view(values.shape)) : unit;
}

/** A generator of its own, so that the user's numbers stay the user's. */
function directionsFor(
  tensors: readonly Tensor[],
  outputs: readonly Tensor[],
): { u: Direction[]; v: Tensor[] } {
  const generator = new Generator();
  const u = tensors.map((input): Direction => {
    const real = randomVector(input, generator, true);
    return input.dtype.isComplex ? [real, randomVector(input, generator, true)] : real;
  });
  return { u, v: outputs.map((output) => randomVector(output, generator, false)) };
}

/** The tolerance for a sum of elements, each of which may be off by `atol`. */
function scaledTolerance(atol: number, u: Direction, v: Tensor | null): number {
  const parts = (Array.isArray(u) ? u : [u]) as Tensor[];
  const sum = parts.reduce((total, part) => total + valuesOf(part).sum().item(), 0);
  return atol * sum * (v ? Number(v.real.sum().item()) : 1);
}

const slowWouldPass =
  'Fast gradcheck failed but element-wise differences are small: this check might have passed in slow mode, with fastMode: false.';

/** What slow mode says of one pair of input and output. */
function slowReport(
  { func, inputs, results, outputs }: Subject,
  input: number,
  output: number,
  options: ModeOptions,
): string {
  const [indices] = checkedInputs(inputs);
  const index = indices[input] as number;
  const all = numericalJacobian(func, inputs, index, results, options.eps);
  const numerical = withGradient(results, all)[output] as Tensor;
  const unlimited = { ...options, nondetTol: Number.POSITIVE_INFINITY, checkGradDtypes: false };
  const analytical = options.isForwardAd
    ? withGradient(results, forwardJacobians(func, inputs, results, false)[input] as Tensor[])[
        output
      ]
    : analyticalJacobians(inputs, outputs[output] as Tensor, unlimited)[input];
  const found = analytical as Tensor;
  const difference = numerical.sub(found).abs().max();
  return `\nThe above quantities relating the numerical and analytical jacobians are computed\nin fast mode. Below, they are recomputed in slow mode:\n\nNumerical:\n ${numerical}\nAnalytical:\n${found}\n\nThe max per-element difference (slow mode) is: ${difference}.\n${isClose(found, numerical, options) ? slowWouldPass : ''}`;
}

function dot(one: Tensor, other: Tensor): Tensor {
  return one.mul(other).sum();
}

/** The product of one input's Jacobian, as backward gives it for `v`, with the direction. */
function backwardProduct(vJ: Tensor, u: Direction): Tensor {
  const row = vJ.reshape(-1);
  if (!Array.isArray(u)) return dot(row, dense(u as Tensor).reshape(-1));
  const [real, imag] = u.map((part) => dense(part).reshape(-1)) as [Tensor, Tensor];
  return operators.torch.complex(dot(row.real, real), dot(row.imag, imag));
}

/** Compares the products of Jacobians with random vectors. @internal */
export function fastCheck(subject: Subject, options: ModeOptions): void {
  const { func, inputs, results, outputs } = subject;
  const [indices, tensors] = checkedInputs(inputs);
  const { u, v } = directionsFor(tensors, outputs);
  const moved = numericalInputs(inputs, options);
  const numerical = indices.map((index, i) => {
    const given = u[i] as Direction;
    const whole = (Array.isArray(given) ? given.map(densify) : densify(given)) as Direction;
    const direction = options.masked ? given : whole;
    const all = numericalJvp(func, moved, index, direction, options.eps);
    return all.filter((_, o) => isDifferentiable(results[o]));
  });
  if (outputs.length === 0) {
    const isZero = (one: Tensor) =>
      one.numel() === 0 || one.abs().max().item() <= options.nondetTol;
    if (numerical.every((list) => list.every(isZero))) return;
    throw new GradcheckError('numerical gradient for function expected to be zero');
  }
  const compare = (
    analytical: Tensor,
    reference: Tensor,
    [output, input]: [number, number],
    weights: Tensor | null,
  ) => {
    const atol = scaledTolerance(options.atol, u[input] as Direction, weights);
    if (isClose(analytical, reference, { rtol: options.rtol, atol })) return;
    throw new GradcheckError(
      mismatch(analytical, reference, [output, input], options) +
        slowReport(subject, input, output, options),
    );
  };
  if (options.isForwardAd) {
    const all = forwardJacobians(func, inputs, results, options.checkGradDtypes, u as Tensor[]);
    for (const [i, list] of numerical.entries()) {
      const analytical = withGradient(results, all[i] as Tensor[]);
      for (const [o, reference] of withGradient(results, list).entries()) {
        compare(analytical[o] as Tensor, reference, [o, i], null);
      }
    }
    return;
  }
  for (const [o, output] of outputs.entries()) {
    const weights = v[o] as Tensor;
    const all = analyticalJacobians(inputs, output, options, weights);
    for (const [i, vJ] of all.entries()) {
      const Ju = withGradient(results, numerical[i] as Tensor[])[o] as Tensor;
      compare(backwardProduct(vJ, u[i] as Direction), dot(weights, Ju), [o, i], weights);
    }
  }
}
