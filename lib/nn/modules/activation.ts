import { TorchError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, Signature } from '../../options.js';
import { floatRepr, givenRepr, repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { Module } from './module.js';
import { checkTensor } from './utils.js';

export * from './multihead-attention.js';
export * from './rectifiers.js';
export * from './softmax.js';

/** What {@link GLU} takes. */
export interface GLUOptions {
  /** The dimension that is cut. Default: -1. */
  dim?: number;
}

const glu = new Signature<Required<GLUOptions>>('nn.GLU', { dim: -1 });

/**
 * Gated linear unit: the first half of a dimension times the sigmoid of the second.
 *
 * @param dim The dimension that is cut. Default: -1.
 *
 * Shape: any, with an even size of `dim`, to the same with half that size.
 *
 * @example
 * ```ts
 * const layer = new nn.GLU();
 * layer(torch.randn(4, 2)).shape; // [4, 1]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GLU.html
 */
export class GLU extends Module {
  dim: number;

  constructor(...args: Call<[], [dim: number], GLUOptions>) {
    super();
    const { dim } = glu.bind(args);
    this.dim = dim;
  }

  override forward(input: Tensor): Tensor {
    checkTensor(glu.where, 'input', input);
    if (input.dim() === 0) {
      throw new TorchError('glu does not support scalars because halving size must be even');
    }
    return operators.nn.glu(input, this.dim);
  }

  override extraRepr(): string {
    return `dim=${repr(this.dim)}`;
  }
}

/** What {@link Hardshrink} takes. */
export interface HardshrinkOptions {
  /** The bound. Default: 0.5. */
  lambd?: number;
}

const hardshrink = new Signature<Required<HardshrinkOptions>>('nn.Hardshrink', { lambd: 0.5 });

/**
 * Sets the elements within `[-lambd, lambd]` to 0.
 *
 * @param lambd The bound. Default: 0.5.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Hardshrink();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html
 */
export class Hardshrink extends Module {
  lambd: number;

  constructor(...args: Call<[], [lambd: number], HardshrinkOptions>) {
    super();
    const { lambd } = hardshrink.bind(args);
    this.lambd = lambd;
  }

  override forward(input: Tensor): Tensor {
    return operators.torch.hardshrink(input, this.lambd);
  }

  override extraRepr(): string {
    return `${floatRepr(this.lambd)}`;
  }
}

/** What {@link Softshrink} takes. */
export interface SoftshrinkOptions {
  /** The bound, at least 0. Default: 0.5. */
  lambd?: number;
}

const softshrink = new Signature<Required<SoftshrinkOptions>>('nn.Softshrink', { lambd: 0.5 });

/**
 * Moves the elements towards 0 by `lambd`; those within it become 0.
 *
 * @param lambd The bound, at least 0. Default: 0.5.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Softshrink();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softshrink.html
 */
export class Softshrink extends Module {
  lambd: number;

  constructor(...args: Call<[], [lambd: number], SoftshrinkOptions>) {
    super();
    const { lambd } = softshrink.bind(args);
    this.lambd = lambd;
  }

  override forward(input: Tensor): Tensor {
    return operators.nn.softshrink(input, this.lambd);
  }

  override extraRepr(): string {
    return `${givenRepr(this.lambd, 0.5)}`;
  }
}

/** What {@link Softplus} takes. */
export interface SoftplusOptions {
  /** How sharp the bend is. Default: 1. */
  beta?: number;
  /** Where `beta * x` exceeds this, the result is `x`. Default: 20. */
  threshold?: number;
}

const softplus = new Signature<Required<SoftplusOptions>>('nn.Softplus', {
  beta: 1,
  threshold: 20,
});

/**
 * `log(1 + exp(beta * x)) / beta`: a smooth {@link ReLU}.
 *
 * @param beta How sharp the bend is. Default: 1.
 * @param threshold Where `beta * x` exceeds this, the result is `x`. Default: 20.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Softplus();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html
 */
export class Softplus extends Module {
  beta: number;
  threshold: number;

  constructor(...args: Call<[], [beta: number, threshold: number], SoftplusOptions>) {
    super();
    const { beta, threshold } = softplus.bind(args);
    this.beta = beta;
    this.threshold = threshold;
  }

  override forward(input: Tensor): Tensor {
    return operators.nn.softplus(input, this.beta, this.threshold);
  }

  override extraRepr(): string {
    return `beta=${givenRepr(this.beta, 1)}, threshold=${givenRepr(this.threshold, 20)}`;
  }
}

/**
 * `1 / (1 + exp(-x))` of each element.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Sigmoid();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
 */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return operators.torch.sigmoid(input);
  }
}

/**
 * The hyperbolic tangent of each element.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Tanh();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html
 */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return operators.torch.tanh(input);
  }
}

/**
 * `log(1 / (1 + exp(-x)))`, computed without overflow.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.LogSigmoid();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html
 */
export class LogSigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return operators.nn.logSigmoid(input);
  }
}

/**
 * `x / (1 + abs(x))`.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Softsign();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softsign.html
 */
export class Softsign extends Module {
  override forward(input: Tensor): Tensor {
    return input.div(input.abs().add(1));
  }
}

/**
 * `x - tanh(x)`.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Tanhshrink();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html
 */
export class Tanhshrink extends Module {
  override forward(input: Tensor): Tensor {
    return input.sub(input.tanh());
  }
}

/** How {@link GELU} computes: exactly, or by a tanh. */
export type Approximation = 'none' | 'tanh';

const gelu = new Signature<{ approximate: Approximation }>('nn.GELU', { approximate: 'none' });

/**
 * `x` times the normal distribution's cumulative function of `x`.
 *
 * @param approximate `'none'`, or `'tanh'` for the approximation by tanh. Default: `'none'`.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.GELU('tanh');
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GELU.html
 */
export class GELU extends Module {
  approximate: Approximation;

  constructor(...args: Call<[], [approximate: Approximation], { approximate?: Approximation }>) {
    super();
    this.approximate = gelu.bind(args).approximate;
  }

  override forward(input: Tensor): Tensor {
    return this.approximate === 'none'
      ? operators.nn.gelu(input)
      : operators.nn.gelu(input, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate=${repr(this.approximate)}`;
  }
}
