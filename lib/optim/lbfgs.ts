import { TorchError, ValueError } from '../errors.js';
import { enableGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { checkLr } from './checks.js';
import { Optimizer, type OptimizerParams } from './optimizer.js';
import { isAtMost, isLess, minus, over, type Real, smaller, times } from './real.js';
import { type Evaluation, strongWolfe } from './strong-wolfe.js';

/** The options of {@link LBFGS}. */
export interface LBFGSGroupOptions {
  /** The learning rate; a tensor has one element. Default: 1. */
  lr: number | Tensor;
  /** How many iterations a step does at most. Default: 20. */
  maxIter: number;
  /** How often a step calls the closure at most. Default: `maxIter * 5 / 4`, rounded down. */
  maxEval: number;
  /** The largest element of the gradient at which the step ends. Default: 1e-7. */
  toleranceGrad: number;
  /** The change of parameters or loss at which the step ends. Default: 1e-9. */
  toleranceChange: number;
  /** How many past changes are remembered. Default: 100. */
  historySize: number;
  /** How the length of an iteration is found; null takes `lr` as it is. Default: null. */
  lineSearchFn: 'strong_wolfe' | null;
}

/** What {@link LBFGS} takes after the parameters. */
export type LBFGSOptions = Partial<Omit<LBFGSGroupOptions, 'maxEval'>> & {
  /** How often a step calls the closure at most. Default: `maxIter * 5 / 4`, rounded down. */
  maxEval?: number | null;
};

/** What {@link LBFGS} remembers, for all parameters together; it is the first one's state. */
export type LBFGSState = {
  /** How often the closure was called. */
  func_evals: number;
  /** How many iterations there were. */
  n_iter: number;
  /** The last direction. */
  d?: Tensor;
  /** How far it went along that. */
  t?: Real;
  /** Past changes of the gradient. */
  old_dirs?: Tensor[];
  /** Past changes of the parameters. */
  old_stps?: Tensor[];
  /** The reciprocals of the products of both. */
  ro?: Tensor[];
  /** The first guess of the inverse Hessian's diagonal. */
  H_diag?: Real;
  prev_flat_grad?: Tensor;
  prev_loss?: number;
  al?: (Tensor | null)[];
};

const lbfgs = new Signature<
  Omit<LBFGSGroupOptions, 'maxEval'> & {
    maxEval: number | null;
    params: OptimizerParams<LBFGSGroupOptions>;
  }
>('optim.LBFGS', {
  params: required,
  lr: 1,
  maxIter: 20,
  maxEval: null,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
});

/**
 * L-BFGS: a quasi-Newton method, which estimates the curvature from past gradients. `step` needs a
 * closure, and calls it several times. There is one parameter group, and memory for `historySize`
 * copies of all parameters, twice.
 *
 * @param params The tensors to optimize, or pairs of names and tensors.
 * @param lr The learning rate. Default: 1.
 * @param maxIter How many iterations a step does at most. Default: 20.
 * @param maxEval How often a step calls the closure at most. Default: `maxIter * 5 / 4`.
 * @param toleranceGrad The largest element of the gradient at which the step ends. Default: 1e-7.
 * @param toleranceChange The change of parameters or loss at which the step ends. Default: 1e-9.
 * @param historySize How many past changes are remembered. Default: 100.
 * @param lineSearchFn `'strong_wolfe'`, or null for none. Default: null.
 *
 * @throws ValueError for a negative `lr`, and for several parameter groups.
 *
 * @example
 * ```ts
 * const lbfgs = new optim.LBFGS(model.parameters(), { lineSearchFn: 'strong_wolfe' });
 * const first = lbfgs.step(() => {
 *   lbfgs.zeroGrad();
 *   const loss = nn.functional.mseLoss(model(input), target);
 *   loss.backward();
 *   return loss;
 * });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html
 */
export class LBFGS extends Optimizer<LBFGSGroupOptions, LBFGSState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<LBFGSGroupOptions>],
      [
        lr: number | Tensor,
        maxIter: number,
        maxEval: number | null,
        toleranceGrad: number,
        toleranceChange: number,
        historySize: number,
        lineSearchFn: 'strong_wolfe' | null,
      ],
      LBFGSOptions
    >
  ) {
    const { params, ...options } = lbfgs.bind(args);
    checkLr(lbfgs.where, options.lr);
    const maxEval = options.maxEval ?? Math.floor((options.maxIter * 5) / 4);
    super(params, { ...options, maxEval });
    if (this.paramGroups.length !== 1) {
      throw new ValueError(
        `LBFGS doesn't support per-parameter options (parameter groups), got ${this.paramGroups.length} groups`,
      );
    }
  }

  private get _params(): Tensor[] {
    return this.paramGroups[0]?.params ?? [];
  }

  /** The gradients of all parameters in one vector; zeros where there is none. */
  private _flatGrad(): Tensor {
    const { torch } = operators;
    const views = this._params.map((param) => {
      const { grad } = param;
      if (!grad) return torch.zerosLike(param.detach()).view(-1);
      return grad.isSparse ? grad.toDense().view(-1) : grad.view(-1);
    });
    const isComplex = (view: Tensor) => view.dtype.isComplex;
    return torch.cat(
      views.map((view) => (isComplex(view) ? torch.viewAsReal(view).view(-1) : view)),
    );
  }

  /** Moves the parameters by `size` times a direction. */
  private _move(size: Real, direction: Tensor): void {
    let offset = 0;
    for (const whole of this._params) {
      const param = whole.dtype.isComplex ? operators.torch.viewAsReal(whole) : whole;
      const count = param.numel();
      const own = direction.narrow(0, offset, count).viewAs(param);
      param.add_(own, { alpha: Number(size) });
      offset += count;
    }
  }

  protected override performStep<Loss>(closure?: () => Loss): Loss | undefined {
    if (!closure) {
      throw new TypeError(
        'LBFGS.step needs a closure: one that computes the loss and its gradients',
      );
    }
    const [group] = this.paramGroups;
    const [first] = this._params;
    if (!group || !first) return undefined;
    const evaluate = () => enableGrad(closure);
    const { maxIter, maxEval, toleranceGrad, toleranceChange, lineSearchFn } = group;
    if (lineSearchFn !== null && lineSearchFn !== 'strong_wolfe') {
      throw new TorchError(`only 'strong_wolfe' is supported as lineSearchFn, not ${lineSearchFn}`);
    }
    const lr: Real = group.lr instanceof Tensor ? group.lr.squeeze() : group.lr;
    const state = this.state.get(first) ?? { func_evals: 0, n_iter: 0 };
    this.state.set(first, state);

    const firstLoss = evaluate();
    let loss = Number(firstLoss);
    let evaluations = 1;
    state.func_evals++;
    let grad = this._flatGrad();
    const isFlat = () => isAtMost(grad.abs().max(), toleranceGrad);
    if (isFlat()) return firstLoss;

    for (let n = 1; n <= maxIter; n++) {
      state.n_iter++;
      const direction = nextDirection(state, grad, group.historySize);
      if (state.prev_flat_grad) state.prev_flat_grad.copy_(grad);
      else state.prev_flat_grad = grad.clone();
      const previousLoss = loss;
      state.prev_loss = loss;
      state.d = direction;
      const isFirst = state.n_iter === 1;
      let size = isFirst ? times(smaller(1, over(1, grad.abs().sum())), lr) : lr;
      state.t = size;
      const slope = grad.dot(direction);
      if (isLess(-toleranceChange, slope)) break;

      let calls = 0;
      let isDone = false;
      if (lineSearchFn) {
        const start = this._params.map((param) => param.clone());
        const at = (distance: Real): Evaluation => {
          this._move(distance, direction);
          const found = { loss: Number(evaluate()), grad: this._flatGrad() };
          this._params.forEach((param, i) => {
            param.copy_(start[i] as Tensor);
          });
          return found;
        };
        const found = strongWolfe(
          at,
          size,
          direction,
          { loss, grad },
          slope,
          maxEval - evaluations,
        );
        ({ loss, grad, size, calls } = found);
        state.t = size;
        this._move(size, direction);
        isDone = isFlat();
      } else {
        this._move(size, direction);
        if (n !== maxIter) {
          loss = Number(evaluate());
          grad = this._flatGrad();
          isDone = isFlat();
          calls = 1;
        }
      }
      evaluations += calls;
      state.func_evals += calls;
      if (evaluations >= maxEval || isDone) break;
      const change = times(direction, size) as Tensor;
      if (isAtMost(change.abs().max(), toleranceChange)) break;
      if (Math.abs(loss - previousLoss) < toleranceChange) break;
    }
    return firstLoss;
  }
}

