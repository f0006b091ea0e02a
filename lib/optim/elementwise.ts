import { operators } from '../operators.js';
import { Tensor } from '../tensor.js';
import { type Arithmetic, Foreach, oneByOne, scalarDtype } from './arithmetic.js';
import { checkCapturable, refuseSparse } from './checks.js';
import { Optimizer, type ParamGroup, withGradients } from './optimizer.js';
import { countUp, makeStep, tensorizeSteps } from './steps.js';

/** The options that all of these optimizers have. */
export interface ElementwiseOptions {
  /** Whether to ascend instead of descending. Default: false. */
  maximize: boolean;
  /**
   * Whether one call does each formula for all parameters, which takes memory for their
   * intermediate results. Default: null, which is true.
   */
  foreach: boolean | null;
  /** Whether autograd records the steps themselves. Default: false. */
  differentiable: boolean;
  /** Whether a CUDA graph may capture the step: its count lives on the GPU. Default: false. */
  capturable?: boolean;
  /** The factor of an L2 penalty. Default: 0. */
  weightDecay?: number;
  /** Whether weight decay shrinks the parameters instead of entering the gradient. Default: false. */
  decoupledWeightDecay?: boolean;
  /** The learning rate; a tensor has one element. */
  lr: number | Tensor;
}

/** What these optimizers remember of a parameter at least. */
export type CountedState = {
  /** How many steps it has taken. */
  step: Tensor;
};

/**
 * The lists that a step works on; entry `i` of each belongs to parameter `i`. Complex tensors are
 * seen as pairs of real numbers, steps are counted, and the options that all share have been
 * applied.
 */
export interface Batch<State> {
  ops: Arithmetic;
  params: readonly Tensor[];
  grads: readonly Tensor[];
  steps: readonly Tensor[];
  /** The learning rate: a number, or a tensor without dimensions. */
  lr: number | Tensor;
  /** The tensors that the states have under a key. */
  column(key: keyof State): Tensor[];
}

/** A tensor as it is, or a complex one as pairs of real numbers. */
function asReal(tensor: Tensor): Tensor {
  return tensor.dtype.isComplex ? operators.torch.viewAsReal(tensor) : tensor;
}

/**
 * The base of the optimizers that change each element of a parameter by itself, and count steps.
 *
 * @internal
 */
export abstract class ElementwiseOptimizer<
  Options extends ElementwiseOptions,
  State extends CountedState,
> extends Optimizer<Options, State> {
  /** What is remembered of a parameter at first, beside the count of its steps. */
  protected abstract initialState(
    group: ParamGroup<Options>,
    param: Tensor,
    grad: Tensor,
  ): Omit<State, 'step'>;

  /** Changes parameters; what `ElementwiseOptions` ask for has been done. */
  protected abstract advance(group: ParamGroup<Options>, batch: Batch<State>): void;

  protected override restore(): void {
    tensorizeSteps(this.paramGroups, this.state);
  }

  protected override update(group: ParamGroup<Options>): void {
    const { params, grads } = withGradients(group.params);
    refuseSparse(this.constructor.name, grads);
    this.updateDense(group, params, grads);
  }

  /** Changes parameters whose gradients are dense. */
  protected updateDense(
    group: ParamGroup<Options>,
    params: readonly Tensor[],
    grads: readonly Tensor[],
  ): void {
    if (params.length === 0) return;
    const states = params.map((param, i) => this.stateOf(group, param, grads[i] as Tensor));
    if (group.capturable) checkCapturable(params);
    if (group.foreach !== false && !group.differentiable) {
      this._advance(group, params, grads, states);
      return;
    }
    params.forEach((param, i) => {
      this._advance(group, [param], [grads[i] as Tensor], [states[i] as State]);
    });
  }

  /** What is remembered of a parameter; made when it is first asked for. */
  protected stateOf(group: ParamGroup<Options>, param: Tensor, grad: Tensor): State {
    let state = this.state.get(param);
    if (!state) {
      const step = makeStep(group, param, 0);
      state = { step, ...this.initialState(group, param, grad) } as State;
      this.state.set(param, state);
    }
    return state;
  }

  private _advance(
    group: ParamGroup<Options>,
    wholes: readonly Tensor[],
    wholeGrads: readonly Tensor[],
    states: readonly State[],
  ): void {
    const isComplex = wholes.some((param) => param.dtype.isComplex);
    const real = (list: readonly Tensor[]) => (isComplex ? list.map(asReal) : [...list]);
    const params = real(wholes);
    const isLoop = group.foreach === false || group.differentiable;
    const ops = isLoop ? oneByOne : new Foreach(scalarDtype(params));
    const steps = states.map(({ step }) => step);
    countUp(steps);
    const lr = group.lr instanceof Tensor ? group.lr.squeeze() : group.lr;
    let grads = real(wholeGrads);
    if (group.maximize) grads = ops.neg(grads);
    const decay = group.weightDecay ?? 0;
    if (decay !== 0 && group.decoupledWeightDecay) {
      ops.mul_(params, lr instanceof Tensor ? lr.mul(decay).neg().add(1) : 1 - lr * decay);
    } else if (decay !== 0) {
      grads = ops.add(grads, params, decay);
    }
    const column = (key: keyof State) => real(states.map((state) => state[key] as Tensor));
    this.advance(group, { ops, params, grads, steps, lr, column });
  }
}
