import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { floatRepr, repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import {
  checkGroups,
  type LocalResponseNormOptions,
  localResponseNorm,
} from '../functional/normalization.js';
import * as init from '../init.js';
import { Parameter } from '../parameter.js';
import { Module } from './module.js';
import { checkCounts, checkTensor } from './utils.js';

interface LocalResponseNormArguments extends Required<LocalResponseNormOptions> {
  size: number;
}

const localResponse = new Signature<LocalResponseNormArguments>('nn.LocalResponseNorm', {
  size: required,
  alpha: 1e-4,
  beta: 0.75,
  k: 1,
});

/**
 * Divides each element by `(k + alpha * mean(squares of the neighbouring channels)) ** beta`.
 *
 * @param size How many channels count as neighbours, the element's own among them.
 *
 * Further arguments, by position or by name: {@link LocalResponseNormOptions}.
 *
 * Shape: `(N, C, *)` with at least one further dimension, and the same.
 *
 * @example
 * ```ts
 * const norm = new nn.LocalResponseNorm(2);
 * norm(torch.randn(32, 5, 24, 24)).shape; // [32, 5, 24, 24]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html
 */
export class LocalResponseNorm extends Module {
  size: number;
  alpha: number;
  beta: number;
  k: number;

  constructor(
    ...args: Call<
      [size: number],
      [alpha: number, beta: number, k: number],
      LocalResponseNormOptions
    >
  ) {
    super();
    const { size, alpha, beta, k } = localResponse.bind(args);
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }

  override forward(input: Tensor): Tensor {
    return localResponseNorm(input, this.size, this.alpha, this.beta, this.k);
  }

  override extraRepr(): string {
    return `${this.size}, alpha=${floatRepr(this.alpha)}, beta=${floatRepr(this.beta)}, k=${floatRepr(this.k)}`;
  }
}

/** What {@link LayerNorm} takes after its required argument. */
export interface LayerNormOptions extends FactoryOptions {
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
  /** Whether there is a learnable weight, 1 at first, and a bias, 0 at first. Default: true. */
  elementwiseAffine?: boolean;
  /** Whether an affine layer has a bias. Default: true. */
  bias?: boolean;
}

interface LayerNormArguments extends FactoryOptions {
  normalizedShape: number | readonly number[];
  eps: number;
  elementwiseAffine: boolean;
  bias: boolean;
}

const layerNorm = new Signature<LayerNormArguments>(
  'nn.LayerNorm',
  { normalizedShape: required, eps: 1e-5, elementwiseAffine: true, bias: true },
  factoryDefaults,
);

/** The sizes of the normalized dimensions, where one number is the last one's. */
function shapeOf(where: string, size: number | readonly number[]): number[] {
  const shape = Array.isArray(size) ? [...size] : [size];
  checkCounts(where, Object.fromEntries(shape.map((s, i) => [`normalizedShape[${i}]`, s])));
  return shape;
}

/**
 * Normalises the last dimensions of each sample by their own mean and variance, in training and in
 * evaluation alike.
 *
 * @param normalizedShape The sizes of those dimensions, or the last one's.
 *
 * Further arguments, by position or by name: {@link LayerNormOptions}.
 *
 * Shape: `(*, ...normalizedShape)`, and the same.
 *
 * State: with `elementwiseAffine`, `weight` and, with `bias`, `bias`, both `normalizedShape`.
 *
 * @example
 * ```ts
 * const norm = new nn.LayerNorm([5, 10, 10]);
 * norm(torch.randn(20, 5, 10, 10)).shape; // [20, 5, 10, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
 */
export class LayerNorm extends Module {
  normalizedShape: number[];
  eps: number;
  elementwiseAffine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(
    ...args: Call<
      [normalizedShape: number | readonly number[]],
      [eps: number, elementwiseAffine: boolean, bias: boolean],
      LayerNormOptions
    >
  ) {
    super();
    const { normalizedShape, eps, elementwiseAffine, bias, device, dtype } = layerNorm.bind(args);
    this.normalizedShape = shapeOf(layerNorm.where, normalizedShape);
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    const parameter = () =>
      new Parameter(operators.torch.empty(this.normalizedShape, { device, dtype }));
    this.weight = elementwiseAffine ? parameter() : null;
    this.bias = elementwiseAffine && bias ? parameter() : null;
    this.resetParameters();
  }

  /** Sets the weight to 1 and the bias to 0. */
  resetParameters(): void {
    if (this.weight) init.ones_(this.weight);
    if (this.bias) init.zeros_(this.bias);
  }

  override forward(input: Tensor): Tensor {
    const { weight, bias } = this;
    return operators.torch.layerNorm(input, this.normalizedShape, weight, bias, this.eps);
  }

  override extraRepr(): string {
    return `${repr(this.normalizedShape)}, eps=${floatRepr(this.eps)}, elementwise_affine=${repr(this.elementwiseAffine)}, bias=${repr(this.bias !== null)}`;
  }
}

/** What {@link GroupNorm} takes after its required arguments. */
export interface GroupNormOptions extends FactoryOptions {
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
  /** Whether there is a learnable weight, 1 at first, and a bias, 0 at first. Default: true. */
  affine?: boolean;
  /** Whether an affine layer has a bias. Default: true. */
  bias?: boolean;
}

interface GroupNormArguments extends FactoryOptions {
  numGroups: number;
  numChannels: number;
  eps: number;
  affine: boolean;
  bias: boolean;
}

const groupNorm = new Signature<GroupNormArguments>(
  'nn.GroupNorm',
  { numGroups: required, numChannels: required, eps: 1e-5, affine: true },
  { bias: true, ...factoryDefaults },
);

/**
 * Normalises the channels of each sample group by group, by each group's own mean and variance, in
 * training and in evaluation alike.
 *
 * @param numGroups Into how many groups the channels are cut.
 * @param numChannels The number of channels C; a multiple of the groups.
 *
 * Further arguments, by position or by name: {@link GroupNormOptions}.
 *
 * Shape: `(N, C, *)`, and the same.
 *
 * State: with `affine`, `weight` and, with `bias`, `bias`, both `(C)`.
 *
 * @example
 * ```ts
 * const norm = new nn.GroupNorm(3, 6);
 * norm(torch.randn(20, 6, 10, 10)).shape; // [20, 6, 10, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html
 */
export class GroupNorm extends Module {
  numGroups: number;
  numChannels: number;
  eps: number;
  affine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(
    ...args: Call<
      [numGroups: number, numChannels: number],
      [eps: number, affine: boolean],
      GroupNormOptions
    >
  ) {
    super();
    const { numGroups, numChannels, eps, affine, bias, device, dtype } = groupNorm.bind(args);
    checkCounts(groupNorm.where, { numGroups, numChannels });
    if (numChannels % numGroups !== 0) {
      throw new ValueError(
        `numChannels (${numChannels}) must be divisible by numGroups (${numGroups})`,
      );
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.affine = affine;
    const parameter = () => new Parameter(operators.torch.empty([numChannels], { device, dtype }));
    this.weight = affine ? parameter() : null;
    this.bias = affine && bias ? parameter() : null;
    this.resetParameters();
  }

  /** Sets the weight to 1 and the bias to 0. */
  resetParameters(): void {
    if (this.weight) init.ones_(this.weight);
    if (this.bias) init.zeros_(this.bias);
  }

  override forward(input: Tensor): Tensor {
    checkTensor(groupNorm.where, 'input', input);
    checkGroups(input.shape, this.numGroups);
    return operators.torch.groupNorm(input, this.numGroups, this.weight, this.bias, this.eps);
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${floatRepr(this.eps)}, affine=${repr(this.affine)}, bias=${repr(this.bias !== null)}`;
  }
}

/** What {@link RMSNorm} takes after its required argument. */
export interface RMSNormOptions extends FactoryOptions {
  /** What is added to the mean of the squares. Default: null, the dtype's machine epsilon. */
  eps?: number | null;
  /** Whether there is a learnable weight, 1 at first. Default: true. */
  elementwiseAffine?: boolean;
}

interface RMSNormArguments extends FactoryOptions {
  normalizedShape: number | readonly number[];
  eps: number | null;
  elementwiseAffine: boolean;
}

const rmsNorm = new Signature<RMSNormArguments>(
  'nn.RMSNorm',
  { normalizedShape: required, eps: null, elementwiseAffine: true },
  factoryDefaults,
);

/**
 * Divides the last dimensions of each sample by the root of the mean of their squares, in training
 * and in evaluation alike.
 *
 * @param normalizedShape The sizes of those dimensions, or the last one's.
 *
 * Further arguments, by position or by name: {@link RMSNormOptions}.
 *
 * Shape: `(*, ...normalizedShape)`, and the same.
 *
 * State: with `elementwiseAffine`, `weight`, `normalizedShape`.
 *
 * @example
 * ```ts
 * const norm = new nn.RMSNorm([2, 3]);
 * norm(torch.randn(2, 2, 3)).shape; // [2, 2, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html
 */
export class RMSNorm extends Module {
  normalizedShape: number[];
  eps: number | null;
  elementwiseAffine: boolean;
  weight: Parameter | null;

  constructor(
    ...args: Call<
      [normalizedShape: number | readonly number[]],
      [eps: number | null, elementwiseAffine: boolean],
      RMSNormOptions
    >
  ) {
    super();
    const { normalizedShape, eps, elementwiseAffine, device, dtype } = rmsNorm.bind(args);
    this.normalizedShape = shapeOf(rmsNorm.where, normalizedShape);
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine
      ? new Parameter(operators.torch.empty(this.normalizedShape, { device, dtype }))
      : null;
    this.resetParameters();
  }

  /** Sets the weight to 1. */
  resetParameters(): void {
    if (this.weight) init.ones_(this.weight);
  }

  override forward(input: Tensor): Tensor {
    return operators.torch.rmsNorm(input, this.normalizedShape, this.weight, this.eps);
  }

  override extraRepr(): string {
    const eps = this.eps === null ? 'None' : floatRepr(this.eps);
    return `${repr(this.normalizedShape)}, eps=${eps}, elementwise_affine=${repr(this.elementwiseAffine)}`;
  }
}

const crossMapLRN2d = new Signature<LocalResponseNormArguments>('nn.CrossMapLRN2d', {
  size: required,
  alpha: 1e-4,
  beta: 0.75,
  k: 1,
});

/**
 * Divides each element by `(k + alpha / size * sum(squares of the neighbouring channels)) ** beta`:
 * the local response normalization of Torch 7, which counts the channels on both sides alike.
 *
 * @param size How many channels count as neighbours; an odd number.
 *
 * Further arguments, by position or by name: {@link nn.functional.LocalResponseNormOptions}.
 *
 * Shape: `(N, C, H, W)`, and the same.
 *
 * @example
 * ```ts
 * const norm = new nn.CrossMapLRN2d(5);
 * norm(torch.randn(2, 8, 4, 4)).shape; // [2, 8, 4, 4]
 * ```
 * @see https://pytorch.org/docs/stable/nn.html
 */
export class CrossMapLRN2d extends Module {
  size: number;
  alpha: number;
  beta: number;
  k: number;

  constructor(
    ...args: Call<
      [size: number],
      [alpha: number, beta: number, k: number],
      LocalResponseNormOptions
    >
  ) {
    super();
    const { size, alpha, beta, k } = crossMapLRN2d.bind(args);
    checkCounts(crossMapLRN2d.where, { size });
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }

  override forward(input: Tensor): Tensor {
    checkTensor(crossMapLRN2d.where, 'input', input);
    if (input.dim() !== 4) {
      throw new ValueError(`CrossMapLRN2d: Expected input to be 4D, got ${input.dim()}D instead.`);
    }
    const side = Math.trunc((this.size - 1) / 2);
    const squares = operators.nn.pad(input.mul(input), [0, 0, 0, 0, side, side]);
    const sums = squares.unfold(1, 2 * side + 1, 1).sum(-1);
    const scale = sums.mul(this.alpha / this.size).add(this.k);
    return scale.pow(-this.beta).mul(input);
  }

  override extraRepr(): string {
    return `${this.size}, alpha=${floatRepr(this.alpha)}, beta=${floatRepr(this.beta)}, k=${repr(this.k)}`;
  }
}
