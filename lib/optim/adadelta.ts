import { ValueError } from '../errors.js';
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

/** The options of a parameter group of {@link Adadelta}. */
export interface AdadeltaGroupOptions extends ElementwiseOptions {
  /** What the steps are multiplied by; a tensor has one element. Default: 1. */
  lr: number | Tensor;
  /** How much is kept of the running averages of squares. Default: 0.9. */
  rho: number;
  /** Added to the squares before their roots. Default: 1e-6. */
  eps: number;
  /** The factor of an L2 penalty. Default: 0. */
  weightDecay: number;
  /** Whether a CUDA graph may capture the step: its count lives on the GPU. Default: false. */
  capturable: boolean;
}

/** What {@link Adadelta} takes after the parameters. */
export type AdadeltaOptions = Partial<AdadeltaGroupOptions>;

/** What {@link Adadelta} remembers of a parameter. */
export type AdadeltaState = CountedState & {
  /** The running average of the gradient's square. */
  square_avg: Tensor;
  /** The running average of the steps' square. */
  acc_delta: Tensor;
};

const adadelta = new Signature<
  AdadeltaGroupOptions & { params: OptimizerParams<AdadeltaGroupOptions> }
>(
  'optim.Adadelta',
  { params: required, lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, foreach: null },
  { capturable: false, maximize: false, differentiable: false },
);

/**
 * Adadelta: steps as long as the last ones were, relative to the size of the gradient, so that no
 * learning rate has to be found.
 *
 * With gradient `g`, each step does `v = ρ v + (1 - ρ) g²`, `d = sqrt(u + eps) / sqrt(v + eps) g`,
 * `u = ρ u + (1 - ρ) d²` and `p -= lr * d`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr What the steps are multiplied by. Default: 1.
 * @param rho How much is kept of the running averages. Default: 0.9.
 * @param eps Added to the squares before their roots. Default: 1e-6.
 * @param weightDecay The factor of an L2 penalty. Default: 0.
 *
 * Further arguments, by position or by name: {@link AdadeltaGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `eps` or `weightDecay`, and for `rho` outside [0, 1].
 *
 * @example
 * ```ts
 * const optimizer = new optim.Adadelta(model.parameters(), { rho: 0.95 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html
 */
export class Adadelta extends ElementwiseOptimizer<AdadeltaGroupOptions, AdadeltaState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<AdadeltaGroupOptions>],
      [lr: number | Tensor, rho: number, eps: number, weightDecay: number, foreach: boolean | null],
      AdadeltaOptions
    >
  ) {
    const { params, ...options } = adadelta.bind(args);
    const { lr, rho, eps, weightDecay } = options;
    checkLr(adadelta.where, lr);
    if (!(rho >= 0 && rho <= 1)) throw new ValueError(`Invalid rho value: ${rho}`);
    checkNotNegative({ epsilon: eps, weight_decay: weightDecay });
    super(params, options);
  }

  protected override initialState(_group: AdadeltaGroupOptions, param: Tensor) {
    const { torch } = operators;
    return { square_avg: torch.zerosLike(param), acc_delta: torch.zerosLike(param) };
  }

  protected override advance(group: AdadeltaGroupOptions, batch: Batch<AdadeltaState>): void {
    const { ops, params, grads, lr, column } = batch;
    const { rho, eps } = group;
    const squares = column('square_avg');
    const steps = column('acc_delta');
    ops.mul_(squares, rho);
    ops.addcmul_(squares, grads, grads, 1 - rho);
    const roots = ops.sqrt(ops.add(squares, eps));
    const deltas = ops.sqrt(ops.add(steps, eps));
    const scaled = ops.mul(ops.div(deltas, roots), grads);
    ops.mul_(steps, rho);
    ops.addcmul_(steps, scaled, scaled, 1 - rho);
    if (group.capturable && lr instanceof Tensor) ops.add_(params, ops.mul(scaled, lr.neg()));
    else ops.add_(params, scaled, negated(live(group, 'lr')));
  }
}
