import { live, liveItem, negated } from '../live-number.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { type Arithmetic, Foreach, scalarDtype } from './arithmetic.js';
import { checkBetas, checkLr, checkNotNegative } from './checks.js';
import {
  type Batch,
  type CountedState,
  ElementwiseOptimizer,
  type ElementwiseOptions,
} from './elementwise.js';
import type { OptimizerParams } from './optimizer.js';
import { minus, over, plus, power, times, toNumber } from './real.js';
import { makeStep, perCount } from './steps.js';

/** The options of a parameter group of {@link NAdam}. */
export interface NAdamGroupOptions extends ElementwiseOptions {
  /** The learning rate; a tensor has one element. Default: 2e-3. */
  lr: number | Tensor;
  /** How much is kept of the running averages of the gradient and of its square. Default: (0.9, 0.999). */
  betas: readonly [number, number];
  /** Added to the denominator, so that it is not zero. Default: 1e-8. */
  eps: number;
  /** The factor of the weight decay. Default: 0. */
  weightDecay: number;
  /** How fast the momentum grows to its full size. Default: 4e-3. */
  momentumDecay: number;
  /** Whether weight decay shrinks the parameters instead of entering the averages. Default: false. */
  decoupledWeightDecay: boolean;
  /** Whether a CUDA graph may capture the step: its count lives on the GPU. Default: false. */
  capturable: boolean;
}

/** What {@link NAdam} takes after the parameters. */
export type NAdamOptions = Partial<NAdamGroupOptions>;

/** What {@link NAdam} remembers of a parameter. */
export type NAdamState = CountedState & {
  /** The product of the momenta of all steps. */
  mu_product: Tensor;
  /** The running average of the gradient. */
  exp_avg: Tensor;
  /** The running average of the gradient's square. */
  exp_avg_sq: Tensor;
};

const nadam = new Signature<NAdamGroupOptions & { params: OptimizerParams<NAdamGroupOptions> }>(
  'optim.NAdam',
  {
    params: required,
    lr: 2e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
    momentumDecay: 4e-3,
    decoupledWeightDecay: false,
  },
  { foreach: null, maximize: false, capturable: false, differentiable: false },
);

/**
 * NAdam: Adam that looks ahead along its momentum, as Nesterov's does.
 *
 * With gradient `g` and the count of steps `t`, the momentum is `μₜ = β1 (1 - 0.96^(t ψ) / 2)`,
 * where `ψ` is `momentumDecay`. Each step does `m = β1 m + (1 - β1) g`, `v = β2 v + (1 - β2) g²`
 * and `p -= lr (μₜ₊₁ m / (1 - Π μ) + (1 - μₜ) g / (1 - Π μ)) / (sqrt(v / (1 - β2ᵗ)) + eps)`, with
 * the products up to `t + 1` and to `t`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The learning rate. Default: 2e-3.
 * @param betas How much is kept of the running averages. Default: (0.9, 0.999).
 * @param eps Added to the denominator. Default: 1e-8.
 * @param weightDecay The factor of the weight decay. Default: 0.
 * @param momentumDecay How fast the momentum grows to its full size. Default: 4e-3.
 * @param decoupledWeightDecay Whether weight decay shrinks the parameters. Default: false.
 *
 * Further arguments, by name: {@link NAdamGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `eps`, `weightDecay` or `momentumDecay`, and for betas
 * outside [0, 1).
 *
 * @example
 * ```ts
 * const optimizer = new optim.NAdam(model.parameters(), { lr: 1e-3, decoupledWeightDecay: true });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.NAdam.html
 */
