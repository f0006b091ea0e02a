import { ValueError } from '../../errors.js';
import { pow } from '../../libm.js';
import { type Call, required, Signature } from '../../options.js';
import type { Optimizer } from '../optimizer.js';
import { type Real, times } from '../real.js';
import { valuesOf } from './learning-rates.js';
import { LRScheduler } from './lr-scheduler.js';

interface ConstantArguments {
  optimizer: Optimizer;
  factor: number;
  totalIters: number;
  lastEpoch: number;
}

const constantLr = new Signature<ConstantArguments>('ConstantLR', {
  optimizer: required,
  factor: 1 / 3,
  totalIters: 5,
  lastEpoch: -1,
});

/**
 * Multiplies the learning rates with a factor for the first epochs.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param factor The factor, from 0 to 1. Default: 1/3.
 * @param totalIters For how many epochs. Default: 5.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @throws ValueError for a factor outside [0, 1].
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.ConstantLR(optimizer, 0.5, 4);
 * scheduler.getLastLr(); // [0.05]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
 */
export class ConstantLR extends LRScheduler {
  /** The factor. */
  declare factor: number;
  /** For how many epochs. */
  declare totalIters: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [factor: number, totalIters: number, lastEpoch: number],
      Partial<Omit<ConstantArguments, 'optimizer'>>
    >
  ) {
    const { optimizer, factor, totalIters, lastEpoch } = constantLr.bind(args);
    if (!(factor >= 0 && factor <= 1)) {
      throw new ValueError(
        `Constant multiplicative factor expected to be between 0 and 1, got ${factor}`,
      );
    }
    super(optimizer);
    this.factor = factor;
    this.totalIters = totalIters;
    this.start(lastEpoch);
  }

  override getLr(): Real[] {
    this.checkStepping();
    if (this.lastEpoch === 0) return this.groups.map(({ lr }) => times(lr, this.factor));
    if (this.lastEpoch !== this.totalIters) return valuesOf(this.groups);
    return this.groups.map(({ lr }) => times(lr, 1 / this.factor));
  }

  protected override closedFormLr(): Real[] {
    const isOver = this.lastEpoch >= this.totalIters ? 1 : 0;
    return this.baseLrs.map((lr) => times(lr, this.factor + isOver * (1 - this.factor)));
  }
}

interface LinearArguments {
  optimizer: Optimizer;
  startFactor: number;
  endFactor: number;
  totalIters: number;
  lastEpoch: number;
}

const linearLr = new Signature<LinearArguments>('LinearLR', {
  optimizer: required,
  startFactor: 1 / 3,
  endFactor: 1,
  totalIters: 5,
  lastEpoch: -1,
});

/**
 * Multiplies the first learning rates with a factor that goes evenly from one value to another:
 * a warm-up, say.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param startFactor The factor of the first epoch, above 0 and up to 1. Default: 1/3.
 * @param endFactor The factor at the end, from 0 to 1. Default: 1.
 * @param totalIters After how many epochs the end is reached. Default: 5.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @throws ValueError for factors outside these ranges.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.LinearLR(optimizer, 0.5, { totalIters: 4 });
 * scheduler.getLastLr(); // [0.05]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
 */
export class LinearLR extends LRScheduler {
  /** The factor of the first epoch. */
  declare startFactor: number;
  /** The factor at the end. */
  declare endFactor: number;
  /** After how many epochs the end is reached. */
  declare totalIters: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [startFactor: number, endFactor: number, totalIters: number, lastEpoch: number],
      Partial<Omit<LinearArguments, 'optimizer'>>
    >
  ) {
    const { optimizer, startFactor, endFactor, totalIters, lastEpoch } = linearLr.bind(args);
    if (!(startFactor > 0 && startFactor <= 1)) {
      throw new ValueError(
        `Starting multiplicative factor expected to be greater than 0 and less or equal to 1, got ${startFactor}`,
      );
    }
    if (!(endFactor >= 0 && endFactor <= 1)) {
      throw new ValueError(
        `Ending multiplicative factor expected to be between 0 and 1, got ${endFactor}`,
      );
    }
    super(optimizer);
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    this.start(lastEpoch);
  }

  override getLr(): Real[] {
    this.checkStepping();
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    if (lastEpoch === 0) return this.groups.map(({ lr }) => times(lr, startFactor));
    if (this._isInitial || lastEpoch > totalIters) return valuesOf(this.groups);
    const range = endFactor - startFactor;
    const factor = 1 + range / (totalIters * startFactor + (lastEpoch - 1) * range);
    return this.groups.map(({ lr }) => times(lr, factor));
  }

  protected override closedFormLr(): Real[] {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    const done = ((endFactor - startFactor) * Math.min(totalIters, lastEpoch)) / totalIters;
    return this.baseLrs.map((lr) => times(lr, startFactor + done));
  }
}

interface PolynomialArguments {
  optimizer: Optimizer;
  totalIters: number;
  power: number;
  lastEpoch: number;
}

const polynomialLr = new Signature<PolynomialArguments>('PolynomialLR', {
  optimizer: required,
  totalIters: 5,
  power: 1,
  lastEpoch: -1,
});

/**
 * Lets the learning rates fall to 0 along a power of the epochs that are left.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param totalIters After how many epochs they are 0. Default: 5.
 * @param power The power. Default: 1.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.PolynomialLR(optimizer, 10, { power: 2 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html
 */
export class PolynomialLR extends LRScheduler {
  /** After how many epochs the learning rates are 0. */
  declare totalIters: number;
  /** The power. */
  declare power: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [totalIters: number, power: number, lastEpoch: number],
      Partial<Omit<PolynomialArguments, 'optimizer'>>
    >
  ) {
    const { optimizer, totalIters, power, lastEpoch } = polynomialLr.bind(args);
    super(optimizer);
    this.totalIters = totalIters;
    this.power = power;
    this.start(lastEpoch);
  }

  override getLr(): Real[] {
    this.checkStepping();
    const { totalIters, lastEpoch, power } = this;
    if (this._isInitial || lastEpoch > totalIters) return valuesOf(this.groups);
    const ratio = (1 - lastEpoch / totalIters) / (1 - (lastEpoch - 1) / totalIters);
    return this.groups.map(({ lr }) => times(lr, pow(ratio, power)));
  }

  protected override closedFormLr(): Real[] {
    const left = 1 - Math.min(this.totalIters, this.lastEpoch) / this.totalIters;
    return this.baseLrs.map((lr) => times(lr, pow(left, this.power)));
  }
}
