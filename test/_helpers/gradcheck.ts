import test, { type ExecutionContext } from 'ava';
import torch, { autograd, type Tensor } from 'sconce';

/** A function under test; it must be smooth around its inputs. */
export type Differentiable = (...inputs: Tensor[]) => Tensor;

/** Tighter than gradcheck's own: the functions here are smooth and their inputs near 1. */
const TOLERANCES = { eps: 1e-5, atol: 1e-7, rtol: 1e-7 };

const leavesOf = (inputs: readonly Tensor[]) =>
  inputs.map((input) => input.detach().clone().requiresGrad_());

/** Fails unless autograd's gradients are those of central differences; for inputs of float64. */
export function gradcheck(t: ExecutionContext, of: Differentiable, inputs: readonly Tensor[]) {
  const leaves = leavesOf(inputs);
  t.true(of(...leaves).requiresGrad, 'the output has a gradient');
  t.notThrows(() => autograd.gradcheck(of, leaves, TOLERANCES));
}

/** The same for the gradients' own gradients. */
export function gradgradcheck(t: ExecutionContext, of: Differentiable, inputs: readonly Tensor[]) {
  t.notThrows(() => autograd.gradgradcheck(of, leavesOf(inputs), TOLERANCES));
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
