import { int64 } from '../../dtype.js';
import { operators } from '../../operators.js';
import { type Call, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import { Buffer } from '../parameter.js';
import { UninitializedBuffer, UninitializedParameter } from '../uninitialized.js';
import {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type NormBase,
  type NormOptions,
} from './batchnorm.js';
import { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from './instancenorm.js';
import { LazyModuleMixin } from './lazy.js';
import { checkTensor } from './utils.js';

type LazyNormCall = Call<
  [],
  [eps: number, momentum: number | null, affine: boolean, trackRunningStats: boolean],
  NormOptions
>;

interface LazyNormArguments extends FactoryOptions {
  eps: number;
  momentum: number | null;
  affine: boolean;
  trackRunningStats: boolean;
  bias: boolean;
}

const signature = (name: string) =>
  new Signature<LazyNormArguments>(
    `nn.${name}`,
    { eps: 1e-5, momentum: 0.1, affine: true, trackRunningStats: true },
    { bias: true, ...factoryDefaults },
  );

/** What the class of a normalization is made with, which makes no parameters and no buffers. */
function plain({ eps, momentum, device, dtype }: LazyNormArguments) {
  return { eps, momentum, affine: false, trackRunningStats: false, bias: false, device, dtype };
}

/** Leaves a normalization that was made without channels to be initialized. */
function begin(norm: NormBase, given: LazyNormArguments): void {
  const { affine, trackRunningStats, bias, device, dtype } = given;
  norm.affine = affine;
  norm.trackRunningStats = trackRunningStats;
  if (affine) norm.weight = new UninitializedParameter({ device, dtype });
  if (affine && bias) norm.bias = new UninitializedParameter({ device, dtype });
  if (!trackRunningStats) return;
  norm.running_mean = new UninitializedBuffer({ device, dtype });
  norm.running_var = new UninitializedBuffer({ device, dtype });
  norm.num_batches_tracked = new Buffer(operators.torch.zeros([], { device, dtype: int64 }));
}

/** Gives a normalization the shapes that go with its first input. */
function initialize(norm: NormBase, input: Tensor): void {
  checkTensor(`nn.${norm._getName()}`, 'input', input);
  norm.numFeatures = input.size(1);
  const { weight, bias, running_mean, running_var } = norm;
  for (const tensor of [weight, bias, running_mean, running_var]) {
    (tensor as UninitializedBuffer | UninitializedParameter | null)?.materialize([
      norm.numFeatures,
    ]);
  }
  norm.resetParameters();
}

const lazyBatchNorm1d = signature('LazyBatchNorm1d');

/**
 * A {@link BatchNorm1d} that takes the number of its channels from its first input, and is a
 * {@link BatchNorm1d} from then on.
 *
 * Arguments, by position or by name: {@link NormOptions}.
 *
 * @example
 * ```ts
 * const norm = new nn.LazyBatchNorm1d();
 * norm(torch.randn(20, 100));
 * norm.numFeatures; // 100
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm1d.html
 */
export class LazyBatchNorm1d extends LazyModuleMixin(BatchNorm1d) {
  constructor(...args: LazyNormCall) {
    const given = lazyBatchNorm1d.bind(args);
    super(0, plain(given));
    begin(this, given);
  }

  override get clsToBecome(): typeof BatchNorm1d {
    return BatchNorm1d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.numFeatures !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyBatchNorm2d = signature('LazyBatchNorm2d');

/**
 * A {@link BatchNorm2d} that takes the number of its channels from its first input, and is a
 * {@link BatchNorm2d} from then on.
 *
 * Arguments, by position or by name: {@link NormOptions}.
 *
 * @example
 * ```ts
 * const norm = new nn.LazyBatchNorm2d();
 * norm(torch.randn(2, 100, 3, 4));
 * norm.numFeatures; // 100
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm2d.html
 */
export class LazyBatchNorm2d extends LazyModuleMixin(BatchNorm2d) {
  constructor(...args: LazyNormCall) {
    const given = lazyBatchNorm2d.bind(args);
    super(0, plain(given));
    begin(this, given);
  }

  override get clsToBecome(): typeof BatchNorm2d {
    return BatchNorm2d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.numFeatures !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyBatchNorm3d = signature('LazyBatchNorm3d');

/**
 * A {@link BatchNorm3d} that takes the number of its channels from its first input, and is a
 * {@link BatchNorm3d} from then on.
 *
 * Arguments, by position or by name: {@link NormOptions}.
 *
 * @example
 * ```ts
 * const norm = new nn.LazyBatchNorm3d();
 * norm(torch.randn(2, 100, 3, 4, 5));
 * norm.numFeatures; // 100
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm3d.html
 */
export class LazyBatchNorm3d extends LazyModuleMixin(BatchNorm3d) {
  constructor(...args: LazyNormCall) {
    const given = lazyBatchNorm3d.bind(args);
    super(0, plain(given));
    begin(this, given);
  }

  override get clsToBecome(): typeof BatchNorm3d {
    return BatchNorm3d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.numFeatures !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyInstanceNorm1d = signature('LazyInstanceNorm1d');

/**
 * A {@link InstanceNorm1d} that takes the number of its channels from its first input, and is a
 * {@link InstanceNorm1d} from then on. Unlike these, it has parameters and running statistics by
 * default.
 *
 * Arguments, by position or by name: {@link NormOptions}.
 *
 * @example
 * ```ts
 * const norm = new nn.LazyInstanceNorm1d();
 * norm(torch.randn(20, 100, 40));
 * norm.numFeatures; // 100
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm1d.html
 */
export class LazyInstanceNorm1d extends LazyModuleMixin(InstanceNorm1d) {
  constructor(...args: LazyNormCall) {
    const given = lazyInstanceNorm1d.bind(args);
    super(0, plain(given));
    begin(this, given);
  }

  override get clsToBecome(): typeof InstanceNorm1d {
    return InstanceNorm1d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.numFeatures !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyInstanceNorm2d = signature('LazyInstanceNorm2d');

/**
 * A {@link InstanceNorm2d} that takes the number of its channels from its first input, and is a
 * {@link InstanceNorm2d} from then on. Unlike these, it has parameters and running statistics by
 * default.
 *
 * Arguments, by position or by name: {@link NormOptions}.
 *
 * @example
 * ```ts
 * const norm = new nn.LazyInstanceNorm2d();
 * norm(torch.randn(2, 100, 3, 4));
 * norm.numFeatures; // 100
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm2d.html
 */
export class LazyInstanceNorm2d extends LazyModuleMixin(InstanceNorm2d) {
  constructor(...args: LazyNormCall) {
    const given = lazyInstanceNorm2d.bind(args);
    super(0, plain(given));
    begin(this, given);
  }

  override get clsToBecome(): typeof InstanceNorm2d {
    return InstanceNorm2d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.numFeatures !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyInstanceNorm3d = signature('LazyInstanceNorm3d');

/**
 * A {@link InstanceNorm3d} that takes the number of its channels from its first input, and is a
 * {@link InstanceNorm3d} from then on. Unlike these, it has parameters and running statistics by
 * default.
 *
 * Arguments, by position or by name: {@link NormOptions}.
 *
 * @example
 * ```ts
 * const norm = new nn.LazyInstanceNorm3d();
 * norm(torch.randn(2, 100, 3, 4, 5));
 * norm.numFeatures; // 100
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm3d.html
 */
export class LazyInstanceNorm3d extends LazyModuleMixin(InstanceNorm3d) {
  constructor(...args: LazyNormCall) {
    const given = lazyInstanceNorm3d.bind(args);
    super(0, plain(given));
    begin(this, given);
  }

  override get clsToBecome(): typeof InstanceNorm3d {
    return InstanceNorm3d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.numFeatures !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}
