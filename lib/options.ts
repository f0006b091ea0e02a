/** Every way to leave out trailing positional arguments. */
type Prefixes<T extends unknown[]> = T extends [...infer Rest, unknown] ? T | Prefixes<Rest> : [];

/**
 * The arguments of a call as Python takes them: the required ones, any number of the optional
 * ones by position, and a trailing plain object that supplies others by name.
 */
export type Call<Required extends unknown[], Optional extends unknown[], Options> =
  | [...Required, ...Prefixes<Optional>]
  | [...Required, ...Prefixes<Optional>, Options];

/** Marks a parameter without a default. */
export const required: unique symbol = Symbol('required');

/** Whether the value is an object literal (or has no prototype), and so may hold options. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(
        Math.min(substitution, (previous[j] as number) + 1, (current[j - 1] as number) + 1),
      );
    }
    previous = current;
  }
  return previous[b.length] as number;
}

/** The candidate that reads most like `word`, or undefined where none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = (text: string) => text.replaceAll('_', '').toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain(word), plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The error for an option that the call does not take, naming the nearest one that it does. */
export function unknownOption(where: string, key: string, known: Iterable<string>): TypeError {
  const names = [...known];
  const near = nearest(key, names);
  const hint = near
    ? `did you mean \`${near}\`?`
    : names.length > 0
      ? `known options: ${names.join(', ')}`
      : 'it takes no options';
  return new TypeError(`${where}: unknown option \`${key}\`; ${hint}`);
}

/** Throws where `options` has a key that is not in `known`. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw unknownOption(where, key, known);
  }
}

/** Throws for a flag that is given and is no boolean. */
export function checkFlags(where: string, flags: Readonly<Record<string, unknown>>): void {
  for (const [name, flag] of Object.entries(flags)) {
    if (flag !== undefined && flag !== null && typeof flag !== 'boolean') {
      throw new TypeError(`${where}: ${name} must be a boolean, got ${typeof flag}`);
    }
  }
}

/**
 * The parameters of a hand-written function or class, in PyTorch's order, with their defaults.
 * `bind` reads a call's arguments as Python would: by position, then by name from a trailing
 * plain object.
 */
export class Signature<Bound extends object> {
  readonly #names: readonly string[];
  readonly #positional: number;
  readonly #defaults: Record<string, unknown>;

  constructor(
    /** How the function is called in messages, such as `nn.Conv2d`. */
    readonly where: string,
    positional: { [K in keyof Bound]?: unknown },
    keywordOnly: { [K in keyof Bound]?: unknown } = {},
  ) {
    this.#defaults = { ...positional, ...keywordOnly };
    this.#positional = Object.keys(positional).length;
    this.#names = Object.keys(this.#defaults);
  }

  /** One value for each parameter; throws a TypeError for a missing, unknown or repeated one. */
  bind(args: readonly unknown[]): Bound {
    const last = args[args.length - 1];
    const options = isPlainObject(last) ? last : undefined;
    const count = options ? args.length - 1 : args.length;
    if (count > this.#positional) {
      throw new TypeError(
        `${this.where} takes at most ${this.#positional} positional arguments, got ${count}; it is ${this}`,
      );
    }
    const bound: Record<string, unknown> = { ...this.#defaults };
    for (let i = 0; i < count; i++) {
      if (args[i] !== undefined) bound[this.#names[i] as string] = args[i];
    }
    if (options) this.#bindOptions(bound, options, args, count);
    for (const name of this.#names) {
      if (bound[name] === required) {
        throw new TypeError(`${this.where}: missing required argument \`${name}\`; it is ${this}`);
      }
    }
    return bound as Bound;
  }

  #bindOptions(
    bound: Record<string, unknown>,
    options: Record<string, unknown>,
    args: readonly unknown[],
    count: number,
  ): void {
    for (const key of Object.keys(options)) {
      const index = this.#names.indexOf(key);
      if (index < 0) throw unknownOption(this.where, key, this.#names);
      if (options[key] === undefined) continue;
      if (index < count && args[index] !== undefined) {
        throw new TypeError(`${this.where}: \`${key}\` is given by position and by name`);
      }
      bound[key] = options[key];
    }
  }

  toString(): string {
    const shown = this.#names.map((name, i) => {
      const value = this.#defaults[name];
      const text = value === required ? name : `${name}=${JSON.stringify(value) ?? 'undefined'}`;
      return i === this.#positional ? `*, ${text}` : text;
    });
    return `${this.where}(${shown.join(', ')})`;
  }
}
