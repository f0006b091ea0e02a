import { ValueError } from '../../errors.js';
import { cos } from '../../libm.js';
import { camelCase } from '../../naming.js';
import { type Call, required, Signature } from '../../options.js';
import type { Optimizer } from '../optimizer.js';
import { minus, over, plus, type Real, times } from '../real.js';
import { perGroup, type ScheduledGroup } from './learning-rates.js';
import { LRScheduler } from './lr-scheduler.js';
import { setMomentum, usesBeta1 } from './momentum.js';

interface OneCycleArguments {
  optimizer: Optimizer;
  maxLr: Real | readonly Real[];
  totalSteps: number | null;
  epochs: number | null;
  stepsPerEpoch: number | null;
  pctStart: number;
  annealStrategy: 'cos' | 'linear';
  cycleMomentum: boolean;
  baseMomentum: number | readonly number[];
  maxMomentum: number | readonly number[];
  divFactor: number;
  finalDivFactor: number;
  threePhase: boolean;
  lastEpoch: number;
}

/** What {@link OneCycleLR} takes by name. */
export type OneCycleLROptions = Partial<Omit<OneCycleArguments, 'optimizer'>>;

const oneCycle = new Signature<OneCycleArguments>('OneCycleLR', {
  optimizer: required,
  maxLr: required,
  totalSteps: null,
  epochs: null,
  stepsPerEpoch: null,
  pctStart: 0.3,
  annealStrategy: 'cos',
  cycleMomentum: true,
  baseMomentum: 0.85,
  maxMomentum: 0.95,
  divFactor: 25,
  finalDivFactor: 1e4,
  threePhase: false,
  lastEpoch: -1,
});

/** A part of the cycle; the names are Python's, since they are in state dicts. */
interface Phase {
  end_step: number;
  start_lr: string;
  end_lr: string;
  start_momentum: string;
  end_momentum: string;
}

function phase(end: number, lrs: [string, string], momenta: [string, string]): Phase {
  return {
    end_step: end,
    start_lr: lrs[0],
    end_lr: lrs[1],
    start_momentum: momenta[0],
    end_momentum: momenta[1],
  };
}

function phasesOf(steps: number, start: number, isThree: boolean): Phase[] {
  const rise: [string, string] = ['max_momentum', 'base_momentum'];
  const fall: [string, string] = ['base_momentum', 'max_momentum'];
  const first = phase(start * steps - 1, ['initial_lr', 'max_lr'], rise);
  if (!isThree) return [first, phase(steps - 1, ['max_lr', 'min_lr'], fall)];
  return [
    first,
    phase(2 * start * steps - 2, ['max_lr', 'initial_lr'], fall),
    phase(steps - 1, ['initial_lr', 'min_lr'], ['max_momentum', 'max_momentum']),
  ];
}

function stepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleArguments): number {
  const check = (name: string, value: number) => {
    if (!Number.isInteger(value) || value <= 0) {
      throw new ValueError(`Expected positive integer ${name}, but got ${value}`);
    }
    return value;
  };
  if (totalSteps !== null) return check('totalSteps', totalSteps);
  if (epochs === null || stepsPerEpoch === null) {
    throw new ValueError('You must define either totalSteps OR (epochs AND stepsPerEpoch)');
  }
  return check('epochs', epochs) * check('stepsPerEpoch', stepsPerEpoch);
}

/**
 * One cycle for the whole training: the learning rates rise to a maximum and fall to far below
 * where they began; step it after every batch.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param maxLr The maximum, or a list of one for each group.
 * @param totalSteps How many steps there are in all. Else `epochs * stepsPerEpoch`.
 * @param epochs How many epochs there are.
 * @param stepsPerEpoch How many steps an epoch has.
 * @param pctStart The share of the steps for the rise, from 0 to 1. Default: 0.3.
 * @param annealStrategy `'cos'` or `'linear'`: the form of rise and fall. Default: `'cos'`.
 *
 * Further arguments, by position or by name: `cycleMomentum` (default: true), whether the momentum
 * (or the first beta) falls from `maxMomentum` (0.95) to `baseMomentum` (0.85) where the learning
 * rate rises; `divFactor` (25), by what the first learning rate is less than the maximum;
 * `finalDivFactor` (1e4), by what the last is less than the first; `threePhase` (false), whether it
 * falls as it rose, and only then to the end; `lastEpoch`.
 *
 * @throws ValueError for numbers of steps that are no whole numbers from 1 on, a `pctStart` outside
 * [0, 1], an unknown strategy, lists that have another length than there are groups, an optimizer
 * without momentum where that is to be cycled, and at a step past the last.
 *
 * @example
 * ```ts
 * const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 * const scheduler = new optim.lrScheduler.OneCycleLR(sgd, 0.1, { epochs: 10, stepsPerEpoch: 50 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
 */
