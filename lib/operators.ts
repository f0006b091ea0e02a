import { functionOf, methodOf, Operator } from './dispatch.js';
import type {
  FftFunctions,
  LinalgFunctions,
  NestedFunctions,
  NnFunctions,
  SparseFunctions,
  SpecialFunctions,
  TorchFunctions,
} from './generated/functions.js';
import { table } from './generated/table.js';

/** The lines of a namespace: a name, and the overloads behind it. */
function* entries(lines: string): Generator<[name: string, overloads: string[]]> {
  for (const line of lines.split('\n')) {
    if (line === '') continue;
    const [name, ...overloads] = line.split(' ') as [string, ...string[]];
    yield [name, overloads.map((overload) => overload.replace(/^>/, ''))];
  }
}

/** A namespace of functions. They are made when first read: most programs use a few dozen. */
function functions<T extends object>(lines: string): T {
  const namespace = {} as T;
  for (const [name, overloads] of entries(lines)) {
    Object.defineProperty(namespace, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = functionOf(new Operator(name, false, overloads));
        Object.defineProperty(value, 'name', { value: name });
        Object.defineProperty(namespace, name, { value, enumerable: true });
        return value;
      },
    });
  }
  return namespace;
}

/** Gives `prototype` a method for each operator that has one and that it does not have yet. */
export function installMethods(prototype: object): void {
  for (const [name, overloads] of entries(table.Tensor)) {
    if (Object.hasOwn(prototype, name)) continue;
    const value = methodOf(new Operator(name, true, overloads));
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  }
}

/** libtorch's functions by PyTorch's namespaces; `nn` is what `torch._C._nn` is in Python. */
export const operators = {
  torch: functions<TorchFunctions>(table.torch),
  nn: functions<NnFunctions>(table.nn),
  linalg: functions<LinalgFunctions>(table.linalg),
  fft: functions<FftFunctions>(table.fft),
  special: functions<SpecialFunctions>(table.special),
  sparse: functions<SparseFunctions>(table.sparse),
  nested: functions<NestedFunctions>(table.nested),
};
