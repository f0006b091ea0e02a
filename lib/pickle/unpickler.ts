import { UnpicklingError } from './errors.js';
import * as op from './opcodes.js';
import { Callable, Dict, Tuple } from './python.js';
import { Reader } from './reader.js';

/** What stands for the world outside of the pickle. */
export interface UnpicklerHooks {
  /** What a global stands for, by its full name: a {@link Callable}, a value, or undefined. */
  global(path: string): unknown;
  /** What lies outside of the pickle under `id`. */
  persistent(id: Tuple): unknown;
}

/** Modules whose names were others in Python 2, which protocol 2 still writes. */
const renamed = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
]);

/** What Python calls a value. */
function pythonName(value: unknown): string {
  if (value instanceof Callable) return value.path;
  if (value === null) return 'None';
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : typeof value;
}

/**
 * Reads what Python's pickle has written, protocols 2 to 5, and runs nothing: a global is only what
 * the hooks know by that name. Tuples and dicts come as {@link Tuple} and {@link Dict}.
 */
export class Unpickler {
  readonly #reader: Reader;
  readonly #hooks: UnpicklerHooks;
  readonly #memo = new Map<number, unknown>();
  readonly #marked: unknown[][] = [];
  #stack: unknown[] = [];

  constructor(bytes: Uint8Array, hooks: UnpicklerHooks) {
    this.#reader = new Reader(bytes);
    this.#hooks = hooks;
  }

  load(): unknown {
    for (;;) {
      const code = this.#reader.byte();
      if (code === op.STOP) return this.#pop();
      this.#step(code);
    }
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw new UnpicklingError('the pickle takes from an empty stack');
    return this.#stack.pop();
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw new UnpicklingError('the pickle looks at an empty stack');
    return this.#stack[this.#stack.length - 1];
  }