export class OneCycleLR extends LRScheduler {
  declare totalSteps: number;
  /** @internal */
  declare _schedulePhases: Phase[];
  /** @internal */
  declare _annealFuncType: 'cos' | 'linear';
  declare cycleMomentum: boolean;
  declare useBeta1: boolean;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [
        maxLr: Real | readonly Real[],
        totalSteps: number | null,
        epochs: number | null,
        stepsPerEpoch: number | null,
        pctStart: number,
        annealStrategy: 'cos' | 'linear',
        cycleMomentum: boolean,
        baseMomentum: number | readonly number[],
        maxMomentum: number | readonly number[],
        divFactor: number,
        finalDivFactor: number,
        threePhase: boolean,
        lastEpoch: number,
      ],
      OneCycleLROptions
    >
  ) {
    const given = oneCycle.bind(args);
    const { optimizer, pctStart, annealStrategy, lastEpoch } = given;
    super(optimizer);
    this.totalSteps = stepsOf(given);
    if (!(pctStart >= 0 && pctStart <= 1)) {
      throw new ValueError(`Expected float between 0 and 1 pctStart, but got ${pctStart}`);
    }
    if (!['cos', 'linear'].includes(annealStrategy)) {
      throw new ValueError(
        `annealStrategy must be one of 'cos' or 'linear', instead got ${annealStrategy}`,
      );
    }
    this._schedulePhases = phasesOf(this.totalSteps, pctStart, given.threePhase);
    this._annealFuncType = annealStrategy;
    const { groups } = this;
    const maxLrs = perGroup('maxLr', groups, given.maxLr);
    this.cycleMomentum = given.cycleMomentum;
    if (lastEpoch === -1) {
      groups.forEach((group, i) => {
        const most = maxLrs[i] as Real;
        group.initialLr = over(most, given.divFactor);
        group.maxLr = most;
        group.minLr = over(group.initialLr, given.finalDivFactor);
      });
    }
    if (this.cycleMomentum) {
      this.useBeta1 = usesBeta1(optimizer);
      const most = perGroup('maxMomentum', groups, given.maxMomentum);
      const least = perGroup('baseMomentum', groups, given.baseMomentum);
      groups.forEach((group, i) => {
        if (lastEpoch !== -1) return;
        setMomentum(group, this.useBeta1, most[i] as Real);
        group.maxMomentum = most[i] as Real;
        group.baseMomentum = least[i] as Real;
      });
    }
    this.start(lastEpoch);
  }

  private _anneal(start: Real, end: Real, share: number): Real {
    if (this._annealFuncType === 'linear') return plus(times(minus(end, start), share), start);
    return plus(end, times(over(minus(start, end), 2), cos(Math.PI * share) + 1));
  }

  override getLr(): Real[] {
    this.checkStepping();
    const step = this.lastEpoch;
    if (step > this.totalSteps) {
      throw new ValueError(
        `Tried to step ${step} times. The specified number of total steps is ${this.totalSteps}`,
      );
    }
    const phases = this._schedulePhases;
    const found = phases.findIndex(({ end_step }) => step <= end_step);
    const index = found < 0 ? phases.length - 1 : found;
    const now = phases[index] as Phase;
    const begin = phases[index - 1]?.end_step ?? 0;
    const share = (step - begin) / (now.end_step - begin);
    return this.groups.map((group) => {
      const value = (name: string) => group[camelCase(name)] as Real;
      if (this.cycleMomentum) {
        const momenta = [value(now.start_momentum), value(now.end_momentum)] as const;
        setMomentum(group as ScheduledGroup, this.useBeta1, this._anneal(...momenta, share));
      }
      return this._anneal(value(now.start_lr), value(now.end_lr), share);
    });
  }
}
