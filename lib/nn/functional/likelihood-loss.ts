import { describe } from '../../describe.js';
import { ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';
import {
  chosenReduction,
  type LegacyReductionOptions,
  type Reduction,
  reductionCode,
} from '../reduction.js';

/** What {@link poissonNllLoss} takes after its required arguments. */
export interface PoissonNLLLossOptions extends LegacyReductionOptions {
  /** Whether the input is the logarithm of the rate. Default: true. */
  logInput?: boolean;
  /** Whether the Stirling approximation of the target's factorial is added. Default: false. */
  full?: boolean;
  /** What is added to a rate before its logarithm is taken. Default: 1e-8. */
  eps?: number;
  /** How the elements' losses are combined. Default: `'mean'`. */
  reduction?: Reduction;
}

interface PoissonNLLLossArguments extends Required<PoissonNLLLossOptions> {
  input: Tensor;
  target: Tensor;
}

const poissonNllLossSignature = new Signature<PoissonNLLLossArguments>(
  'nn.functional.poissonNllLoss',
  {
    input: required,
    target: required,
    logInput: true,
    full: false,
    sizeAverage: null,
    eps: 1e-8,
    reduce: null,
    reduction: 'mean',
  },
);

/**
 * The negated log likelihood of counts under Poisson distributions: `exp(input) - target * input`
 * up to a constant; {@link nn.PoissonNLLLoss} as a function.
 *
 * @param input The logarithms of the rates, or the rates, of any shape.
 * @param target Counts, of the same shape.
 *
 * Further arguments, by position or by name: {@link PoissonNLLLossOptions}.
 *
 * @example
 * ```ts
 * nn.functional.poissonNllLoss(torch.tensor([0, 0]), torch.tensor([1, 3])); // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.poisson_nll_loss.html
 */
export function poissonNllLoss(
  ...args: Call<
    [input: Tensor, target: Tensor],
    [
      logInput: boolean,
      full: boolean,
      sizeAverage: boolean | null,
      eps: number,
      reduce: boolean | null,
      reduction: Reduction,
    ],
    PoissonNLLLossOptions
  >
): Tensor {
  const given = poissonNllLossSignature.bind(args);
  const { input, target, logInput, full, eps } = given;
  const code = reductionCode(chosenReduction(given));
  return operators.torch.poissonNllLoss(input, target, logInput, full, eps, code);
}

/** What {@link gaussianNllLoss} takes after its required arguments. */
export interface GaussianNLLLossOptions {
  /** Whether the constant term `0.5 * log(2 * pi)` is added. Default: false. */
  full?: boolean;
  /** The least variance; the gradient is that of the variance as given. Default: 1e-6. */
  eps?: number;
  /** How the elements' losses are combined. Default: `'mean'`. */
  reduction?: Reduction;
}

interface GaussianNLLLossArguments extends Required<GaussianNLLLossOptions> {
  input: Tensor;
  target: Tensor;
  var: Tensor | number;
}

const gaussianNllLossSignature = new Signature<GaussianNLLLossArguments>(
  'nn.functional.gaussianNllLoss',
  {
    input: required,
    target: required,
    var: required,
    full: false,
    eps: 1e-6,
    reduction: 'mean',
  },
);

/** The variance as a tensor whose shape goes with the input's. */
function variance(input: Tensor, given: Tensor | number): Tensor {
  if (typeof given === 'number') {
    if (given < 0) throw new ValueError('var has negative entry/entries');
    return operators.torch.onesLike(input).mul(given);
  }
  if (!(given instanceof Tensor)) {
    throw new TypeError(
      `nn.functional.gaussianNllLoss: var must be a Tensor or a number, got ${describe(given)}`,
    );
  }
  if (given.lt(0).any().item()) throw new ValueError('var has negative entry/entries');
  const sizes = input.shape;
  const varSizes = given.shape;
  if (String(sizes) === String(varSizes)) return given;
  // One variance for each sample.
  if (sizes.length > 0 && String(sizes.slice(0, -1)) === String(varSizes))
    return given.unsqueeze(-1);
  const different = sizes.filter((size, i) => size !== varSizes[i]).length;
  if (sizes.length === varSizes.length && different === 1) return given;
  throw new ValueError(
    `var is of incorrect size: [${varSizes}] does not go with the input's [${sizes}]`,
  );
}

/**
 * The negated log likelihood of the target under normal distributions:
 * `0.5 * (log(var) + (input - target) ** 2 / var)`; {@link nn.GaussianNLLLoss} as a function.
 *
 * @param input The means, `(N, *)` or `(*)`.
 * @param target The same shape, or one that broadcasts.
 * @param variance The variances: the same shape, or with a last dimension of 1 or none; or one
 *   number for all.
 *
 * Further arguments, by position or by name: {@link GaussianNLLLossOptions}.
 *
 * @throws ValueError where a variance is negative, or their shape does not go with the input's.
 *
 * @example
 * ```ts
 * nn.functional.gaussianNllLoss(torch.tensor([1, 2]), torch.tensor([1, 4]), torch.ones(2)); // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.gaussian_nll_loss.html
 */
export function gaussianNllLoss(
  ...args: Call<
    [input: Tensor, target: Tensor, variance: Tensor | number],
    [full: boolean, eps: number, reduction: Reduction],
    GaussianNLLLossOptions
  >
): Tensor {
  const given = gaussianNllLossSignature.bind(args);
  const { input, target, full, eps } = given;
  checkTensor(gaussianNllLossSignature.where, 'input', input);
  checkTensor(gaussianNllLossSignature.where, 'target', target);
  const code = reductionCode(given.reduction);
  const clamped = variance(input, given.var).clone();
  noGrad(() => clamped.clamp_(eps));
  let loss = clamped.log().add(input.sub(target).pow(2).div(clamped)).mul(0.5);
  if (full) loss = loss.add(0.5 * Math.log(2 * Math.PI));
  if (code === 0) return loss;
  return code === 1 ? loss.mean() : loss.sum();
}

/** The lengths of the sequences of a batch, as int64 or int32 tensor or as an array. */
export type Lengths = Tensor | readonly number[];

/** What {@link ctcLoss} takes after its required arguments. */
export interface CTCLossOptions {
  /** The class that stands for no label. Default: 0. */
  blank?: number;
  /**
   * How the samples' losses are combined; the mean is that of the losses divided by the targets'
   * lengths. Default: `'mean'`.
   */
  reduction?: Reduction;
  /** Whether infinite losses, of inputs too short for their targets, become 0. Default: false. */
  zeroInfinity?: boolean;
}

interface CTCLossArguments extends Required<CTCLossOptions> {
  logProbs: Tensor;
  targets: Tensor;
  inputLengths: Lengths;
  targetLengths: Lengths;
}

const ctcLossSignature = new Signature<CTCLossArguments>('nn.functional.ctcLoss', {
  logProbs: required,
  targets: required,
  inputLengths: required,
  targetLengths: required,
  blank: 0,
  reduction: 'mean',
  zeroInfinity: false,
});

/**
 * The connectionist temporal classification loss: the negated log probability of a sequence of
 * labels, summed over the ways to lay it out in time; {@link nn.CTCLoss} as a function.
 *
 * @param logProbs Log probabilities, `(T, N, C)` or `(T, C)`.
 * @param targets Labels (int32 or int64), `(N, S)`, all in a row `(sum of targetLengths)`, or `(S)`.
 * @param inputLengths The length in time of each sample, `(N)` or `()`.
 * @param targetLengths The number of labels of each sample, `(N)` or `()`.
 *
 * Further arguments, by position or by name: {@link CTCLossOptions}.
 *
 * @example
 * ```ts
 * const logProbs = torch.randn(50, 16, 20).logSoftmax(2);
 * const targets = torch.randint(1, 20, [16, 30]);
 * const lengths = [torch.full([16], 50n), torch.randint(10, 30, [16])] as const;
 * nn.functional.ctcLoss(logProbs, targets, ...lengths).shape; // []
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html
 */
export function ctcLoss(
  ...args: Call<
    [logProbs: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths],
    [blank: number, reduction: Reduction, zeroInfinity: boolean],
    CTCLossOptions
  >
): Tensor {
  const given = ctcLossSignature.bind(args);
  const { logProbs, targets, inputLengths, targetLengths, blank, zeroInfinity } = given;
  const code = reductionCode(given.reduction);
  const { ctcLoss: operator } = operators.torch;
  if (inputLengths instanceof Tensor && targetLengths instanceof Tensor) {
    return operator(logProbs, targets, inputLengths, targetLengths, blank, code, zeroInfinity);
  }
  const list = (lengths: Lengths) =>
    lengths instanceof Tensor ? (lengths.flatten().tolist() as number[]) : lengths;
  return operator(
    logProbs,
    targets,
    list(inputLengths),
    list(targetLengths),
    blank,
    code,
    zeroInfinity,
  );
}
