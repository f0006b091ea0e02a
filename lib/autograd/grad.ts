import { TorchError, ValueError } from '../errors.js';
import { vmap } from '../func/vmap.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import { type Call, checkFlags, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import {
  checkRequiresGrad,
  type Gradients,
  gradientIds,
  isTensor,
  leafTargets,
  type Tensors,
  targets,
  tensorList,
} from './arguments.js';
import { gradientsOf } from './node.js';

interface BackwardArguments {
  tensors: Tensors;
  gradTensors: Gradients;
  retainGraph: boolean | undefined;
  createGraph: boolean;
  inputs: Tensors | undefined;
}

const backwardSignature = new Signature<BackwardArguments>('autograd.backward()', {
  tensors: required,
  gradTensors: null,
  retainGraph: undefined,
  createGraph: false,
  inputs: undefined,
});

/**
 * Computes the gradients of the sum of `tensors` and adds them to the `grad` of the leaves.
 *
 * @param tensors What is differentiated.
 * @param gradTensors For each tensor the gradient with respect to it; null for those of one element.
 * @param retainGraph Whether the graph stays for another backward. Default: `createGraph`.
 * @param createGraph Whether the gradients can be differentiated in turn. Default: false.
 * @param inputs The leaves whose gradients are wanted. Default: all.
 *
 * @example
 * ```ts
 * const x = torch.tensor([1, 2], { requiresGrad: true });
 * torch.autograd.backward([x.sum(), x.prod()]);
 * console.log(x.grad); // tensor([3., 2.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.backward.html
 */
export function backward(
  ...args: Call<
    [tensors: Tensors],
    [gradTensors: Gradients, retainGraph: boolean, createGraph: boolean],
    Partial<Omit<BackwardArguments, 'tensors'>>
  >
): void {
  const { tensors, gradTensors, retainGraph, createGraph, inputs } = backwardSignature.bind(args);
  checkFlags('backward()', { retainGraph, createGraph });
  const outputs = tensorList('backward(): tensors', tensors);
  const gradients = gradientIds('backward(): gradTensors', outputs, gradTensors);
  const leaves = leafTargets(inputs);
  native.runBackward(targets(outputs), gradients, retainGraph, createGraph, leaves, true);
}

/** One backward for all vectors of a batch. */
function runBatched(
  run: (gradOutputs: Gradients) => (Tensor | null)[],
  gradOutputs: Gradients,
): (Tensor | null)[] {
  const all: readonly unknown[] = isTensor(gradOutputs) ? [gradOutputs] : (gradOutputs ?? []);
  const batched = all.filter(isTensor);
  if (batched.length === 0) {
    throw new ValueError('grad(): with isGradsBatched, gradOutputs must be given');
  }
  // vmap gives out tensors only: those that are null are put back.
  let isNull: boolean[] = [];
  const mapped = vmap((...vectors: Tensor[]) => {
    const left = [...vectors];
    const found = run(all.map((one) => (isTensor(one) ? (left.shift() as Tensor) : null)));
    isNull = found.map((gradient) => gradient === null);
    return found.filter((gradient) => gradient !== null);
  });
  const found = [...mapped(...batched)];
  return isNull.map((isAbsent) => (isAbsent ? null : (found.shift() ?? null)));
}

/** What {@link grad} gives: a gradient for each of the inputs. */
export type GradientsOf<Inputs extends Tensors> = Inputs extends readonly unknown[]
  ? { -readonly [Index in keyof Inputs]: Tensor }
  : [Tensor];

interface GradArguments {
  outputs: Tensors;
  inputs: Tensors;
  gradOutputs: Gradients;
  retainGraph: boolean | undefined;
  createGraph: boolean;
  allowUnused: boolean | undefined;
  isGradsBatched: boolean;
  materializeGrads: boolean;
}

const gradSignature = new Signature<GradArguments>('autograd.grad()', {
  outputs: required,
  inputs: required,
  gradOutputs: null,
  retainGraph: undefined,
  createGraph: false,
  allowUnused: undefined,
  isGradsBatched: false,
  materializeGrads: false,
});

/**
 * The gradients of the sum of `outputs` with respect to `inputs`, without touching any `grad`.
 *
 * @param outputs What is differentiated.
 * @param inputs With respect to what; an input that the outputs do not depend on is an error,
 * unless `allowUnused` (then its gradient is null) or `materializeGrads` (then it is zeros).
 * @param gradOutputs For each output the gradient with respect to it.
 * @param retainGraph Default: `createGraph`.
 * @param createGraph Whether the gradients can be differentiated in turn. Default: false.
 * @param isGradsBatched Whether the first dimension of each of `gradOutputs` counts vectors, and
 * that of each gradient their products, computed at once by `torch.vmap`. Default: false.
 * @returns one gradient for each input.
 *
 * @example
 * ```ts
 * const x = torch.tensor(3, { requiresGrad: true });
 * const [slope] = torch.autograd.grad(x.pow(2), x, { createGraph: true });
 * const [curvature] = torch.autograd.grad(slope, x); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.grad.html
 */
export function grad<const Inputs extends Tensors>(
  ...args: Call<
    [outputs: Tensors, inputs: Inputs],
    [gradOutputs: Gradients, retainGraph: boolean, createGraph: boolean],
    Partial<Omit<GradArguments, 'outputs' | 'inputs'>>
  >
): GradientsOf<Inputs> {
  const bound = gradSignature.bind(args);
  const { materializeGrads, retainGraph, createGraph } = bound;
  const { allowUnused, isGradsBatched } = bound;
  checkFlags('grad()', {
    retainGraph,
    createGraph,
    allowUnused,
    isGradsBatched,
    materializeGrads,
  });
  if (materializeGrads && bound.allowUnused === false) {
    throw new ValueError('grad(): with materializeGrads, allowUnused cannot be false');
  }
  const outputs = tensorList('grad(): outputs', bound.outputs);
  const inputs = tensorList('grad(): inputs', bound.inputs);
  if (inputs.length === 0) throw new TorchError('grad(): inputs cannot be empty');
  checkRequiresGrad('grad()', inputs);
  const run = (gradOutputs: Gradients) => {
    const ids = native.runBackward(
      targets(outputs),
      gradientIds('grad(): gradOutputs', outputs, gradOutputs),
      retainGraph,
      createGraph,
      targets(inputs),
      false,
    );
    return gradientsOf(ids);
  };
  const gradients = isGradsBatched ? runBatched(run, bound.gradOutputs) : run(bound.gradOutputs);
  const unused = gradients.indexOf(null);
  if (unused >= 0 && !materializeGrads && !bound.allowUnused) {
    throw new TorchError(
      `grad(): the outputs do not depend on input ${unused}; with { allowUnused: true } its gradient is null, with { materializeGrads: true } zeros`,
      { code: 'ERR_UNUSED_INPUT' },
    );
  }
  // Typed as what it is unless `allowUnused` was asked for, as in Python's own type stubs.
  if (!materializeGrads) return gradients as GradientsOf<Inputs>;
  const zeros = { requiresGrad: createGraph };
  return gradients.map((gradient, i) => {
    const input = inputs[i];
    if (gradient !== null) return gradient;
    if (isTensor(input)) return operators.torch.zerosLike(input, zeros);
    throw new TorchError('grad(): no zeros can stand for the gradient of an edge of the graph');
  }) as GradientsOf<Inputs>;
}
