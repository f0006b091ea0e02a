import { TorchError, ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, checkFlags, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { warn } from '../warnings.js';
import { isTensor } from './arguments.js';
import type { Gradients } from './functional-support.js';
import { grad } from './grad.js';
import { GradcheckError } from './gradcheck-analytical.js';
import {
  checkBatched,
  checkBatchedForward,
  checkMultiplied,
  checkUndefinedGradients,
  checkUndefinedTangents,
} from './gradcheck-contract.js';
import { fastCheck, type ModeOptions, type Subject, slowCheck } from './gradcheck-modes.js';
import {
  asTuple,
  type CheckedFunction,
  checkedInputs,
  type Func,
  outputsWithGradient,
} from './gradcheck-numerical.js';
import { isSparse, valuesOf } from './gradcheck-sparse.js';

export { GradcheckError } from './gradcheck-analytical.js';
export type { CheckedFunction } from './gradcheck-numerical.js';

/** The options of {@link gradcheck}. */
export interface GradcheckOptions {
  /** How far inputs are moved for finite differences. Default: 1e-6. */
  eps?: number;
  /** The absolute tolerance. Default: 1e-5. */
  atol?: number;
  /** The relative tolerance. Default: 1e-3. */
  rtol?: number;
  /** Whether wrong gradients throw; else the result is false. Default: true. */
  raiseException?: boolean;
  /** How far two runs of backward may differ. Default: 0. */
  nondetTol?: number;
  /** Whether null gradients of outputs are tried, which stand for zeros. Default: true. */
  checkUndefinedGrad?: boolean;
  /** Whether gradients must have the dtype of their inputs. Default: false. */
  checkGradDtypes?: boolean;
  /** Whether backward is checked for several gradients at once, by `torch.vmap`. Default: false. */
  checkBatchedGrad?: boolean;
  /** Whether forward mode is checked for several tangents at once. Default: false. */
  checkBatchedForwardGrad?: boolean;
  /** Whether forward mode is checked. Default: false. */
  checkForwardAd?: boolean;
  /** Whether backward mode is checked. Default: true. */
  checkBackwardAd?: boolean;
  /** Whether random sums of the Jacobian are compared, and not all of it. Default: false. */
  fastMode?: boolean;
  /** Whether the gradients of elements that a sparse input does not specify are ignored. Default: false. */
  masked?: boolean;
}

type GradcheckArguments = Required<GradcheckOptions> & { func: CheckedFunction; inputs: unknown };

const defaults = {
  eps: 1e-6,
  atol: 1e-5,
  rtol: 1e-3,
  raiseException: true,
  nondetTol: 0,
  checkUndefinedGrad: true,
  checkGradDtypes: false,
  checkBatchedGrad: false,
  checkBatchedForwardGrad: false,
};

const signature = new Signature<GradcheckArguments>(
  'gradcheck()',
  { func: required, inputs: required },
  { ...defaults, checkForwardAd: false, checkBackwardAd: true, fastMode: false, masked: false },
);

function checkInputs(inputs: readonly unknown[]): void {
  const [indices, tensors] = checkedInputs(inputs);
  if (tensors.length === 0) {
    throw new ValueError(
      'gradcheck expects at least one input tensor to require gradient, but none of them have requiresGrad set',
    );
  }
  for (const [i, tensor] of tensors.entries()) {
    const { dtype } = tensor;
    if (dtype.itemsize / (dtype.isComplex ? 2 : 1) < 8) {
      warn(
        `Input #${indices[i]} requires gradient and is not a double precision floating point or complex. This check will likely fail if all the inputs are not of double precision floating point or complex.`,
      );
    }
    const content = valuesOf(tensor);
    const [strides, sizes] = [content.stride(), content.shape];
    if (strides.some((stride, dim) => stride === 0 && (sizes[dim] as number) > 1)) {
      throw new TorchError(
        `the ${indices[i]}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to be able to compute the numerical gradients correctly. You should call .contiguous() on the input before passing it to gradcheck.`,
      );
    }
  }
}

function checkOutputs(outputs: readonly Tensor[]): void {
  if (outputs.some(isSparse)) {
    throw new ValueError(
      'sparse output is not supported at gradcheck yet; call toDense({ maskedGrad: ... }) on the output of func',
    );
  }
}

/** The function with only the real or the imaginary parts of its complex outputs. */
function partOfOutputs(func: Func, part: 'real' | 'imag'): Func {
  return (...inputs) =>
    asTuple(func(...inputs)).map((output) => (output.dtype.isComplex ? output[part] : output));
}

/** The function of one part of its complex inputs, the other staying what it is. */
function partOfInputs(func: Func, given: readonly unknown[], part: 'real' | 'imag'): Func {
  return (...inputs) =>
    func(
      ...inputs.map((input, i) => {
        const whole = given[i];
        if (!isTensor(whole) || !whole.dtype.isComplex) return input;
        const [real, imag] =
          part === 'real' ? [input as Tensor, whole.imag] : [whole.real, input as Tensor];
        return operators.torch.complex(real, imag);
      }),
    );
}

function subjectOf(func: Func, inputs: readonly unknown[]): Subject {
  const results = asTuple(func(...inputs));
  return { func, inputs, results, outputs: outputsWithGradient(results) };
}

type Check = (subject: Subject, options: ModeOptions) => void;

function checkBackward(check: Check, subject: Subject, options: ModeOptions): void {
  const { func, inputs, results, outputs } = subject;
  if (!results.some((output) => output.dtype.isComplex)) {
    check(subject, options);
    return;
  }
  const complexIndices = [...outputs.keys()].filter((i) => outputs[i]?.dtype.isComplex);
  for (const part of ['imag', 'real'] as const) {
    const isImaginary = part === 'imag';
    const parted = subjectOf(partOfOutputs(func, part), inputs);
    check(parted, { ...options, complexIndices, isImaginary });
  }
}

function checkForward(
  check: Check,
  subject: Subject,
  options: ModeOptions,
  checksUndefined: boolean,
): void {
  const { func, inputs } = subject;
  const isComplex = (input: unknown): input is Tensor => isTensor(input) && input.dtype.isComplex;
  const complexIndices = [...inputs.keys()].filter((i) => isComplex(inputs[i]));
  const parts = complexIndices.length > 0 ? (['imag', 'real'] as const) : [null];
  for (const part of parts) {
    const isImaginary = part === 'imag';
    const parted = part
      ? subjectOf(
          partOfInputs(func, inputs, part),
          inputs.map((input) => (isComplex(input) ? input[part] : input)),
        )
      : subject;
    check(parted, { ...options, complexIndices, isImaginary, isForwardAd: true });
    if (checksUndefined) checkUndefinedTangents(parted);
  }
}

function run(bound: GradcheckArguments): boolean {
  const { eps, atol, rtol, nondetTol, checkGradDtypes, checkUndefinedGrad } = bound;
  const inputs = Array.isArray(bound.inputs) ? bound.inputs : [bound.inputs];
  checkInputs(inputs);
  const subject = subjectOf(bound.func as Func, inputs);
  checkOutputs(subject.outputs);
  const { masked } = bound;
  const mode = { isForwardAd: false, complexIndices: [], isImaginary: false, masked };
  const options = { eps, atol, rtol, nondetTol, checkGradDtypes, ...mode };
  const check = bound.fastMode ? fastCheck : slowCheck;
  if (bound.checkBackwardAd) checkBackward(check, subject, options);
  if (bound.checkForwardAd) checkForward(check, subject, options, checkUndefinedGrad);
  if (bound.checkBatchedForwardGrad) checkBatchedForward(subject);
  if (!bound.checkBackwardAd) return true;
  if (bound.checkBatchedGrad) checkBatched(subject);
  if (subject.outputs.length > 0) {
    checkMultiplied(subject, masked);
    if (checkUndefinedGrad) checkUndefinedGradients(subject);
  }
  return true;
}

function checkArguments(where: string, bound: object & { func: unknown }): void {
  const { func, ...others } = bound;
  if (typeof func !== 'function') {
    throw new TypeError(`${where} takes a function, got ${typeof func}`);
  }
  const entries = Object.entries(others);
  checkFlags(
    where,
    Object.fromEntries(entries.filter(([name]) => /^(check|fast|masked|raise)/.test(name))),
  );
}

/**
 * Compares the gradients of a function with finite differences.
 *
 * @param func Takes the inputs, and returns a Tensor or an array of them.
 * @param inputs A Tensor, or an array: Tensors and whatever else the function takes. Those that
 * require gradients are checked; they should be of float64 or complex128, and are moved in place
 * and back. Where they are sparse, every element counts, or with `masked` those that they specify.
 * @returns true; false where gradients are wrong and `raiseException` is off.
 * @throws GradcheckError where gradients are wrong.
 *
 * @example
 * ```ts
 * const a = torch.rand(2, 3, { dtype: torch.float64, requiresGrad: true });
 * torch.autograd.gradcheck((x: Tensor) => x.sin().sum(), a); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html
 */
export function gradcheck(
  ...args: Call<[func: CheckedFunction, inputs: unknown], [], GradcheckOptions>
): boolean {
  const bound = signature.bind(args);
  checkArguments('gradcheck()', bound);
  if (!bound.checkForwardAd && !bound.checkBackwardAd) {
    throw new ValueError('gradcheck(): one of checkForwardAd and checkBackwardAd must be set');
  }
  if (bound.checkBatchedForwardGrad && !bound.checkForwardAd) {
    throw new ValueError('gradcheck(): checkBatchedForwardGrad needs checkForwardAd');
  }
  if (bound.checkBatchedGrad && !bound.checkBackwardAd) {
    throw new ValueError('gradcheck(): checkBatchedGrad needs checkBackwardAd');
  }
  try {
    return run(bound);
  } catch (error) {
    if (bound.raiseException || !(error instanceof GradcheckError)) throw error;
    return false;
  }
}

/** The options of {@link gradgradcheck}. */
export interface GradgradcheckOptions
  extends Omit<GradcheckOptions, 'checkForwardAd' | 'checkBackwardAd'> {
  gradOutputs?: Tensor | readonly Tensor[] | null;
  /** Whether random gradients of the outputs are not contiguous. Default: false. */
  genNonContigGradOutputs?: boolean;
  /** Whether forward mode over backward is checked. Default: false. */
  checkFwdOverRev?: boolean;
  /** Whether backward over backward is checked. Default: true. */
  checkRevOverRev?: boolean;
}

type GradgradcheckArguments = Required<GradgradcheckOptions> & {
  func: CheckedFunction;
  inputs: unknown;
};

const twiceSignature = new Signature<GradgradcheckArguments>(
  'gradgradcheck()',
  { func: required, inputs: required, gradOutputs: null },
  {
    ...defaults,
    genNonContigGradOutputs: false,
    checkFwdOverRev: false,
    checkRevOverRev: true,
    fastMode: false,
    masked: false,
  },
);

/** A random gradient for an output, from -1 to 1. */
function randomGradient(output: Tensor, isNonContiguous: boolean): Tensor {
  const { shape, dtype, device } = output;
  const options = { dtype, device };
  const wide = isNonContiguous && output.numel() > 1 ? [...shape, 2] : [...shape, 1];
  const numbers = operators.torch.rand(wide, options).mul(2).sub(1);
  return numbers.select(-1, 0).detach().requiresGrad_();
}

/**
 * Compares the gradients of a function's gradients with finite differences.
 *
 * @param func Takes the inputs, and returns a Tensor or an array of them.
 * @param inputs As those of {@link gradcheck}.
 * @param gradOutputs The gradients with respect to the outputs. Default: random.
 * @returns true; false where gradients are wrong and `raiseException` is off.
 * @throws GradcheckError where gradients are wrong.
 *
 * @example
 * ```ts
 * const a = torch.rand(2, 3, { dtype: torch.float64, requiresGrad: true });
 * torch.autograd.gradgradcheck((x: Tensor) => x.pow(3), a); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradgradcheck.html
 */
export function gradgradcheck(
  ...args: Call<
    [func: CheckedFunction, inputs: unknown],
    [gradOutputs: Tensor | readonly Tensor[] | null],
    GradgradcheckOptions
  >
): boolean {
  const bound = twiceSignature.bind(args);
  checkArguments('gradgradcheck()', bound);
  const { func, gradOutputs, genNonContigGradOutputs, checkFwdOverRev, checkRevOverRev, ...rest } =
    bound;
  if (!checkFwdOverRev && !checkRevOverRev) {
    throw new ValueError('gradgradcheck(): one of checkFwdOverRev and checkRevOverRev must be set');
  }
  const inputs: unknown[] = Array.isArray(bound.inputs) ? bound.inputs : [bound.inputs];
  const outputsOf = (given: readonly unknown[]) => outputsWithGradient((func as Func)(...given));
  const weights = gradOutputs
    ? [...asTuple(gradOutputs)]
    : outputsOf(inputs).map((output) => randomGradient(output, genNonContigGradOutputs));
  const all = [...inputs, ...weights];
  const wantsGradient = all.map((one) => isTensor(one) && one.requiresGrad);
  const slopes: Func = (...given) => {
    // Forward mode is given tensors without a history.
    const leaves = given.map((one, i) =>
      wantsGradient[i] ? (one as Tensor).requiresGrad_() : one,
    );
    const outputs = outputsOf(leaves.slice(0, inputs.length));
    const found: Gradients = grad(
      outputs,
      leaves.slice(0, inputs.length).filter((_, i) => wantsGradient[i]) as Tensor[],
      {
        gradOutputs: leaves.slice(inputs.length) as Tensor[],
        createGraph: true,
        allowUnused: true,
      },
    );
    return found.filter((gradient) => gradient !== null);
  };
  return gradcheck(slopes, all, {
    ...(({ inputs: _, ...others }) => others)(rest),
    checkForwardAd: checkFwdOverRev,
    checkBackwardAd: checkRevOverRev,
  });
}
