import { isPlainObject } from '../options.js';
import * as op from './opcodes.js';
import { Float, type Form, Global, isForm, PersistentId, type Reduction, Tuple } from './python.js';

const PROTOCOL = 2;

/** How many items Python writes between a mark and its end. */
const BATCH = 1000;

/** How the writer turns to its caller for what it does not know. */
export interface PicklerHooks {
  /** How an object of a class is written; undefined where it cannot be. */
  reduce(value: object): Form | undefined;
  /** The items of a plain object, in order. */
  entries(value: Record<string, unknown>): [key: unknown, value: unknown][];
  /** Throws for a value that cannot be written; `path` says where it stands. */
  refuse(value: unknown, path: string): never;
}

/** Bytes that grow. */
class Bytes {
  #buffer = Buffer.allocUnsafe(4096);
  #length = 0;

  /** Makes room for `count` bytes, and gives the place where they begin. */
  #reserve(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, start);
      this.#buffer = larger;
    }
    return start;
  }

  byte(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  uint16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeUInt16LE(value, at);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeUInt32LE(value, at);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeInt32LE(value, at);
  }

  double(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  append(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  take(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** The fewest bytes, least first, that hold a signed integer. */
function twosComplement(value: bigint): Uint8Array {
  let size = 1;
  while (BigInt.asIntN(8 * size, value) !== value) size++;
  let rest = BigInt.asUintN(8 * size, value);
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

function tupleOf(items: readonly unknown[]): Tuple {
  return new Tuple(items.map((item) => (Array.isArray(item) ? tupleOf(item) : item)));
}

/**
 * Writes values as Python's pickle does, protocol 2: null and undefined as None, integral numbers
 * and bigints as int, other numbers as float, arrays as list, plain objects and Maps as dict.
 * What stands in several places is written once.
 */
export class Pickler {
  readonly #hooks: PicklerHooks;
  readonly #out = new Bytes();
  readonly #memo = new Map<unknown, number>();
  readonly #globals = new Map<string, number>();
  readonly #path: string[] = [];
  #memoized = 0;

  constructor(hooks: PicklerHooks) {
    this.#hooks = hooks;
  }

  dump(value: unknown): Uint8Array {
    this.#out.byte(op.PROTO);
    this.#out.byte(PROTOCOL);
    this.#save(value);
    this.#out.byte(op.STOP);
    return this.#out.take();
  }

  #save(value: unknown): void {
    switch (typeof value) {
      case 'undefined':
        this.#out.byte(op.NONE);
        return;
      case 'boolean':
        this.#out.byte(value ? op.NEWTRUE : op.NEWFALSE);
        return;
      case 'number':
        this.#saveNumber(value);
        return;
      case 'bigint':
        this.#saveInteger(value);
        return;
      case 'string':
        this.#saveString(value);
        return;
      case 'object':
        if (value === null) this.#out.byte(op.NONE);
        else this.#saveObject(value);
        return;
      default:
        this.#refuse(value);
    }
  }

  #saveNumber(value: number): void {
    // Python's int has no negative zero.
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value === (value | 0)) this.#saveInt32(value);
      else this.#saveInteger(BigInt(value));
    } else this.#saveFloat(value);
  }

  #saveFloat(value: number): void {
    this.#out.byte(op.BINFLOAT);
    this.#out.double(value);
  }

  #saveInt32(value: number): void {
    if (value >= 0 && value <= 0xff) {
      this.#out.byte(op.BININT1);
      this.#out.byte(value);
    } else if (value >= 0 && value <= 0xffff) {
      this.#out.byte(op.BININT2);
      this.#out.uint16(value);
    } else {
      this.#out.byte(op.BININT);
      this.#out.int32(value);
    }
  }

  #saveInteger(value: bigint): void {
    if (BigInt.asIntN(32, value) === value) {
      this.#saveInt32(Number(value));
      return;
    }
    const bytes = twosComplement(value);
    if (bytes.length <= 0xff) {
      this.#out.byte(op.LONG1);
      this.#out.byte(bytes.length);
    } else {
      this.#out.byte(op.LONG4);
      this.#out.uint32(bytes.length);
    }
    this.#out.append(bytes);
  }

  #saveString(value: string): void {
    if (this.#recall(this.#memo.get(value))) return;
    const bytes = Buffer.from(value, 'utf8');
    this.#out.byte(op.BINUNICODE);
    this.#out.uint32(bytes.length);
    this.#out.append(bytes);
    this.#memo.set(value, this.#memoize());
  }

  #saveGlobal({ module, name }: Global): void {
    const path = `${module}\n${name}\n`;
    if (this.#recall(this.#globals.get(path))) return;
    this.#out.byte(op.GLOBAL);
    this.#out.append(Buffer.from(path, 'utf8'));
    this.#globals.set(path, this.#memoize());
  }

  #saveObject(value: object): void {
    if (this.#recall(this.#memo.get(value))) return;
    if (value instanceof Float) {
      this.#saveFloat(value.value);
      return;
    }
    if (value instanceof Tuple) {
      this.#saveTuple(value);
      return;
    }
    if (Array.isArray(value)) {
      this.#saveList(value);
      return;
    }
    const form = isForm(value) ? value : this.#hooks.reduce(value);
    if (form instanceof Global) {
      this.#saveGlobal(form);
      return;
    }
    if (form instanceof PersistentId) {
      this.#saveTuple(form.id);
      this.#out.byte(op.BINPERSID);
      return;
    }
    if (form) {
      this.#saveReduction(form, value);
      return;
    }
    if (value instanceof Map) {
      this.#saveDict(value, [...value]);
      return;
    }
    if (isPlainObject(value)) {
      this.#saveDict(value, this.#hooks.entries(value));
      return;
    }
    this.#refuse(value);
  }

  #saveTuple(tuple: Tuple): void {
    const { items } = tuple;
    const short = [op.EMPTY_TUPLE, op.TUPLE1, op.TUPLE2, op.TUPLE3][items.length];
    if (short === undefined) this.#out.byte(op.MARK);
    for (const item of items) this.#save(item);
    this.#out.byte(short ?? op.TUPLE);
    if (items.length > 0) this.#memo.set(tuple, this.#memoize());
  }

  #saveList(list: readonly unknown[]): void {
    this.#out.byte(op.EMPTY_LIST);
    this.#memo.set(list, this.#memoize());
    for (let start = 0; start < list.length; start += BATCH) {
      const end = Math.min(start + BATCH, list.length);
      if (end - start > 1) this.#out.byte(op.MARK);
      for (let i = start; i < end; i++) {
        this.#path.push(`[${i}]`);
        this.#save(list[i]);
        this.#path.pop();
      }
      this.#out.byte(end - start > 1 ? op.APPENDS : op.APPEND);
    }
  }

  #saveDict(dict: object, entries: [unknown, unknown][]): void {
    this.#out.byte(op.EMPTY_DICT);
    this.#memo.set(dict, this.#memoize());
    this.#saveItems(entries);
  }

  #saveItems(entries: [unknown, unknown][]): void {
    for (let start = 0; start < entries.length; start += BATCH) {
      const batch = entries.slice(start, start + BATCH);
      if (batch.length > 1) this.#out.byte(op.MARK);
      for (const [key, value] of batch) {
        this.#path.push(`[${typeof key === 'string' ? JSON.stringify(key) : String(key)}]`);
        this.#saveKey(key);
        this.#save(value);
        this.#path.pop();
      }
      this.#out.byte(batch.length > 1 ? op.SETITEMS : op.SETITEM);
    }
  }

  /** Only a tuple may be the key of a dict, not a list. */
  #saveKey(key: unknown): void {
    if (Array.isArray(key)) this.#saveTuple(tupleOf(key));
    else if (key instanceof Map || key instanceof Set || isPlainObject(key)) this.#refuse(key);
    else this.#save(key);
  }

  #refuse(value: unknown): never {
    return this.#hooks.refuse(value, this.#path.join(''));
  }

  #saveReduction({ callable, args, items, state }: Reduction, value: object): void {
    this.#saveGlobal(callable);
    this.#saveTuple(new Tuple(args));
    this.#out.byte(op.REDUCE);
    this.#memo.set(value, this.#memoize());
    if (items) this.#saveItems([...items]);
    if (state === undefined) return;
    this.#save(state);
    this.#out.byte(op.BUILD);
  }

  /** Numbers what was just written, so that it can be referred to. */
  #memoize(): number {
    const index = this.#memoized++;
    if (index <= 0xff) {
      this.#out.byte(op.BINPUT);
      this.#out.byte(index);
    } else {
      this.#out.byte(op.LONG_BINPUT);
      this.#out.uint32(index);
    }
    return index;
  }

  /** Refers to what was written before; false where it was not. */
  #recall(index: number | undefined): boolean {
    if (index === undefined) return false;
    if (index <= 0xff) {
      this.#out.byte(op.BINGET);
      this.#out.byte(index);
    } else {
      this.#out.byte(op.LONG_BINGET);
      this.#out.uint32(index);
    }
    return true;
  }
}
