import { ValueError } from '../../errors.js';
import { cos, log } from '../../libm.js';
import { type Call, required, Signature } from '../../options.js';
import type { Optimizer } from '../optimizer.js';
import { minus, over, plus, type Real, times } from '../real.js';
import { valuesOf } from './learning-rates.js';
import { LRScheduler } from './lr-scheduler.js';

interface CosineArguments {
  optimizer: Optimizer;
  TMax: number;
  etaMin: number;
  lastEpoch: number;
}

const cosineLr = new Signature<CosineArguments>('CosineAnnealingLR', {
  optimizer: required,
  TMax: required,
  etaMin: 0,
  lastEpoch: -1,
});

/**
 * Lets the learning rates fall along half a cosine wave, and rise again if it goes on.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param TMax After how many epochs the least is reached.
 * @param etaMin The least learning rate. Default: 0.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.CosineAnnealingLR(optimizer, 100, { etaMin: 1e-4 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
 */
export class CosineAnnealingLR extends LRScheduler {
  /** After how many epochs the least is reached. */
  declare TMax: number;
  /** The least learning rate. */
  declare etaMin: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [TMax: number, etaMin: number, lastEpoch: number],
      Partial<Omit<CosineArguments, 'optimizer'>>
    >
  ) {
    const { optimizer, TMax, etaMin, lastEpoch } = cosineLr.bind(args);
    super(optimizer);
    this.TMax = TMax;
    this.etaMin = etaMin;
    this.start(lastEpoch);
  }

  override getLr(): Real[] {
    this.checkStepping();
    const { TMax, etaMin, lastEpoch } = this;
    if (this._isInitial) return valuesOf(this.groups);
    if (this._stepCount === 1 && lastEpoch > 0) return this.closedFormLr();
    if ((lastEpoch - 1 - TMax) % (2 * TMax) === 0) {
      return this.groups.map(({ lr }, i) => {
        const range = minus(this.baseLrs[i] as Real, etaMin);
        return plus(lr, over(times(range, 1 - cos(Math.PI / TMax)), 2));
      });
    }
    const ratio =
      (1 + cos((Math.PI * lastEpoch) / TMax)) / (1 + cos((Math.PI * (lastEpoch - 1)) / TMax));
    return this.groups.map(({ lr }) => plus(times(ratio, minus(lr, etaMin)), etaMin));
  }

  protected override closedFormLr(): Real[] {
    const height = 1 + cos((Math.PI * this.lastEpoch) / this.TMax);
    return this.baseLrs.map((lr) => between(this.etaMin, lr, height));
  }
}

/** `least + (most - least) * height / 2`. */
function between(least: number, most: Real, height: number): Real {
  return plus(least, over(times(minus(most, least), height), 2));
}

interface RestartArguments {
  optimizer: Optimizer;
  T0: number;
  TMult: number;
  etaMin: number;
  lastEpoch: number;
}

const restarts = new Signature<RestartArguments>('CosineAnnealingWarmRestarts', {
  optimizer: required,
  T0: required,
  TMult: 1,
  etaMin: 0,
  lastEpoch: -1,
});

/**
 * Lets the learning rates fall along half a cosine wave, and starts anew at the top, in periods
 * that may become longer. `step(epoch)` takes fractions of an epoch.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param T0 How many epochs the first period has.
 * @param TMult By what each period is longer than the last, a whole number. Default: 1.
 * @param etaMin The least learning rate. Default: 0.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @throws ValueError for a `T0` or `TMult` that is no whole number from 1 on.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.CosineAnnealingWarmRestarts(optimizer, 10, { TMult: 2 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  /** How many epochs the first period has. */
  declare T0: number;
  /** How many epochs this period has. */
  declare TI: number;
  /** By what each period is longer than the last. */
  declare TMult: number;
  /** The least learning rate. */
  declare etaMin: number;
  /** How many epochs of this period have passed. */
  declare TCur: number;

  constructor(
    ...args: Call<
      [optimizer: Optimizer],
      [T0: number, TMult: number, etaMin: number, lastEpoch: number],
      Partial<Omit<RestartArguments, 'optimizer'>>
    >
  ) {
    const { optimizer, T0, TMult, etaMin, lastEpoch } = restarts.bind(args);
    if (!Number.isInteger(T0) || T0 <= 0) {
      throw new ValueError(`Expected positive integer T_0, but got ${T0}`);
    }
    if (!Number.isInteger(TMult) || TMult < 1) {
      throw new ValueError(`Expected integer T_mult >= 1, but got ${TMult}`);
    }
    if (typeof etaMin !== 'number') {
      throw new ValueError(`Expected float or int eta_min, but got a ${typeof etaMin}`);
    }
    super(optimizer);
    this.T0 = T0;
    this.TI = T0;
    this.TMult = TMult;
    this.etaMin = etaMin;
    this.TCur = lastEpoch;
    this.start(lastEpoch);
  }

  override getLr(): Real[] {
    this.checkStepping();
    const height = 1 + cos((Math.PI * this.TCur) / this.TI);
    return this.baseLrs.map((lr) => between(this.etaMin, lr, height));
  }

  /**
   * Sets the learning rates of the next epoch, or of one that is given, which may have a fraction:
   * `step(epoch + batch / batches)` after each batch.
   *
   * @throws ValueError for a negative epoch.
   */
  override step(epoch?: number): void {
    let next = epoch ?? (this.lastEpoch < 0 ? 0 : undefined);
    if (next === undefined) {
      next = this.lastEpoch + 1;
      this.TCur++;
      if (this.TCur >= this.TI) {
        this.TCur %= this.TI;
        this.TI *= this.TMult;
      }
    } else {
      this._jump(next);
    }
    this.lastEpoch = Math.floor(next);
    this.assign(this.whileStepping(() => this.getLr()));
  }

  private _jump(epoch: number): void {
    if (!(epoch >= 0)) throw new ValueError(`Expected non-negative epoch, but got ${epoch}`);
    const { T0, TMult } = this;
    if (epoch < T0) {
      this.TI = T0;
      this.TCur = epoch;
    } else if (TMult === 1) {
      this.TCur = epoch % T0;
    } else {
      const periods = Math.trunc(log((epoch / T0) * (TMult - 1) + 1) / log(TMult));
      this.TCur = epoch - (T0 * (TMult ** periods - 1)) / (TMult - 1);
      this.TI = T0 * TMult ** periods;
    }
  }
}
