import { IndexError, TorchError, ValueError } from '../../errors.js';
import { isPlainObject } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { Parameter } from '../parameter.js';
import { getElement, setElement } from './callable.js';
import { Module } from './module.js';
import { placeMember } from './module-members.js';
import { namedEntries } from './named-entries.js';

const asParameter = (value: unknown) =>
  value instanceof Tensor && !(value instanceof Parameter) ? new Parameter(value) : value;

/** The values of a container by name; a symbol, so that neither a name nor a deep copy misses it. */
const held = Symbol('held');

interface Container extends Module {
  [held]: Map<string, unknown>;
}

/** Defines an enumerable property that turns each tensor that is put in it into a parameter. */
function defineElement(owner: Container, name: string, initial: unknown): void {
  owner[held].set(name, asParameter(initial));
  owner[placeMember](name);
  Object.defineProperty(owner, name, {
    get(this: Container) {
      return this[held].get(name);
    },
    set(this: Container, next: unknown) {
      this[held].set(name, asParameter(next));
    },
    enumerable: true,
    configurable: true,
  });
}

const tensorTypes: Record<string, string> = {
  float32: 'Float',
  float64: 'Double',
  float16: 'Half',
  bfloat16: 'BFloat16',
  uint8: 'Byte',
  int8: 'Char',
  int16: 'Short',
  int32: 'Int',
  int64: 'Long',
  bool: 'Bool',
  complex32: 'ComplexHalf',
  complex64: 'ComplexFloat',
  complex128: 'ComplexDouble',
};

/** A tensor's type as Python's `torch.typename` gives it: `torch.FloatTensor`. */
function typename(tensor: Tensor): string {
  const { name } = tensor.dtype;
  const device = tensor.device.type === 'cpu' ? '' : `${tensor.device.type}.`;
  return `torch.${device}${tensorTypes[name] ?? name}Tensor`;
}

/** What Python calls the type of a value. */
function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return value.constructor?.name ?? typeof value;
}

/** The line of one element, as PyTorch prints it. */
function elementRepr(key: string, value: unknown, type: (tensor: Tensor) => string): string {
  if (!(value instanceof Tensor)) return `  (${key}): Object of type: ${pythonType(value)}`;
  const device = value.device.type === 'cuda' ? ` (${value.device})` : '';
  return `  (${key}): Parameter containing: [${type(value)} of size ${value.shape.join('x')}${device}]`;
}

export interface ParameterList<Value = Parameter> {
  [index: number]: Value;
}

/**
 * A list of parameters, which are those of a module as they would not be in an array. A tensor that
 * is put in it becomes a parameter; any other value is kept as it is.
 *
 * @typeParam Value The type of the elements. Default: parameters.
 *
 * @param values An array or another iterable. Default: none.
 *
 * @example
 * ```ts
 * class Model extends nn.Module {
 *   params = new nn.ParameterList(Array.from({ length: 10 }, () => torch.randn(10, 10)));
 *
 *   forward(x: Tensor) {
 *     for (const p of this.params) x = p.mm(x);
 *     return x;
 *   }
 * }
 * const model = new Model();
 * [...model.parameters()].length; // 10
 * model(torch.randn(10, 2)).shape; // [10, 2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ParameterList.html
 */
export class ParameterList<Value = Parameter> extends Module {
  /** @internal */
  readonly [held] = new Map<string, unknown>();

  constructor(values?: Iterable<Value | Tensor> | null) {
    super();
    if (values !== undefined && values !== null) this.extend(values);
  }

  /** How many elements there are. */
  override get length(): number {
    return this[held].size;
  }

  private _nameAt(index: number): string {
    const place = index < 0 ? index + this[held].size : index;
    if (!Number.isInteger(place) || place < 0 || place >= this[held].size) {
      throw new IndexError(`index ${index} is out of range`);
    }
    return String(place);
  }

  /** @internal */
  [getElement](index: number): unknown {
    return (this as unknown as Record<string, unknown>)[this._nameAt(index)];
  }

  /** @internal */
  [setElement](index: number, value: unknown): void {
    (this as unknown as Record<string, unknown>)[this._nameAt(index)] = value;
  }

  *[Symbol.iterator](): Generator<Value, void> {
    for (let i = 0; i < this.length; i++) yield this[i] as Value;
  }

  /** The elements with their indices; Python's `enumerate`. */
  *entries(): Generator<[index: number, value: Value], void> {
    for (let i = 0; i < this.length; i++) yield [i, this[i] as Value];
  }

  /**
   * The element at an index, a negative one from the end; `list[-1]` is the same.
   *
   * @throws IndexError where there is none.
   */
  at(index: number): Value {
    return this[getElement](index) as Value;
  }

  /** Adds an element at the end. */
  append(value: Value | Tensor): this {
    defineElement(this, String(this.length), value);
    return this;
  }

  /** Adds elements at the end. */
  extend(values: Iterable<Value | Tensor>): this {
    if (values instanceof Tensor || typeof values?.[Symbol.iterator] !== 'function') {
      throw new TypeError('ParameterList.extend takes an array or another iterable, not a tensor');
    }
    for (const value of [...values]) this.append(value);
    return this;
  }

  /**
   * A list of some of the elements: Python's `list[start:end]`.
   *
   * @param start The first; a negative index counts from the end. Default: 0.
   * @param end One behind the last. Default: the length.
   */
  slice(start?: number, end?: number): ParameterList<Value> {
    return new ParameterList<Value>([...this].slice(start, end));
  }

  override forward(): never {
    throw new TorchError('ParameterList should not be called.');
  }

