import { ValueError } from '../../errors.js';
import { cos } from '../../libm.js';
import { type Call, required, Signature } from '../../options.js';
import { perGroup } from '../lr-scheduler/learning-rates.js';
import { LRScheduler } from '../lr-scheduler/lr-scheduler.js';
import type { Optimizer } from '../optimizer.js';
import { minus, over, plus, type Real, times } from '../real.js';

interface SWALRArguments {
  optimizer: Optimizer;
  swaLr: Real | readonly Real[];
  annealEpochs: number;
  annealStrategy: 'cos' | 'linear';
  lastEpoch: number;
}

/** What {@link SWALR} takes by name. */
export type SWALROptions = Partial<Omit<SWALRArguments, 'optimizer'>>;

const swalr = new Signature<SWALRArguments>('SWALR', {
  optimizer: required,
  swaLr: required,
  annealEpochs: 10,
  annealStrategy: 'cos',
  lastEpoch: -1,
});

/**
 * Moves the learning rates to that of stochastic weight averaging, and keeps them there.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param swaLr The learning rate to reach, or a list of one for each group.
 * @param annealEpochs After how many epochs it is reached. Default: 10.
 * @param annealStrategy `'cos'` or `'linear'`: the form of the way there. Default: `'cos'`.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @throws ValueError for an unknown strategy, a number of epochs that is no whole number from 0 on,
 * and a list that has another length than there are groups.
 *
 * @example
 * ```ts
 * const scheduler = new optim.swaUtils.SWALR(optimizer, 0.05, { annealEpochs: 5 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.swa_utils.SWALR.html
 */
export class SWALR extends LRScheduler {
  /** @internal */
  declare _annealStrategy: 'cos' | 'linear';
  /** After how many epochs the learning rate is reached. */
  declare annealEpochs: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [
        swaLr: Real | readonly Real[],
        annealEpochs: number,
        annealStrategy: 'cos' | 'linear',
        lastEpoch: number,
      ],
      SWALROptions
    >
  ) {
    const { optimizer, swaLr, annealEpochs, annealStrategy, lastEpoch } = swalr.bind(args);
    super(optimizer);
    const lrs = perGroup('swaLr', this.groups, swaLr);
    if (!['cos', 'linear'].includes(annealStrategy)) {
      throw new ValueError(
        `annealStrategy must be one of 'cos' or 'linear', instead got ${annealStrategy}`,
      );
    }
    if (!Number.isInteger(annealEpochs) || annealEpochs < 0) {
      throw new ValueError(`annealEpochs must be a whole number from 0 on, got ${annealEpochs}`);
    }
    this.groups.forEach((group, i) => {
      group.swaLr = lrs[i] as Real;
    });
    this._annealStrategy = annealStrategy;
    this.annealEpochs = annealEpochs;
    this.start(lastEpoch);
  }

  /** How far the way is behind, from 0 to 1, at some share of the epochs. */
  private _progress(share: number): number {
    const t = Math.max(0, Math.min(1, share));
    return this._annealStrategy === 'cos' ? (1 - cos(Math.PI * t)) / 2 : t;
  }

  override getLr(): Real[] {
    this.checkStepping();
    const epochs = Math.max(1, this.annealEpochs);
    const first = this._stepCount - 1;
    const step = this.annealEpochs === 0 ? Math.max(1, first) : first;
    const before = this._progress((step - 1) / epochs);
    const now = this._progress(step / epochs);
    return this.groups.map((group) => {
      const goal = group.swaLr as Real;
      const initial = before === 1 ? goal : over(minus(group.lr, times(before, goal)), 1 - before);
      return plus(times(goal, now), times(initial, 1 - now));
    });
  }
}
