import { ValueError } from '../../errors.js';
import { pow } from '../../libm.js';
import { type Call, required, Signature } from '../../options.js';
import type { Optimizer } from '../optimizer.js';
import { minus, plus, type Real, times } from '../real.js';
import { perGroup, setValue } from './learning-rates.js';
import { LRScheduler, type SchedulerStateDict } from './lr-scheduler.js';
import { setMomentum, usesBeta1 } from './momentum.js';

type CyclicMode = 'triangular' | 'triangular2' | 'exp_range';

interface CyclicArguments {
  optimizer: Optimizer;
  baseLr: Real | readonly Real[];
  maxLr: Real | readonly Real[];
  stepSizeUp: number;
  stepSizeDown: number | null;
  mode: CyclicMode;
  gamma: number;
  scaleFn: ((x: number) => number) | null;
  scaleMode: 'cycle' | 'iterations';
  cycleMomentum: boolean;
  baseMomentum: number | readonly number[];
  maxMomentum: number | readonly number[];
  lastEpoch: number;
}

/** What {@link CyclicLR} takes by name. */
export type CyclicLROptions = Partial<Omit<CyclicArguments, 'optimizer'>>;

const cyclic = new Signature<CyclicArguments>('CyclicLR', {
  optimizer: required,
  baseLr: required,
  maxLr: required,
  stepSizeUp: 2000,
  stepSizeDown: null,
  mode: 'triangular',
  gamma: 1,
  scaleFn: null,
  scaleMode: 'cycle',
  cycleMomentum: true,
  baseMomentum: 0.8,
  maxMomentum: 0.9,
  lastEpoch: -1,
});

/**
 * Lets the learning rates rise and fall between two bounds; step it after every batch.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param baseLr The lower bound, or a list of one for each group.
 * @param maxLr The upper bound, or a list of one for each group.
 * @param stepSizeUp How many steps a rise takes. Default: 2000.
 * @param stepSizeDown How many steps a fall takes. Default: as many.
 * @param mode `'triangular'` for equal cycles, `'triangular2'` for cycles that are half as high as
 * the last, `'exp_range'` for a height of `gamma` to the power of the step. Default: `'triangular'`.
 * @param gamma The base of that power. Default: 1.
 *
 * Further arguments, by position or by name: `scaleFn` and `scaleMode`, a function of one's own for
 * the height, of the number of the `'cycle'` (from 1) or of the `'iterations'`; `cycleMomentum`
 * (default: true), whether the momentum (or the first beta) falls from `maxMomentum` (0.9) to
 * `baseMomentum` (0.8) where the learning rate rises; `lastEpoch`.
 *
 * @throws ValueError for an unknown mode, lists that have another length than there are groups, and
 * an optimizer without momentum where that is to be cycled.
 *
 * @example
 * ```ts
 * const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 * const scheduler = new optim.lrScheduler.CyclicLR(sgd, 0.01, 0.1, { stepSizeUp: 5 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html
 */
export class CyclicLR extends LRScheduler {
  declare maxLrs: Real[];
  declare totalSize: number;
  declare stepRatio: number;
  declare mode: CyclicMode;
  declare gamma: number;
  declare scaleMode: 'cycle' | 'iterations';
  declare cycleMomentum: boolean;
  declare useBeta1: boolean;
  declare baseMomentums: Real[];
  declare maxMomentums: Real[];
  private readonly _scaleFn: ((x: number) => number) | null;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [
        baseLr: Real | readonly Real[],
        maxLr: Real | readonly Real[],
        stepSizeUp: number,
        stepSizeDown: number | null,
        mode: CyclicMode,
        gamma: number,
        scaleFn: ((x: number) => number) | null,
        scaleMode: 'cycle' | 'iterations',
        cycleMomentum: boolean,
        baseMomentum: number | readonly number[],
        maxMomentum: number | readonly number[],
        lastEpoch: number,
      ],
      CyclicLROptions
    >
  ) {
    const given = cyclic.bind(args);
    const { optimizer, mode, scaleFn, lastEpoch } = given;
    super(optimizer);
    const { groups } = this;
    const baseLrs = perGroup('baseLr', groups, given.baseLr);
    if (lastEpoch === -1) {
      groups.forEach((group, i) => {
        setValue(group, 'lr', baseLrs[i] as Real);
      });
    }
    this.maxLrs = perGroup('maxLr', groups, given.maxLr);
    const up = given.stepSizeUp;
    this.totalSize = up + (given.stepSizeDown ?? up);
    this.stepRatio = up / this.totalSize;
    if (!['triangular', 'triangular2', 'exp_range'].includes(mode) && scaleFn === null) {
      throw new ValueError(
        `mode ${mode} is invalid and scaleFn is null; give 'triangular', 'triangular2' or 'exp_range'`,
      );
    }
    this.mode = mode;
    this.gamma = given.gamma;
    this._scaleFn = scaleFn;
    this.scaleMode = given.scaleMode;
    if (!scaleFn) this.scaleMode = mode === 'exp_range' ? 'iterations' : 'cycle';
    this.cycleMomentum = given.cycleMomentum;
    if (this.cycleMomentum) {
      this.useBeta1 = usesBeta1(optimizer);
      this.baseMomentums = perGroup('baseMomentum', groups, given.baseMomentum);
      this.maxMomentums = perGroup('maxMomentum', groups, given.maxMomentum);
      groups.forEach((group, i) => {
        if (lastEpoch !== -1) return;
        const most = this.maxMomentums[i] as Real;
        setMomentum(group, this.useBeta1, most);
        group.maxMomentum = most;
        group.baseMomentum = this.baseMomentums[i] as Real;
      });
    }
    this.start(lastEpoch);
    this.baseLrs = baseLrs;
  }

  /** The height of a cycle: of its number from 1, or of the step. */
  scaleFn(x: number): number {
    if (this._scaleFn) return this._scaleFn(x);
    if (this.mode === 'triangular2') return 1 / pow(2, x - 1);
    return this.mode === 'exp_range' ? pow(this.gamma, x) : 1;
  }

  override getLr(): Real[] {
    this.checkStepping();
    const passed = this.lastEpoch / this.totalSize;
    const cycle = Math.floor(1 + passed);
    const x = 1 + passed - cycle;
    const { stepRatio } = this;
    const share = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1);
    const scale = this.scaleFn(this.scaleMode === 'cycle' ? cycle : this.lastEpoch);
    const height = (least: Real, most: Real) => times(times(minus(most, least), share), scale);
    if (this.cycleMomentum) {
      this.groups.forEach((group, i) => {
        const most = this.maxMomentums[i] as Real;
        const momentum = minus(most, height(this.baseMomentums[i] as Real, most));
        setMomentum(group, this.useBeta1, momentum);
      });
    }
    return this.baseLrs.map((least, i) => plus(least, height(least, this.maxLrs[i] as Real)));
  }

  /** Without a scale function, which is code. */
  override stateDict(): SchedulerStateDict {
    const { _scale_fn: _, ...state } = super.stateDict();
    return { ...state, _scale_fn_custom: null };
  }

  /** The scale function stays as it is. */
  override loadStateDict({ _scale_fn_custom: _, ...rest }: Readonly<SchedulerStateDict>): void {
    super.loadStateDict(rest);
    if (!this._scaleFn) this.scaleMode = this.mode === 'exp_range' ? 'iterations' : 'cycle';
  }
}
