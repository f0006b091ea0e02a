import { TorchError, ValueError } from '../errors.js';
import { pow } from '../libm.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { checkBetas, checkLr } from './checks.js';
import { Optimizer, type OptimizerParams, type ParamGroup, withGradients } from './optimizer.js';

/** The options of a parameter group of {@link SparseAdam}. */
export interface SparseAdamGroupOptions {
  /** The learning rate; a tensor has one element. Default: 1e-3. */
  lr: number | Tensor;
  /** How much is kept of the running averages of the gradient and of its square. Default: (0.9, 0.999). */
  betas: readonly [number, number];
  /** Added to the denominator, so that it is not zero. Default: 1e-8. */
  eps: number;
  /** Whether to ascend instead of descending. Default: false. */
  maximize: boolean;
}

/** What {@link SparseAdam} takes after the parameters. */
export type SparseAdamOptions = Partial<SparseAdamGroupOptions>;

/** What {@link SparseAdam} remembers of a parameter. */
export type SparseAdamState = {
  /** How many steps it has taken. */
  step: number;
  /** The running average of the gradient. */
  exp_avg: Tensor;
  /** The running average of the gradient's square. */
  exp_avg_sq: Tensor;
};

const sparseAdam = new Signature<
  SparseAdamGroupOptions & { params: OptimizerParams<SparseAdamGroupOptions> }
>('optim.SparseAdam', {
  params: required,
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  maximize: false,
});

/**
 * Adam for sparse gradients: only the rows that a gradient has are changed, and only their running
 * averages move.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups. They are
 * dense, and their gradients sparse.
 * @param lr The learning rate. Default: 1e-3.
 * @param betas How much is kept of the running averages. Default: (0.9, 0.999).
 * @param eps Added to the denominator. Default: 1e-8.
 * @param maximize Whether to ascend instead of descending. Default: false.
 *
 * @throws ValueError for an `lr` or `eps` that is not above 0, for betas outside [0, 1), and for
 * parameters that are sparse or complex.
 *
 * @example
 * ```ts
 * const embedding = new nn.Embedding(1000, 8, { sparse: true });
 * const optimizer = new optim.SparseAdam(embedding.parameters(), { lr: 0.01 });
 * embedding(torch.tensor([1n, 5n])).sum().backward();
 * optimizer.step();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html
 */
export class SparseAdam extends Optimizer<SparseAdamGroupOptions, SparseAdamState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<SparseAdamGroupOptions>],
      [lr: number | Tensor, betas: readonly [number, number], eps: number, maximize: boolean],
      SparseAdamOptions
    >
  ) {
    const { params, ...options } = sparseAdam.bind(args);
    checkLr(sparseAdam.where, options.lr);
    if (!(Number(options.lr) > 0)) throw new ValueError(`Invalid learning rate: ${options.lr}`);
    if (!(options.eps > 0)) throw new ValueError(`Invalid epsilon value: ${options.eps}`);
    checkBetas(options.betas);
    super(params, options);
    this.paramGroups.forEach((group, g) => {
      group.params.forEach((param, i) => {
        const wrong = param.isSparse ? 'sparse' : param.dtype.isComplex ? 'complex' : undefined;
        if (wrong) {
          throw new ValueError(
            `SparseAdam requires dense real parameters, and parameter ${i} of group ${g} is ${wrong}`,
          );
        }
      });
    });
  }

  protected override update(group: ParamGroup<SparseAdamGroupOptions>): void {
    const { torch } = operators;
    const { params, grads } = withGradients(group.params);
    params.forEach((param, i) => {
      const grad = grads[i] as Tensor;
      if (!grad.isSparse) {
        throw new TorchError(
          'SparseAdam does not support dense gradients, please consider Adam instead',
        );
      }
      let state = this.state.get(param);
      if (!state) {
        state = { step: 0, exp_avg: torch.zerosLike(param), exp_avg_sq: torch.zerosLike(param) };
        this.state.set(param, state);
      }
      state.step++;
      advance(group, param, grad, state);
    });
  }
}

function advance(
  group: SparseAdamGroupOptions,
  param: Tensor,
  given: Tensor,
  { step, exp_avg: average, exp_avg_sq: square }: SparseAdamState,
): void {
  const [beta1, beta2] = group.betas;
  const grad = (group.maximize ? given.neg() : given).coalesce();
  const indices = grad._indices();
  const values = grad._values();
  if (values.numel() === 0) return;
  const sparse = (elements: Tensor) =>
    operators.torch.sparseCooTensor(indices, elements, grad.shape);

  const oldAverage = average.sparseMask(grad)._values();
  const averageChange = values.sub(oldAverage).mul_(1 - beta1);
  average.add_(sparse(averageChange));
  const oldSquare = square.sparseMask(grad)._values();
  const squareChange = values
    .pow(2)
    .sub_(oldSquare)
    .mul_(1 - beta2);
  square.add_(sparse(squareChange));

  const numerator = averageChange.add(oldAverage);
  const denominator = squareChange.add(oldSquare).sqrt_().add_(group.eps);
  const bias1 = 1 - pow(beta1, step);
  const bias2 = 1 - pow(beta2, step);
  const size = (Number(group.lr) * Math.sqrt(bias2)) / bias1;
  param.add_(sparse(numerator.div_(denominator).mul(-size)));
}
