import { pow } from '../libm.js';
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
import { perCount } from './steps.js';

/** The options of a parameter group of {@link RAdam}. */
export interface RAdamGroupOptions extends ElementwiseOptions {
  /** The learning rate; a tensor has one element. Default: 1e-3. */
  lr: number | Tensor;
  /** How much is kept of the running averages of the gradient and of its square. Default: (0.9, 0.999). */
  betas: readonly [number, number];
  /** Added to the denominator, so that it is not zero. Default: 1e-8. */
  eps: number;
  /** The factor of the weight decay. Default: 0. */
  weightDecay: number;
  /** Whether weight decay shrinks the parameters instead of entering the averages. Default: false. */
  decoupledWeightDecay: boolean;
  /** Whether a CUDA graph may capture the step: its count lives on the GPU. Default: false. */
  capturable: boolean;
}

/** What {@link RAdam} takes after the parameters. */
export type RAdamOptions = Partial<RAdamGroupOptions>;

/** What {@link RAdam} remembers of a parameter. */
export type RAdamState = CountedState & {
  /** The running average of the gradient. */
  exp_avg: Tensor;
  /** The running average of the gradient's square. */
  exp_avg_sq: Tensor;
};

const radam = new Signature<RAdamGroupOptions & { params: OptimizerParams<RAdamGroupOptions> }>(
  'optim.RAdam',
  {
    params: required,
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
    decoupledWeightDecay: false,
  },
  { foreach: null, maximize: false, capturable: false, differentiable: false },
);

/**
 * RAdam: Adam that scales its steps only once it has seen enough gradients to know their variance;
 * until then it steps along the gradient's average.
 *
 * With `ρ∞ = 2 / (1 - β2) - 1` and `ρ = ρ∞ - 2 t β2ᵗ / (1 - β2ᵗ)` at step `t`, a step is Adam's
 * times `sqrt((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ))` where `ρ > 5`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The learning rate. Default: 1e-3.
 * @param betas How much is kept of the running averages. Default: (0.9, 0.999).
 * @param eps Added to the denominator. Default: 1e-8.
 * @param weightDecay The factor of the weight decay. Default: 0.
 * @param decoupledWeightDecay Whether weight decay shrinks the parameters. Default: false.
 *
 * Further arguments, by name: {@link RAdamGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `eps` or `weightDecay`, and for betas outside [0, 1).
 *
 * @example
 * ```ts
 * const optimizer = new optim.RAdam(model.parameters(), { lr: 1e-3, weightDecay: 0.01 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.RAdam.html
 */
export class RAdam extends ElementwiseOptimizer<RAdamGroupOptions, RAdamState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<RAdamGroupOptions>],
      [
        lr: number | Tensor,
        betas: readonly [number, number],
        eps: number,
        weightDecay: number,
        decoupledWeightDecay: boolean,
      ],
      RAdamOptions
    >
  ) {
    const { params, ...options } = radam.bind(args);
    checkLr(radam.where, options.lr);
    checkBetas(options.betas);
    checkNotNegative({ epsilon: options.eps, weight_decay: options.weightDecay });
    super(params, options);
  }

  protected override initialState(_group: RAdamGroupOptions, param: Tensor) {
    const { torch } = operators;
    return { exp_avg: torch.zerosLike(param), exp_avg_sq: torch.zerosLike(param) };
  }

  protected override advance(group: RAdamGroupOptions, batch: Batch<RAdamState>): void {
    const { ops, grads, column } = batch;
    const [beta1, beta2] = group.betas;
    const averages = column('exp_avg');
    const squares = column('exp_avg_sq');
    ops.lerp_(averages, grads, 1 - beta1);
    ops.mul_(squares, beta2);
    ops.addcmul_(squares, grads, grads, 1 - beta2);
    if (group.capturable) finishOnDevice(group, batch, averages, squares);
    else finish(group, batch, averages, squares);
  }
}

/** `ρ∞`. */
const longest = (beta2: number) => 2 / (1 - beta2) - 1;

/** The corrections of a count of steps; `rectification` is undefined up to `ρ = 5`. */
function corrections(group: RAdamGroupOptions, count: number) {
  const [beta1, beta2] = group.betas;
  const bias2 = 1 - pow(beta2, count);
  const rhoInf = longest(beta2);
  const rho = rhoInf - (2 * count * pow(beta2, count)) / bias2;
  const ratio = ((rho - 4) * (rho - 2) * rhoInf) / ((rhoInf - 4) * (rhoInf - 2) * rho);
  return {
    bias1: 1 - pow(beta1, count),
    root: pow(bias2, 0.5),
    rectification: rho > 5 ? pow(ratio, 0.5) : undefined,
  };
}

function finish(
  group: RAdamGroupOptions,
  { ops, params, steps, lr }: Batch<RAdamState>,
  averages: Tensor[],
  squares: Tensor[],
): void {
  // A number by now, since whether to rectify depends on it.
  const counted = perCount(steps, (count) => corrections(group, Number(count)));
  const moves = ops.div(
    averages,
    counted.map(({ bias1 }) => bias1),
  );
  ops.mul_(moves, Number(lr));
  const rectified = counted.flatMap(({ rectification, root }, i) =>
    rectification === undefined ? [] : [{ rectification, root, i }],
  );
  if (rectified.length > 0) {
    const pick = (list: Tensor[]) => rectified.map(({ i }) => list[i] as Tensor);
    const roots = ops.addOver(ops.sqrt(pick(squares)), group.eps);
    const scales = ops.reciprocal(roots);
    ops.mul_(
      scales,
      rectified.map(({ root }) => root),
    );
    const some = pick(moves);
    ops.mul_(some, scales);
    ops.mul_(
      some,
      rectified.map(({ rectification }) => rectification),
    );
  }
  ops.add_(params, moves, -1);
}

/** The same with counts that are never read, so that a CUDA graph can capture the step. */
function finishOnDevice(
  group: RAdamGroupOptions,
  { ops, params, steps, lr }: Batch<RAdamState>,
  averages: Tensor[],
  squares: Tensor[],
): void {
  const { torch } = operators;
  const [beta1, beta2] = group.betas;
  const rhoInf = longest(beta2);
  const oneLess = (list: Tensor[]) => ops.addOver(ops.neg(list), 1) as Tensor[];
  const powers = ops.powOf(beta2, steps);
  const biases = oneLess(powers);
  const moves = ops.div(averages, oneLess(ops.powOf(beta1, steps)));
  ops.mul_(moves, lr);
  const falls = ops.div(ops.mul(ops.mul(steps, 2), powers), biases);
  const rhos = ops.addOver(ops.neg(falls), rhoInf);
  const numerators = ops.mul(ops.mul(ops.add(rhos, -4), ops.add(rhos, -2)), rhoInf);
  const denominators = ops.mul(rhos, (rhoInf - 4) * (rhoInf - 2));
  const rectifications = ops.sqrt(ops.div(numerators, denominators));
  const scales = ops.reciprocal(ops.addOver(ops.sqrt(squares), group.eps));
  ops.mul_(scales, ops.sqrt(biases));
  ops.mul_(scales, rectifications);
  const factors = scales.map((scale, i) => torch.where((rhos[i] as Tensor).gt(5), scale, 1));
  ops.mul_(moves, factors);
  ops.add_(params, moves, -1);
}
