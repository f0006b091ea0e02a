import { describe } from '../../describe.js';
import { TorchError } from '../../errors.js';
import { isPlainObject } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { HookList, type RemovableHandle } from '../../utils/hooks.js';
import { warn } from '../../warnings.js';
import type { Module } from './module.js';
import { BackwardHooks } from './module-backward.js';

/**
 * Runs before a module's `forward`, with the arguments of the call. What it returns takes their
 * place: an array holds all of them, anything else is the only one, nothing leaves them.
 */
// biome-ignore lint/suspicious/noExplicitAny: a hook serves modules of every signature
export type ForwardPreHook<M = Module> = (module: M, args: any[]) => unknown;

/** The same with the named arguments apart; it returns both, or nothing. */
export type ForwardPreHookWithKwargs<M = Module> = (
  module: M,
  // biome-ignore lint/suspicious/noExplicitAny: a hook serves modules of every signature
  args: any[],
  // biome-ignore lint/suspicious/noExplicitAny: a hook serves modules of every signature
  kwargs: Record<string, any>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is the usual one
) => readonly [args: readonly unknown[], kwargs: Record<string, unknown>] | null | undefined | void;

/**
 * Runs after a module's `forward`, with the arguments of the call and its result. What it returns
 * takes the result's place; nothing leaves it.
 */
// biome-ignore lint/suspicious/noExplicitAny: a hook serves modules of every signature
export type ForwardHook<M = Module> = (module: M, args: any[], output: any) => unknown;

/** Reads whether a module has forward hooks of either kind. */
export const hasForwardHooks: unique symbol = Symbol('hasForwardHooks');

/** The same with the named arguments apart. */
export type ForwardHookWithKwargs<M = Module> = (
  module: M,
  // biome-ignore lint/suspicious/noExplicitAny: a hook serves modules of every signature
  args: any[],
  // biome-ignore lint/suspicious/noExplicitAny: a hook serves modules of every signature
  kwargs: Record<string, any>,
  // biome-ignore lint/suspicious/noExplicitAny: a hook serves modules of every signature
  output: any,
) => unknown;

/** The gradients of a module's arguments, or of its results; null for what has none. */
export type Gradients = readonly (Tensor | null)[];

/**
 * Runs when the gradients of a module's arguments are known. What it returns takes their place;
 * nothing leaves them.
 */
export type FullBackwardHook<M = Module> = (
  module: M,
  gradInput: Gradients,
  gradOutput: Gradients,
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is the usual one
) => Gradients | Tensor | null | undefined | void;

/**
 * Runs when the gradients of a module's results are known, before those of anything in it. What it
 * returns takes their place; nothing leaves them.
 */
export type FullBackwardPreHook<M = Module> = (
  module: M,
  gradOutput: Gradients,
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is the usual one
) => Gradients | Tensor | null | undefined | void;

type AnyHook = (...args: never[]) => unknown;

interface ForwardPreEntry {
  hook: AnyHook;
  withKwargs: boolean;
}

interface ForwardEntry extends ForwardPreEntry {
  alwaysCall: boolean;
}

/** The hooks around a module's call. */
export class ModuleHooks {
  readonly forwardPre = new HookList<ForwardPreEntry>();
  readonly forward = new HookList<ForwardEntry>();
  readonly backwardPre = new HookList<{ hook: AnyHook }>();
  readonly backward = new HookList<{ hook: AnyHook }>();

  /** Whether there is no hook. */
  get isEmpty(): boolean {
    const { forwardPre, forward, backwardPre, backward } = this;
    const counts = [forwardPre, forward, backwardPre, backward].map(
      ({ entries }) => entries.length,
    );
    return counts.every((count) => count === 0);
  }

  /** The same hooks in lists of their own. */
  copy(): ModuleHooks {
    const copied = new ModuleHooks();
    copied.forwardPre.extend(this.forwardPre);
    copied.forward.extend(this.forward);
    copied.backwardPre.extend(this.backwardPre);
    copied.backward.extend(this.backward);
    return copied;
  }
}

/** Makes or reads a module's own {@link ModuleHooks}. */
export const moduleHooks = Symbol('moduleHooks');

/** The hooks of all modules, which run before a module's own. */
export const globalHooks = new ModuleHooks();

let globalCount = 0;

