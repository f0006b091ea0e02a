import { TorchError, ValueError } from '../errors.js';
import { pow } from '../libm.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import { checkLr, refuseSparse } from './checks.js';
import { Optimizer, type OptimizerParams, type ParamGroup, withGradients } from './optimizer.js';
import { makeStep, tensorizeSteps } from './steps.js';

/** The options of a parameter group of {@link Adafactor}. */
export interface AdafactorGroupOptions {
  /** The largest learning rate; a tensor has one element. Default: 1e-2. */
  lr: number | Tensor;
  /** The power of the count of steps by which averages slow down. Default: -0.8. */
  beta2Decay: number;
  /**
   * The least variance (its root; null for the dtype's own epsilon), and the least size of a
   * parameter that steps are relative to. Default: (null, 1e-3).
   */
  eps: readonly [number | null, number];
  /** The mean size from which a step is clipped. Default: 1. */
  d: number;
  /** The factor by which parameters shrink, times the learning rate. Default: 0. */
  weightDecay: number;
  /** Kept for state dicts: a step works on one parameter at a time. Default: null. */
  foreach: boolean | null;
  /** Whether to ascend instead of descending. Default: false. */
  maximize: boolean;
}

/** What {@link Adafactor} takes after the parameters. */
export type AdafactorOptions = Partial<AdafactorGroupOptions>;

/** What {@link Adafactor} remembers of a parameter. */
export type AdafactorState = {
  /** How many steps it has taken. */
  step: Tensor;
  /** The running mean of the squares of each row, of a parameter with two dimensions or more. */
  row_var?: Tensor;
  /** The same of each column. */
  col_var?: Tensor;
  /** The running average of squares of a parameter with fewer dimensions. */
  variance?: Tensor;
};

const adafactor = new Signature<
  AdafactorGroupOptions & { params: OptimizerParams<AdafactorGroupOptions> }
>(
  'optim.Adafactor',
  { params: required, lr: 1e-2, beta2Decay: -0.8, eps: [null, 1e-3], d: 1, weightDecay: 0 },
  { foreach: null, maximize: false },
);

/**
 * Adafactor: steps scaled by the mean square of the gradient, of which a matrix keeps only its rows'
 * and its columns' means. It needs little memory: that of a row and a column of each parameter.
 *
 * Steps are relative to the size of the parameter, and shorter than `lr`: `lr` bounds `1 / sqrt(t)`
 * at step `t`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The largest learning rate. Default: 1e-2.
 * @param beta2Decay The power of the count of steps by which averages slow down. Default: -0.8.
 * @param eps The least root of a variance, and the least size of a parameter. Default: (null, 1e-3).
 * @param d The mean size from which a step is clipped. Default: 1.
 * @param weightDecay The factor by which parameters shrink. Default: 0.
 *
 * Further arguments, by name: {@link AdafactorGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `eps` or `weightDecay`, a positive `beta2Decay`, and for
 * `d` below 1.
 *
 * @example
 * ```ts
 * const optimizer = new optim.Adafactor(model.parameters(), { lr: 1e-3 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adafactor.html
 */
export class Adafactor extends Optimizer<AdafactorGroupOptions, AdafactorState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<AdafactorGroupOptions>],
      [
        lr: number | Tensor,
        beta2Decay: number,
        eps: readonly [number | null, number],
        d: number,
        weightDecay: number,
      ],
      AdafactorOptions
    >
  ) {
    const { params, ...options } = adafactor.bind(args);
    const { lr, beta2Decay, eps, d, weightDecay } = options;
    checkLr(adafactor.where, lr);
    const check = (holds: boolean, what: string, value: unknown) => {
      if (!holds) throw new ValueError(`${what} but is: ${value}`);
    };
    check(beta2Decay <= 0, 'beta2_decay should be <= 0', beta2Decay);
    check(eps[0] === null || eps[0] >= 0, 'epsilon1 should be >= 0', eps[0]);
    check(eps[1] >= 0, 'epsilon2 should be >= 0', eps[1]);
    check(d >= 1, 'Clipping threshold d should be >= 1', d);
    check(weightDecay >= 0, 'weight_decay should be >= 0', weightDecay);
    super(params, options);
  }

  protected override restore(): void {
    tensorizeSteps(this.paramGroups, this.state);
  }

  protected override update(group: ParamGroup<AdafactorGroupOptions>): void {
    const { params, grads } = withGradients(group.params);
    if (params.some((param) => param.dtype.isComplex)) {
      throw new TorchError('Adafactor does not support complex parameters');
    }
    refuseSparse('Adafactor', grads);
    params.forEach((param, i) => {
      const grad = grads[i] as Tensor;
      advance(group, param, grad, this._stateOf(param, grad));
    });
  }

  private _stateOf(param: Tensor, grad: Tensor): AdafactorState {
    const existing = this.state.get(param);
    if (existing) return existing;
    const { shape } = grad;
    const step = makeStep({}, param, 0);
    const state: AdafactorState =
      grad.ndim > 1
        ? {
            step,
            row_var: grad.newZeros([...shape.slice(0, -1), 1]),
            col_var: grad.newZeros([...shape.slice(0, -2), 1, ...shape.slice(-1)]),
          }
        : { step, variance: operators.torch.zerosLike(grad) };
    this.state.set(param, state);
    return state;
  }
}

/** The root of a tensor's mean square. */
function meanSize(tensor: Tensor): number {
  return Number(tensor.norm(2).item()) / pow(tensor.numel(), 0.5);
}

function advance(
  group: AdafactorGroupOptions,
  param: Tensor,
  given: Tensor,
  state: AdafactorState,
): void {
  const { d, weightDecay } = group;
  const lr = Number(group.lr);
  const eps1 = group.eps[0] ?? finfo(param.dtype).eps;
  const grad = group.maximize ? given.neg() : given;
  const count = Number(state.step.add_(1).item());
  const share = pow(count, group.beta2Decay);
  const size = Math.max(group.eps[1], meanSize(param)) * Math.min(lr, 1 / pow(count, 0.5));
  if (weightDecay !== 0) param.mul_(1 - lr * weightDecay);
  const update = varianceOf(state, grad, share, eps1)
    .clampMin_(eps1 * eps1)
    .rsqrt_();
  update.mul_(grad);
  const excess = Math.max(1, meanSizeOver(update, d));
  param.add_(update, { alpha: -size / excess });
}

/** How much larger than `d` a step's mean size is. */
function meanSizeOver(update: Tensor, d: number): number {
  return Number(update.norm(2).item()) / (pow(update.numel(), 0.5) * d);
}

/** The variance of each element, after a gradient has entered the averages. */
function varianceOf(state: AdafactorState, grad: Tensor, share: number, eps: number): Tensor {
  const { row_var: rows, col_var: columns, variance } = state;
  if (!rows || !columns) return (variance as Tensor).lerp_(grad.mul(grad), share).clone();
  for (const [dim, means] of [
    [-1, rows],
    [-2, columns],
  ] as const) {
    const norms = operators.linalg.vectorNorm(grad, 2, [dim], true);
    means.lerp_(norms.square_().div_(grad.size(dim)), share);
  }
  const mean = rows.mean(-2, true).clampMin_(eps);
  return rows.matmul(columns).div_(mean);
}
