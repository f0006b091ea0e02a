// What Python has and JavaScript has not, as a pickle speaks of it.

/** A tuple: written as one, and read as one until the whole is turned into JavaScript. */
export class Tuple {
  constructor(readonly items: unknown[]) {}
}

/** A number to be written as a float, even where it is integral. */
export class Float {
  constructor(readonly value: number) {}
}

/** The name of a Python class or function, to be written. */
export class Global {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
}

/** An object to be written as a call: `callable(*args)`, then its items, then its attributes. */
export class Reduction {
  constructor(
    readonly callable: Global,
    readonly args: unknown[],
    readonly items?: Iterable<[key: unknown, value: unknown]>,
    readonly state?: unknown,
  ) {}
}

/** An object that lies outside of the pickle, such as a tensor's storage, to be written. */
export class PersistentId {
  constructor(readonly id: Tuple) {}
}

/** How an object is written that is no tuple, list, dict, number or text. */
export type Form = Global | Reduction | PersistentId;

export function isForm(value: object): value is Form {
  return value instanceof Global || value instanceof Reduction || value instanceof PersistentId;
}

/** A `dict`, `OrderedDict` or `Counter` that has been read. */
export class Dict extends Map<unknown, unknown> {
  /** What an OrderedDict carries beside its items; a module's state dict its `_metadata`. */
  attributes: Dict | undefined;
}

/** A class or function that has been read, and may be called with the arguments of the pickle. */
export class Callable {
  constructor(
    /** Its full name, such as `torch._utils._rebuild_tensor_v2`. */
    readonly path: string,
    readonly call: (...args: unknown[]) => unknown,
  ) {}
}
