import { Complex } from './complex.js';
import { kindOf } from './describe.js';
import { Device } from './device.js';
import { DType } from './dtype.js';
import { type Handle, idOf, isHandle, requiredId, setId } from './handle.js';
import { Layout } from './layout.js';
import { LiveNumber } from './live-number.js';
import { MemoryFormat } from './memory-format.js';
import { native } from './native.js';
import { isPlainObject, unknownOption } from './options.js';

// How a call crosses to native code: numbers, tensor ids and codes are written into `values`, what
// they are into `kinds`, and only what no number can carry is passed as an argument. The layout
// and the kinds are those of binding/src/dispatch.h and signature.h.
const OPERATOR = 0;
const POSITIONAL = 1;
const COUNT = 2;
const VALUES = 8;
const NAMES = 64;
const LISTS = 128;
const MAX_ARGUMENTS = 40;
const MAX_OBJECTS = 6;
/** The length of a list is written into 26 bits. */
const MAX_LIST = 0x3ffffff;

const UNDEFINED = 0;
const TENSOR = 1;
const NUMBER = 2;
const BOOLEAN = 3;
const NULL = 4;
const NUMBERS = 5;
const TENSORS = 6;
const BOOLEANS = 7;
const DTYPE = 8;
const DEVICE = 9;
const LAYOUT = 10;
const MEMORY_FORMAT = 11;
const COMPLEX = 12;
const STRING = 13;
const BIGINT = 14;
const GENERATOR = 15;
const STRINGS = 16;

let values = new Float64Array(LISTS + 4096);
const kinds = new Uint8Array(NAMES);
native.setScratch(values, kinds);

let listEnd = LISTS;
let objects: unknown[] = [];

/** Set by lib/tensor.ts and lib/generator.ts, which stand above this file. */
let TensorClass: new () => Handle;
let generatorIdOf: (value: object) => number | undefined = () => undefined;

/** @internal */
export function setTensorClass(tensorClass: new () => Handle): void {
  TensorClass = tensorClass;
}

/** @internal */
export function setGeneratorReader(reader: (value: object) => number | undefined): void {
  generatorIdOf = reader;
}

/** A name of JS and the overloads behind it, resolved at the first call. @internal */
export class Operator {
  #index = -1;
  #names: Set<string> | undefined;

  constructor(
    readonly name: string,
    readonly isMethod: boolean,
    readonly overloads: string[],
  ) {}

  get index(): number {
    if (this.#index < 0) {
      this.#index = native.resolveOperator(this.name, this.isMethod, this.overloads);
    }
    return this.#index;
  }

  /** The names that options may have. */
  get names(): Set<string> {
    this.#names ??= new Set(native.parameterNames(this.index));
    return this.#names;
  }

  /** The same for messages: factories take `requiresGrad` too, which libtorch does not know of. */
  get options(): string[] {
    return [...this.names, ...(this.names.has('pinMemory') ? ['requiresGrad'] : [])];
  }
}

/** Runs the call that stands in `values`, whose result is one tensor more often than not. */
function run(operator: Operator): unknown {
  values[OPERATOR] = operator.index;
  const result = new TensorClass();
  const special = native.call(result);
  if (special !== undefined) return resultOf(special);
  setId(result, values[OPERATOR] as number);
  return result;
}

function runWithObjects(operator: Operator): unknown {
  const given = objects;
  objects = [];
  values[OPERATOR] = operator.index;
  const result = new TensorClass();
  const special = native.call(result, ...given);
  if (special !== undefined) return resultOf(special);
  setId(result, values[OPERATOR] as number);
  return result;
}

/** The tensor of an id that native code has given out without a holder. @internal */
export function wrap(id: number): Handle {
  const tensor = new TensorClass();
  native.attach(id, tensor);
  setId(tensor, id);
  return tensor;
}

type Tuple = new (...items: unknown[]) => unknown[];
const tuples = new WeakMap<object, Tuple>();

/** An array class whose instances answer by name too: `max(1).values`. */
function tupleOf(names: string[]): Tuple {
  let tuple = tuples.get(names);
  if (!tuple) {
    tuple = class extends Array<unknown> {
      static override get [Symbol.species]() {
        return Array;
      }
    };
    for (const [i, name] of names.entries()) {
      if (name === '') continue;
      Object.defineProperty(tuple.prototype, name, {
        get(this: unknown[]) {
          return this[i];
        },
      });
    }
    tuples.set(names, tuple);
  }
  return tuple;
}

const VALUE_TAG = 0;
const TUPLE_TAG = 1;

function itemOf(item: unknown): unknown {
  return typeof item === 'number' ? wrap(item) : resultOf(item);
}

