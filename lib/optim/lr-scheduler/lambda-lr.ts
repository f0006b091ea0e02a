import { ValueError } from '../../errors.js';
import { type Call, required, Signature } from '../../options.js';
import type { Optimizer } from '../optimizer.js';
import { type Real, times } from '../real.js';
import { valuesOf } from './learning-rates.js';
import { LRScheduler, type SchedulerStateDict } from './lr-scheduler.js';

/** A function of the epoch. */
export type LrLambda = (epoch: number) => number;

interface LambdaArguments {
  optimizer: Optimizer;
  lrLambda: LrLambda | readonly LrLambda[];
  lastEpoch: number;
}

/** What {@link LambdaLR} and {@link MultiplicativeLR} take by name. */
export type LambdaLROptions = Partial<Pick<LambdaArguments, 'lrLambda' | 'lastEpoch'>>;

type LambdaCall = Call<
  [optimizer: Optimizer],
  [lrLambda: LrLambda | readonly LrLambda[], lastEpoch: number],
  LambdaLROptions
>;

const lambdaLr = new Signature<LambdaArguments>('LambdaLR', {
  optimizer: required,
  lrLambda: required,
  lastEpoch: -1,
});
const multiplicativeLr = new Signature<LambdaArguments>('MultiplicativeLR', {
  optimizer: required,
  lrLambda: required,
  lastEpoch: -1,
});

/** The base of both: a function for each group. Functions are code, and not in state dicts. */
abstract class FunctionLR extends LRScheduler {
  /** The functions of the groups. */
  readonly lrLambdas: readonly LrLambda[];

  constructor({ optimizer, lrLambda, lastEpoch }: LambdaArguments) {
    super(optimizer);
    const { length } = this.groups;
    const lambdas: readonly unknown[] = Array.isArray(lrLambda)
      ? lrLambda
      : new Array(length).fill(lrLambda);
    if (lambdas.length !== length) {
      throw new ValueError(`Expected ${length} lr_lambdas, but got ${lambdas.length}`);
    }
    for (const lambda of lambdas) {
      if (typeof lambda !== 'function') {
        throw new TypeError(`lrLambda should be a function, but got ${typeof lambda}`);
      }
    }
    this.lrLambdas = lambdas as LrLambda[];
    this.start(lastEpoch);
  }

  /** Without the functions, which are code. */
  override stateDict(): SchedulerStateDict {
    return { ...super.stateDict(), lr_lambdas: this.lrLambdas.map(() => null) };
  }

  /** The functions stay as they are. */
  override loadStateDict({ lr_lambdas: _, ...rest }: Readonly<SchedulerStateDict>): void {
    super.loadStateDict(rest);
  }
}

/**
 * Multiplies the first learning rates with a function of the epoch.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param lrLambda The function, or a list of one for each parameter group.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @throws ValueError for a list that has another length than there are groups.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.LambdaLR(optimizer, (epoch) => 0.5 ** epoch);
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.05]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
 */
export class LambdaLR extends FunctionLR {
  constructor(...args: LambdaCall) {
    super(lambdaLr.bind(args));
  }

  override getLr(): Real[] {
    this.checkStepping();
    return this.lrLambdas.map((lambda, i) =>
      times(this.baseLrs[i] as Real, lambda(this.lastEpoch)),
    );
  }
}

/**
 * Multiplies the learning rates of each epoch with a function of the epoch, to get the next.
 *
 * @param optimizer The optimizer whose learning rates it sets.
 * @param lrLambda The function, or a list of one for each parameter group.
 * @param lastEpoch The epoch to go on from; -1 to start. Default: -1.
 *
 * @throws ValueError for a list that has another length than there are groups.
 *
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.MultiplicativeLR(optimizer, () => 0.5);
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.05]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html
 */
export class MultiplicativeLR extends FunctionLR {
  constructor(...args: LambdaCall) {
    super(multiplicativeLr.bind(args));
  }

  override getLr(): Real[] {
    this.checkStepping();
    if (this._isInitial) return valuesOf(this.groups);
    return this.groups.map(({ lr }, i) =>
      times(lr, (this.lrLambdas[i] as LrLambda)(this.lastEpoch)),
    );
  }
}
