/**
 * Activations that are computed anew for the gradient; Python's `torch.utils.checkpoint`.
 *
 * @see https://pytorch.org/docs/stable/checkpoint.html
 * @module
 */
import {
  autocast,
  getAutocastDtype,
  isAutocastAvailable,
  isAutocastCacheEnabled,
  isAutocastEnabled,
} from '../amp/autocast-mode.js';
import { AutogradFunction, type FunctionCtx } from '../autograd/function.js';
import { backward } from '../autograd/grad.js';
import { savedTensorsHooks } from '../autograd/saved-tensors.js';
import type { Device } from '../device.js';
import { TorchError, ValueError } from '../errors.js';
import { defaultGenerator, defaultGeneratorOf } from '../generator.js';
import { enableGrad, isGradEnabled, ModeGuard, noGrad, within } from '../grad-mode.js';
import { native } from '../native.js';
import { Sequential } from '../nn/modules/container.js';
import { operators } from '../operators.js';
import { checkFlags, checkOptions, isPlainObject } from '../options.js';
import { Tensor } from '../tensor.js';
import { warn } from '../warnings.js';
import { isCheckpointDebugged, SaveLog } from './checkpoint-debug.js';

export { setCheckpointDebugEnabled } from './checkpoint-debug.js';

/** Runs a function under some mode, as `noGrad` does. */
export type Context = <R>(body: () => R) => R;

/** The options of {@link checkpoint}. */
export interface CheckpointOptions {
  /**
   * Which way it works: false recommends itself, true is PyTorch's older way. Without it, there is
   * a warning, and the older way.
   */
  useReentrant?: boolean;
  /** Whether the function draws the same random numbers when it runs again. Default: true. */
  preserveRngState?: boolean;
  /** Gives the modes for the forward pass and for the recomputation. Not with `useReentrant`. */
  contextFn?: () => [forward: Context, recompute: Context];
  /**
   * Whether the recomputed tensors must have the shapes, dtypes and devices of before. Default:
   * `'default'`, they must. Not with `useReentrant`.
   */
  determinismCheck?: 'default' | 'none';
  /** Whether it stops once all that is needed is recomputed. Default: true. Not with `useReentrant`. */
  earlyStop?: boolean;
  /**
   * Whether the error of a recomputation that differs tells which lines saved tensors, in the forward
   * pass and in the recomputation. It costs much. Default: false. Not with `useReentrant`, nor with
   * `contextFn`.
   */
  debug?: boolean;
}

const optionNames = [
  'useReentrant',
  'preserveRngState',
  'contextFn',
  'determinismCheck',
  'earlyStop',
  'debug',
];

/**
 * Thrown where the recomputation of a {@link checkpoint} differs from the forward pass.
 *
 * @example
 * ```ts
 * const { checkpoint, CheckpointError } = utils.checkpoint;
 * const a = torch.ones(2, { requiresGrad: true });
 * let runs = 0;
 * const y = checkpoint((x: Tensor) => (runs++ === 0 ? x.sin().exp() : x.sin()), a, {
 *   useReentrant: false,
 * });
 * try {
 *   y.sum().backward();
 * } catch (error) {
 *   console.log(error instanceof CheckpointError); // true
 * }
 * ```
 * @see https://pytorch.org/docs/stable/checkpoint.html
 */
export class CheckpointError extends TorchError {
  override name = 'CheckpointError';
}

/** Thrown through the function once enough is recomputed. */
class StopRecomputation extends Error {}

/** The states of the generators that the arguments' devices, and the CPU, draw from. */
class RngState {
  readonly #states: (readonly [device: Device | null, state: Tensor])[];

  constructor(devices: readonly Device[]) {
    const others = devices.map((one) => [one, defaultGeneratorOf(one).getState()] as const);
    this.#states = [[null, defaultGenerator.getState()], ...others];
  }

  restore(): void {
    for (const [device, state] of this.#states) {
      (device ? defaultGeneratorOf(device) : defaultGenerator).setState(state);
    }
  }
}

/** The devices of the arguments, but for the CPU. */
function devicesOf(args: readonly unknown[]): Device[] {
  const devices = args.flatMap((arg) => (arg instanceof Tensor ? [arg.device] : []));
  const drawing = devices.filter(({ type }) => type !== 'cpu' && type !== 'meta');
  return [...new Map(drawing.map((device) => [`${device}`, device])).values()];
}