/** What `ResultWriter` of binding/src/dispatch.cc writes. */
function resultOf(special: unknown): unknown {
  if (!Array.isArray(special)) return special;
  if (special[0] === VALUE_TAG) return special[1];
  if (special[0] !== TUPLE_TAG) return special.slice(1).map(itemOf);
  const items = special.slice(2).map(itemOf);
  const names = special[1] as string[];
  if (names.every((name) => name === '')) return items;
  const tuple = new (tupleOf(names))();
  for (let i = 0; i < items.length; i++) tuple[i] = items[i];
  return tuple;
}

/** Writes one argument that needs no list and no object; false where it is not such a one. */
function writeSimple(index: number, value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      kinds[index] = NUMBER;
      values[VALUES + index] = value;
      return true;
    case 'object':
      if (value === null) {
        kinds[index] = NULL;
        return true;
      }
      if (!isHandle(value)) return false;
      kinds[index] = TENSOR;
      values[VALUES + index] = idOf(value);
      return true;
    case 'boolean':
      kinds[index] = BOOLEAN;
      values[VALUES + index] = value ? 1 : 0;
      return true;
    case 'undefined':
      kinds[index] = UNDEFINED;
      return true;
    default:
      return false;
  }
}

/** Opens a list of `length` elements, and returns where in `values` the first of them goes. */
function openList(index: number, kind: number, length: number): number {
  const start = listEnd;
  listEnd += length;
  if (listEnd > values.length) {
    const larger = new Float64Array(Math.max(listEnd, 2 * values.length));
    larger.set(values);
    native.setScratch(larger, kinds);
    values = larger;
  }
  kinds[index] = kind;
  values[VALUES + index] = start * 0x4000000 + length;
  return start;
}

function writeList(index: number, kind: number, list: readonly number[]): void {
  const start = openList(index, kind, list.length);
  for (let i = 0; i < list.length; i++) values[start + i] = list[i] as number;
}

function writeObject(index: number, kind: number, value: unknown): void {
  if (objects.length === MAX_OBJECTS) {
    throw new TypeError(`a call takes at most ${MAX_OBJECTS} strings, bigints and generators`);
  }
  kinds[index] = kind;
  values[VALUES + index] = objects.length;
  objects.push(value);
}

function unusable(operator: Operator, what: string): TypeError {
  return new TypeError(
    `${operator.name}(): ${what} is no argument for an operator; expected a Tensor, number, bigint, boolean, string, null, or an array of these`,
  );
}

function writeArray(operator: Operator, index: number, list: readonly unknown[]): void {
  const kind = list.length === 0 ? 'number' : typeof list[0];
  if (kind === 'number' || kind === 'bigint') {
    const start = openList(index, NUMBERS, list.length);
    for (let i = 0; i < list.length; i++) {
      const item = list[i];
      if (typeof item !== 'number' && typeof item !== 'bigint') {
        throw unusable(operator, `an array that mixes numbers and ${kindOf(item)}`);
      }
      values[start + i] = Number(item);
    }
  } else if (kind === 'boolean') {
    if (!list.every((item) => typeof item === 'boolean')) {
      throw unusable(operator, 'an array that mixes booleans and others');
    }
    writeList(index, BOOLEANS, list.map(Number));
  } else if (kind === 'string') {
    if (!list.every((item) => typeof item === 'string')) {
      throw unusable(operator, 'an array that mixes strings and others');
    }
    writeObject(index, STRINGS, list);
  } else if (list[0] instanceof LiveNumber) {
    const numbers = list as readonly LiveNumber[];
    writeList(
      index,
      NUMBERS,
      numbers.map(({ value }) => value),
    );
    native.announceLive(
      index,
      numbers.map(({ program }) => program),
    );
  } else {
    const start = openList(index, TENSORS, list.length);
    for (let i = 0; i < list.length; i++) {
      const item = list[i];
      if (item === null || item === undefined) values[start + i] = 0;
      else if (typeof item === 'object' && isHandle(item)) values[start + i] = requiredId(item);
      else throw unusable(operator, `an array with ${kindOf(item)} in it`);
    }
  }
}

function write(operator: Operator, index: number, value: unknown): void {
  if (writeSimple(index, value)) return;
  if (Array.isArray(value)) {
    writeArray(operator, index, value);
  } else if (typeof value === 'string') {
    writeObject(index, STRING, value);
  } else if (typeof value === 'bigint') {
    writeObject(index, BIGINT, value);
  } else if (value instanceof DType) {
    kinds[index] = DTYPE;
    values[VALUES + index] = value.code;
  } else if (value instanceof Device) {
    kinds[index] = DEVICE;
    values[VALUES + index] = value.code * 256 + (value.index ?? -1) + 1;
  } else if (value instanceof Layout) {
    kinds[index] = LAYOUT;
    values[VALUES + index] = value.code;
  } else if (value instanceof MemoryFormat) {
    kinds[index] = MEMORY_FORMAT;
    values[VALUES + index] = value.code;
  } else if (value instanceof LiveNumber) {
    writeSimple(index, value.value);
    native.announceLive(index, [value.program]);
  } else if (value instanceof Complex) {
    writeList(index, COMPLEX, [value.real, value.imag]);
  } else {
    const generator = typeof value === 'object' ? generatorIdOf(value as object) : undefined;
    if (generator === undefined) throw unusable(operator, kindOf(value));
    writeObject(index, GENERATOR, generator);
  }
}

