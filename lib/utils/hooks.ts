/**
 * What registering a hook returns; it takes the hook away again.
 *
 * @example
 * ```ts
 * const shapes: number[][] = [];
 * const handle = model.registerForwardHook((module, args, output) => shapes.push(output.shape));
 * model(x);
 * handle.remove();
 * model(x);
 * shapes; // [[2, 2]]
 * ```
 */
export class RemovableHandle {
  #remove: (() => void) | null;

  /** @internal */
  constructor(remove: () => void) {
    this.#remove = remove;
  }

  /** Takes the hook away; a second call does nothing. */
  remove(): void {
    const remove = this.#remove;
    this.#remove = null;
    remove?.();
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}

/** Hooks in the order in which they run. */
export class HookList<Entry extends object> {
  #entries: Entry[] = [];

  /** The hooks of now: adding or removing others leaves the array as it is. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Takes out the hooks that `isGone` names. */
  remove(isGone: (entry: Entry) => boolean): void {
    this.#entries = this.#entries.filter((entry) => !isGone(entry));
  }

  /** Adds the hooks of another list; they are removed from each list on its own. */
  extend(other: HookList<Entry>): void {
    this.#entries = [...this.#entries, ...other.#entries];
  }

  /** Adds a hook last, or first with `prepend`; `removed` is called when it has gone. */
  add(entry: Entry, prepend = false, removed?: () => void): RemovableHandle {
    this.#entries = prepend ? [entry, ...this.#entries] : [...this.#entries, entry];
    return new RemovableHandle(() => {
      this.#entries = this.#entries.filter((other) => other !== entry);
      removed?.();
    });
  }
}