/** How autocasting is set for the CPU and for the devices. */
function autocasting(devices: readonly Device[]): Context {
  const types = ['cpu', ...new Set(devices.map(({ type }) => type).filter(isAutocastAvailable))];
  const settings = types.map((type) => ({
    type,
    dtype: getAutocastDtype(type),
    enabled: isAutocastEnabled(type),
    cacheEnabled: isAutocastCacheEnabled(),
  }));
  return (body) =>
    settings.reduce(
      (run, { type, ...options }) =>
        () =>
          autocast(type, options, run),
      body,
    )();
}

/**
 * Runs a function again with the random numbers and the autocasting of the first time, and goes on
 * with its own.
 */
class Replay {
  readonly #devices: Device[];
  readonly #state: RngState | null;
  readonly #autocasting: Context;

  constructor(args: readonly unknown[], preserves: boolean) {
    this.#devices = devicesOf(args);
    this.#state = preserves ? new RngState(this.#devices) : null;
    this.#autocasting = autocasting(this.#devices);
  }

  run<R>(body: () => R): R {
    return this.#autocasting(() => this.#withState(body));
  }

  #withState<R>(body: () => R): R {
    if (!this.#state) return body();
    const around = new RngState(this.#devices);
    this.#state.restore();
    try {
      return body();
    } finally {
      around.restore();
    }
  }
}

type AnyFunction = (...args: never[]) => unknown;
const call = (fn: AnyFunction, args: readonly unknown[]): unknown =>
  (fn as (...args: readonly unknown[]) => unknown)(...args);

/** The older way: the whole is one operation, whose backward runs it again and goes back through it. */
class CheckpointFunction extends AutogradFunction {
  static forward(
    ctx: FunctionCtx,
    fn: AnyFunction,
    preserves: boolean,
    ...args: unknown[]
  ): unknown {
    if (!args.some((arg) => arg instanceof Tensor && arg.requiresGrad)) {
      warn('None of the inputs have requiresGrad set. Gradients will be null');
    }
    ctx.fn = fn;
    ctx.replay = new Replay(args, preserves);
    ctx.inputs = args.map((arg) => (arg instanceof Tensor ? null : arg));
    ctx.isTensor = args.map((arg) => arg instanceof Tensor);
    ctx.saveForBackward(...args.filter((arg) => arg instanceof Tensor));
    return noGrad(() => call(fn, args));
  }

  static backward(ctx: FunctionCtx, ...gradients: Tensor[]): (Tensor | null)[] {
    if (!native.isCheckpointValid()) {
      throw new TorchError(
        'with useReentrant: true, checkpoint() is incompatible with autograd.grad() or passing `inputs` to backward(): set useReentrant: false, or call backward() without `inputs`',
      );
    }
    const { savedTensors } = ctx;
    const isTensor = ctx.isTensor as boolean[];
    const inputs = (ctx.inputs as unknown[]).map((input, i) => {
      if (!isTensor[i]) return input;
      const saved = savedTensors.shift() as Tensor;
      return saved.detach().requiresGrad_(saved.requiresGrad);
    });
    const output = (ctx.replay as Replay).run(() =>
      enableGrad(() => call(ctx.fn as AnyFunction, inputs)),
    );
    const outputs: unknown[] = Array.isArray(output) ? output : [output];
    const which = [...outputs.keys()].filter((i) => {
      const one = outputs[i];
      return one instanceof Tensor && one.requiresGrad;
    });
    if (which.length === 0) {
      throw new TorchError(
        'none of the outputs requires a gradient: this checkpoint() is not necessary',
      );
    }
    backward(
      which.map((i) => outputs[i] as Tensor),
      which.map((i) => gradients[i] as Tensor),
    );
    return [null, null, ...inputs.map((input) => (input instanceof Tensor ? input.grad : null))];
  }
}

/** Keeps the arguments as autograd keeps tensors: checked for changes, and under the hooks around. */
class SaveInputs extends AutogradFunction {
  static forward(ctx: FunctionCtx, _dummy: Tensor, ...args: unknown[]): Tensor {
    ctx.inputs = args.map((arg) => (arg instanceof Tensor ? null : arg));
    ctx.isTensor = args.map((arg) => arg instanceof Tensor);
    ctx.saveForBackward(...args.filter((arg) => arg instanceof Tensor));
    return operators.torch.empty([0]);
  }

