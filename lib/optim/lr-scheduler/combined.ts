import { ValueError } from '../../errors.js';
import { type Call, required, Signature } from '../../options.js';
import type { Optimizer } from '../optimizer.js';
import type { Real } from '../real.js';
import { setValue, valuesOf } from './learning-rates.js';
import { LRScheduler, type SchedulerStateDict } from './lr-scheduler.js';
import { ReduceLROnPlateau } from './reduce-lr-on-plateau.js';

/** The base of both: several schedulers of one optimizer. */
abstract class CombinedScheduler extends LRScheduler {
  /** The schedulers. */
  readonly _schedulers: readonly LRScheduler[];

  constructor(schedulers: readonly LRScheduler[], optimizer: Optimizer | undefined) {
    const own = optimizer ?? schedulers?.[0]?.optimizer;
    super(own as Optimizer);
    const { name } = this.constructor;
    schedulers.forEach((scheduler, i) => {
      if (!(scheduler instanceof LRScheduler)) {
        throw new TypeError(`${name}: the item at index ${i} is no scheduler`);
      }
      if (scheduler instanceof ReduceLROnPlateau) {
        throw new ValueError(
          `${name} does not support ReduceLROnPlateau, whose step needs a metric, but got one at index ${i}`,
        );
      }
      if (scheduler.optimizer !== own) {
        throw new ValueError(
          `${name} expects all schedulers to belong to the same optimizer, but the ${scheduler.constructor.name} at index ${i} has another`,
        );
      }
    });
    this._schedulers = schedulers;
  }

  /** Its own state and that of each scheduler, under `_schedulers`. */
  override stateDict(): SchedulerStateDict {
    const states = this._schedulers.map((scheduler) => scheduler.stateDict());
    return { ...super.stateDict(), _schedulers: states };
  }

  /** Takes the state of a state dict, and gives each scheduler its own. */
  override loadStateDict({ _schedulers: states, ...rest }: Readonly<SchedulerStateDict>): void {
    if (!Array.isArray(states) || states.length !== this._schedulers.length) {
      throw new ValueError(
        `${this.constructor.name}: the state dict must have the states of ${this._schedulers.length} schedulers under \`_schedulers\``,
      );
    }
    super.loadStateDict(rest);
    this._schedulers.forEach((scheduler, i) => {
      scheduler.loadStateDict(states[i]);
    });
  }
}

interface SequentialArguments {
  optimizer: Optimizer;
  schedulers: readonly LRScheduler[];
  milestones: readonly number[];
  lastEpoch: number;
}

const sequential = new Signature<SequentialArguments>('SequentialLR', {
  optimizer: required,
  schedulers: required,
  milestones: required,
  lastEpoch: -1,
});

/**
 * Runs schedulers one after the other: each begins at its milestone, from its own start.
 *
 * @param optimizer The optimizer whose learning rates they set.
 * @param schedulers The schedulers.
 * @param milestones The epochs at which the second and each further one begins, ascending.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @throws ValueError for no schedulers, one of another optimizer, a ReduceLROnPlateau, and where
 * there is not one milestone less than schedulers.
 *
 * @example
 * ```ts
 * const { ConstantLR, ExponentialLR, SequentialLR } = optim.lrScheduler;
 * const warmUp = new ConstantLR(optimizer, 0.1, 20);
 * const decay = new ExponentialLR(optimizer, 0.9);
 * const scheduler = new SequentialLR(optimizer, [warmUp, decay], [20]);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
 */
export class SequentialLR extends CombinedScheduler {
  /** @internal */
  declare _milestones: readonly number[];

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [schedulers: readonly LRScheduler[], milestones: readonly number[], lastEpoch: number],
      Partial<Omit<SequentialArguments, 'optimizer'>>
    >
  ) {
    const { optimizer, schedulers, milestones, lastEpoch } = sequential.bind(args);
    if (schedulers.length === 0) {
      throw new ValueError('SequentialLR expects at least one scheduler, but got no scheduler');
    }
    super(schedulers, optimizer);
    if (milestones.length !== schedulers.length - 1) {
      throw new ValueError(
        `SequentialLR expects one milestone less than schedulers, but got ${schedulers.length} schedulers and ${milestones.length} milestones`,
      );
    }
    this._milestones = [...milestones];
    this.lastEpoch = lastEpoch + 1;
    // Each scheduler has set its first learning rates when it was made: back to the start.
    for (const group of this.groups) setValue(group, 'lr', group.initialLr as Real);
    undo(this);
    const first = this._at(0).scheduler;
    first._initialStep();
    this._lastLr = first.getLastLr();
  }

  /** Whose turn it is in an epoch, and where that began. */
  private _at(epoch: number): { scheduler: LRScheduler; begin: number | undefined } {
    const index = this._milestones.filter((milestone) => milestone <= epoch).length;
    return {
      scheduler: this._schedulers[index] as LRScheduler,
      begin: this._milestones[index - 1],
    };
  }

  /** Sets the learning rates of the next epoch by the scheduler whose turn it is. */
  override step(): void {
    this.lastEpoch++;
    const { scheduler, begin } = this._at(this.lastEpoch);
    if (begin === this.lastEpoch) scheduler._updateLr(0);
    else scheduler.step();
    this._lastLr = scheduler.getLastLr();
  }
}

/** Takes the first step of schedulers back. */
function undo(scheduler: LRScheduler): void {
  if (scheduler instanceof CombinedScheduler) scheduler._schedulers.forEach(undo);
  else if (scheduler.lastEpoch !== undefined) scheduler.lastEpoch--;
}

interface ChainedArguments {
  schedulers: readonly LRScheduler[];
  optimizer: Optimizer | undefined;
}

const chained = new Signature<ChainedArguments>('ChainedScheduler', {
  schedulers: required,
  optimizer: undefined,
});

/**
 * Runs several schedulers in every epoch, each on what the one before has left.
 *
 * @param schedulers The schedulers, all of one optimizer.
 * @param optimizer That optimizer. Default: the first scheduler's.
 *
 * @throws ValueError for no schedulers, one of another optimizer, and a ReduceLROnPlateau.
 *
 * @example
 * ```ts
 * const { ChainedScheduler, ConstantLR, ExponentialLR } = optim.lrScheduler;
 * const warmUp = new ConstantLR(optimizer, 0.1, 20);
 * const decay = new ExponentialLR(optimizer, 0.9);
 * const scheduler = new ChainedScheduler([warmUp, decay]);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html
 */
export class ChainedScheduler extends CombinedScheduler {
  constructor(
    ...args: Call<
      [schedulers: readonly LRScheduler[]],
      [optimizer: Optimizer | undefined],
      { optimizer?: Optimizer }
    >
  ) {
    const { schedulers, optimizer } = chained.bind(args);
    if (schedulers.length === 0) {
      throw new ValueError('ChainedScheduler expects at least one scheduler, but got no scheduler');
    }
    super(schedulers, optimizer);
    this._lastLr = valuesOf(this.groups);
  }

  /** Lets each scheduler step. */
  override step(): void {
    for (const scheduler of this._schedulers) scheduler.step();
    this._lastLr = valuesOf(this.groups);
  }
}
