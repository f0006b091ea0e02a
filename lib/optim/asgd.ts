import { float32, float64 } from '../dtype.js';
import { pow } from '../libm.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import { getDefaultDtype } from '../runtime.js';
import type { Tensor } from '../tensor.js';
import { checkLr, checkNotNegative } from './checks.js';
import {
  type Batch,
  type CountedState,
  ElementwiseOptimizer,
  type ElementwiseOptions,
} from './elementwise.js';
import type { OptimizerParams } from './optimizer.js';

/** The options of a parameter group of {@link ASGD}. */
export interface ASGDGroupOptions extends ElementwiseOptions {
  /** The learning rate; a tensor has one element. Default: 1e-2. */
  lr: number | Tensor;
  /** How fast parameters and learning rate decay. Default: 1e-4. */
  lambd: number;
  /** The power by which the learning rate falls. Default: 0.75. */
  alpha: number;
  /** After how many steps averaging starts. Default: 1e6. */
  t0: number;
  /** The factor of an L2 penalty. Default: 0. */
  weightDecay: number;
  /** Whether a CUDA graph may capture the step. Default: false. */
  capturable: boolean;
}

/** What {@link ASGD} takes after the parameters. */
export type ASGDOptions = Partial<ASGDGroupOptions>;

/** What {@link ASGD} remembers of a parameter. */
export type ASGDState = CountedState & {
  /** The learning rate of the next step. */
  eta: Tensor;
  /** How much of the next parameter enters the average. */
  mu: Tensor;
  /** The average of the parameter. */
  ax: Tensor;
};

const asgd = new Signature<ASGDGroupOptions & { params: OptimizerParams<ASGDGroupOptions> }>(
  'optim.ASGD',
  {
    params: required,
    lr: 1e-2,
    lambd: 1e-4,
    alpha: 0.75,
    t0: 1e6,
    weightDecay: 0,
    foreach: null,
    maximize: false,
    differentiable: false,
    capturable: false,
  },
);

/**
 * Averaged stochastic gradient descent: SGD with a falling learning rate, which keeps the average
 * of the parameters in its state (`ax`).
 *
 * With gradient `g` and the count of steps `t`, each step does `p = p (1 - λ η) - η g`,
 * `ax += μ (p - ax)`, `η = lr / (1 + λ lr t)^α` and `μ = 1 / max(1, t - t0)`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The learning rate. Default: 1e-2.
 * @param lambd How fast parameters and learning rate decay. Default: 1e-4.
 * @param alpha The power by which the learning rate falls. Default: 0.75.
 * @param t0 After how many steps averaging starts. Default: 1e6.
 * @param weightDecay The factor of an L2 penalty. Default: 0.
 *
 * Further arguments, by position or by name: {@link ASGDGroupOptions}.
 *
 * @throws ValueError for a negative `lr` or `weightDecay`.
 *
 * @example
 * ```ts
 * const optimizer = new optim.ASGD(model.parameters(), { lr: 0.05, t0: 1000 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.ASGD.html
 */
export class ASGD extends ElementwiseOptimizer<ASGDGroupOptions, ASGDState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<ASGDGroupOptions>],
      [
        lr: number | Tensor,
        lambd: number,
        alpha: number,
        t0: number,
        weightDecay: number,
        foreach: boolean | null,
        maximize: boolean,
        differentiable: boolean,
        capturable: boolean,
      ],
      ASGDOptions
    >
  ) {
    const { params, ...options } = asgd.bind(args);
    checkLr(asgd.where, options.lr);
    checkNotNegative({ weight_decay: options.weightDecay });
    super(params, options);
  }

  /** What is remembered of a parameter; all of it lies beside it, on its device. */
  protected override stateOf(group: ASGDGroupOptions & { params: Tensor[] }, param: Tensor) {
    let state = this.state.get(param);
    if (!state) {
      const beside = makeBeside(param);
      state = { step: beside(0), ...this.initialState(group, param) };
      this.state.set(param, state);
    }
    return state;
  }

  protected override initialState(group: ASGDGroupOptions, param: Tensor) {
    const beside = makeBeside(param);
    const ax = operators.torch.zerosLike(param);
    return { eta: beside(Number(group.lr)), mu: beside(1), ax };
  }

  protected override advance(group: ASGDGroupOptions, batch: Batch<ASGDState>): void {
    if (group.capturable) advanceOnDevice(group, batch);
    else advance(group, batch);
  }
}

/** Makes numbers that lie where a parameter does. */
function makeBeside(param: Tensor): (value: number) => Tensor {
  const dtype = getDefaultDtype() === float64 ? float64 : float32;
  const { device } = param;
  return (value) => operators.torch.scalarTensor(value, { dtype, device });
}

function advance(group: ASGDGroupOptions, batch: Batch<ASGDState>): void {
  const { ops, params, grads, steps, column } = batch;
  const { lambd, alpha, t0 } = group;
  const lr = Number(batch.lr);
  const etas = column('eta');
  const mus = column('mu');
  const averages = column('ax');
  const isForeach = group.foreach === true;
  if (isForeach) {
    // Python's foreach form rounds differently from its loop, here and in the new rates.
    ops.addcmul_(params, ops.add(grads, params, lambd), etas, -1);
  } else {
    const rates = etas.map((eta) => Number(eta.item()));
    ops.mul_(
      params,
      rates.map((rate) => 1 - lambd * rate),
    );
    ops.add_(
      params,
      grads,
      rates.map((rate) => -rate),
    );
  }
  const shares = mus.map((mu) => Number(mu.item()));
  if (isForeach) {
    ops.addcmul_(averages, ops.sub(params, averages), mus);
  } else if (shares.every((share) => share === 1)) {
    ops.copy_(averages, params);
  } else {
    const moves = ops.sub(params, averages);
    ops.mul_(moves, shares);
    ops.add_(averages, moves);
  }
  steps.forEach((step, i) => {
    const count = Number(step.item());
    const eta = etas[i] as Tensor;
    if (isForeach)
      eta.copy_(
        step
          .mul(lambd * lr)
          .add(1)
          .pow(alpha)
          .reciprocal()
          .mul(lr),
      );
    else eta.fill_(lr / pow(1 + lambd * lr * count, alpha));
    mus[i]?.fill_(1 / Math.max(1, count - t0));
  });
}

/** The same with counts that are never read, so that a CUDA graph can capture the step. */
function advanceOnDevice(group: ASGDGroupOptions, batch: Batch<ASGDState>): void {
  const { ops, params, grads, steps, lr, column } = batch;
  const { lambd, alpha, t0 } = group;
  const etas = column('eta');
  const mus = column('mu');
  const averages = column('ax');
  ops.mul_(params, ops.addOver(ops.mul(etas, -lambd), 1) as Tensor[]);
  ops.addcmul_(params, grads, etas, -1);
  const moves = ops.sub(params, averages);
  ops.mul_(moves, mus);
  ops.add_(averages, moves);
  const falls = ops.mul(ops.mul(steps, lambd), lr);
  ops.add_(falls, 1);
  const rates = ops.reciprocal(falls.map((fall) => fall.pow(alpha)));
  ops.mul_(rates, lr);
  ops.copy_(etas, rates);
  const counts = ops.add(steps, -t0).map((count) => count.clampMin(1));
  ops.copy_(mus, ops.reciprocal(counts));
}