  static inputsOf(saver: Tensor): unknown[] {
    const ctx = saver.gradFn as FunctionCtx;
    const { savedTensors } = ctx;
    return (ctx.inputs as unknown[]).map((input, i) =>
      (ctx.isTensor as boolean[])[i] ? savedTensors.shift() : input,
    );
  }
}

/** What must not change from the forward pass to the recomputation. */
const describe = ({ shape, dtype, device }: Tensor) =>
  `shape [${shape.join(', ')}], dtype ${dtype}, device ${device}`;

/** What one backward has recomputed. */
interface Recomputation {
  /** By the order in which they were saved; null once they were given out. */
  tensors: (Tensor | null)[];
  count: number;
  isDone: boolean;
}

/** A number for what asks for saved tensors outside of any backward. */
let nextTask = -2;

/** One call of {@link checkpoint}: what is saved in it is but numbered, and recomputed when asked for. */
class Frame {
  readonly metadata: (string | null)[] = [];
  readonly #recomputations = new Map<number, Recomputation>();
  #savesMore = false;
  isForwardDone = false;

  constructor(
    readonly saver: Tensor,
    readonly recompute: (args: readonly unknown[]) => void,
    readonly earlyStop: boolean,
    readonly isChecked: boolean,
    readonly log: SaveLog | null,
  ) {}

  pack(tensor: Tensor): number {
    this.log?.forward.push(SaveLog.entry(describe(tensor)));
    return this.metadata.push(this.isChecked ? describe(tensor) : null) - 1;
  }

  unpack(index: number): Tensor {
    const task = native.graphTask();
    const recomputation = this.#told(() => this.#run(task === -1 ? nextTask-- : task));
    const tensor = recomputation.tensors[index];
    if (!tensor) {
      throw new CheckpointError(
        'checkpoint(): a tensor that was already unpacked once was asked for again; read ctx.savedTensors once in a backward()',
      );
    }
    recomputation.tensors[index] = null;
    return tensor;
  }

  /** Runs a recomputation whose errors tell what was saved where. */
  #told(run: () => Recomputation): Recomputation {
    const { log } = this;
    if (!log) return run();
    try {
      return run();
    } catch (cause) {
      if (!(cause instanceof CheckpointError)) throw cause;
      throw new CheckpointError(`${cause.message}\n\n${log}`, { cause });
    }
  }

  #run(task: number): Recomputation {
    let recomputation = this.#recomputations.get(task);
    if (recomputation?.isDone) return recomputation;
    recomputation = { tensors: [], count: 0, isDone: false };
    this.#recomputations.set(task, recomputation);
    if (this.log) this.log.recomputation = [];
    const now = recomputation;
    const args = SaveInputs.inputsOf(this.saver);
    try {
      savedTensorsHooks(
        (tensor) => this.#keep(tensor, now),
        (tensor) => tensor,
        () => enableGrad(() => this.recompute(args)),
      );
    } catch (error) {
      if (!(error instanceof StopRecomputation)) throw error;
    }
    now.isDone = true;
    this.#check(now);
    return now;
  }

  #keep(tensor: Tensor, recomputation: Recomputation): Tensor {
    this.log?.recomputation.push(SaveLog.entry(describe(tensor)));
    const detached = tensor.requiresGrad ? tensor.detach() : tensor;
    const index = recomputation.count++;
    if (index >= this.metadata.length) {
      if (this.isForwardDone) {
        throw new CheckpointError(
          'checkpoint(): the recomputation tries to save more tensors than the forward pass did; the function must do the same each time',
        );
      }
      // Backward within the function: what comes after it is not known yet.
      this.#savesMore = true;
      return detached;
    }
    recomputation.tensors[index] = detached;
    if (this.earlyStop && recomputation.count === this.metadata.length) {
      throw new StopRecomputation();
    }
    return detached;
  }

  #check({ tensors, count }: Recomputation): void {
    if (this.#savesMore) return;
    if (count !== this.metadata.length) {
      throw new CheckpointError(
        `checkpoint(): a different number of tensors was saved during the original forward and recomputation: ${this.metadata.length} during forward, ${count} during recomputation; the function must do the same each time`,
      );
    }
    if (!this.isChecked) return;
    const differing = tensors.flatMap((tensor, i) => {
      const found = describe(tensor as Tensor);
      if (found === this.metadata[i]) return [];
      return [
        `tensor at position ${i}:\nsaved metadata: ${this.metadata[i]}\nrecomputed metadata: ${found}`,
      ];
    });
    if (differing.length === 0) return;
    throw new CheckpointError(
      `checkpoint(): recomputed values for the following tensors have different metadata than during the forward pass.\n${differing.join('\n')}`,
    );
  }
}

