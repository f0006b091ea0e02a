import { float64 } from '../dtype.js';
import { TorchError } from '../errors.js';
import { operators } from '../operators.js';
import { Tensor } from '../tensor.js';
import type { AdamGroupOptions } from './adam.js';
import { checkFusable, groupByKind } from './fused.js';

/** The lists that one step works on; entry `i` of each belongs to parameter `i`. */
export interface Lists {
  params: Tensor[];
  grads: Tensor[];
  averages: Tensor[];
  squares: Tensor[];
  /** Empty without `amsgrad`. */
  maxima: Tensor[];
  steps: Tensor[];
}

/**
 * `base ** exponent` as C's `pow` rounds it. JavaScript's `**` is another implementation, and
 * differs in the last bit here and there.
 */
function power(base: number, exponent: number): number {
  const { torch } = operators;
  return Number(torch.pow(base, torch.scalarTensor(exponent, { dtype: float64 })).item());
}

/** The step size and the root of the second bias correction for a count of steps. */
function corrections(group: AdamGroupOptions, step: number): { size: number; root: number } {
  const [beta1, beta2] = group.betas;
  const bias1 = 1 - power(beta1, step);
  const { lr } = group;
  return {
    size: lr instanceof Tensor ? Number(lr.div(bias1)) : lr / bias1,
    root: power(1 - power(beta2, step), 0.5),
  };
}

/** The lists with complex tensors seen as pairs of real numbers. */
function asReal(lists: Lists): Lists {
  const complex = lists.params.map((param) => param.dtype.isComplex);
  if (!complex.includes(true)) return lists;
  const { torch } = operators;
  const view = (tensors: readonly Tensor[]) =>
    tensors.map((tensor, i) => (complex[i] ? torch.viewAsReal(tensor) : tensor));
  return {
    params: view(lists.params),
    grads: view(lists.grads),
    averages: view(lists.averages),
    squares: view(lists.squares),
    maxima: view(lists.maxima),
    steps: lists.steps,
  };
}

/** One step for all parameters, a call for each formula; it rounds as Python's loop does. */
export function foreachUpdate(group: AdamGroupOptions, lists: Lists): void {
  const { torch } = operators;
  const { lr, weightDecay } = group;
  const [beta1, beta2] = group.betas;
  torch._foreachAdd_(lists.steps, 1);
  let { grads } = lists;
  if (group.maximize) grads = torch._foreachNeg(grads);
  if (weightDecay !== 0 && group.decoupledWeightDecay) {
    if (lr instanceof Tensor) torch._foreachMul_(lists.params, lr.mul(weightDecay).neg().add(1));
    else torch._foreachMul_(lists.params, 1 - lr * weightDecay);
  } else if (weightDecay !== 0) {
    grads = torch._foreachAdd(grads, lists.params, { alpha: weightDecay });
  }
  const real = asReal({ ...lists, grads });
  torch._foreachLerp_(real.averages, real.grads, 1 - beta1);
  torch._foreachMul_(real.squares, beta2);
  torch._foreachAddcmul_(real.squares, real.grads, real.grads, 1 - beta2);
  if (group.amsgrad) torch._foreachMaximum_(real.maxima, real.squares);
  const denominators = torch._foreachSqrt(group.amsgrad ? real.maxima : real.squares);
  if (group.capturable) finishOnDevice(group, real, denominators);
  else finish(group, real, denominators);
}

function finish(group: AdamGroupOptions, lists: Lists, denominators: Tensor[]): void {
  const { torch } = operators;
  const byCount = new Map<number, { size: number; root: number }>();
  const sizes: number[] = [];
  const roots: number[] = [];
  for (const step of lists.steps) {
    const count = Number(step.item());
    const { size, root } = byCount.get(count) ?? corrections(group, count);
    byCount.set(count, { size, root });
    sizes.push(-size);
    roots.push(root);
  }
  torch._foreachDiv_(denominators, roots);
  torch._foreachAdd_(denominators, group.eps);
  torch._foreachAddcdiv_(lists.params, lists.averages, denominators, sizes);
}

/** The same with counts that are never read, so that a CUDA graph can capture the step. */
function finishOnDevice(group: AdamGroupOptions, lists: Lists, denominators: Tensor[]): void {
  if (lists.params.some((param) => param.device.type === 'cpu')) {
    throw new TorchError('`capturable: true` requires parameters on a GPU');
  }
  const { torch } = operators;
  const [beta1, beta2] = group.betas;
  const sizes = torch._foreachPow(beta1, lists.steps);
  torch._foreachSub_(sizes, 1);
  if (group.lr instanceof Tensor) torch._foreachDiv_(sizes, group.lr);
  else torch._foreachDiv_(sizes, group.lr);
  torch._foreachReciprocal_(sizes);
  const roots = torch._foreachPow(beta2, lists.steps);
  torch._foreachSub_(roots, 1);
  torch._foreachNeg_(roots);
  torch._foreachSqrt_(roots);
  torch._foreachDiv_(denominators, roots);
  torch._foreachAdd_(denominators, group.eps);
  torch._foreachDiv_(denominators, sizes);
  torch._foreachAddcdiv_(lists.params, lists.averages, denominators);
}

/** One step by libtorch's fused kernel. */
export function fusedUpdate(group: AdamGroupOptions, lists: Lists): void {
  checkFusable(lists.params);
  const { torch } = operators;
  const kernel = group.decoupledWeightDecay ? torch._fusedAdamw_ : torch._fusedAdam_;
  const [beta1, beta2] = group.betas;
  for (const indices of groupByKind(lists.params)) {
    const pick = (tensors: readonly Tensor[]) => indices.flatMap((i) => tensors[i] ?? []);
    const steps = pick(lists.steps);
    torch._foreachAdd_(steps, 1);
    kernel(
      pick(lists.params),
      pick(lists.grads),
      pick(lists.averages),
      pick(lists.squares),
      pick(lists.maxima),
      steps,
      {
        lr: Number(group.lr),
        beta1,
        beta2,
        weightDecay: group.weightDecay,
        eps: group.eps,
        amsgrad: group.amsgrad,
        maximize: group.maximize,
      },
    );
  }
}
