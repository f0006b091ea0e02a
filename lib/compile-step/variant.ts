import { idOf } from '../handle.js';
import { native } from '../native.js';
import { synchronous } from '../synchronous.js';
import { Tensor } from '../tensor.js';
import { treeFlatten, treeUnflatten } from '../utils/pytree.js';
import { Guards } from './guards.js';
import { type ArgumentPattern, type CallArguments, detached, ResultPlan } from './values.js';

/** Why calls of a compiled step run eagerly. */
export interface StepRefusal {
  /** What of the step cannot be replayed. */
  readonly reason: string;
  /** The operator to blame, such as `aten::_local_scalar_dense`; empty where none is. */
  readonly op: string;
  /** The lines of JavaScript that led there, the innermost first; empty where none are known. */
  readonly stack: string;
}

/** How often a step is recorded before it is given up that two recordings are the same. */
const MOST_RECORDINGS = 5;

interface Recording {
  tape: unknown;
  plan: ResultPlan;
}

const checked = (fn: () => unknown) =>
  synchronous(fn(), 'compileStep() takes a synchronous function; this one returned a Promise');

/** What a step does with arguments of one kind: recorded, until two recordings are the same. */
export class Variant {
  #recording: Recording | null = null;
  #guards = new Guards();
  #recordings = 0;
  #isReady = false;
  refusal: StepRefusal | null = null;

  constructor(private readonly pattern: ArgumentPattern) {}

  get isReady(): boolean {
    return this.#isReady;
  }

  /** How many operators a replay runs; 0 while there is no tape. */
  get operatorCount(): number {
    return this.#isReady ? native.tapeSize(this.#recording?.tape) : 0;
  }

  /** What keeps it from serving a call, or undefined. */
  mismatch(args: CallArguments): string | undefined {
    if (!this.pattern.fits(args)) return 'an argument that is no tensor';
    // What cannot be replayed is no better for an option that changes.
    const failure = this.refusal ? undefined : this.#guards.failure();
    if (failure !== undefined || !this.#recording) return failure;
    return native.tapeGuard(this.#recording.tape, args.ids);
  }

  /** Replays on the native thread; null where that cannot be, 'later' where it cannot be yet. */
  replay(args: CallArguments): Promise<unknown> | 'later' | null {
    if (!this.#isReady || !this.#recording || !this.#fits(args)) return null;
    const { tape, plan } = this.#recording;
    const ids = native.tapeSubmit(tape, args.ids, this.#guards.numbers());
    if (ids === undefined) return null;
    return ids === null ? 'later' : ids.then((made) => plan.build(made, args));
  }

  /** Replays here and now; null where that cannot be. */
  replaySync(args: CallArguments): { result: unknown } | null {
    if (!this.#isReady || !this.#recording || !this.#fits(args)) return null;
    const { tape, plan } = this.#recording;
    const ids = native.tapeRun(tape, args.ids, this.#guards.numbers());
    return ids ? { result: plan.build(ids, args) } : null;
  }

  #fits(args: CallArguments): boolean {
    return (
      this.pattern.fits(args) && this.#guards.failure() === undefined && this.#guards.areNumbers
    );
  }

  /** Runs the step eagerly, and records it where a recording is wanted still. */
  run(fn: () => unknown, args: CallArguments): unknown {
    if (this.refusal) return Variant.runEagerly(fn);
    const guards = new Guards();
    native.tapeBegin(args.ids);
    let leaves: unknown[];
    let spec: ReturnType<typeof treeFlatten>[1];
    let recorded: ReturnType<typeof native.tapeEnd>;
    try {
      [leaves, spec] = treeFlatten(guards.watch(() => checked(fn)));
      const results = leaves.filter((leaf) => leaf instanceof Tensor);
      const failure = guards.settle();
      if (failure !== undefined) native.tapeRefuse(failure);
      recorded = native.tapeEnd(results.map(idOf));
    } catch (error) {
      native.tapeAbort();
      throw error;
    }
    leaves = leaves.map(detached);
    const [tape, reason, op, stack, ...origins] = recorded;
    this.#guards = guards;
    const plan = new ResultPlan(leaves, spec, origins);
    this.#recordings++;
    if (reason !== null) this.refusal = { reason, op: op ?? '', stack: stack ?? '' };
    else this.#compare({ tape, plan });
    this.#recording = { tape, plan };
    return treeUnflatten(leaves, spec);
  }

  /** Runs a step without recording it. */
  static runEagerly(fn: () => unknown): unknown {
    const [leaves, spec] = treeFlatten(checked(fn));
    return treeUnflatten(leaves.map(detached), spec);
  }

  /** Trusts the tape where the one before was the same. */
  #compare(now: Recording): void {
    const before = this.#recording;
    if (!before) return;
    const difference = before.plan.isLike(now.plan)
      ? native.tapeDifference(before.tape, now.tape)
      : 'what the step returns beside tensors differs from call to call';
    if (difference === undefined) {
      native.tapeOptimize(now.tape);
      this.#isReady = true;
    } else if (this.#recordings === MOST_RECORDINGS) {
      this.refusal = { reason: `no two calls are the same: ${difference}`, op: '', stack: '' };
    }
  }
}
