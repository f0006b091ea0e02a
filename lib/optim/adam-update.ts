import { live, negated } from '../live-number.js';
import { operators } from '../operators.js';
import { Tensor } from '../tensor.js';
import type { Adam, AdamGroupOptions } from './adam.js';
import { type Arithmetic, Foreach, scalarDtype } from './arithmetic.js';
import { checkCapturable } from './checks.js';
import { fusable, scalingOf, uncount } from './fused.js';
import { minus, over, power, times, toNumber } from './real.js';
import { countUp, perCount } from './steps.js';

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

/** The step size, negative, and the root of the second bias correction for a count of steps. */
function corrections(group: AdamGroupOptions, count: number): { size: number; root: number } {
  const [beta1, beta2] = group.betas;
  const bias1 = minus(1, power(beta1, count));
  const bias2 = minus(1, power(beta2, count));
  const lr = group.lr instanceof Tensor ? group.lr : live(group, 'lr');
  return { size: negated(toNumber(over(lr, bias1))), root: toNumber(power(bias2, 0.5)) };
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
  const { weightDecay } = group;
  const lr = typeof group.lr === 'number' ? live(group, 'lr') : group.lr.squeeze();
  const [beta1, beta2] = group.betas;
  const ops = new Foreach(scalarDtype(lists.params));
  countUp(lists.steps);
  let { grads } = lists;
  if (group.maximize) grads = ops.neg(grads);
  if (weightDecay !== 0 && group.decoupledWeightDecay) {
    const kept =
      lr instanceof Tensor ? lr.mul(weightDecay).neg().add(1) : minus(1, times(lr, weightDecay));
    ops.mul_(lists.params, kept);
  } else if (weightDecay !== 0) {
    grads = ops.add(grads, lists.params, weightDecay);
  }
  const real = asReal({ ...lists, grads });
  ops.lerp_(real.averages, real.grads, Number(minus(1, beta1)));
  ops.mul_(real.squares, Number(beta2));
  ops.addcmul_(real.squares, real.grads, real.grads, Number(minus(1, beta2)));
  if (group.amsgrad) ops.maximum_(real.maxima, real.squares);
  const denominators = ops.sqrt(group.amsgrad ? real.maxima : real.squares);
  if (group.capturable) finishOnDevice(group, real, denominators);
  else finish(group, real, denominators, ops);
}

function finish(
  group: AdamGroupOptions,
  lists: Lists,
  denominators: Tensor[],
  ops: Arithmetic,
): void {
  const corrected = perCount(lists.steps, (count) => corrections(group, count));
  ops.div_(
    denominators,
    corrected.map(({ root }) => root),
  );
  ops.add_(denominators, group.eps);
  ops.addcdiv_(
    lists.params,
    lists.averages,
    denominators,
    corrected.map(({ size }) => size),
  );
}

/** The same with counts that are never read, so that a CUDA graph can capture the step. */
function finishOnDevice(group: AdamGroupOptions, lists: Lists, denominators: Tensor[]): void {
  checkCapturable(lists.params);
  const { torch } = operators;
  const [beta1, beta2] = group.betas.map(Number) as [number, number];
  const sizes = torch._foreachPow(beta1, lists.steps);
  torch._foreachSub_(sizes, 1);
  if (group.lr instanceof Tensor) torch._foreachDiv_(sizes, group.lr);
  else torch._foreachDiv_(sizes, live(group, 'lr'));
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
export function fusedUpdate(optimizer: Adam, group: AdamGroupOptions, lists: Lists): void {
  const { torch } = operators;
  const kernel = group.decoupledWeightDecay ? torch._fusedAdamw_ : torch._fusedAdam_;
  const { params, grads, averages, squares, maxima, steps } = lists;
  const options = {
    lr: live(group, 'lr'),
    beta1: Number(group.betas[0]),
    beta2: Number(group.betas[1]),
    weightDecay: group.weightDecay,
    eps: group.eps,
    amsgrad: group.amsgrad,
    maximize: group.maximize,
  };
  for (const { pick } of fusable(params)) {
    const some = pick(params);
    const counts = pick(steps);
    const scaling = scalingOf(optimizer, some);
    countUp(counts);
    kernel(some, pick(grads), pick(averages), pick(squares), pick(maxima), counts, {
      ...options,
      ...scaling,
    });
    uncount(counts, scaling.foundInf);
  }
}