  #popMark(): unknown[] {
    const items = this.#stack;
    const outer = this.#marked.pop();
    if (!outer) throw new UnpicklingError('the pickle has no mark where one is needed');
    this.#stack = outer;
    return items;
  }

  #popMany(count: number): unknown[] {
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.unshift(this.#pop());
    return items;
  }

  #step(code: number): void {
    const reader = this.#reader;
    switch (code) {
      case op.PROTO:
        this.#checkProtocol(reader.byte());
        return;
      case op.FRAME:
        reader.uint64();
        return;
      case op.MARK:
        this.#marked.push(this.#stack);
        this.#stack = [];
        return;
      case op.POP:
        this.#pop();
        return;
      case op.POP_MARK:
        this.#popMark();
        return;
      case op.DUP:
        this.#push(this.#top());
        return;
      case op.BINGET:
        this.#get(reader.byte());
        return;
      case op.LONG_BINGET:
        this.#get(reader.uint32());
        return;
      case op.BINPUT:
        this.#memo.set(reader.byte(), this.#top());
        return;
      case op.LONG_BINPUT:
        this.#memo.set(reader.uint32(), this.#top());
        return;
      case op.MEMOIZE:
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case op.GLOBAL: {
        const module = reader.line();
        this.#pushGlobal(module, reader.line());
        return;
      }
      case op.STACK_GLOBAL: {
        const [module, name] = this.#popMany(2);
        this.#pushGlobal(String(module), String(name));
        return;
      }
      case op.REDUCE:
      case op.NEWOBJ: {
        const [callable, args] = this.#popMany(2);
        this.#push(this.#call(callable, args));
        return;
      }
      case op.BUILD:
        this.#build(this.#pop(), this.#top());
        return;
      case op.BINPERSID: {
        const id = this.#pop();
        if (!(id instanceof Tuple)) throw new UnpicklingError('a persistent id must be a tuple');
        this.#push(this.#hooks.persistent(id));
        return;
      }
      default:
        this.#stepCollection(code);
    }
  }

  #stepCollection(code: number): void {
    switch (code) {
      case op.EMPTY_TUPLE:
        this.#push(new Tuple([]));
        return;
      case op.TUPLE1:
        this.#push(new Tuple(this.#popMany(1)));
        return;
      case op.TUPLE2:
        this.#push(new Tuple(this.#popMany(2)));
        return;
      case op.TUPLE3:
        this.#push(new Tuple(this.#popMany(3)));
        return;
      case op.TUPLE:
        this.#push(new Tuple(this.#popMark()));
        return;
      case op.EMPTY_LIST:
        this.#push([]);
        return;
      case op.LIST:
        this.#push(this.#popMark());
        return;
      case op.APPEND:
        this.#extend([this.#pop()]);
        return;
      case op.APPENDS:
        this.#extend(this.#popMark());
        return;
      case op.EMPTY_DICT:
        this.#push(new Dict());
        return;
      case op.DICT: {
        const items = this.#popMark();
        this.#push(new Dict());
        this.#setItems(items);
        return;
      }
      case op.SETITEM:
        this.#setItems(this.#popMany(2));
        return;
      case op.SETITEMS:
        this.#setItems(this.#popMark());
        return;
      case op.EMPTY_SET:
        this.#push(new Set());
        return;
      case op.ADDITEMS:
        this.#addItems(this.#popMark());
        return;
      case op.FROZENSET:
        this.#push(new Set(this.#popMark()));
        return;
      default:
        this.#push(this.#value(code));
    }
  }

  #value(code: number): unknown {
    const reader = this.#reader;
    switch (code) {
      case op.NONE:
        return null;
      case op.NEWTRUE:
        return true;
      case op.NEWFALSE:
        return false;
      case op.BININT1:
        return reader.byte();
      case op.BININT2:
        return reader.uint16();
      case op.BININT:
        return reader.int32();
      case op.LONG1:
        return reader.integer(reader.byte());
      case op.LONG4:
        return reader.integer(reader.uint32());
      case op.BINFLOAT:
        return reader.double();
      case op.SHORT_BINUNICODE:
      case op.SHORT_BINSTRING:
        return reader.text(reader.byte());
      case op.BINUNICODE:
      case op.BINSTRING:
        return reader.text(reader.uint32());
      case op.BINUNICODE8:
        return reader.text(reader.uint64());
      case op.SHORT_BINBYTES:
        return reader.bytes(reader.byte());
      case op.BINBYTES:
        return reader.bytes(reader.uint32());
      case op.BINBYTES8:
      case op.BYTEARRAY8:
        return reader.bytes(reader.uint64());
      default:
        throw new UnpicklingError(
          `the pickle has opcode 0x${code.toString(16)}, which is not one that PyTorch writes`,
        );
    }
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #checkProtocol(protocol: number): void {
    if (protocol >= 2 && protocol <= 5) return;
    throw new UnpicklingError(`pickle protocol ${protocol} is not supported, only 2 to 5`);
  }

  #get(index: number): void {
    if (!this.#memo.has(index)) {
      throw new UnpicklingError(`the pickle refers to its value ${index}, which it has not`);
    }
    this.#push(this.#memo.get(index));
  }

  #pushGlobal(module: string, name: string): void {
    const path = `${renamed.get(module) ?? module}.${name}`;
    const found = this.#hooks.global(path);
    if (found === undefined) {
      throw new UnpicklingError(
        `it refers to Python's \`${path}\`, and is read with an allow-list that has tensors, ` +
          'parameters and plain containers only; in Python, save the state dict instead of the ' +
          'object, or turn this value into a tensor, a number or a string first',
      );
    }
    this.#push(found);
  }

  #call(callable: unknown, args: unknown): unknown {
    if (!(callable instanceof Callable) || !(args instanceof Tuple)) {
      throw new UnpicklingError(`the pickle calls ${pythonName(callable)}, which is no function`);
    }
    return callable.call(...args.items);
  }

  #build(state: unknown, target: unknown): void {
    if (!(target instanceof Dict) || !(state instanceof Dict)) {
      throw new UnpicklingError(
        `the pickle gives attributes to ${pythonName(target)}; only an OrderedDict may have some`,
      );
    }
    target.attributes = state;
  }

  #extend(items: unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) {
      throw new UnpicklingError(`the pickle appends to ${pythonName(list)}, which is no list`);
    }
    for (const item of items) list.push(item);
  }

  #setItems(items: unknown[]): void {
    const dict = this.#top();
    if (!(dict instanceof Dict)) {
      throw new UnpicklingError(`the pickle sets an item of ${pythonName(dict)}, which is no dict`);
    }
    if (items.length % 2 !== 0) throw new UnpicklingError('the pickle has a key without a value');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  #addItems(items: unknown[]): void {
    const set = this.#top();
    if (!(set instanceof Set)) {
      throw new UnpicklingError(`the pickle adds to ${pythonName(set)}, which is no set`);
    }
    for (const item of items) set.add(item);
  }
}
