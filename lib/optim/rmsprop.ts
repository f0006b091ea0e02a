import { live, negated } from '../live-number.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { checkLr, checkNotNegative } from './checks.js';
import {
  type Batch,
  type CountedState,
  ElementwiseOptimizer,
  type ElementwiseOptions,
} from './elementwise.js';
import type { OptimizerParams } from './optimizer.js';

/** The options of a parameter group of {@link RMSprop}. */
export interface RMSpropGroupOptions extends ElementwiseOptions {
  /** The learning rate; a tensor has one element. Default: 1e-2. */
  lr: number | Tensor;
  /** How much is kept of the running average of the gradient's square. Default: 0.99. */
  alpha: number;
  /** Added to the denominator, so that it is not zero. Default: 1e-8. */
  eps: number;
  /** The factor of an L2 penalty. Default: 0. */
  weightDecay: number;
  /** How much of the last step's direction is kept. Default: 0. */
  momentum: number;
  /** Whether the variance scales the steps instead of the mean square. Default: false. */
  centered: boolean;
  /** Whether a CUDA graph may capture the step: its count lives on the GPU. Default: false. */
  capturable: boolean;
}

/** What {@link RMSprop} takes after the parameters. */
export type RMSpropOptions = Partial<RMSpropGroupOptions>;

/** What {@link RMSprop} remembers of a parameter. */
export type RMSpropState = CountedState & {
  /** The running average of the gradient's square. */
  square_avg: Tensor;
  /** The momentum, where there is one. */
  momentum_buffer?: Tensor;
  /** The running average of the gradient, with `centered`. */
  grad_avg?: Tensor;
};

const rmsprop = new Signature<
  RMSpropGroupOptions & { params: OptimizerParams<RMSpropGroupOptions> }
>('optim.RMSprop', {
  params: required,
  lr: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  capturable: false,
  foreach: null,
  maximize: false,
  differentiable: false,
});

/**
 * RMSprop: steps divided by the root of the gradient's mean square.
 *
 * With gradient `g`, each step does `v = α v + (1 - α) g²` and `p -= lr * g / (sqrt(v) + eps)`.
 * With `centered`, `v` loses the square of the gradient's average; with `momentum` `μ`, the step
 * goes into `b = μ b + g / (sqrt(v) + eps)` and `p -= lr * b`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The learning rate. Default: 1e-2.
 * @param alpha How much is kept of the running average. Default: 0.99.
 * @param eps Added to the denominator. Default: 1e-8.
 * @param weightDecay The factor of an L2 penalty. Default: 0.
 * @param momentum How much of the last step's direction is kept. Default: 0.
 * @param centered Whether the variance scales the steps. Default: false.
 *
 * Further arguments, by position or by name: {@link RMSpropGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `alpha`, `eps`, `weightDecay` or `momentum`.
 *
 * @example
 * ```ts
 * const optimizer = new optim.RMSprop(model.parameters(), { lr: 1e-3, momentum: 0.9 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
 */
export class RMSprop extends ElementwiseOptimizer<RMSpropGroupOptions, RMSpropState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<RMSpropGroupOptions>],
      [
        lr: number | Tensor,
        alpha: number,
        eps: number,
        weightDecay: number,
        momentum: number,
        centered: boolean,
        capturable: boolean,
        foreach: boolean | null,
        maximize: boolean,
        differentiable: boolean,
      ],
      RMSpropOptions
    >
  ) {
    const { params, ...options } = rmsprop.bind(args);
    const { lr, alpha, eps, weightDecay, momentum } = options;
    checkLr(rmsprop.where, lr);
    checkNotNegative({ epsilon: eps, momentum, weight_decay: weightDecay, alpha });
    super(params, options);
  }

  protected override initialState(group: RMSpropGroupOptions, param: Tensor) {
    const { torch } = operators;
    return {
      square_avg: torch.zerosLike(param),
      ...(group.momentum > 0 && { momentum_buffer: torch.zerosLike(param) }),
      ...(group.centered && { grad_avg: torch.zerosLike(param) }),
    };
  }

  protected override advance(group: RMSpropGroupOptions, batch: Batch<RMSpropState>): void {
    const { ops, params, grads, lr, column } = batch;
    const { alpha, momentum } = group;
    const squares = column('square_avg');
    ops.mul_(squares, alpha);
    ops.addcmul_(squares, grads, grads, 1 - alpha);
    let scales = squares;
    if (group.centered) {
      const averages = column('grad_avg');
      ops.lerp_(averages, grads, 1 - alpha);
      scales = ops.addcmul(squares, averages, averages, -1);
    }
    let roots = ops.addOver(ops.sqrt(scales), group.eps);
    // A tensor that a CUDA graph captures is never read.
    const isRead = !(group.capturable && lr instanceof Tensor);
    if (momentum > 0) {
      const buffers = column('momentum_buffer');
      ops.mul_(buffers, momentum);
      ops.addcdiv_(buffers, grads, roots);
      if (isRead) ops.add_(params, buffers, negated(live(group, 'lr')));
      else ops.add_(params, ops.mul(buffers, lr.neg()));
    } else if (isRead) {
      ops.addcdiv_(params, grads, roots, negated(live(group, 'lr')));
    } else {
      roots = ops.div(roots, lr.neg());
      ops.addcdiv_(params, grads, roots);
    }
  }
}
