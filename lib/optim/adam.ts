import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { foreachUpdate, fusedUpdate, type Lists } from './adam-update.js';
import { checkBetas, checkFused, checkLr, checkNotNegative, refuseSparse } from './checks.js';
import { differentiableAdam } from './differentiable.js';
import { refuseScaling } from './fused.js';
import { Optimizer, type OptimizerParams, type ParamGroup, withGradients } from './optimizer.js';
import { makeStep, tensorizeSteps } from './steps.js';

/** Two numbers, or two tensors of one element. */
export type AdamBetas = readonly [number, number] | readonly [Tensor, Tensor];

/** The options of a parameter group of {@link Adam} and {@link AdamW}. */
export interface AdamGroupOptions {
  /** The learning rate; a tensor has one element. Default: 1e-3. */
  lr: number | Tensor;
  /** How much is kept of the running averages of the gradient and of its square. Default: (0.9, 0.999). */
  betas: AdamBetas;
  /** Added to the denominator, so that it is not zero. Default: 1e-8. */
  eps: number;
  /** The factor of the weight decay. Default: 0, for AdamW 1e-2. */
  weightDecay: number;
  /** Whether the denominator never falls (AMSGrad). Default: false. */
  amsgrad: boolean;
  /** Whether to ascend instead of descending. Default: false. */
  maximize: boolean;
  /** Kept for state dicts: a step always works on all parameters at once. Default: null. */
  foreach: boolean | null;
  /** Whether a CUDA graph may capture the step: its count lives on the GPU. Default: false. */
  capturable: boolean;
  /** Whether autograd records the steps themselves. Default: false. */
  differentiable: boolean;
  /**
   * Whether one kernel does the whole step, which rounds differently from the others. Default:
   * null, which is false.
   */
  fused: boolean | null;
  /**
   * Whether weight decay shrinks the parameters themselves (AdamW) instead of entering the
   * averages. Default: false, for AdamW true.
   */
  decoupledWeightDecay: boolean;
}

/** What {@link Adam} takes after the parameters. */
export type AdamOptions = Partial<AdamGroupOptions>;

/** What {@link Adam} and {@link AdamW} remember of a parameter. */
export type AdamState = {
  /** How many steps it has taken. */
  step: Tensor;
  /** The running average of its gradient. */
  exp_avg: Tensor;
  /** The running average of its gradient's square. */
  exp_avg_sq: Tensor;
  /** The largest of those so far, with `amsgrad`. */
  max_exp_avg_sq?: Tensor;
};

const adam = new Signature<AdamGroupOptions & { params: OptimizerParams<AdamGroupOptions> }>(
  'optim.Adam',
  {
    params: required,
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
    amsgrad: false,
  },
  {
    maximize: false,
    foreach: null,
    capturable: false,
    differentiable: false,
    fused: null,
    decoupledWeightDecay: false,
  },
);

function check(options: AdamGroupOptions): void {
  const { lr, betas, eps, weightDecay } = options;
  checkLr('optim.Adam', lr);
  checkBetas(betas);
  checkNotNegative({ epsilon: eps, weight_decay: weightDecay });
  if (typeof betas[0] !== typeof betas[1]) {
    throw new ValueError('betas must be either both numbers or both tensors');
  }
  const tensors = { lr, 'betas[0]': betas[0], 'betas[1]': betas[1] };
  for (const [name, value] of Object.entries(tensors)) {
    if (!(value instanceof Tensor)) continue;
    if (options.foreach && !options.capturable) {
      throw new ValueError(
        `${name} as a Tensor is not supported for capturable=False and foreach=True`,
      );
    }
    if (value.numel() !== 1) throw new ValueError(`a tensor ${name} must have one element`);
  }
  checkFused(options);
}

/** The positional arguments of {@link Adam} and {@link AdamW} after the parameters. */
export type AdamPositional = [
  lr: number | Tensor,
  betas: AdamBetas,
  eps: number,
  weightDecay: number,
  amsgrad: boolean,
];

/**
 * Adam: steps scaled by running averages of the gradient and of its square.
 *
 * With gradient `g` and the count of steps `t`, each step does `m = β1 m + (1 - β1) g`,
 * `v = β2 v + (1 - β2) g²` and
 * `p -= lr / (1 - β1ᵗ) * m / (sqrt(v) / sqrt(1 - β2ᵗ) + eps)`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The learning rate. Default: 1e-3.
 * @param betas How much is kept of the running averages. Default: (0.9, 0.999).
 *
 * Further arguments, by position or by name: {@link AdamGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `eps` or `weightDecay`, and for betas outside [0, 1).
 *
 * @example
 * ```ts
 * const optimizer = new optim.Adam(model.parameters(), { lr: 3e-4 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adam.html
 */
export class Adam extends Optimizer<AdamGroupOptions, AdamState> {
  constructor(
    ...args: Call<[params: OptimizerParams<AdamGroupOptions>], AdamPositional, AdamOptions>
  ) {
    const { params, ...options } = adam.bind(args);
    check(options);
    super(params, options);
    this._stepSupportsAmpScaling = options.fused === true;
  }

  protected override restore(): void {
    tensorizeSteps(this.paramGroups, this.state);
  }

  protected override update(group: ParamGroup<AdamGroupOptions>): void {
    const { params, grads } = withGradients(group.params);
    if (params.length === 0) return;
    const states = params.map((param, i) => this._stateOf(group, param, grads[i] as Tensor));
    const lists: Lists = {
      params,
      grads,
      averages: states.map((state) => state.exp_avg),
      squares: states.map((state) => state.exp_avg_sq),
      maxima: group.amsgrad ? states.map((state) => state.max_exp_avg_sq as Tensor) : [],
      steps: states.map((state) => state.step),
    };
    if (group.fused) {
      fusedUpdate(this, group, lists);
      return;
    }
    refuseScaling(this);
    if (group.differentiable) differentiableAdam(group, lists);
    else foreachUpdate(group, lists);
  }

  private _stateOf(group: AdamGroupOptions, param: Tensor, grad: Tensor): AdamState {
    const { torch } = operators;
    const existing = this.state.get(param);
    if (existing) {
      if (group.amsgrad) existing.max_exp_avg_sq ??= torch.zerosLike(param);
      return existing;
    }
    refuseSparse('Adam', [grad], ', please consider SparseAdam instead');
    const state: AdamState = {
      step: makeStep(group, param, 0),
      exp_avg: torch.zerosLike(param),
      exp_avg_sq: torch.zerosLike(param),
    };
    if (group.amsgrad) state.max_exp_avg_sq = torch.zerosLike(param);
    this.state.set(param, state);
    return state;
  }
}
