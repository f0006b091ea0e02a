import { functionOf, Operator } from './dispatch.js';
import { TorchError } from './errors.js';
import { native } from './native.js';

/** An operator by its registered name; a property for each overload calls that one alone. */
export interface RegisteredOperator {
  (...args: unknown[]): unknown;
  /** The names of the overloads; `default` is the one without a name. */
  overloads(): string[];
  [overload: string]: unknown;
}

let registered: Map<string, string[]> | undefined;

/**
 * The order in which the overloads of an operator are tried: the unnamed one, those with tensors,
 * the others, and last those that write to `out`. libtorch keeps them in no order.
 */
function rank(overload: string): number {
  if (/(^|_)out$/.test(overload)) return 3;
  if (overload === '') return 0;
  return overload.startsWith('Tensor') ? 1 : 2;
}

/** Overloads by operator, read once: custom operators may have been loaded since an older read. */
function overloadsOf(name: string): string[] | undefined {
  if (!registered?.has(name)) {
    registered = new Map();
    for (const full of native.operatorNames()) {
      const [base, overload = ''] = full.split('.') as [string, string?];
      const list = registered.get(base) ?? [];
      list.push(overload);
      registered.set(base, list);
    }
    for (const list of registered.values()) {
      list.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    }
  }
  return registered.get(name);
}

function operatorOf(namespace: string, name: string): RegisteredOperator {
  const base = `${namespace}::${name}`;
  const overloads = overloadsOf(base);
  if (!overloads) {
    throw new TorchError(
      `torch.ops.${namespace}.${name}: libtorch has registered no such operator`,
      {
        code: 'ERR_NO_OPERATOR',
      },
    );
  }
  const make = (names: string[]) =>
    functionOf(
      new Operator(
        name,
        false,
        names.map((overload) => (overload === '' ? base : `${base}.${overload}`)),
      ),
    );
  const all = make(overloads) as RegisteredOperator;
  for (const overload of overloads) {
    Object.defineProperty(all, overload || 'default', { value: make([overload]) });
  }
  return Object.defineProperty(all, 'overloads', {
    value: () => overloads.map((overload) => overload || 'default'),
  });
}

/** An object whose properties are made when they are first read. */
function lazily<T>(make: (name: string) => T): Record<string, T> {
  return new Proxy(Object.create(null) as Record<string, T>, {
    get(target, name) {
      if (typeof name === 'symbol' || name === 'then') return undefined;
      target[name] ??= make(name);
      return target[name];
    },
  });
}

/**
 * Every operator that libtorch has registered, custom ones too, by namespace and name, spelled as
 * they are registered. What they take is known at run time only, so TypeScript checks nothing.
 *
 * @throws TorchError where no such operator is registered.
 *
 * @example
 * ```ts
 * const x = torch.tensor([1, 2]);
 * torch.ops.aten.add(x, x); // tensor([2., 4.])
 * torch.ops.aten.add.Tensor(x, x, { alpha: 3 }); // tensor([4., 8.])
 * torch.ops.aten.relu.overloads().sort(); // ['default', 'out']
 * ```
 * @see https://pytorch.org/docs/stable/library.html
 */
// biome-ignore lint/suspicious/noExplicitAny: an operator's type is in its schema, not here
export const ops: Record<string, any> = lazily((namespace) =>
  lazily((name): RegisteredOperator => operatorOf(namespace, name)),
);
