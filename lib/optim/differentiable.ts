import { operators } from '../operators.js';
import { Tensor } from '../tensor.js';
import type { AdamGroupOptions } from './adam.js';
import type { Lists } from './adam-update.js';
import type { Real } from './real.js';
import type { SGDGroupOptions } from './sgd.js';

/**
 * One step of SGD that autograd records, a parameter at a time: the foreach operators change
 * tensors that their own gradients need.
 *
 * @returns The momentum of each parameter, null without momentum.
 */
export function differentiableSgd(
  params: readonly Tensor[],
  grads: readonly Tensor[],
  buffers: readonly (Tensor | null)[],
  group: SGDGroupOptions,
): (Tensor | null)[] {
  const { lr, momentum, weightDecay } = group;
  return params.map((param, i) => {
    let grad = grads[i] as Tensor;
    let buffer = buffers[i] ?? null;
    if (group.maximize) grad = grad.neg();
    if (weightDecay !== 0) grad = grad.add(param, { alpha: weightDecay });
    if (momentum !== 0) {
      buffer = buffer
        ? buffer.mul_(momentum).add_(grad, { alpha: 1 - group.dampening })
        : grad.detach().clone();
      grad = group.nesterov ? grad.add(buffer, { alpha: momentum }) : buffer;
    }
    if (lr instanceof Tensor && lr.requiresGrad) param.addcmul_(grad, lr, { value: -1 });
    else param.add_(grad, { alpha: -Number(lr) });
    return buffer;
  });
}

/** One step of Adam that autograd records, a parameter at a time. */
export function differentiableAdam(group: AdamGroupOptions, lists: Lists): void {
  const { torch } = operators;
  const { lr, weightDecay, eps } = group;
  const [beta1, beta2] = group.betas;
  lists.params.forEach((whole, i) => {
    const real = (tensor: Tensor) => (whole.dtype.isComplex ? torch.viewAsReal(tensor) : tensor);
    const step = (lists.steps[i] as Tensor).add_(1);
    let grad = lists.grads[i] as Tensor;
    if (group.maximize) grad = grad.neg();
    if (weightDecay !== 0 && group.decoupledWeightDecay) {
      if (lr instanceof Tensor) whole.mul_(lr.mul(weightDecay).neg().add(1));
      else whole.mul_(1 - lr * weightDecay);
    } else if (weightDecay !== 0) {
      grad = grad.add(whole, { alpha: weightDecay });
    }
    grad = real(grad);
    const average = real(lists.averages[i] as Tensor);
    if (beta1 instanceof Tensor) average.lerp_(grad, beta1.neg().add(1));
    else average.lerp_(grad, 1 - beta1);
    let square = real(lists.squares[i] as Tensor);
    if (beta2 instanceof Tensor && beta2.requiresGrad) {
      square.lerp_(grad.square(), beta2.neg().add(1));
    } else {
      const kept = Number(beta2);
      square.mul_(kept).addcmul_(grad, grad, { value: 1 - kept });
    }
    // A copy of the count: the next step changes it, and a beta's gradient needs it.
    const powerOf = (beta: Real) =>
      beta instanceof Tensor ? beta.pow(step.clone()) : torch.pow(beta, step);
    const bias1 = powerOf(beta1).neg().add(1);
    const size = lr instanceof Tensor ? lr.div(bias1) : bias1.reciprocal().mul(lr);
    const negativeSize = size.neg();
    const root = powerOf(beta2).neg().add(1).sqrt();
    if (group.amsgrad) {
      const largest = real(lists.maxima[i] as Tensor);
      square = largest.copy_(torch.maximum(largest.clone(), square.clone()));
    }
    const denominator = square
      .sqrt()
      .div(root.mul(negativeSize))
      .add_(negativeSize.reciprocal().mul(eps));
    real(whole).addcdiv_(average.clone(), denominator);
  });
}
