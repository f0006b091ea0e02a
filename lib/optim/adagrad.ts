import { Complex } from '../complex.js';
import { TorchError } from '../errors.js';
import { live, liveItem, negated } from '../live-number.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { checkFused, checkLr, checkNotNegative, refuseSparse } from './checks.js';
import {
  type Batch,
  type CountedState,
  ElementwiseOptimizer,
  type ElementwiseOptions,
} from './elementwise.js';
import { fusable, refuseScaling, scalingOf, uncount } from './fused.js';
import { type OptimizerParams, type ParamGroup, withGradients } from './optimizer.js';
import { minus, over, plus, times, toNumber } from './real.js';
import { countUp, perCount } from './steps.js';

/** The options of a parameter group of {@link Adagrad}. */
export interface AdagradGroupOptions extends ElementwiseOptions {
  /** The learning rate; a tensor has one element. Default: 1e-2. */
  lr: number | Tensor;
  /** How fast the learning rate falls: it is divided by `1 + lrDecay * steps`. Default: 0. */
  lrDecay: number;
  /** The factor of an L2 penalty. Default: 0. */
  weightDecay: number;
  /** What the sum of squares starts at. Default: 0. */
  initialAccumulatorValue: number;
  /** Added to the denominator, so that it is not zero. Default: 1e-10. */
  eps: number;
  /**
   * Whether one kernel does the whole step, which rounds differently from the others. Default:
   * null, which is false.
   */
  fused: boolean | null;
}

/** What {@link Adagrad} takes after the parameters. */
export type AdagradOptions = Partial<AdagradGroupOptions>;

/** What {@link Adagrad} remembers of a parameter. */
export type AdagradState = CountedState & {
  /** The sum of the gradient's squares. */
  sum: Tensor;
};

const adagrad = new Signature<
  AdagradGroupOptions & { params: OptimizerParams<AdagradGroupOptions> }
>(
  'optim.Adagrad',
  {
    params: required,
    lr: 1e-2,
    lrDecay: 0,
    weightDecay: 0,
    initialAccumulatorValue: 0,
    eps: 1e-10,
    foreach: null,
  },
  { maximize: false, differentiable: false, fused: null },
);

/**
 * Adagrad: steps that become shorter where gradients have been large, good for sparse ones.
 *
 * With gradient `g` and the count of steps `t`, each step does `s += g²` and
 * `p -= lr / (1 + (t - 1) lrDecay) * g / (sqrt(s) + eps)`. A sparse gradient changes only the rows
 * that it has.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The learning rate. Default: 1e-2.
 * @param lrDecay How fast the learning rate falls. Default: 0.
 * @param weightDecay The factor of an L2 penalty. Default: 0.
 * @param initialAccumulatorValue What the sum of squares starts at. Default: 0.
 * @param eps Added to the denominator. Default: 1e-10.
 *
 * Further arguments, by position or by name: {@link AdagradGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `lrDecay`, `weightDecay`, `initialAccumulatorValue` or
 * `eps`.
 *
 * @example
 * ```ts
 * const embedding = new nn.Embedding(1000, 8, { sparse: true });
 * const optimizer = new optim.Adagrad(embedding.parameters(), { lr: 0.1 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html
 */
export class Adagrad extends ElementwiseOptimizer<AdagradGroupOptions, AdagradState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<AdagradGroupOptions>],
      [
        lr: number | Tensor,
        lrDecay: number,
        weightDecay: number,
        initialAccumulatorValue: number,
        eps: number,
        foreach: boolean | null,
      ],
      AdagradOptions
    >
  ) {
    const { params, ...options } = adagrad.bind(args);
    const { lr, lrDecay, weightDecay, initialAccumulatorValue, eps } = options;
    checkLr(adagrad.where, lr);
    checkNotNegative({
      lr_decay: lrDecay,
      weight_decay: weightDecay,
      initial_accumulator_value: initialAccumulatorValue,
      epsilon: eps,
    });
    checkFused(options);
    super(params, options);
    this._stepSupportsAmpScaling = options.fused === true;
    // As PyTorch's, it remembers each parameter from the start.
    for (const group of this.paramGroups) {
      for (const param of group.params) this.stateOf(group, param, param);
    }
  }

  protected override initialState(group: AdagradGroupOptions, param: Tensor) {
    const value = group.initialAccumulatorValue;
    const initial = param.dtype.isComplex ? new Complex(value, value) : value;
    return { sum: operators.torch.fullLike(param.detach(), initial) };
  }

  protected override update(group: ParamGroup<AdagradGroupOptions>): void {
    const { params, grads } = withGradients(group.params);
    if (group.fused) {
      this._fusedUpdate(group, params, grads);
      return;
    }
    refuseScaling(this);
    const isSparse = grads.map((grad) => grad.isSparse);
    if (!isSparse.includes(true)) {
      this.updateDense(group, params, grads);
      return;
    }
    this.updateDense(
      group,
      params.filter((_, i) => !isSparse[i]),
      grads.filter((_, i) => !isSparse[i]),
    );
    params.forEach((param, i) => {
      if (isSparse[i]) this._sparseUpdate(group, param, grads[i] as Tensor);
    });
  }

  protected override advance(group: AdagradGroupOptions, batch: Batch<AdagradState>): void {
    const { ops, params, grads, steps, column } = batch;
    const sums = column('sum');
    const rates = perCount(steps, (count) => negated(rateAt(group, count)));
    ops.addcmul_(sums, grads, grads, 1);
    const roots = ops.addOver(ops.sqrt(sums), group.eps);
    ops.addcdiv_(params, grads, roots, rates);
  }

  private _sparseUpdate(
    group: ParamGroup<AdagradGroupOptions>,
    param: Tensor,
    given: Tensor,
  ): void {
    if (group.weightDecay !== 0) {
      throw new TorchError('weight_decay option is not compatible with sparse gradients');
    }
    const { step, sum } = this.stateOf(group, param, given);
    countUp([step]);
    const grad = (group.maximize ? given.neg() : given).coalesce();
    const indices = grad._indices();
    const values = grad._values();
    const sparse = (elements: Tensor) =>
      operators.torch.sparseCooTensor(indices, elements, grad.shape);
    sum.add_(sparse(values.pow(2)));
    const root = sum.sparseMask(grad)._values().sqrt_().add_(group.eps);
    param.add_(sparse(values.div(root)), { alpha: negated(rateAt(group, liveItem(step))) });
  }

  private _fusedUpdate(
    group: ParamGroup<AdagradGroupOptions>,
    params: readonly Tensor[],
    grads: readonly Tensor[],
  ): void {
    refuseSparse('Adagrad', grads, ' with `fused`');
    const states = params.map((param, i) => this.stateOf(group, param, grads[i] as Tensor));
    const sums = states.map(({ sum }) => sum);
    const steps = states.map(({ step }) => step);
    const { lrDecay, weightDecay, eps, maximize } = group;
    const options = { lr: live(group, 'lr'), lrDecay, weightDecay, eps, maximize };
    for (const { pick } of fusable(params)) {
      const some = pick(params);
      const counts = pick(steps);
      const scaling = scalingOf(this, some);
      countUp(counts);
      operators.torch._fusedAdagrad_(some, pick(grads), pick(sums), counts, {
        ...options,
        ...scaling,
      });
      uncount(counts, scaling.foundInf);
    }
  }
}

/** The learning rate of the step of a count. */
function rateAt(group: AdagradGroupOptions, count: number): number {
  const slowdown = plus(1, times(minus(count, 1), group.lrDecay));
  return toNumber(over(live(group, 'lr'), slowdown));
}