/**
 * What `contextFn` is where it is not given: no mode for either pass.
 *
 * @example
 * ```ts
 * const [forward, recompute] = utils.checkpoint.noopContextFn();
 * forward(() => 3); // 3
 * ```
 * @see https://pytorch.org/docs/stable/checkpoint.html
 */
export function noopContextFn(): [forward: Context, recompute: Context] {
  return [(body) => body(), (body) => body()];
}

let earlyStopOfAll: boolean | null = null;

/**
 * Whether the recomputations of all checkpoints that are made in `body` stop once all that is needed
 * is recomputed, whatever their own option says. Without `body`, returns a guard.
 *
 * @example
 * ```ts
 * const a = torch.ones(2, { requiresGrad: true });
 * const { checkpoint, setCheckpointEarlyStop } = utils.checkpoint;
 * const y = setCheckpointEarlyStop(false, () =>
 *   checkpoint((x: Tensor) => x.exp().sum(), a, { useReentrant: false }),
 * );
 * y.backward();
 * ```
 * @see https://pytorch.org/docs/stable/checkpoint.html#torch.utils.checkpoint.set_checkpoint_early_stop
 */
export function setCheckpointEarlyStop(enable: boolean): ModeGuard;
export function setCheckpointEarlyStop<R>(enable: boolean, body: () => R): R;
export function setCheckpointEarlyStop<R>(enable: boolean, body?: () => R): R | ModeGuard {
  if (typeof enable !== 'boolean') {
    throw new TypeError(`setCheckpointEarlyStop() takes a boolean, got ${typeof enable}`);
  }
  const before = earlyStopOfAll;
  earlyStopOfAll = enable;
  const guard = new ModeGuard(() => {
    earlyStopOfAll = before;
  });
  return within(guard, body);
}

function withoutReentrant(
  fn: AnyFunction,
  args: readonly unknown[],
  options: CheckpointOptions,
): unknown {
  const { preserveRngState = true, contextFn = noopContextFn } = options;
  const isDebugged = isCheckpointDebugged(options.debug);
  if (isDebugged && options.contextFn) {
    throw new ValueError('checkpoint(): debug: true is incompatible with a contextFn');
  }
  const [forward, recompute] = contextFn();
  if (!isGradEnabled()) return call(fn, args);
  const replay = new Replay(args, preserveRngState);
  const dummy = operators.torch.empty([0], { requiresGrad: true });
  const frame = new Frame(
    SaveInputs.apply(dummy, ...args),
    (again) => replay.run(() => recompute(() => call(fn, again))),
    earlyStopOfAll ?? options.earlyStop ?? true,
    (options.determinismCheck ?? 'default') === 'default',
    isDebugged ? new SaveLog() : null,
  );
  const output = savedTensorsHooks(
    (tensor) => frame.pack(tensor),
    (index) => frame.unpack(index),
    () => forward(() => call(fn, args)),
  );
  frame.isForwardDone = true;
  return output;
}

/** The function's arguments and the options, of what was given to `checkpoint`. */
function split(given: readonly unknown[]): [args: readonly unknown[], options: CheckpointOptions] {
  const last = given.at(-1);
  if (!isPlainObject(last) || !optionNames.some((name) => name in last)) return [given, {}];
  checkOptions('checkpoint()', last, optionNames);
  return [given.slice(0, -1), last];
}

