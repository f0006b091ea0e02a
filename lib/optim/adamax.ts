import { live, negated } from '../live-number.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { checkBetas, checkLr, checkNotNegative } from './checks.js';
import {
  type Batch,
  type CountedState,
  ElementwiseOptimizer,
  type ElementwiseOptions,
} from './elementwise.js';
import type { OptimizerParams } from './optimizer.js';
import { minus, over, power, toNumber } from './real.js';
import { perCount } from './steps.js';

/** The options of a parameter group of {@link Adamax}. */
export interface AdamaxGroupOptions extends ElementwiseOptions {
  /** The learning rate; a tensor has one element. Default: 2e-3. */
  lr: number | Tensor;
  /** How much is kept of the gradient's running average and largest size. Default: (0.9, 0.999). */
  betas: readonly [number, number];
  /** Added to the gradient's size, so that it is not zero. Default: 1e-8. */
  eps: number;
  /** The factor of an L2 penalty. Default: 0. */
  weightDecay: number;
  /** Whether a CUDA graph may capture the step: its count lives on the GPU. Default: false. */
  capturable: boolean;
}

/** What {@link Adamax} takes after the parameters. */
export type AdamaxOptions = Partial<AdamaxGroupOptions>;

/** What {@link Adamax} remembers of a parameter. */
export type AdamaxState = CountedState & {
  /** The running average of the gradient. */
  exp_avg: Tensor;
  /** The largest size of the gradient, which fades. */
  exp_inf: Tensor;
};

const adamax = new Signature<AdamaxGroupOptions & { params: OptimizerParams<AdamaxGroupOptions> }>(
  'optim.Adamax',
  { params: required, lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, foreach: null },
  { maximize: false, differentiable: false, capturable: false },
);

/**
 * Adamax: Adam whose steps are scaled by the largest gradient lately instead of the mean square.
 *
 * With gradient `g` and the count of steps `t`, each step does `m = β1 m + (1 - β1) g`,
 * `u = max(β2 u, |g| + eps)` and `p -= lr / (1 - β1ᵗ) * m / u`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The learning rate. Default: 2e-3.
 * @param betas How much is kept of the average and of the largest size. Default: (0.9, 0.999).
 * @param eps Added to the gradient's size. Default: 1e-8.
 * @param weightDecay The factor of an L2 penalty. Default: 0.
 *
 * Further arguments, by position or by name: {@link AdamaxGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `eps` or `weightDecay`, and for betas outside [0, 1).
 *
 * @example
 * ```ts
 * const optimizer = new optim.Adamax(model.parameters(), { lr: 1e-3 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html
 */
export class Adamax extends ElementwiseOptimizer<AdamaxGroupOptions, AdamaxState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<AdamaxGroupOptions>],
      [
        lr: number | Tensor,
        betas: readonly [number, number],
        eps: number,
        weightDecay: number,
        foreach: boolean | null,
      ],
      AdamaxOptions
    >
  ) {
    const { params, ...options } = adamax.bind(args);
    checkLr(adamax.where, options.lr);
    checkBetas(options.betas);
    checkNotNegative({ epsilon: options.eps, weight_decay: options.weightDecay });
    super(params, options);
  }

  protected override initialState(_group: AdamaxGroupOptions, param: Tensor) {
    const { torch } = operators;
    return { exp_avg: torch.zerosLike(param), exp_inf: torch.zerosLike(param) };
  }

  protected override advance(group: AdamaxGroupOptions, batch: Batch<AdamaxState>): void {
    const { ops, params, grads, steps, lr, column } = batch;
    const [beta1, beta2] = group.betas;
    const averages = column('exp_avg');
    const largest = column('exp_inf');
    ops.lerp_(averages, grads, 1 - beta1);
    ops.mul_(largest, beta2);
    ops.maximum_(largest, ops.addOver(ops.abs(grads), group.eps) as Tensor[]);
    if (group.capturable) {
      const corrections = ops.powOf(beta1, steps);
      ops.add_(corrections, -1);
      ops.div_(corrections, lr);
      ops.addcdiv_(params, averages, ops.mul(largest, corrections));
    } else {
      const rate = live(group, 'lr');
      const size = (count: number) => toNumber(over(rate, minus(1, power(beta1, count))));
      const sizes = perCount(steps, (count) => negated(size(count)));
      ops.addcdiv_(params, averages, largest, sizes);
    }
  }
}
