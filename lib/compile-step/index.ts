import { watch } from '../live-number.js';
import { native } from '../native.js';
import { inTurn, isWaiting } from './turns.js';
import { CallArguments } from './values.js';
import { type StepRefusal, Variant } from './variant.js';

export type { StepRefusal } from './variant.js';

/** How many kinds of calls a step keeps tapes for. */
const MOST_VARIANTS = 8;

/** A function that `torch.compileStep` compiled. */
export interface CompiledStep<Args extends unknown[], Result> {
  /**
   * Runs the step: eagerly while it is being recorded, later by a replay on a native thread. Calls
   * run in the order in which they are made.
   */
  (...args: Args): Promise<Result>;

  /** Runs the step on this thread, after those that were called before, and returns its result. */
  sync(...args: Args): Result;

  /** Why calls run eagerly: an entry for each kind of arguments that cannot be replayed. */
  readonly refusals: readonly StepRefusal[];

  /** The number of operators on each tape that is ready to be replayed. */
  readonly tapes: readonly number[];

  /** Forgets all tapes, and what they hold. */
  reset(): void;
}

/** A call whose turn has come; `ended` is for its result. */
interface Started {
  ended: Promise<unknown>;
}

class Step {
  #variants: Variant[] = [];

  constructor(private readonly fn: (...args: unknown[]) => unknown) {}

  get refusals(): StepRefusal[] {
    return this.#variants.flatMap(({ refusal }) => refusal ?? []);
  }

  get tapes(): number[] {
    return this.#variants.filter(({ isReady }) => isReady).map((variant) => variant.operatorCount);
  }

  reset(): void {
    this.#variants = [];
  }

  async call(given: readonly unknown[]): Promise<unknown> {
    if (!this.#isRecordable) return this.fn(...given);
    const args = new CallArguments(given);
    const replay = isWaiting() ? 'later' : this.#replay(args);
    if (replay !== null && replay !== 'later') return replay;
    if (!isWaiting() && !native.isAsyncBusy()) return this.#run(given, args);
    // The modes of now hold for the call, whenever its turn comes.
    const state = native.threadState();
    return inTurn(() => this.#start(given, args, state));
  }

  sync(given: readonly unknown[]): unknown {
    if (!this.#isRecordable) return this.fn(...given);
    const args = new CallArguments(given);
    native.replaySettle();
    for (const variant of this.#variants) {
      const replay = variant.replaySync(args);
      if (replay) return replay.result;
    }
    return this.#run(given, args);
  }

  /** Whether the call is no part of a step that is being recorded, and not looked at for faults. */
  get #isRecordable(): boolean {
    return watch === null && !native.isAnomalyMode();
  }

  async #start(given: readonly unknown[], args: CallArguments, state: unknown): Promise<Started> {
    const replay = () => native.underState(state, () => this.#replay(args));
    let ended = replay();
    if (ended === null || ended === 'later') {
      await native.asyncIdle();
      ended = replay();
    }
    if (ended !== null && ended !== 'later') return { ended };
    return { ended: Promise.resolve(native.underState(state, () => this.#run(given, args))) };
  }

  #replay(args: CallArguments): Promise<unknown> | 'later' | null {
    for (const variant of this.#variants) {
      const replay = variant.replay(args);
      if (replay !== null) return replay;
    }
    return null;
  }

  /** Runs the step eagerly, for a recording where one is wanted. */
  #run(given: readonly unknown[], args: CallArguments): unknown {
    const run = () => this.fn(...given);
    const known = this.#variants.find(
      (variant) => !variant.isReady && variant.mismatch(args) === undefined,
    );
    if (known) return this.#runAs(known, run, args);
    if (this.#variants.length === MOST_VARIANTS) {
      const mismatch = (this.#variants[0] as Variant).mismatch(args);
      this.#warn(
        `compileStep: ${MOST_VARIANTS} kinds of calls have been recorded, and further ones run eagerly; this one differs from the first in ${mismatch}`,
        'SCONCE_STEP_LIMIT',
      );
      return Variant.runEagerly(run);
    }
    const variant = new Variant(args.pattern);
    const result = this.#runAs(variant, run, args);
    this.#variants.push(variant);
    return result;
  }

  #runAs(variant: Variant, run: () => unknown, args: CallArguments): unknown {
    const wasRefused = variant.refusal !== null;
    const result = variant.run(run, args);
    const { refusal } = variant;
    if (refusal && !wasRefused) {
      const where = refusal.stack.split('\n')[0]?.trim() ?? '';
      const detail = [refusal.op && `(${refusal.op})`, where].filter(Boolean).join(' ');
      this.#warn(
        `compileStep: the step cannot be replayed and runs eagerly: ${refusal.reason} ${detail}`,
        'SCONCE_STEP_REFUSED',
      );
    }
    return result;
  }

  readonly #warned = new Set<string>();

  #warn(message: string, code: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    process.emitWarning(message.trim(), { type: 'UserWarning', code });
  }
}

/**
 * Compiles a training or inference step, so that it runs on a native thread without JavaScript:
 * the event loop stays free, and a step costs less.
 *
 * The first calls run `fn` as it is and record the operators that it dispatches, those of backward
 * and of the optimizer included. Once two recordings are the same, calls replay them in C++ and
 * JavaScript runs no more. A recording serves calls whose tensors have the same shapes, dtypes,
 * strides and devices, and whose other arguments are equal, under the same modes; other calls have
 * recordings of their own, up to eight. Modules' own properties (`training`, a dropout's `p`, which
 * tensors are parameters) and optimizers' options are looked at before each replay. The learning
 * rate is read anew each time, so a scheduler may step between calls.
 *
 * What `fn` computes must follow from its arguments and from tensors that it changes in place:
 * parameters, buffers, optimizer state. Variables that it reads or sets beside that, counters say,
 * belong outside. A step that reads the value of a tensor (`item`, `tolist`, printing), whose shapes
 * depend on data, that runs hooks in backward or that seeds generators cannot be replayed: it runs
 * eagerly, a warning names the operator and the line, and `refusals` lists them. Return the tensor
 * instead, and read it after `await`.
 *
 * Results come without a graph, whether a call was replayed or not. Replays run in the order of
 * their calls, one at a time. Until the Promise settles, its arguments and what the step changes
 * are in use on another thread: await it before reading a parameter or changing a batch.
 *
 * @param fn The step; it returns tensors, or arrays and objects with tensors in them.
 * @returns The compiled step; `sync` runs it on this thread and returns its result.
 *
 * @example
 * ```ts
 * const step = torch.compileStep((input: Tensor, target: Tensor) => {
 *   optimizer.zeroGrad();
 *   const loss = nn.functional.mseLoss(model(input), target);
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * });
 * for (let i = 0; i < 4; i++) {
 *   const loss = await step(input, target);
 *   console.log(loss.shape); // []
 * }
 * ```
 */
export function compileStep<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
): CompiledStep<Args, Result> {
  if (typeof fn !== 'function') {
    throw new TypeError(`compileStep() takes a function, got ${fn === null ? 'null' : typeof fn}`);
  }
  const step = new Step(fn as (...args: unknown[]) => unknown);
  const compiled = (...args: Args) => step.call(args);
  return Object.defineProperties(compiled, {
    sync: { value: (...args: Args) => step.sync(args) },
    refusals: { get: () => step.refusals },
    tapes: { get: () => step.tapes },
    reset: { value: () => step.reset() },
  }) as CompiledStep<Args, Result>;
}
