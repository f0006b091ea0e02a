import { int64 } from '../../dtype.js';
import { NotImplementedError, ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { floatRepr, repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import { checkBatchSize } from '../functional/normalization.js';
import * as init from '../init.js';
import { Buffer, Parameter } from '../parameter.js';
import { Module } from './module.js';
import type { LocalMetadata, StateDict } from './module-state.js';
import { checkCounts, checkTensor } from './utils.js';

/** What the batch and instance normalizations take after their required argument. */
export interface NormOptions extends FactoryOptions {
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
  /**
   * The share of the current statistics in the running ones; null makes these the mean of all so
   * far. Default: 0.1.
   */
  momentum?: number | null;
  /**
   * Whether there is a learnable weight, 1 at first, and a bias, 0 at first. Default: true, but
   * false for instance normalizations.
   */
  affine?: boolean;
  /**
   * Whether running statistics are kept, and used in evaluation. Default: true, but false for
   * instance normalizations.
   */
  trackRunningStats?: boolean;
  /** Whether an affine layer has a bias. Default: true. */
  bias?: boolean;
}

export type NormCall = Call<
  [numFeatures: number],
  [eps: number, momentum: number | null, affine: boolean, trackRunningStats: boolean],
  NormOptions
>;

export interface NormArguments extends FactoryOptions {
  numFeatures: number;
  eps: number;
  momentum: number | null;
  affine: boolean;
  trackRunningStats: boolean;
  bias: boolean;
}

/** What batch and instance normalization share: their parameters and running statistics. */
export abstract class NormBase extends Module {
  numFeatures: number;
  eps: number;
  momentum: number | null;
  affine: boolean;
  trackRunningStats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  running_mean: Buffer | null;
  running_var: Buffer | null;
  num_batches_tracked: Buffer | null;

  constructor(given: NormArguments) {
    super();
    const { numFeatures, affine, trackRunningStats, device, dtype } = given;
    checkCounts(`nn.${new.target.name}`, { numFeatures });
    const { empty, zeros, ones } = operators.torch;
    this.numFeatures = numFeatures;
    this.eps = given.eps;
    this.momentum = given.momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    const size = [numFeatures];
    const parameter = () => new Parameter(empty(size, { device, dtype }));
    this.weight = affine ? parameter() : null;
    this.bias = affine && given.bias ? parameter() : null;
    this.running_mean = trackRunningStats ? new Buffer(zeros(size, { device, dtype })) : null;
    this.running_var = trackRunningStats ? new Buffer(ones(size, { device, dtype })) : null;
    this.num_batches_tracked = trackRunningStats
      ? new Buffer(zeros([], { device, dtype: int64 }))
      : null;
    this.resetParameters();
  }

  /** Sets the running means to 0, the variances to 1 and the count to 0. */
  resetRunningStats(): void {
    noGrad(() => {
      this.running_mean?.zero_();
      this.running_var?.fill_(1);
      this.num_batches_tracked?.zero_();
    });
  }

  /** Sets the running statistics and the parameters to what they were at first. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight) init.ones_(this.weight);
    if (this.bias) init.zeros_(this.bias);
  }

  override get _version(): number {
    return 2;
  }

  override extraRepr(): string {
    const momentum = this.momentum === null ? 'None' : floatRepr(this.momentum);
    return `${this.numFeatures}, eps=${floatRepr(this.eps)}, momentum=${momentum}, affine=${repr(this.affine)}, bias=${repr(this.bias !== null)}, track_running_stats=${repr(this.trackRunningStats)}`;
  }

  override _loadFromStateDict(
    stateDict: StateDict,
    prefix: string,
    localMetadata: LocalMetadata,
    strict: boolean,
    missingKeys: string[],
    unexpectedKeys: string[],
    errorMessages: string[],
  ): void {
    const key = `${prefix}num_batches_tracked`;
    // States of before version 2 have no count.
    if ((localMetadata.version ?? 0) < 2 && this.num_batches_tracked && !(key in stateDict)) {
      stateDict[key] = this.num_batches_tracked;
    }
    super._loadFromStateDict(
      stateDict,
      prefix,
      localMetadata,
      strict,
      missingKeys,
      unexpectedKeys,
      errorMessages,
    );
  }
}

/** What the batch normalizations share. */
export abstract class BatchNorm extends NormBase {
  constructor(...args: NormCall) {
    const signature = new Signature<NormArguments>(
      `nn.${new.target.name}`,
      { numFeatures: required, eps: 1e-5, momentum: 0.1, affine: true, trackRunningStats: true },
      { bias: true, ...factoryDefaults },
    );
    super(signature.bind(args));
  }

  /** Throws unless the input has a number of dimensions that the layer takes. */
  protected abstract checkDimensions(dimensions: number): void;

  override forward(input: Tensor): Tensor {
    const { training, running_mean, running_var, eps } = this;
    checkTensor('batch normalization', 'input', input);
    const { shape } = input;
    this.checkDimensions(shape.length);
    let factor = this.momentum ?? 0;
    if (training && this.trackRunningStats && this.num_batches_tracked) {
      this.num_batches_tracked.add_(1);
      if (this.momentum === null) factor = 1 / this.num_batches_tracked.item();
    }
    const useBatch = training || (running_mean === null && running_var === null);
    if (useBatch) checkBatchSize(shape);
    if (eps < 0 || (useBatch && eps === 0)) {
      throw new ValueError(
        `eps must be ${useBatch ? 'positive during training' : 'non-negative'}, but got ${eps}`,
      );
    }
    const useRunning = !training || this.trackRunningStats;
    return operators.torch.batchNorm(
      input,
      this.weight,
      this.bias,
      useRunning ? running_mean : null,
      useRunning ? running_var : null,
      useBatch,
      factor,
      eps,
      true,
    );
  }
}

/**
 * Normalises each channel over the batch: in training by the mean and variance of the batch, which
 * also go into the running statistics, in evaluation by the running ones.
 *
 * @param numFeatures The number of channels C.
 *
 * Further arguments, by position or by name: {@link NormOptions}.
 *
 * Shape: `(N, C)` or `(N, C, L)`, and the same.
 *
 * State: with `affine`, `weight` and `bias` `(C)`; with `trackRunningStats`, `running_mean` and
 * `running_var` `(C)` and `num_batches_tracked` `()`.
 *
 * @example
 * ```ts
 * const norm = new nn.BatchNorm1d(100, { affine: false });
 * norm(torch.randn(20, 100)).shape; // [20, 100]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
 */
export class BatchNorm1d extends BatchNorm {
  protected checkDimensions(dimensions: number): void {
    if (dimensions !== 2 && dimensions !== 3) {
      throw new ValueError(`expected 2D or 3D input (got ${dimensions}D input)`);
    }
  }
}

/**
 * Normalises each channel of images over the batch: in training by the mean and variance of the
 * batch, which also go into the running statistics, in evaluation by the running ones.
 *
 * @param numFeatures The number of channels C.
 *
 * Further arguments, by position or by name: {@link NormOptions}.
 *
 * Shape: `(N, C, H, W)`, and the same.
 *
 * State: with `affine`, `weight` and `bias` `(C)`; with `trackRunningStats`, `running_mean` and
 * `running_var` `(C)` and `num_batches_tracked` `()`.
 *
 * @example
 * ```ts
 * const norm = new nn.BatchNorm2d(100);
 * norm(torch.randn(20, 100, 35, 45)).shape; // [20, 100, 35, 45]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
 */
export class BatchNorm2d extends BatchNorm {
  protected checkDimensions(dimensions: number): void {
    if (dimensions !== 4) throw new ValueError(`expected 4D input (got ${dimensions}D input)`);
  }
}

/**
 * Normalises each channel of volumes over the batch: in training by the mean and variance of the
 * batch, which also go into the running statistics, in evaluation by the running ones.
 *
 * @param numFeatures The number of channels C.
 *
 * Further arguments, by position or by name: {@link NormOptions}.
 *
 * Shape: `(N, C, D, H, W)`, and the same.
 *
 * State: with `affine`, `weight` and `bias` `(C)`; with `trackRunningStats`, `running_mean` and
 * `running_var` `(C)` and `num_batches_tracked` `()`.
 *
 * @example
 * ```ts
 * const norm = new nn.BatchNorm3d(100);
 * norm(torch.randn(20, 100, 35, 45, 10)).shape; // [20, 100, 35, 45, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html
 */
export class BatchNorm3d extends BatchNorm {
  protected checkDimensions(dimensions: number): void {
    if (dimensions !== 5) throw new ValueError(`expected 5D input (got ${dimensions}D input)`);
  }
}

/** What {@link SyncBatchNorm} takes after its required argument. */
export interface SyncBatchNormOptions extends NormOptions {
  /** The processes that share their statistics. Default: null; there is only one process. */
  processGroup?: null;
}

const syncBatchNorm = new Signature<NormArguments & { processGroup: null }>(
  'nn.SyncBatchNorm',
  {
    numFeatures: required,
    eps: 1e-5,
    momentum: 0.1,
    affine: true,
    trackRunningStats: true,
    processGroup: null,
  },
  { bias: true, ...factoryDefaults },
);

/**
 * A batch normalization whose statistics are those of the batches of all processes. In one process,
 * which is all that there is here, it is a batch normalization of any number of dimensions; its
 * state is that of Python's.
 *
 * @param numFeatures The number of channels C.
 *
 * Further arguments, by position or by name: {@link SyncBatchNormOptions}.
 *
 * Shape: `(N, C, *)`, and the same.
 *
 * State: as {@link BatchNorm1d}'s.
 *
 * @throws NotImplementedError for a group of processes.
 *
 * @example
 * ```ts
 * const norm = new nn.SyncBatchNorm(100);
 * norm(torch.randn(20, 100, 35, 45)).shape; // [20, 100, 35, 45]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html
 */
export class SyncBatchNorm extends BatchNorm {
  processGroup: null;

  constructor(
    ...args: Call<
      [numFeatures: number],
      [
        eps: number,
        momentum: number | null,
        affine: boolean,
        trackRunningStats: boolean,
        processGroup: null,
      ],
      SyncBatchNormOptions
    >
  ) {
    const { processGroup, numFeatures, ...given } = syncBatchNorm.bind(args);
    if (processGroup !== null) {
      throw new NotImplementedError(
        'nn.SyncBatchNorm: there is only one process here; leave processGroup out',
      );
    }
    super(numFeatures, given);
    this.processGroup = null;
  }

  protected checkDimensions(dimensions: number): void {
    if (dimensions < 2)
      throw new ValueError(`expected at least 2D input (got ${dimensions}D input)`);
  }

  override forward(input: Tensor): Tensor {
    if (input.dim() > 1 && input.size(1) === 0) {
      throw new ValueError('SyncBatchNorm number of input channels should be non-zero');
    }
    return super.forward(input);
  }

  /**
   * Puts a {@link SyncBatchNorm} with the same state in the place of every batch normalization, in
   * the module and below.
   *
   * @param module The module; where it is a batch normalization itself, the result is another one.
   * @param processGroup As the constructor's. Default: null.
   *
   * @example
   * ```ts
   * const model = new nn.Sequential(new nn.Linear(20, 100), new nn.BatchNorm1d(100));
   * const [, norm] = nn.SyncBatchNorm.convertSyncBatchnorm(model).children();
   * norm instanceof nn.SyncBatchNorm; // true
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html#torch.nn.SyncBatchNorm.convert_sync_batchnorm
   */
  static convertSyncBatchnorm(module: Module, processGroup: null = null): Module {
    let result = module;
    if (module instanceof BatchNorm) {
      const { numFeatures, eps, momentum, affine, trackRunningStats, weight, bias } = module;
      const options = { eps, momentum, affine, trackRunningStats, bias: bias !== null };
      const norm = new SyncBatchNorm(numFeatures, { ...options, processGroup });
      norm.weight = weight;
      norm.bias = bias;
      norm.running_mean = module.running_mean;
      norm.running_var = module.running_var;
      norm.num_batches_tracked = module.num_batches_tracked;
      norm.training = module.training;
      result = norm;
    }
    for (const [name, child] of module.namedChildren()) {
      const converted = SyncBatchNorm.convertSyncBatchnorm(child, processGroup);
      if (converted !== child || result !== module) result.addModule(name, converted);
    }
    return result;
  }
}
