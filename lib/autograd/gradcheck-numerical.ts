import { Complex } from '../complex.js';
import { TorchError } from '../errors.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { isTensor } from './arguments.js';
import type { TensorOrTensors } from './functional-support.js';
import { entriesOf, isSparse, valuesOf } from './gradcheck-sparse.js';

/** A function under test; arguments that are no tensors are passed on. */
export type CheckedFunction = (...inputs: never[]) => TensorOrTensors;

/** As it is called here, with what was given for inputs. */
export type Func = (...inputs: readonly unknown[]) => TensorOrTensors;

/** A direction: for a complex input one for the real parts and one for the imaginary. */
export type Direction = Tensor | readonly [real: Tensor, imag: Tensor];

/** @internal */
export function asTuple(value: TensorOrTensors): readonly Tensor[] {
  return isTensor(value) ? [value] : (value as readonly Tensor[]);
}

/** The outputs that a gradient flows back from. @internal */
export function outputsWithGradient(outputs: TensorOrTensors): Tensor[] {
  return asTuple(outputs).filter((output) => output.requiresGrad);
}

/** @internal */
export function isDifferentiable(value: unknown): value is Tensor {
  return isTensor(value) && (value.dtype.isFloatingPoint || value.dtype.isComplex);
}

/** The inputs that gradients are checked for, and where they stand. @internal */
export function checkedInputs(inputs: readonly unknown[]): [indices: number[], tensors: Tensor[]] {
  const indices = [...inputs.keys()].filter((i) => {
    const input = inputs[i];
    return isTensor(input) && input.requiresGrad;
  });
  return [indices, indices.map((i) => inputs[i] as Tensor)];
}

function checkSameKind(first: Tensor, second: Tensor, eps: number, index?: number[]): void {
  const where = index ? `on index [${index.join(', ')}] ` : '';
  const fail = (what: string, one: unknown, other: unknown): never => {
    throw new TorchError(
      `expected \`func\` to return outputs with the same ${what} when inputs are perturbed ${where}by ${eps}, but got ${one} and ${other}`,
    );
  };
  const [shape, other] = [first.shape, second.shape].map((sizes) => `[${sizes.join(', ')}]`);
  if (shape !== other) fail('shape', shape, other);
  if (first.dtype !== second.dtype) fail('dtype', first.dtype, second.dtype);
}

/** Central differences of all outputs, for a move of `entry` by `step`. */
function differences(
  run: () => readonly Tensor[],
  entry: Tensor,
  step: Tensor | number | Complex,
  length: number,
  index?: number[],
): Tensor[] {
  const before = entry.clone();
  entry.copy_(operators.torch.sub(before, step as Tensor));
  const below = run();
  entry.copy_(operators.torch.add(before, step as Tensor));
  const above = run();
  entry.copy_(before);
  return below.map((low, i) => {
    const high = above[i] as Tensor;
    checkSameKind(low, high, length, index);
    return high
      .sub(low)
      .div(2 * length)
      .detach()
      .reshape(-1);
  });
}

/** The derivatives of all outputs as `entry` moves; along both axes where it is complex. */
function derivatives(
  run: () => readonly Tensor[],
  entry: Tensor,
  steps: readonly [real: Tensor | number, imag: Tensor | number],
  eps: number,
  index?: number[],
): Tensor[] {
  const [real, imag] = steps;
  const along = differences(run, entry, real, eps, index);
  if (!entry.dtype.isComplex) return along;
  const i = new Complex(0, 1);
  const step = isTensor(imag) ? imag.mul(i as never) : new Complex(0, imag);
  const across = differences(run, entry, step, eps, index);
  // The conjugate Wirtinger derivative.
  return along.map((one, n) => one.add((across[n] as Tensor).mul(i as never)));
}

function runner(func: Func, inputs: readonly unknown[]): () => readonly Tensor[] {
  return () => asTuple(func(...inputs)).map((output) => output.clone());
}

/**
 * The Jacobians of all outputs with respect to one input, by finite differences; each of shape
 * [elements of the input, elements of the output].
 * @internal
 */
export function numericalJacobian(
  func: Func,
  inputs: readonly unknown[],
  index: number,
  outputs: readonly Tensor[],
  eps: number,
): Tensor[] {
  const input = inputs[index] as Tensor;
  const options = input.dtype.isComplex ? { dtype: input.dtype } : {};
  const jacobians = outputs
    .filter(isDifferentiable)
    .map((output) => output.newZeros([input.numel(), output.numel()], options));
  for (const { entry, index: at, flat } of entriesOf(input)) {
    const all = derivatives(runner(func, inputs), entry, [eps, eps], eps, at);
    const columns = all.filter((_, i) => isDifferentiable(outputs[i]));
    for (const [i, jacobian] of jacobians.entries()) {
      jacobian.select(0, flat).copy_(columns[i] as Tensor);
    }
  }
  return jacobians;
}

/** The derivatives of all outputs as one input moves in a direction. @internal */
export function numericalJvp(
  func: Func,
  inputs: readonly unknown[],
  index: number,
  direction: Direction,
  eps: number,
): Tensor[] {
  const input = inputs[index] as Tensor;
  // A sparse tensor cannot be written into where its gradient is wanted: a copy takes its place.
  const moved = isSparse(input) ? input.clone() : input;
  const { data } = valuesOf(moved);
  const parts = isTensor(direction) ? [direction, direction] : direction;
  const steps = parts.map((part) => valuesOf(part).reshape(data.shape).mul(eps));
  const run = runner(func, inputs.with(index, moved));
  return derivatives(run, data, steps as [Tensor, Tensor], eps);
}
