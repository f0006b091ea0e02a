import test, { type ExecutionContext } from 'ava';
import torch, { type Tensor } from 'sconce';

/** A function under test; it must be smooth around its inputs. */
export type Differentiable = (...inputs: Tensor[]) => Tensor;

const STEP = 1e-5;
const TOLERANCE = 1e-7;

function elements(x: Tensor): Float64Array {
  return x.detach().toTypedArray() as Float64Array;
}

/** The same weights for every tensor of a shape, none of them alike. */
function weightsLike(x: Tensor): Tensor {
  const weights = Float64Array.from({ length: x.numel() }, (_, i) => Math.cos(1 + 2 * i));
  return torch.tensor(weights).view(x.shape);
}

/** How the weighted sum of `of(...inputs)` changes with each element of `inputs[which]`. */
function numericalGradient(of: Differentiable, inputs: Tensor[], which: number): number[] {
  const input = inputs[which] as Tensor;
  const at = (index: number, change: number) => {
    const moved = elements(input);
    moved[index] = (moved[index] as number) + change;
    const value = torch.tensor(moved).view(input.shape).requiresGrad_();
    const output = of(...inputs.with(which, value)).detach();
    return output.mul(weightsLike(output)).sum().item();
  };
  return Array.from({ length: input.numel() }, (_, i) => (at(i, STEP) - at(i, -STEP)) / (2 * STEP));
}

/** Fails unless autograd's gradients are those of central differences; for inputs of float64. */
export function gradcheck(t: ExecutionContext, of: Differentiable, inputs: readonly Tensor[]) {
  const leaves = inputs.map((input) => input.detach().clone().requiresGrad_());
  const output = of(...leaves);
  t.true(output.requiresGrad, 'the output has a gradient');
  const gradients = torch.autograd.grad(output, leaves, {
    gradOutputs: weightsLike(output),
    materializeGrads: true,
  });
  for (const [which, gradient] of gradients.entries()) {
    t.deepEqual(gradient.shape, leaves[which]?.shape);
    const analytic = elements(gradient);
    const numerical = numericalGradient(of, leaves, which);
    const wrong = numerical.findIndex((expected, i) => {
      const difference = Math.abs((analytic[i] as number) - expected);
      return !(difference <= TOLERANCE * (1 + Math.abs(expected)));
    });
    const message = `input ${which}, element ${wrong}: ${analytic[wrong]} against ${numerical[wrong]}`;
    t.is(wrong, -1, message);
  }
}

/** The same for the gradients' own gradients. */
export function gradgradcheck(t: ExecutionContext, of: Differentiable, inputs: readonly Tensor[]) {
  const weights = weightsLike(of(...inputs));
  const slopes = (...given: Tensor[]): Tensor => {
    const leaves = given.slice(0, -1);
    const gradients = torch.autograd.grad(of(...leaves), leaves, {
      gradOutputs: given.at(-1) as Tensor,
      createGraph: true,
    });
    return torch.cat(gradients.map((gradient) => gradient.flatten()));
  };
  gradcheck(t, slopes, [...inputs, weights]);
}

/** What is checked, and on what. */
export interface Case {
  of: Differentiable;
  /** The shapes of the inputs. */
  shapes: readonly number[][];
  /** How an input is made. Default: `torch.randn`. */
  from?: (shape: number[]) => Tensor;
  /** Whether second derivatives are checked too. */
  twice?: boolean;
}

/** Numbers from 0.5 to 1.5. */
export function positive(shape: number[]): Tensor {
  return torch.rand(shape, { dtype: torch.float64 }).add(0.5);
}

/** Numbers with the normal distribution. */
export function normal(shape: number[]): Tensor {
  return torch.randn(shape, { dtype: torch.float64 });
}

/** One test for each case. */
export function checkGradients(cases: Record<string, Case>): void {
  for (const [name, { of, shapes, from = normal, twice = false }] of Object.entries(cases)) {
    test(name, (t) => {
      torch.manualSeed(7);
      const inputs = shapes.map((shape) => from([...shape]));
      gradcheck(t, of, inputs);
      if (twice) gradgradcheck(t, of, inputs);
    });
  }
}
