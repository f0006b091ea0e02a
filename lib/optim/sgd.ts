import { ValueError } from '../errors.js';
import { live, negated } from '../live-number.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { type Arithmetic, Foreach, scalarDtype } from './arithmetic.js';
import { checkFused, checkLr, checkNotNegative } from './checks.js';
import { differentiableSgd } from './differentiable.js';
import { fusable, refuseScaling, scalingOf } from './fused.js';
import { Optimizer, type OptimizerParams, type ParamGroup, withGradients } from './optimizer.js';

/** The options of a parameter group of {@link SGD}. */
export interface SGDGroupOptions {
  /** The learning rate; a tensor has one element. Default: 1e-3. */
  lr: number | Tensor;
  /** How much of the last step's direction is kept. Default: 0. */
  momentum: number;
  /** How much less than the whole gradient enters the momentum. Default: 0. */
  dampening: number;
  /** The factor of an L2 penalty. Default: 0. */
  weightDecay: number;
  /** Whether the gradient looks ahead along the momentum (Nesterov). Default: false. */
  nesterov: boolean;
  /** Whether to ascend instead of descending. Default: false. */
  maximize: boolean;
  /**
   * Kept for state dicts: a step always works on all parameters at once. Default: null.
   */
  foreach: boolean | null;
  /** Whether autograd records the steps themselves. Default: false. */
  differentiable: boolean;
  /**
   * Whether one kernel does the whole step, which rounds differently from the others. Default:
   * null, which is false.
   */
  fused: boolean | null;
}

/** What {@link SGD} takes after the parameters. */
export type SGDOptions = Partial<SGDGroupOptions>;

/** What {@link SGD} remembers of a parameter: nothing without momentum. */
export type SGDState = {
  momentum_buffer?: Tensor | null;
};

const sgd = new Signature<SGDGroupOptions & { params: OptimizerParams<SGDGroupOptions> }>(
  'optim.SGD',
  { params: required, lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false },
  { maximize: false, foreach: null, differentiable: false, fused: null },
);

function check(options: SGDGroupOptions): void {
  const { lr, momentum, dampening, weightDecay, nesterov } = options;
  checkLr('optim.SGD', lr);
  checkNotNegative({ momentum, weight_decay: weightDecay });
  if (nesterov && (momentum <= 0 || dampening !== 0)) {
    throw new ValueError('Nesterov momentum requires a momentum and zero dampening');
  }
  checkFused(options);
}

/**
 * Stochastic gradient descent, with momentum where it is asked for.
 *
 * With gradient `g`, weight decay `λ`, momentum `μ` and dampening `τ`, each step does
 * `g += λ p; b = μ b + (1 - τ) g; p -= lr * b`; the first `b` is `g` itself. With `nesterov` the
 * last is `p -= lr * (g + μ b)`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The learning rate. Default: 1e-3.
 *
 * Further arguments, by position or by name: {@link SGDGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `momentum` or `weightDecay`, and for `nesterov` without
 * momentum or with dampening.
 *
 * @example
 * ```ts
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 * optimizer.zeroGrad();
 * nn.functional.mseLoss(model(input), target).backward();
 * optimizer.step();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export class SGD extends Optimizer<SGDGroupOptions, SGDState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<SGDGroupOptions>],
      [
        lr: number | Tensor,
        momentum: number,
        dampening: number,
        weightDecay: number,
        nesterov: boolean,
      ],
      SGDOptions
    >
  ) {
    const { params, ...options } = sgd.bind(args);
    check(options);
    super(params, options);
    this._stepSupportsAmpScaling = options.fused === true;
  }

  protected override update(group: ParamGroup<SGDGroupOptions>): void {
    const { params, grads } = withGradients(group.params);
    if (params.length === 0) return;
    if (group.fused) {
      this._fusedUpdate(group, params, grads);
      return;
    }
    refuseScaling(this);
    if (group.differentiable) {
      this._remember(params, differentiableSgd(params, grads, this._buffers(params), group));
    } else this._foreachUpdate(group, params, grads);
  }

  private _foreachUpdate(group: SGDGroupOptions, params: Tensor[], grads: Tensor[]): void {
    const { momentum, weightDecay } = group;
    const ops = new Foreach(momentum === 0 ? null : scalarDtype(params));
    let directions = grads;
    if (group.maximize) directions = ops.neg(directions);
    if (weightDecay !== 0) directions = ops.add(directions, params, weightDecay);
    if (momentum !== 0) {
      const buffers = this._accumulate(group, params, directions, ops);
      directions = group.nesterov ? ops.add(directions, buffers, momentum) : buffers;
    }
    ops.add_(params, directions, negated(live(group, 'lr')));
  }

  private _buffers(params: readonly Tensor[]): (Tensor | null)[] {
    return params.map((param) => this.state.get(param)?.momentum_buffer ?? null);
  }

  private _remember(params: readonly Tensor[], buffers: readonly (Tensor | null)[]): void {
    buffers.forEach((buffer, i) => {
      if (buffer) this.state.set(params[i] as Tensor, { momentum_buffer: buffer });
    });
  }

  /** Adds the directions to the momentum, which starts as a copy of them. */
  private _accumulate(
    group: SGDGroupOptions,
    params: readonly Tensor[],
    directions: Tensor[],
    ops: Arithmetic,
  ): Tensor[] {
    const before = this._buffers(params);
    const old = before.filter((buffer) => buffer !== null);
    if (old.length > 0) {
      ops.mul_(old, group.momentum);
      const added = directions.filter((_, i) => before[i]);
      ops.add_(old, added, 1 - group.dampening);
    }
    if (old.length === params.length) return old;
    const fresh = operators.torch._foreachClone(directions.filter((_, i) => !before[i]));
    const buffers = before.map((buffer) => buffer ?? (fresh.shift() as Tensor));
    this._remember(params, buffers);
    return buffers;
  }

  private _fusedUpdate(group: SGDGroupOptions, params: Tensor[], grads: Tensor[]): void {
    const { momentum } = group;
    const buffers = momentum === 0 ? [] : this._buffers(params);
    const options = {
      weightDecay: group.weightDecay,
      momentum,
      lr: live(group, 'lr'),
      dampening: group.dampening,
      nesterov: group.nesterov,
      maximize: group.maximize,
    };
    // The kernel takes parameters with a momentum, or in their first step, not a mixture.
    const isFirst = (i: number) => momentum !== 0 && !buffers[i];
    for (const { indices, pick } of fusable(params, isFirst)) {
      const isFirstStep = isFirst(indices[0] as number);
      const some = pick(params);
      const someBuffers = isFirstStep
        ? some.map((param) => operators.torch.emptyLike(param))
        : pick(buffers as Tensor[]);
      const scaling = scalingOf(this, some);
      operators.torch._fusedSgd_(some, pick(grads), someBuffers, {
        ...options,
        ...scaling,
        isFirstStep,
      });
      // What a step that is left out has not written is not kept, as Python keeps it.
      const isLeftOut = () => Number(scaling.foundInf?.item() ?? 0) > 0;
      if (isFirstStep && !isLeftOut()) this._remember(some, someBuffers);
    }
  }
}