/** The direction of the next iteration, after the last one has entered the history. */
function nextDirection(state: LBFGSState, grad: Tensor, historySize: number): Tensor {
  const { d, t, prev_flat_grad: before } = state;
  if (state.n_iter === 1 || !d || t === undefined || !before) {
    state.old_dirs = [];
    state.old_stps = [];
    state.ro = [];
    state.H_diag = 1;
    return grad.neg();
  }
  const { old_dirs: changes = [], old_stps: steps = [], ro = [] } = state;
  const change = grad.sub(before);
  const step = times(d, t) as Tensor;
  const product = change.dot(step);
  if (isLess(1e-10, product)) {
    if (changes.length === historySize) {
      changes.shift();
      steps.shift();
      ro.shift();
    }
    changes.push(change);
    steps.push(step);
    ro.push(over(1, product) as Tensor);
    state.H_diag = product.div(change.dot(change));
  }
  state.al ??= new Array(historySize).fill(null);
  const factors = state.al;
  const direction = grad.neg();
  for (let i = changes.length - 1; i >= 0; i--) {
    const factor = (steps[i] as Tensor).dot(direction).mul(ro[i] as Tensor);
    factors[i] = factor;
    direction.add_(changes[i] as Tensor, { alpha: -Number(factor) });
  }
  const result = times(direction, state.H_diag ?? 1) as Tensor;
  changes.forEach((changed, i) => {
    const back = changed.dot(result).mul(ro[i] as Tensor);
    const alpha = Number(minus(factors[i] as Tensor, back));
    result.add_(steps[i] as Tensor, { alpha });
  });
  return result;
}
