import { pow } from '../../libm.js';
import { type Call, required, Signature } from '../../options.js';
import { Counter } from '../../pickle/counter.js';
import type { Optimizer } from '../optimizer.js';
import { type Real, times } from '../real.js';
import { valuesOf } from './learning-rates.js';
import { LRScheduler, type SchedulerStateDict } from './lr-scheduler.js';

interface StepArguments {
  optimizer: Optimizer;
  stepSize: number;
  gamma: number;
  lastEpoch: number;
}

const stepLr = new Signature<StepArguments>('StepLR', {
  optimizer: required,
  stepSize: required,
  gamma: 0.1,
  lastEpoch: -1,
});

/**
 * Multiplies the learning rates with `gamma` every `stepSize` epochs.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param stepSize How many epochs a learning rate holds.
 * @param gamma The factor. Default: 0.1.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.StepLR(optimizer, 30, { gamma: 0.1 });
 * for (let epoch = 0; epoch < 30; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.getLastLr()[0]; // 0.010000000000000002
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
 */
export class StepLR extends LRScheduler {
  /** How many epochs a learning rate holds. */
  declare stepSize: number;
  /** The factor. */
  declare gamma: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [stepSize: number, gamma: number, lastEpoch: number],
      Partial<Omit<StepArguments, 'optimizer'>>
    >
  ) {
    const { optimizer, stepSize, gamma, lastEpoch } = stepLr.bind(args);
    super(optimizer);
    this.stepSize = stepSize;
    this.gamma = gamma;
    this.start(lastEpoch);
  }

  override getLr(): Real[] {
    this.checkStepping();
    if (this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0) return valuesOf(this.groups);
    return this.groups.map(({ lr }) => times(lr, this.gamma));
  }

  protected override closedFormLr(): Real[] {
    const factor = pow(this.gamma, Math.floor(this.lastEpoch / this.stepSize));
    return this.baseLrs.map((lr) => times(lr, factor));
  }
}

interface MultiStepArguments {
  optimizer: Optimizer;
  milestones: Iterable<number>;
  gamma: number;
  lastEpoch: number;
}

const multiStepLr = new Signature<MultiStepArguments>('MultiStepLR', {
  optimizer: required,
  milestones: required,
  gamma: 0.1,
  lastEpoch: -1,
});

/**
 * Multiplies the learning rates with `gamma` at each of some epochs.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param milestones The epochs, ascending; one that is given twice counts twice.
 * @param gamma The factor. Default: 0.1.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.MultiStepLR(optimizer, [30, 80], { gamma: 0.1 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
 */
export class MultiStepLR extends LRScheduler {
  /** How often each milestone was given. */
  declare milestones: Counter<number>;
  /** The factor. */
  declare gamma: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [milestones: Iterable<number>, gamma: number, lastEpoch: number],
      Partial<Omit<MultiStepArguments, 'optimizer'>>
    >
  ) {
    const { optimizer, milestones, gamma, lastEpoch } = multiStepLr.bind(args);
    super(optimizer);
    this.milestones = Counter.of(milestones);
    this.gamma = gamma;
    this.start(lastEpoch);
  }

  override getLr(): Real[] {
    this.checkStepping();
    const count = this.milestones.get(this.lastEpoch);
    if (count === undefined) return valuesOf(this.groups);
    const factor = pow(this.gamma, count);
    return this.groups.map(({ lr }) => times(lr, factor));
  }

  protected override closedFormLr(): Real[] {
    let passed = 0;
    for (const [epoch, count] of this.milestones) if (epoch <= this.lastEpoch) passed += count;
    return this.baseLrs.map((lr) => times(lr, pow(this.gamma, passed)));
  }

  /** Takes the state of a state dict; its milestones may be a Map or a plain object. */
  override loadStateDict(stateDict: Readonly<SchedulerStateDict>): void {
    super.loadStateDict(stateDict);
    const { milestones } = stateDict;
    if (typeof milestones !== 'object' || milestones === null) return;
    const entries = milestones instanceof Map ? milestones : Object.entries(milestones);
    const counts = new Counter<number>();
    for (const [epoch, count] of entries) counts.set(Number(epoch), Number(count));
    this.milestones = counts;
  }
}

interface ExponentialArguments {
  optimizer: Optimizer;
  gamma: number;
  lastEpoch: number;
}

const exponentialLr = new Signature<ExponentialArguments>('ExponentialLR', {
  optimizer: required,
  gamma: required,
  lastEpoch: -1,
});

/**
 * Multiplies the learning rates with `gamma` every epoch.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param gamma The factor.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.ExponentialLR(optimizer, 0.95);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
 */
export class ExponentialLR extends LRScheduler {
  /** The factor. */
  declare gamma: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [gamma: number, lastEpoch: number],
      Partial<Omit<ExponentialArguments, 'optimizer'>>
    >
  ) {
    const { optimizer, gamma, lastEpoch } = exponentialLr.bind(args);
    super(optimizer);
    this.gamma = gamma;
    this.start(lastEpoch);
  }

  override getLr(): Real[] {
    this.checkStepping();
    if (this._isInitial) return valuesOf(this.groups);
    return this.groups.map(({ lr }) => times(lr, this.gamma));
  }

  protected override closedFormLr(): Real[] {
    return this.baseLrs.map((lr) => times(lr, pow(this.gamma, this.lastEpoch)));
  }
}
