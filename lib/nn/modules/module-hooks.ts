import { HookList, type RemovableHandle } from '../../utils/hooks.js';
import { warn } from '../../warnings.js';
import type { Module } from './module.js';

/**
 * Runs before a module's `forward`, with the arguments of the call. What it returns takes their
 * place: an array holds all of them, anything else is the only one, nothing leaves them.
 */
// biome-ignore lint/suspicious/noExplicitAny: a hook serves modules of every signature
export type ForwardPreHook<M = Module> = (module: M, args: any[]) => unknown;

/**
 * Runs after a module's `forward`, with the arguments of the call and its result. What it returns
 * takes the result's place; nothing leaves it.
 */
// biome-ignore lint/suspicious/noExplicitAny: a hook serves modules of every signature
export type ForwardHook<M = Module> = (module: M, args: any[], output: any) => unknown;

/** Reads whether a module has forward hooks of either kind. */
export const hasForwardHooks: unique symbol = Symbol('hasForwardHooks');

interface PreEntry {
  hook: ForwardPreHook<never>;
}

interface PostEntry {
  hook: ForwardHook<never>;
  alwaysCall: boolean;
}

/** The forward hooks of one module, and a call that runs them. */
export class ForwardHooks {
  readonly #before = new HookList<PreEntry>();
  readonly #after = new HookList<PostEntry>();

  /** @param emptied Called when the last hook has gone. */
  constructor(readonly emptied: () => void) {}

  /** The same hooks in lists of their own. */
  copy(emptied: () => void): ForwardHooks {
    const copied = new ForwardHooks(emptied);
    copied.#before.extend(this.#before);
    copied.#after.extend(this.#after);
    return copied;
  }

  addBefore(hook: ForwardPreHook<never>, prepend: boolean): RemovableHandle {
    return this.#before.add({ hook }, prepend, () => this.#removed());
  }

  addAfter(hook: ForwardHook<never>, prepend: boolean, alwaysCall: boolean): RemovableHandle {
    return this.#after.add({ hook, alwaysCall }, prepend, () => this.#removed());
  }

  #removed(): void {
    if (this.#before.entries.length + this.#after.entries.length === 0) this.emptied();
  }

  /** Calls the module: the hooks before, `forward`, the hooks after. */
  call(module: Module, args: unknown[]): unknown {
    let inputs = args;
    let output: unknown;
    const done = new Set<PostEntry>();
    try {
      for (const { hook } of this.#before.entries) {
        const replaced = hook(module as never, inputs) ?? inputs;
        inputs = Array.isArray(replaced) ? replaced : [replaced];
      }
      output = module.forward(...inputs);
      for (const entry of this.#after.entries) {
        done.add(entry);
        output = entry.hook(module as never, inputs, output) ?? output;
      }
      return output;
    } catch (error) {
      for (const entry of this.#after.entries) {
        if (entry.alwaysCall && !done.has(entry)) callQuietly(entry.hook, module, inputs, output);
      }
      throw error;
    }
  }
}

/** Runs a hook while an error is under way, which must not be hidden by the hook's own. */
function callQuietly(
  hook: ForwardHook<never>,
  module: Module,
  args: unknown[],
  output: unknown,
): void {
  try {
    hook(module as never, args, output);
  } catch (error) {
    warn(
      `a forward hook with alwaysCall failed after forward had thrown; its error is dropped: ${error}`,
    );
  }
}
