import { Complex } from '../complex.js';
import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { checkLr } from './checks.js';
import {
  type Batch,
  type CountedState,
  ElementwiseOptimizer,
  type ElementwiseOptions,
} from './elementwise.js';
import type { OptimizerParams } from './optimizer.js';

/** The options of a parameter group of {@link Rprop}. */
export interface RpropGroupOptions
  extends Omit<ElementwiseOptions, 'weightDecay' | 'decoupledWeightDecay'> {
  /** The size of the first steps; a tensor has one element. Default: 1e-2. */
  lr: number | Tensor;
  /** What a step's size is multiplied by where the sign turned, and where not. Default: (0.5, 1.2). */
  etas: readonly [number, number];
  /** The smallest and the largest size of a step. Default: (1e-6, 50). */
  stepSizes: readonly [number, number];
  /** Whether a CUDA graph may capture the step: its count lives on the GPU. Default: false. */
  capturable: boolean;
}

/** What {@link Rprop} takes after the parameters. */
export type RpropOptions = Partial<RpropGroupOptions>;

/** What {@link Rprop} remembers of a parameter. */
export type RpropState = CountedState & {
  /** The gradient of the last step; 0 where its sign had turned. */
  prev: Tensor;
  /** The size of the next step, for each element. */
  step_size: Tensor;
};

const rprop = new Signature<RpropGroupOptions & { params: OptimizerParams<RpropGroupOptions> }>(
  'optim.Rprop',
  { params: required, lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50] },
  { capturable: false, foreach: null, maximize: false, differentiable: false },
);

/**
 * Resilient backpropagation: steps whose size grows while the gradient keeps its sign, and shrinks
 * where it turns. It is for whole batches: noise turns signs.
 *
 * Where the gradient has the sign that it had, the step's size grows by `etas[1]`; where it turned,
 * the size shrinks by `etas[0]` and the element stays; then `p -= sign(g) * size`.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The size of the first steps. Default: 1e-2.
 * @param etas What a step's size is multiplied by where the sign turned, and where not. Default:
 * (0.5, 1.2).
 * @param stepSizes The smallest and the largest size of a step. Default: (1e-6, 50).
 *
 * Further arguments, by name: {@link RpropGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, and for etas that are not `0 < etas[0] < 1 < etas[1]`.
 *
 * @example
 * ```ts
 * const optimizer = new optim.Rprop(model.parameters(), { lr: 0.01, stepSizes: [1e-6, 1] });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Rprop.html
 */
export class Rprop extends ElementwiseOptimizer<RpropGroupOptions, RpropState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<RpropGroupOptions>],
      [lr: number | Tensor, etas: readonly [number, number], stepSizes: readonly [number, number]],
      RpropOptions
    >
  ) {
    const { params, ...options } = rprop.bind(args);
    const [minus, plus] = options.etas;
    checkLr(rprop.where, options.lr);
    if (!(minus > 0 && minus < 1 && plus > 1)) {
      throw new ValueError(`Invalid eta values: ${minus}, ${plus}`);
    }
    super(params, options);
  }

  protected override initialState(group: RpropGroupOptions, param: Tensor, grad: Tensor) {
    const { torch } = operators;
    const lr = Number(group.lr);
    const size = param.dtype.isComplex ? new Complex(lr, lr) : lr;
    return { prev: torch.zerosLike(param), step_size: torch.fullLike(grad, size) };
  }

  protected override advance(group: RpropGroupOptions, batch: Batch<RpropState>): void {
    const { torch } = operators;
    const { ops, params, grads, column } = batch;
    const [minus, plus] = group.etas;
    const [least, most] = group.stepSizes;
    const previous = column('prev');
    const sizes = column('step_size');
    const before = group.differentiable ? previous.map((prev) => prev.clone()) : previous;
    const factors = ops.mul(grads, before).map((product) => {
      const turned = torch.where(product.lt(0), minus, product.sign());
      return torch.where(product.gt(0), plus, torch.where(product.eq(0), 1, turned));
    });
    ops.mul_(sizes, factors);
    for (const size of sizes) size.clamp_(least, most);
    const kept = grads.map((grad, i) => torch.where((factors[i] as Tensor).eq(minus), 0, grad));
    const signs = kept.map((grad) => grad.sign());
    ops.addcmul_(params, signs, sizes, -1);
    ops.copy_(previous, kept);
  }
}