const nameIds = new Map<string, number>();

function nameId(name: string): number {
  let id = nameIds.get(name);
  if (id === undefined) {
    id = native.nameId(name);
    nameIds.set(name, id);
  }
  return id;
}

/**
 * Copies what the user's own code may answer for (arrays, whose elements may be getters): nothing
 * of theirs may run while a call is being written, since it could begin a call of its own.
 */
function settle(operator: Operator, value: unknown): unknown {
  if (Array.isArray(value) && value.length > MAX_LIST) {
    throw new TypeError(
      `${operator.name}(): an array of ${value.length} elements is too long for an argument; make a tensor of it`,
    );
  }
  if (Array.isArray(value)) {
    // By index, since an array's own iterator costs ten times as much.
    const copy: unknown[] = [];
    for (let i = 0; i < value.length; i++) copy.push(value[i]);
    return copy;
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<number | bigint>);
  }
  return value;
}

/** Any call: arrays, options, strings. @internal */
export function callGeneral(operator: Operator, args: readonly unknown[]): unknown {
  let count = args.length;
  while (count > 0 && args[count - 1] === undefined) count--;
  const last = count > 0 ? args[count - 1] : undefined;
  const options = isPlainObject(last) ? last : undefined;
  if (options) count--;
  const settled: unknown[] = [];
  for (let i = 0; i < count; i++) settled.push(settle(operator, args[i]));
  const names: string[] = [];
  let requiresGrad: unknown;
  if (options) {
    const known = operator.names;
    for (const name of Object.keys(options)) {
      const value = options[name];
      if (name === 'requiresGrad' && !known.has(name) && known.has('pinMemory')) {
        if (typeof (value ?? false) !== 'boolean') {
          throw new TypeError(
            `${operator.name}(): requiresGrad must be a boolean, got ${typeof value}`,
          );
        }
        requiresGrad = value;
      } else if (!known.has(name)) {
        throw unknownOption(`${operator.name}()`, name, operator.options);
      } else if (value !== undefined && !(value === null && name === 'out')) {
        names.push(name);
        settled.push(settle(operator, value));
      }
    }
  }
  if (settled.length > MAX_ARGUMENTS) {
    throw new TypeError(`${operator.name}(): too many arguments (${settled.length})`);
  }
  listEnd = LISTS;
  objects = [];
  for (let i = 0; i < settled.length; i++) write(operator, i, settled[i]);
  for (let i = 0; i < names.length; i++) values[NAMES + count + i] = nameId(names[i] as string);
  values[POSITIONAL] = count;
  values[COUNT] = settled.length;
  const result = runWithObjects(operator);
  if (requiresGrad) native.setRequiresGrad(idOf(result as Handle), true);
  return result;
}

/** A call of at most three simple arguments, as nearly all are; others go the general way. */
function callSimple(operator: Operator, count: number): unknown {
  values[POSITIONAL] = count;
  values[COUNT] = count;
  return run(operator);
}

/** The function of an operator. @internal */
export function functionOf(operator: Operator): (...args: unknown[]) => unknown {
  return (a?: unknown, b?: unknown, c?: unknown, ...rest: unknown[]) => {
    if (rest.length === 0 && a !== undefined && writeSimple(0, a)) {
      if (c === undefined) {
        if (b === undefined) return callSimple(operator, 1);
        if (writeSimple(1, b)) return callSimple(operator, 2);
      } else if (writeSimple(1, b) && writeSimple(2, c)) {
        return callSimple(operator, 3);
      }
    }
    return callGeneral(operator, [a, b, c, ...rest]);
  };
}

/** The method of an operator. @internal */
export function methodOf(operator: Operator): (this: Handle, ...args: unknown[]) => unknown {
  return function (this: Handle, a?: unknown, b?: unknown, c?: unknown, ...rest: unknown[]) {
    if (typeof this !== 'object' || this === null || !isHandle(this)) {
      throw new TypeError(
        `${operator.name}() is a method of Tensor, and was called on something else`,
      );
    }
    if (rest.length === 0 && writeSimple(1, a)) {
      kinds[0] = TENSOR;
      values[VALUES] = idOf(this);
      if (c === undefined) {
        if (b === undefined) return callSimple(operator, a === undefined ? 1 : 2);
        if (writeSimple(2, b)) return callSimple(operator, 3);
      } else if (writeSimple(2, b) && writeSimple(3, c)) {
        return callSimple(operator, 4);
      }
    }
    return callGeneral(operator, [this, a, b, c, ...rest]);
  };
}
