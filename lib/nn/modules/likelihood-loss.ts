import { type Call, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import * as functional from '../functional/likelihood-loss.js';
import type { Reduction } from '../reduction.js';
import { Loss } from './loss-base.js';

const poissonNLLLoss = new Signature<Required<functional.PoissonNLLLossOptions>>(
  'nn.PoissonNLLLoss',
  {
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
 * up to a constant.
 *
 * Arguments, by position or by name: {@link nn.functional.PoissonNLLLossOptions}.
 *
 * Shape: logarithms of the rates, or rates, of any shape and counts of the same, to `()`, or with
 * `'none'` to that shape.
 *
 * @example
 * ```ts
 * const loss = new nn.PoissonNLLLoss();
 * loss(torch.tensor([0, 0]), torch.tensor([1, 3])); // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html
 */
export class PoissonNLLLoss extends Loss {
  logInput: boolean;
  full: boolean;
  eps: number;

  constructor(
    ...args: Call<
      [],
      [
        logInput: boolean,
        full: boolean,
        sizeAverage: boolean | null,
        eps: number,
        reduce: boolean | null,
        reduction: Reduction,
      ],
      functional.PoissonNLLLossOptions
    >
  ) {
    const given = poissonNLLLoss.bind(args);
    super(given);
    this.logInput = given.logInput;
    this.full = given.full;
    this.eps = given.eps;
  }

  override forward(logInput: Tensor, target: Tensor): Tensor {
    const { full, eps, reduction } = this;
    const options = { logInput: this.logInput, full, eps, reduction };
    return functional.poissonNllLoss(logInput, target, options);
  }
}

const gaussianNLLLoss = new Signature<Required<functional.GaussianNLLLossOptions>>(
  'nn.GaussianNLLLoss',
  {},
  { full: false, eps: 1e-6, reduction: 'mean' },
);

/**
 * The negated log likelihood of the target under normal distributions whose means and variances a
 * model gives: `0.5 * (log(var) + (input - target) ** 2 / var)`.
 *
 * Arguments, by name: {@link nn.functional.GaussianNLLLossOptions}.
 *
 * Shape: means `(N, *)` or `(*)`, targets of the same shape, and variances of the same shape, or
 * with a last dimension of 1 or none, or one number; to `()`, or with `'none'` to the means' shape.
 *
 * @example
 * ```ts
 * const loss = new nn.GaussianNLLLoss();
 * loss(torch.tensor([1, 2]), torch.tensor([1, 4]), torch.ones(2)); // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GaussianNLLLoss.html
 */
export class GaussianNLLLoss extends Loss {
  full: boolean;
  eps: number;

  constructor(...args: Call<[], [], functional.GaussianNLLLossOptions>) {
    const { full, eps, reduction } = gaussianNLLLoss.bind(args);
    super({ sizeAverage: null, reduce: null, reduction });
    this.full = full;
    this.eps = eps;
  }

  override forward(input: Tensor, target: Tensor, variance: Tensor | number): Tensor {
    const { full, eps, reduction } = this;
    return functional.gaussianNllLoss(input, target, variance, full, eps, reduction);
  }
}

const ctcLoss = new Signature<Required<functional.CTCLossOptions>>('nn.CTCLoss', {
  blank: 0,
  reduction: 'mean',
  zeroInfinity: false,
});

/**
 * The connectionist temporal classification loss: the negated log probability of a sequence of
 * labels, summed over the ways to lay it out in time. For speech and handwriting.
 *
 * Arguments, by position or by name: {@link nn.functional.CTCLossOptions}.
 *
 * Shape: log probabilities `(T, N, C)` or `(T, C)`; labels (int32 or int64) `(N, S)`,
 * `(sum of targetLengths)` or `(S)`; the lengths of the inputs and of the targets, `(N)` or `()`,
 * as tensors or arrays; to `()`, or with `'none'` to `(N)`.
 *
 * @example
 * ```ts
 * const loss = new nn.CTCLoss();
 * const input = torch.randn(50, 16, 20).logSoftmax(2).detach().requiresGrad_();
 * const targets = torch.randint(1, 20, [16, 30]);
 * loss(input, targets, torch.full([16], 50n), torch.randint(10, 30, [16])).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html
 */
export class CTCLoss extends Loss {
  blank: number;
  zeroInfinity: boolean;

  constructor(
    ...args: Call<
      [],
      [blank: number, reduction: Reduction, zeroInfinity: boolean],
      functional.CTCLossOptions
    >
  ) {
    const { blank, reduction, zeroInfinity } = ctcLoss.bind(args);
    super({ sizeAverage: null, reduce: null, reduction });
    this.blank = blank;
    this.zeroInfinity = zeroInfinity;
  }

  override forward(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: functional.Lengths,
    targetLengths: functional.Lengths,
  ): Tensor {
    const { blank, reduction, zeroInfinity } = this;
    const options = { blank, reduction, zeroInfinity };
    return functional.ctcLoss(logProbs, targets, inputLengths, targetLengths, options);
  }
}
