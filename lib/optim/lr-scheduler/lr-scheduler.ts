import { NotImplementedError, ValueError } from '../../errors.js';
import { withHints } from '../../hints.js';
import { camelCase } from '../../naming.js';
import { warn } from '../../warnings.js';
import { Optimizer } from '../optimizer.js';
import type { Real } from '../real.js';
import { packedName } from '../state-dict.js';
import { type ScheduledGroup, setValue, valuesOf } from './learning-rates.js';

/** What `stateDict()` of a scheduler returns: data that Python's read and write, and its names. */
export type SchedulerStateDict = Record<string, unknown>;

/** The name that an attribute has in Python: `TMax` is `T_max`, `_lastLr` is `_last_lr`. */
function pythonName(attribute: string): string {
  if (/^T[A-Z\d]/.test(attribute)) return `T_${attribute.slice(1).toLowerCase()}`;
  return packedName(attribute);
}

/**
 * The base of the schedulers, which change the learning rates of an optimizer's groups. Call
 * `step()` after the optimizer's, once an epoch (or as often as a scheduler says).
 *
 * One of your own overrides `getLr`, and its constructor ends with `this.start(lastEpoch)`. Its
 * attributes are the state dict, but for private ones (`#name`), with which it needs a `__deepcopy__`
 * of its own to be copied.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @throws TypeError for something else than an optimizer.
 *
 * @example
 * ```ts
 * class HalveLR extends optim.lrScheduler.LRScheduler {
 *   constructor(optimizer: optim.Optimizer, lastEpoch = -1) {
 *     super(optimizer);
 *     this.start(lastEpoch);
 *   }
 *   override getLr(): number[] {
 *     return this.baseLrs.map((lr) => Number(lr) / 2 ** this.lastEpoch);
 *   }
 * }
 * const scheduler = new HalveLR(optimizer);
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.05]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LRScheduler.html
 */
export abstract class LRScheduler {
  /** The optimizer whose learning rates it sets. */
  readonly optimizer: Optimizer;
  /** The learning rates at the start, of each group. */
  declare baseLrs: Real[];
  /** The number of the last epoch, counted from 0. */
  declare lastEpoch: number;
  /** @internal */
  declare _stepCount: number;
  /** @internal */
  declare _isInitial: boolean;
  /** @internal */
  declare _getLrCalledWithinStep: boolean;
  /** @internal */
  declare _lastLr: Real[];

  constructor(optimizer: Optimizer) {
    if (!(optimizer instanceof Optimizer)) {
      throw new TypeError(
        `${this.constructor.name}: the first argument must be an Optimizer, got ${typeof optimizer}`,
      );
    }
    this.optimizer = optimizer;
  }

  /** The parameter groups of the optimizer. */
  protected get groups(): ScheduledGroup[] {
    return this.optimizer.paramGroups as unknown as ScheduledGroup[];
  }

  /**
   * Remembers the learning rates of now as those at the start, or finds them in the groups, and
   * sets those of the first epoch. The last thing that a constructor does.
   *
   * @param lastEpoch The epoch to go on from; -1 to start.
   * @throws ValueError where it goes on, and a group has no `initialLr`.
   */
  protected start(lastEpoch: number): void {
    this.groups.forEach((group, i) => {
      if (lastEpoch === -1) {
        group.initialLr ??= valuesOf([group])[0] as Real;
      } else if (group.initialLr === undefined) {
        throw new ValueError(
          `${this.constructor.name}: parameter group ${i} has no initialLr to go on from epoch ${lastEpoch}; load the optimizer's state dict first, or start with lastEpoch -1`,
        );
      }
    });
    this.baseLrs = valuesOf(this.groups, 'initialLr');
    this.lastEpoch = lastEpoch;
    this._initialStep();
  }

  /** @internal */
  _initialStep(): void {
    this._stepCount = 0;
    this._isInitial = true;
    try {
      this.step();
    } finally {
      this._isInitial = false;
    }
  }

  /**
   * The learning rates of the groups for `lastEpoch`. It may count from those that the groups have
   * now, and so is for `step` to call; use `getLastLr()`.
   */
  getLr(): Real[] {
    throw new NotImplementedError(`${this.constructor.name} does not override getLr`);
  }

  /** The same straight from the first learning rates, where there is such a formula. */
  protected closedFormLr(): Real[] | undefined {
    return undefined;
  }

  /** The learning rates that were set last, of each group. */
  getLastLr(): Real[] {
    return this._lastLr;
  }

  /**
   * Sets the learning rates of the next epoch.
   *
   * @param epoch An epoch to go to instead; deprecated by PyTorch.
   *
   * @example
   * ```ts
   * const scheduler = new optim.lrScheduler.StepLR(optimizer, 1, { gamma: 0.5 });
   * optimizer.step();
   * scheduler.step();
   * scheduler.getLastLr(); // [0.05]
   * ```
   */
  step(epoch?: number): void {
    if (this._stepCount === 1 && !this.optimizer._isStepped) {
      warn(
        'scheduler.step() was called before optimizer.step(): the first learning rate is skipped. Call optimizer.step() first',
      );
    }
    this._stepCount++;
    if (epoch !== undefined) {
      warn('the epoch of scheduler.step() is deprecated: call it without, once an epoch');
    }
    this._updateLr(epoch);
  }

  /** @internal */
  _updateLr(epoch?: number): void {
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    const closed = () => (epoch === undefined ? undefined : this.closedFormLr());
    this.assign(this.whileStepping(() => closed() ?? this.getLr()));
  }

  /** Runs a function during which `getLr` may be called. */
  protected whileStepping<T>(run: () => T): T {
    this._getLrCalledWithinStep = true;
    try {
      return run();
    } finally {
      this._getLrCalledWithinStep = false;
    }
  }

  /** Sets the groups' learning rates. */
  protected assign(lrs: readonly Real[]): void {
    const { groups } = this;
    if (lrs.length !== groups.length) {
      throw new ValueError(
        `${this.constructor.name}: ${lrs.length} learning rates for ${groups.length} parameter groups; a scheduler does not know groups that are added later`,
      );
    }
    groups.forEach((group, i) => {
      setValue(group, 'lr', lrs[i] as Real);
    });
    this._lastLr = valuesOf(groups);
  }

  /** Warns where the user calls `getLr`, which is for `step`. */
  protected checkStepping(): void {
    if (!this._getLrCalledWithinStep) {
      warn('to get the last learning rate computed by the scheduler, use getLastLr()');
    }
  }

  /**
   * The state, to be saved: everything but the optimizer, by Python's names.
   *
   * @example
   * ```ts
   * const scheduler = new optim.lrScheduler.StepLR(optimizer, 30);
   * scheduler.stateDict().step_size; // 30
   * ```
   */
  stateDict(): SchedulerStateDict {
    const { optimizer: _, ...attributes } = this;
    return Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [pythonName(name), value]),
    );
  }

  /** Takes the state of a state dict, Python's included. Load the optimizer's as well. */
  loadStateDict(stateDict: Readonly<SchedulerStateDict>): void {
    if (typeof stateDict !== 'object' || stateDict === null) {
      throw new TypeError(`a scheduler's state dict must be an object, got ${typeof stateDict}`);
    }
    for (const [name, value] of Object.entries(stateDict)) {
      const ours = camelCase(name);
      if (ours === 'optimizer' || ours === '__proto__') continue;
      (this as unknown as Record<string, unknown>)[ours] = Array.isArray(value)
        ? [...value]
        : value;
    }
  }
}

withHints(LRScheduler.prototype);