  override extraRepr(): string {
    const lines = [...this].map((value, i) =>
      elementRepr(String(i), value, (tensor) => tensor.dtype.toString()),
    );
    return lines.join('\n');
  }
}

/** Values by name, in one of the forms that a ParameterDict can be made of. */
export type NamedValues =
  | Readonly<Record<string, unknown>>
  | ReadonlyMap<string, unknown>
  | Iterable<readonly [name: string, value: unknown]>
  | ParameterDict;

class ParameterDictionary extends Module {
  static {
    // Printed and reported under the name that it is exported by.
    Object.defineProperty(ParameterDictionary, 'name', { value: 'ParameterDict' });
  }

  /** @internal */
  readonly [held] = new Map<string, unknown>();

  constructor(values?: NamedValues | null) {
    super();
    if (values !== undefined && values !== null) this.update(values);
  }

  /** How many values there are. */
  override get length(): number {
    return this[held].size;
  }

  /** The names, as in Python; `items()` gives names and values. */
  [Symbol.iterator](): Generator<string, void> {
    return this.keys();
  }

  private _valueAt(name: string): unknown {
    if (!this[held].has(name)) throw new ValueError(`ParameterDict has no value '${name}'`);
    return (this as unknown as Record<string, unknown>)[name];
  }

  /** Whether there is a value of this name; Python's `name in dict`. */
  has(name: string): boolean {
    return this[held].has(name);
  }

  /** The value of a name, or `fallback` where there is none. */
  get(name: string, fallback: unknown = null): unknown {
    return this[held].has(name) ? this._valueAt(name) : fallback;
  }

  /** Puts a value under a name; a tensor becomes a parameter. */
  set(name: string, value: unknown): void {
    if (typeof name !== 'string') {
      throw new TypeError(`ParameterDict: a name must be a string, got ${pythonType(name)}`);
    }
    if (!this[held].has(name) && name in this) {
      throw new ValueError(`attribute '${name}' already exists`);
    }
    defineElement(this, name, value);
  }

  /** The value of a name, which is `fallback` from now on where there was none. */
  setdefault(name: string, fallback: unknown = null): unknown {
    if (!this[held].has(name)) this.set(name, fallback);
    return this._valueAt(name);
  }

  /** The names. */
  *keys(): Generator<string, void> {
    yield* this[held].keys();
  }

  /** The values. */
  *values(): Generator<unknown, void> {
    for (const name of this.keys()) yield this._valueAt(name);
  }

  /** The names with their values. */
  *items(): Generator<[name: string, value: unknown], void> {
    for (const name of this.keys()) yield [name, this._valueAt(name)];
  }

  /** Adds values, in the place of those of the same names; those of a plain object by name. */
  update(values: NamedValues): void {
    const entries = namedEntries<unknown>('ParameterDict.update', values);
    // Python sorts a plain dict here, and the order is that of the optimizer's parameters.
    if (isPlainObject(values)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, value] of entries) this.set(name, value);
  }

  /**
   * Takes the value of a name out and returns it.
   *
   * @throws ValueError where there is none.
   */
  pop(name: string): unknown {
    const value = this._valueAt(name);
    this[held].delete(name);
    Reflect.deleteProperty(this, name);
    return value;
  }

  /** Takes the last value out and returns it with its name. */
  popitem(): [name: string, value: unknown] {
    const last = [...this.keys()].at(-1);
    if (last === undefined) throw new ValueError('ParameterDict is empty');
    return [last, this.pop(last)];
  }

  /** Takes all values out. */
  clear(): void {
    for (const name of [...this.keys()]) this.pop(name);
  }

  /** Another dict of the same values. */
  copy(): ParameterDict<Record<string, Parameter>> {
    return new ParameterDict(this.items());
  }

  /** Another dict with one value under each of the names. */
  fromkeys(
    names: Iterable<string>,
    value: unknown = null,
  ): ParameterDict<Record<string, Parameter>> {
    return new ParameterDict([...names].map((name) => [name, value] as const));
  }

  override forward(): never {
    throw new TorchError('ParameterDict should not be called.');
  }

  override extraRepr(): string {
    const lines = [...this.items()].map(([name, value]) => elementRepr(name, value, typename));
    return lines.join('\n');
  }
}

export type ParameterDict<Values = unknown> = ParameterDictionary & Values;

/** The type of what a ParameterDict makes of a value. */
type Kept<Value> = Value extends Tensor ? Parameter : Value;

/**
 * Parameters by name, which are those of a module as they would not be in a plain object; a tensor
 * that is put in it becomes a parameter, any other value is kept as it is. `dict[name]` reads one
 * and, for a name that there is, writes one; `set` adds one.
 *
 * As in Python, what comes from a plain object is put in the order of its names.
 *
 * @param values A plain object, a Map, an iterable of pairs, or another ParameterDict.
 * Default: none.
 *
 * @example
 * ```ts
 * class Model extends nn.Module {
 *   params = new nn.ParameterDict({ left: torch.randn(5, 10), right: torch.randn(5, 10) });
 *
 *   forward(x: Tensor, choice: 'left' | 'right') {
 *     return this.params[choice].mm(x);
 *   }
 * }
 * new Model()(torch.randn(10, 2), 'left').shape; // [5, 2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ParameterDict.html
 * @class
 */
export const ParameterDict = ParameterDictionary as unknown as {
  new <Values extends Readonly<Record<string, unknown>>>(
    values: Values,
  ): ParameterDict<{ [Name in keyof Values]: Kept<Values[Name]> }>;
  new (values?: NamedValues | null): ParameterDict<Record<string, Parameter>>;
  readonly prototype: ParameterDictionary;
};
