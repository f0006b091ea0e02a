import { bfloat16 } from '../dtype.js';
import { TorchError, ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { checkLr, checkNotNegative, refuseSparse } from './checks.js';
import { Optimizer, type OptimizerParams, type ParamGroup, withGradients } from './optimizer.js';

/** How {@link Muon} adapts its learning rate to the shape of a parameter. */
export type AdjustLr = 'original' | 'match_rms_adamw';

/** The options of a parameter group of {@link Muon}. */
export interface MuonGroupOptions {
  /** The learning rate; a tensor has one element. Default: 1e-3. */
  lr: number | Tensor;
  /** The factor by which parameters shrink, times the learning rate. Default: 0.1. */
  weightDecay: number;
  /** How much is kept of the running average of the gradient. Default: 0.95. */
  momentum: number;
  /** Whether the gradient looks ahead along the momentum (Nesterov). Default: true. */
  nesterov: boolean;
  /** The coefficients of the polynomial that orthogonalizes. Default: (3.4445, -4.775, 2.0315). */
  nsCoefficients: readonly [number, number, number];
  /** The least norm that a direction is divided by. Default: 1e-7. */
  eps: number;
  /** How often the polynomial is applied, less than 100. Default: 5. */
  nsSteps: number;
  /**
   * How the learning rate follows the shape: `'original'` multiplies it with
   * `sqrt(max(1, rows / columns))`, `'match_rms_adamw'` with `0.2 sqrt(max(rows, columns))`, so
   * that one made for AdamW fits. Default: null, which is `'original'`.
   */
  adjustLrFn: AdjustLr | null;
}

/** What {@link Muon} takes after the parameters. */
export type MuonOptions = Partial<MuonGroupOptions>;

/** What {@link Muon} remembers of a parameter. */
export type MuonState = {
  /** The running average of the gradient. */
  momentum_buffer: Tensor;
};

const muon = new Signature<MuonGroupOptions & { params: OptimizerParams<MuonGroupOptions> }>(
  'optim.Muon',
  {
    params: required,
    lr: 1e-3,
    weightDecay: 0.1,
    momentum: 0.95,
    nesterov: true,
    nsCoefficients: [3.4445, -4.775, 2.0315],
    eps: 1e-7,
    nsSteps: 5,
    adjustLrFn: null,
  },
);

/**
 * Muon: momentum whose direction is made orthogonal before each step, for the matrices of hidden
 * layers. Biases, embeddings and everything else that is no matrix need another optimizer beside.
 *
 * With gradient `g`, each step does `b = μ b + (1 - μ) g`, takes the orthogonal matrix nearest to
 * `(1 - μ) g + μ b` (some Newton-Schulz steps in bfloat16), shrinks `p` by `1 - lr * weightDecay`
 * and subtracts that matrix times the adjusted learning rate.
 *
 * @param params The matrices to optimize, pairs of names and matrices, or parameter groups.
 * @param lr The learning rate. Default: 1e-3.
 * @param weightDecay The factor by which parameters shrink. Default: 0.1.
 * @param momentum How much is kept of the running average. Default: 0.95.
 * @param nesterov Whether the gradient looks ahead along the momentum. Default: true.
 *
 * Further arguments, by position or by name: {@link MuonGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `momentum` or `weightDecay`, an unknown `adjustLrFn`, and
 * parameters that are no matrices.
 *
 * @example
 * ```ts
 * const all = Array.from(model.parameters());
 * const matrices = all.filter((parameter) => parameter.ndim === 2);
 * const others = all.filter((parameter) => parameter.ndim !== 2);
 * const muon = new optim.Muon(matrices, { lr: 0.02 });
 * const adamw = new optim.AdamW(others, { lr: 3e-4 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Muon.html
 */
export class Muon extends Optimizer<MuonGroupOptions, MuonState> {
  constructor(
    ...args: Call<
      [params: OptimizerParams<MuonGroupOptions>],
      [
        lr: number | Tensor,
        weightDecay: number,
        momentum: number,
        nesterov: boolean,
        nsCoefficients: readonly [number, number, number],
        eps: number,
        nsSteps: number,
        adjustLrFn: AdjustLr | null,
      ],
      MuonOptions
    >
  ) {
    const { params, ...options } = muon.bind(args);
    const { lr, momentum, weightDecay, adjustLrFn } = options;
    checkLr(muon.where, lr);
    checkNotNegative({ momentum, weight_decay: weightDecay });
    if (adjustLrFn !== null && !['original', 'match_rms_adamw'].includes(adjustLrFn)) {
      throw new ValueError(
        `Adjust learning rate function ${adjustLrFn} is not supported; give 'original' or 'match_rms_adamw'`,
      );
    }
    super(params, options);
    for (const group of this.paramGroups) {
      for (const param of group.params) {
        if (param.ndim !== 2) {
          throw new ValueError(
            `Muon only supports 2D parameters, not one of shape [${param.shape.join(', ')}]; give it to another optimizer`,
          );
        }
      }
    }
  }

  protected override update(group: ParamGroup<MuonGroupOptions>): void {
    const { params, grads } = withGradients(group.params);
    refuseSparse('Muon', grads);
    params.forEach((param, i) => {
      if (param.dtype.isComplex) throw new TorchError('Muon does not support complex parameters');
      const grad = grads[i] as Tensor;
      let state = this.state.get(param);
      if (!state) {
        state = { momentum_buffer: operators.torch.zerosLike(grad) };
        this.state.set(param, state);
      }
      advance(group, param, grad, state.momentum_buffer);
    });
  }
}

function advance(group: MuonGroupOptions, param: Tensor, grad: Tensor, buffer: Tensor): void {
  const { momentum, weightDecay } = group;
  const lr = Number(group.lr);
  buffer.lerp_(grad, 1 - momentum);
  const direction = group.nesterov ? grad.lerp(buffer, momentum) : buffer;
  const update = orthogonal(group, direction);
  param.mul_(1 - lr * weightDecay);
  param.add_(update, { alpha: -lr * shapeFactor(group.adjustLrFn, param.shape) });
}

/** What the learning rate is multiplied by for a shape. */
function shapeFactor(adjust: AdjustLr | null, [rows = 1, columns = 1]: number[]): number {
  if (adjust === 'match_rms_adamw') return 0.2 * Math.sqrt(Math.max(rows, columns));
  return Math.sqrt(Math.max(1, rows / columns));
}

/** The orthogonal matrix nearest to a matrix, by a polynomial that drives singular values to 1. */
function orthogonal(group: MuonGroupOptions, matrix: Tensor): Tensor {
  const { torch } = operators;
  const { nsCoefficients, nsSteps, eps } = group;
  if (!(nsSteps < 100)) {
    throw new ValueError('Number of steps must be less than 100 for computational efficiency');
  }
  if (nsCoefficients.length !== 3) {
    throw new ValueError('Coefficients must be a tuple of exactly 3 values');
  }
  const [a, b, c] = nsCoefficients;
  const isTall = matrix.size(0) > matrix.size(1);
  let result = matrix.to(bfloat16, { copy: true });
  if (isTall) result = result.T;
  result.div_(result.norm().clamp({ min: eps }));
  for (let i = 0; i < nsSteps; i++) {
    const gram = result.matmul(result.T);
    const change = torch.addmm(gram, gram, gram, { beta: b, alpha: c });
    result = torch.addmm(result, change, result, { beta: a });
  }
  return isTall ? result.T : result;
}
