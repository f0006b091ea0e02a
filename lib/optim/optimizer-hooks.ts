import type { Memo } from '../copy.js';
import { HookList, type RemovableHandle } from '../utils/hooks.js';
import type { Optimizer } from './optimizer.js';
import type { LoadableOptimizerStateDict, OptimizerStateDict } from './state-dict.js';

/** Called before `step` with its arguments; an array that it returns takes their place. */
export type StepPreHook<O> = (optimizer: O, args: readonly unknown[]) => unknown;

/** Called after `step` with its arguments. */
export type StepPostHook<O> = (optimizer: O, args: readonly unknown[]) => void;

/** Called before `stateDict` makes its result. */
export type OptimizerStateDictPreHook<O> = (optimizer: O) => void;

/** Called with what `stateDict` is about to return; what it returns takes its place. */
export type OptimizerStateDictPostHook<O> = (
  optimizer: O,
  stateDict: OptimizerStateDict,
) => OptimizerStateDict | undefined;

/** Called with a copy of what `loadStateDict` was given; what it returns takes its place. */
export type OptimizerLoadStateDictPreHook<O> = (
  optimizer: O,
  stateDict: LoadableOptimizerStateDict,
) => LoadableOptimizerStateDict | undefined;

/** Called when `loadStateDict` is done. */
export type OptimizerLoadStateDictPostHook<O> = (optimizer: O) => void;

const allPreHooks = new HookList<{ hook: StepPreHook<never> }>();
const allPostHooks = new HookList<{ hook: StepPostHook<never> }>();

/**
 * Registers a hook that runs before every `step` of every optimizer.
 *
 * @example
 * ```ts
 * const handle = optim.registerOptimizerStepPreHook((optimizer) => console.log(optimizer));
 * optimizer.step();
 * handle.remove();
 * ```
 * @see https://pytorch.org/docs/stable/optim.html
 */
export function registerOptimizerStepPreHook(hook: StepPreHook<Optimizer>): RemovableHandle {
  return allPreHooks.add({ hook });
}

/**
 * Registers a hook that runs after every `step` of every optimizer.
 *
 * @example
 * ```ts
 * let steps = 0;
 * const handle = optim.registerOptimizerStepPostHook(() => {
 *   steps++;
 * });
 * optimizer.step();
 * handle.remove();
 * optimizer.step();
 * console.log(steps); // 1
 * ```
 * @see https://pytorch.org/docs/stable/optim.html
 */
export function registerOptimizerStepPostHook(hook: StepPostHook<Optimizer>): RemovableHandle {
  return allPostHooks.add({ hook });
}

/** The hooks of one optimizer, whose class they know better than this does. */
export class OptimizerHooks {
  readonly preStep = new HookList<{ hook: StepPreHook<never> }>();
  readonly postStep = new HookList<{ hook: StepPostHook<never> }>();
  readonly preSave = new HookList<{ hook: OptimizerStateDictPreHook<never> }>();
  readonly postSave = new HookList<{ hook: OptimizerStateDictPostHook<never> }>();
  readonly preLoad = new HookList<{ hook: OptimizerLoadStateDictPreHook<never> }>();
  readonly postLoad = new HookList<{ hook: OptimizerLoadStateDictPostHook<never> }>();

  constructor(private readonly optimizer: object) {}

  /** None, for the copy of the optimizer: as in Python, hooks stay with the original. */
  __deepcopy__(memo: Memo): OptimizerHooks {
    return new OptimizerHooks(memo.get(this.optimizer) as object);
  }

  get #owner(): never {
    return this.optimizer as never;
  }

  /** Runs a step between its hooks, with the arguments that they leave. */
  aroundStep<T>(given: readonly unknown[], run: (args: readonly unknown[]) => T): T {
    let args = given;
    for (const { hook } of [...allPreHooks.entries, ...this.preStep.entries]) {
      const replaced = hook(this.#owner, args);
      if (Array.isArray(replaced)) args = replaced;
    }
    const result = run(args);
    for (const { hook } of [...this.postStep.entries, ...allPostHooks.entries]) {
      hook(this.#owner, args);
    }
    return result;
  }

  /** Makes a state dict between its hooks. */
  aroundSave(make: () => OptimizerStateDict): OptimizerStateDict {
    for (const { hook } of this.preSave.entries) hook(this.#owner);
    let stateDict = make();
    for (const { hook } of this.postSave.entries) {
      stateDict = hook(this.#owner, stateDict) ?? stateDict;
    }
    return stateDict;
  }

  /** Loads a state dict between its hooks. */
  aroundLoad(
    given: LoadableOptimizerStateDict,
    load: (stateDict: LoadableOptimizerStateDict) => void,
  ): void {
    let stateDict = { ...given };
    for (const { hook } of this.preLoad.entries) {
      stateDict = hook(this.#owner, stateDict) ?? stateDict;
    }
    load(stateDict);
    for (const { hook } of this.postLoad.entries) hook(this.#owner);
  }
}
