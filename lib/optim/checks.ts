import { TorchError, ValueError } from '../errors.js';
import { Tensor } from '../tensor.js';

/** Throws for a learning rate that is negative, or a tensor of several elements. */
export function checkLr(where: string, lr: number | Tensor): void {
  if (lr instanceof Tensor && lr.numel() !== 1) {
    throw new ValueError(`${where}: a tensor lr must have one element, not ${lr.numel()}`);
  }
  if (!(Number(lr) >= 0)) throw new ValueError(`Invalid learning rate: ${lr}`);
}

/** Throws for the values that are below 0; their names are PyTorch's in its messages. */
export function checkNotNegative(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(typeof value === 'number' && value >= 0)) {
      throw new ValueError(`Invalid ${name} value: ${value}; it must be a number from 0 on`);
    }
  }
}

/** Throws for decay rates that are outside [0, 1). */
export function checkBetas(betas: readonly unknown[]): void {
  for (const index of [0, 1]) {
    const beta = betas[index];
    const isNumeric = typeof beta === 'number' || beta instanceof Tensor;
    if (!isNumeric || !(Number(beta) >= 0 && Number(beta) < 1)) {
      throw new ValueError(`Invalid beta parameter at index ${index}: ${beta}`);
    }
  }
}

/** Throws where options ask for two ways to step at once. */
export function checkFused(options: {
  fused: boolean | null;
  foreach: boolean | null;
  differentiable: boolean;
}): void {
  if (!options.fused) return;
  if (options.differentiable) throw new TorchError('`fused` does not support `differentiable`');
  if (options.foreach) {
    throw new TorchError('`fused` and `foreach` cannot be `True` together.');
  }
}

/** Throws for gradients that are sparse, where an optimizer has no use for them. */
export function refuseSparse(name: string, grads: readonly Tensor[], hint = ''): void {
  if (grads.some((grad) => grad.isSparse)) {
    throw new TorchError(`${name} does not support sparse gradients${hint}`);
  }
}

/** Throws for parameters that no CUDA graph can capture. */
export function checkCapturable(params: readonly Tensor[]): void {
  if (params.some((param) => param.isCpu)) {
    throw new TorchError('`capturable: true` requires parameters on a GPU');
  }
}