/** Whether there are hooks of all modules. */
export const hasGlobalHooks = () => globalCount > 0;

/** Counts a hook of all modules until it is removed. */
export function addGlobally<Entry extends object>(
  list: HookList<Entry>,
  entry: Entry,
): RemovableHandle {
  globalCount++;
  return list.add(entry, false, () => {
    globalCount--;
  });
}

/** Throws unless the hook is a function. */
export function checkHook(where: string, hook: unknown): asserts hook is AnyHook {
  if (typeof hook !== 'function') {
    throw new TypeError(`${where}: the hook must be a function, got ${describe(hook)}`);
  }
}

/** The arguments of a call, those by name apart: a plain object that comes last. */
function split(args: readonly unknown[]): [args: unknown[], kwargs: Record<string, unknown>] {
  const last = args.at(-1);
  return isPlainObject(last) ? [args.slice(0, -1), last] : [[...args], {}];
}

function runPreHook(module: Module, { hook, withKwargs }: ForwardPreEntry, inputs: unknown[]) {
  const call = hook as (...args: unknown[]) => unknown;
  if (!withKwargs) {
    const replaced = call(module, inputs) ?? inputs;
    return Array.isArray(replaced) ? replaced : [replaced];
  }
  const replaced = call(module, ...split(inputs));
  if (replaced === undefined || replaced === null) return inputs;
  const [args, kwargs] = replaced as [unknown[], Record<string, unknown>];
  const isPair = Array.isArray(replaced) && replaced.length === 2;
  if (!isPair || !Array.isArray(args) || !isPlainObject(kwargs)) {
    throw new TorchError(
      `forward pre-hook must return nothing or an array of [newArgs, newKwargs], but got ${describe(replaced)}.`,
    );
  }
  return Object.keys(kwargs).length > 0 ? [...args, kwargs] : args;
}

function runHook(
  module: Module,
  { hook, withKwargs }: ForwardEntry,
  inputs: unknown[],
  output: unknown,
): unknown {
  const call = hook as (...args: unknown[]) => unknown;
  return withKwargs ? call(module, ...split(inputs), output) : call(module, inputs, output);
}

/** What the backward hooks of a call need; null where there are none. */
function backwardHooks(module: Module, own: ModuleHooks | null): BackwardHooks | null {
  const hooksOf = (kind: 'backward' | 'backwardPre') =>
    [globalHooks, own].flatMap((hooks) => (hooks?.[kind].entries ?? []).map(({ hook }) => hook));
  const [hooks, preHooks] = [hooksOf('backward'), hooksOf('backwardPre')];
  if (hooks.length + preHooks.length === 0) return null;
  return new BackwardHooks(module, hooks as FullBackwardHook[], preHooks as FullBackwardPreHook[]);
}

/** Calls a module: the hooks before, `forward`, the hooks after; those of all modules first. */
export function callWithHooks(module: Module, own: ModuleHooks | null, args: unknown[]): unknown {
  const entriesOf = <Kind extends keyof ModuleHooks>(kind: Kind & ('forwardPre' | 'forward')) => [
    ...globalHooks[kind].entries,
    ...(own?.[kind].entries ?? []),
  ];
  let inputs = args;
  let output: unknown;
  const done = new Set<object>();
  try {
    for (const entry of entriesOf('forwardPre')) inputs = runPreHook(module, entry, inputs);
    const backward = backwardHooks(module, own);
    if (backward) inputs = backward.inputs(inputs);
    output = module.forward(...inputs);
    for (const entry of entriesOf('forward') as ForwardEntry[]) {
      done.add(entry);
      output = runHook(module, entry, inputs, output) ?? output;
    }
    return backward ? backward.outputs(output) : output;
  } catch (error) {
    for (const entry of entriesOf('forward') as ForwardEntry[]) {
      if (entry.alwaysCall && !done.has(entry)) runQuietly(module, entry, inputs, output);
    }
    throw error;
  }
}

/** Runs a hook while an error is under way, which must not be hidden by the hook's own. */
function runQuietly(module: Module, entry: ForwardEntry, args: unknown[], output: unknown): void {
  try {
    runHook(module, entry, args, output);
  } catch (error) {
    warn(
      `a forward hook with alwaysCall failed after forward had thrown; its error is dropped: ${error}`,
    );
  }
}