function checkCheckpointOptions(options: CheckpointOptions): void {
  const { determinismCheck = 'default', contextFn: _, ...flags } = options;
  checkFlags('checkpoint()', flags);
  if (determinismCheck !== 'default' && determinismCheck !== 'none') {
    throw new ValueError(
      `checkpoint(): determinismCheck should be 'default' or 'none', got ${JSON.stringify(determinismCheck)}`,
    );
  }
}

function warnOfDefault(where: string): void {
  warn(
    `${where}: useReentrant should be passed explicitly. useReentrant: false is recommended; true is what is done without it`,
  );
}

/**
 * Calls a function without keeping what its backward needs: backward runs it again. It trades time
 * for memory.
 *
 * With `useReentrant: false` the function may do whatever a forward pass does. The older way, true,
 * works with `backward()` without `inputs` only, runs the whole function again, and looks for
 * tensors among the arguments and results themselves.
 *
 * @param fn What is run, a module say. It must do the same each time.
 * @param args Its arguments; after them may stand the options.
 * @returns what `fn` returns.
 *
 * @example
 * ```ts
 * const { checkpoint } = utils.checkpoint;
 * const block = new nn.Sequential(new nn.Linear(3, 8), new nn.ReLU(), new nn.Linear(8, 2));
 * checkpoint(block, x, { useReentrant: false }).sum().backward();
 * ```
 * @see https://pytorch.org/docs/stable/checkpoint.html#torch.utils.checkpoint.checkpoint
 */
export function checkpoint<Args extends unknown[], R>(
  fn: (...args: Args) => R,
  ...args: [...Args] | [...Args, CheckpointOptions]
): R {
  if (typeof fn !== 'function') {
    throw new TypeError(`checkpoint() takes a function, got ${typeof fn}`);
  }
  const [given, options] = split(args);
  checkCheckpointOptions(options);
  const { useReentrant = true, preserveRngState = true, ...others } = options;
  if (options.useReentrant === undefined) warnOfDefault('checkpoint()');
  if (!useReentrant) return withoutReentrant(fn, given, options) as R;
  const [unexpected] = Object.keys(others);
  if (unexpected !== undefined) {
    throw new ValueError(`checkpoint(): ${unexpected} is not for useReentrant: true`);
  }
  return CheckpointFunction.apply(fn, preserveRngState, ...given) as R;
}

/**
 * Runs functions one after the other in segments, each but the last under {@link checkpoint}.
 *
 * @param functions A Sequential, or an array of modules and functions of one Tensor.
 * @param segments How many segments there are.
 * @param input What the first is given.
 * @param options `useReentrant` and `preserveRngState`, as those of `checkpoint`.
 *
 * @example
 * ```ts
 * const net = new nn.Sequential(new nn.Linear(3, 8), new nn.ReLU(), new nn.Linear(8, 2));
 * const y = utils.checkpoint.checkpointSequential(net, 2, x, { useReentrant: false });
 * y.sum().backward();
 * ```
 * @see https://pytorch.org/docs/stable/checkpoint.html#torch.utils.checkpoint.checkpoint_sequential
 */
export function checkpointSequential(
  functions: Sequential | readonly ((input: Tensor) => Tensor)[],
  segments: number,
  input: Tensor,
  options: Pick<CheckpointOptions, 'useReentrant' | 'preserveRngState'> = {},
): Tensor {
  checkOptions('checkpointSequential()', options, ['useReentrant', 'preserveRngState']);
  if (options.useReentrant === undefined) warnOfDefault('checkpointSequential()');
  const { useReentrant = true, preserveRngState = true } = options;
  const list = (
    functions instanceof Sequential ? [...functions.children()] : functions
  ) as readonly ((input: Tensor) => Tensor)[];
  const size = Math.floor(list.length / segments);
  if (!Number.isInteger(segments) || size < 1) {
    throw new ValueError(
      `checkpointSequential(): segments must be an integer from 1 to ${list.length}, got ${segments}`,
    );
  }
  const run = (start: number, end: number) => (given: Tensor) =>
    list.slice(start, end).reduce((value, fn) => fn(value), given);
  let value = input;
  const last = size * (segments - 1);
  for (let start = 0; start < last; start += size) {
    value = checkpoint(run(start, start + size), value, { useReentrant, preserveRngState });
  }
  return run(last, list.length)(value);
}