export class NAdam extends ElementwiseOptimizer<NAdamGroupOptions, NAdamState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<NAdamGroupOptions>],
      [
        lr: number | Tensor,
        betas: readonly [number, number],
        eps: number,
        weightDecay: number,
        momentumDecay: number,
        decoupledWeightDecay: boolean,
      ],
      NAdamOptions
    >
  ) {
    const { params, ...options } = nadam.bind(args);
    const { lr, betas, eps, weightDecay, momentumDecay } = options;
    checkLr(nadam.where, lr);
    checkBetas(betas);
    checkNotNegative({ epsilon: eps, weight_decay: weightDecay, momentum_decay: momentumDecay });
    super(params, options);
  }

  protected override restore(): void {
    super.restore();
    for (const group of this.paramGroups) {
      for (const param of group.params) {
        const state = this.state.get(param);
        if (typeof state?.mu_product === 'number') {
          state.mu_product = makeStep(group, param, state.mu_product);
        }
      }
    }
  }

  protected override initialState(group: NAdamGroupOptions, param: Tensor) {
    const { torch } = operators;
    return {
      mu_product: makeStep(group, param, 1),
      exp_avg: torch.zerosLike(param),
      exp_avg_sq: torch.zerosLike(param),
    };
  }

  protected override advance(group: NAdamGroupOptions, batch: Batch<NAdamState>): void {
    const { ops, grads, column } = batch;
    const [beta1, beta2] = group.betas;
    const squares = column('exp_avg_sq');
    ops.lerp_(column('exp_avg'), grads, 1 - beta1);
    ops.mul_(squares, beta2);
    ops.addcmul_(squares, grads, grads, 1 - beta2);
    if (group.capturable) this._finishOnDevice(group, batch, squares);
    else this._finish(group, batch, squares);
  }

  private _finish(group: NAdamGroupOptions, batch: Batch<NAdamState>, squares: Tensor[]): void {
    const { ops, params, grads, steps, column } = batch;
    const [beta1, beta2] = group.betas;
    const lr = batch.lr instanceof Tensor ? Number(batch.lr) : live(group, 'lr');
    const averages = column('exp_avg');
    const products = column('mu_product');
    const momentum = (count: number) => {
      const decay = power(0.96, toNumber(times(count, group.momentumDecay)));
      return toNumber(times(beta1, minus(1, times(0.5, decay))));
    };
    const counted = perCount(steps, (count) => ({
      bias: toNumber(minus(1, power(beta2, count))),
      mu: momentum(count),
      next: momentum(toNumber(plus(count, 1))),
    }));
    // Their dtype is not the parameters'.
    new Foreach(scalarDtype(products)).mul_(
      products,
      counted.map(({ mu }) => mu),
    );
    const means = ops.div(
      squares,
      counted.map(({ bias }) => bias),
    );
    const denominators = ops.addOver(ops.sqrt(means), group.eps);
    if (group.differentiable) {
      const factors = counted.map(({ mu, next }, i) => {
        const product = products[i] as Tensor;
        const rest = (of: Tensor) => of.neg().add(1).reciprocal();
        return {
          grad: rest(product).mul(-lr * (1 - mu)),
          average: rest(product.mul(next)).mul(-lr * next),
        };
      });
      const scaled = (list: readonly Tensor[], key: 'grad' | 'average') =>
        ops.mul(
          list,
          factors.map((factor) => factor[key]),
        );
      ops.addcdiv_(params, scaled(grads, 'grad'), denominators);
      ops.addcdiv_(params, scaled(averages, 'average'), denominators);
      return;
    }
    const known = products.map(liveItem);
    const rate = negated(lr);
    const ofGrad = counted.map(({ mu }, i) =>
      toNumber(over(times(rate, minus(1, mu)), minus(1, known[i] as number))),
    );
    const ofAverage = counted.map(({ next }, i) =>
      toNumber(over(times(rate, next), minus(1, times(known[i] as number, next)))),
    );
    ops.addcdiv_(params, grads, denominators, ofGrad);
    ops.addcdiv_(params, averages, denominators, ofAverage);
  }

  /** The same with counts that are never read, so that a CUDA graph can capture the step. */
  private _finishOnDevice(
    group: NAdamGroupOptions,
    batch: Batch<NAdamState>,
    squares: Tensor[],
  ): void {
    const { ops, params, grads, steps, lr, column } = batch;
    const [beta1, beta2] = group.betas;
    const products = column('mu_product');
    const exponents = ops.mul(steps, group.momentumDecay);
    const mus = momenta(ops, beta1, exponents);
    ops.add_(exponents, group.momentumDecay);
    const nexts = momenta(ops, beta1, exponents);
    ops.mul_(products, mus);
    const means = ops.div(squares, oneLess(ops, ops.powOf(beta2, steps)));
    const denominators = ops.addOver(ops.sqrt(means), group.eps);
    const minus = (list: Tensor[]) => ops.neg(ops.mul(list, lr));
    const ofGrad = ops.div(minus(oneLess(ops, mus)), oneLess(ops, products));
    const ofAverage = ops.div(minus(nexts), oneLess(ops, ops.mul(products, nexts)));
    ops.addcdiv_(params, ops.mul(grads, ofGrad), denominators);
    ops.addcdiv_(params, ops.mul(column('exp_avg'), ofAverage), denominators);
  }
}

/** `1 - x` of each. */
function oneLess(ops: Arithmetic, list: readonly Tensor[]): Tensor[] {
  return ops.addOver(ops.neg(list), 1) as Tensor[];
}

/** `β1 (1 - 0.96^x / 2)` of each. */
function momenta(ops: Arithmetic, beta1: number, exponents: readonly Tensor[]): Tensor[] {
  const halves = ops.mul(ops.powOf(0.96, exponents), 0.5);
  return ops.mul(oneLess(ops, halves), beta1);
}
