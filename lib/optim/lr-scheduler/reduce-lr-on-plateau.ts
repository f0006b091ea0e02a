import { TorchError, ValueError } from '../../errors.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import type { Optimizer } from '../optimizer.js';
import { setValue, valuesOf } from './learning-rates.js';
import { LRScheduler, type SchedulerStateDict } from './lr-scheduler.js';

interface PlateauArguments {
  optimizer: Optimizer;
  mode: 'min' | 'max';
  factor: number;
  patience: number;
  threshold: number;
  thresholdMode: 'rel' | 'abs';
  cooldown: number;
  minLr: number | readonly number[];
  eps: number;
}

/** What {@link ReduceLROnPlateau} takes by name. */
export type ReduceLROnPlateauOptions = Partial<Omit<PlateauArguments, 'optimizer'>>;

const plateau = new Signature<PlateauArguments>('ReduceLROnPlateau', {
  optimizer: required,
  mode: 'min',
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: 'rel',
  cooldown: 0,
  minLr: 0,
  eps: 1e-8,
});

/**
 * Multiplies the learning rates with a factor when a metric has stopped improving. Its `step` takes
 * the metric: a validation loss, say.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param mode Whether the metric should fall (`'min'`) or rise (`'max'`). Default: `'min'`.
 * @param factor The factor, below 1. Default: 0.1.
 * @param patience How many epochs without improvement are let pass. Default: 10.
 * @param threshold How much better than the best counts as better. Default: 1e-4.
 * @param thresholdMode Whether that is relative to the best (`'rel'`) or not (`'abs'`). Default:
 * `'rel'`.
 * @param cooldown How many epochs after a change are not counted. Default: 0.
 * @param minLr The least learning rate, or a list of one for each group. Default: 0.
 * @param eps The least change that is made. Default: 1e-8.
 *
 * @throws ValueError for a factor from 1 on, an unknown mode, and a list that has another length
 * than there are groups.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5 });
 * for (const loss of [3, 2, 2.5]) scheduler.step(loss);
 * scheduler.getLastLr(); // [0.05]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
 */
export class ReduceLROnPlateau extends LRScheduler {
  declare factor: number;
  declare defaultMinLr: number | null;
  declare minLrs: number[];
  declare patience: number;
  declare cooldown: number;
  declare eps: number;
  /** What every metric is better than. */
  declare modeWorse: number;
  declare mode: 'min' | 'max';
  declare threshold: number;
  declare thresholdMode: 'rel' | 'abs';
  /** The best metric so far. */
  declare best: number;
  declare cooldownCounter: number;
  /** How many epochs have passed without improvement. */
  declare numBadEpochs: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [
        mode: 'min' | 'max',
        factor: number,
        patience: number,
        threshold: number,
        thresholdMode: 'rel' | 'abs',
        cooldown: number,
        minLr: number | readonly number[],
        eps: number,
      ],
      ReduceLROnPlateauOptions
    >
  ) {
    const { optimizer, mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps } =
      plateau.bind(args);
    if (!(factor < 1)) throw new ValueError(`Factor should be < 1.0, got ${factor}`);
    super(optimizer);
    const { length } = this.groups;
    if (Array.isArray(minLr) && minLr.length !== length) {
      throw new ValueError(`expected ${length} min_lrs, got ${minLr.length}`);
    }
    this.factor = factor;
    this.defaultMinLr = typeof minLr === 'number' ? minLr : null;
    this.minLrs = typeof minLr === 'number' ? new Array(length).fill(minLr) : [...minLr];
    this.patience = patience;
    this.cooldown = cooldown;
    this.eps = eps;
    this.lastEpoch = 0;
    this._lastLr = valuesOf(this.groups);
    this.mode = mode;
    this.threshold = threshold;
    this.thresholdMode = thresholdMode;
    this._checkModes();
    this.best = this.modeWorse;
    this.cooldownCounter = 0;
    this.numBadEpochs = 0;
  }

  private _checkModes(): void {
    if (!['min', 'max'].includes(this.mode)) {
      throw new ValueError(`mode ${this.mode} is unknown; give 'min' or 'max'`);
    }
    if (!['rel', 'abs'].includes(this.thresholdMode)) {
      throw new ValueError(`threshold mode ${this.thresholdMode} is unknown; give 'rel' or 'abs'`);
    }
    this.modeWorse = this.mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes the metric of an epoch, and lowers the learning rates where it has not improved for long.
   *
   * @param metric The metric, a number or a tensor of one element.
   * @param epoch The number of the epoch; deprecated by PyTorch.
   * @throws TypeError without a metric.
   */
  override step(metric?: number | Tensor, epoch?: number): void {
    if (metric === undefined || metric === null) {
      throw new TypeError(
        'ReduceLROnPlateau.step needs the metric: scheduler.step(validationLoss)',
      );
    }
    const current = Number(metric);
    if (epoch !== undefined) {
      warn('the epoch of scheduler.step() is deprecated: call it without, once an epoch');
    }
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    if (this._isBetter(current)) {
      this.best = current;
      this.numBadEpochs = 0;
    } else {
      this.numBadEpochs++;
    }
    if (this.inCooldown) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      this._reduce();
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this._lastLr = valuesOf(this.groups);
  }

  /** Whether epochs are not counted, after a change. */
  get inCooldown(): boolean {
    return this.cooldownCounter > 0;
  }

  private _isBetter(metric: number): boolean {
    const { best, threshold } = this;
    if (this.mode === 'min') {
      const bound = this.thresholdMode === 'rel' ? best * (1 - threshold) : best - threshold;
      return metric < bound;
    }
    return metric > (this.thresholdMode === 'rel' ? best * (threshold + 1) : best + threshold);
  }

  private _reduce(): void {
    const { groups } = this;
    if (groups.length !== this.minLrs.length) {
      if (this.defaultMinLr === null) {
        throw new TorchError(
          `the optimizer has ${groups.length} parameter groups, and there are ${this.minLrs.length} minLrs: set scheduler.minLrs after a group is added`,
        );
      }
      this.minLrs = new Array(groups.length).fill(this.defaultMinLr);
    }
    groups.forEach((group, i) => {
      const old = Number(group.lr);
      const lower = Math.max(old * this.factor, this.minLrs[i] as number);
      if (old - lower > this.eps) setValue(group, 'lr', lower);
    });
  }

  /** Takes the state of a state dict, Python's included. Load the optimizer's as well. */
  override loadStateDict(stateDict: Readonly<SchedulerStateDict>): void {
    super.loadStateDict(stateDict);
    this._checkModes();
  }
}
