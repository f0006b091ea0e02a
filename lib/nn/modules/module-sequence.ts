import { IndexError, ValueError } from '../../errors.js';
import { getElement, setElement } from './callable.js';
import { Module } from './module.js';
import { members } from './module-members.js';

export interface ModuleSequence<Element extends Module> {
  [index: number]: Element;
}

/** What Sequential and ModuleList have in common: modules in an order, reached by their index. */
export abstract class ModuleSequence<Element extends Module = Module> extends Module {
  /** How many modules there are. */
  override get length(): number {
    return this[members]().modules.length;
  }

  private _elements(): [name: string, element: Element][] {
    return this[members]().modules as [string, Element][];
  }

  private _entry(index: number): [name: string, element: Element] {
    const elements = this._elements();
    const entry = elements[index < 0 ? index + elements.length : index];
    if (!entry) throw new IndexError(`index ${index} is out of range`);
    return entry;
  }

  /** Gives the modules the names `'0'`, `'1'`, ... @internal */
  _renumber(elements: readonly Element[]): void {
    for (const [name] of this._elements()) {
      Reflect.deleteProperty(this, name);
    }
    for (const [i, element] of elements.entries()) this.addModule(String(i), element);
  }

  /** @internal */
  [getElement](index: number): Element {
    return this._entry(index)[1];
  }

  /** @internal */
  [setElement](index: number, element: Element): void {
    this.addModule(this._entry(index)[0], element);
  }

  *[Symbol.iterator](): Generator<Element, void> {
    for (const [, element] of this._elements()) yield element;
  }

  /** The modules with their indices; Python's `enumerate`. */
  *entries(): Generator<[index: number, element: Element], void> {
    let index = 0;
    for (const [, element] of this._elements()) yield [index++, element];
  }

  /**
   * The module at an index, a negative one from the end; `layers[-1]` is the same.
   *
   * @throws IndexError where there is none.
   */
  at(index: number): Element {
    return this._entry(index)[1];
  }

  /** Adds a module at the end. */
  append(element: Element): this {
    this.addModule(String(this.length), element);
    return this;
  }

  /** Adds modules at the end. */
  extend(elements: Iterable<Element>): this {
    if (typeof elements?.[Symbol.iterator] !== 'function') {
      throw new TypeError(
        `${this._getName()}.extend takes an array or another iterable of modules`,
      );
    }
    for (const element of [...elements]) this.append(element);
    return this;
  }

  /**
   * Puts a module before the one at an index.
   *
   * @param index 0 is the front, `length` the end; a negative one counts from the end.
   * @throws IndexError where there is no such place; ValueError where the modules have names.
   */
  insert(index: number, element: Element): this {
    const elements = this._elements();
    const place = index < 0 ? index + elements.length : index;
    if (!Number.isInteger(place) || place < 0 || place > elements.length) {
      throw new IndexError(`Index out of range: ${index}`);
    }
    if (elements.some(([name], i) => name !== String(i))) {
      throw new ValueError(`${this._getName()}.insert: the modules have names, not numbers`);
    }
    for (let i = place; i < elements.length; i++) {
      this.addModule(String(i + 1), (elements[i] as [string, Element])[1]);
    }
    this.addModule(String(place), element);
    return this;
  }

  /**
   * Takes a module out and returns it; those after it move up, and all are numbered anew.
   *
   * @param index A negative one counts from the end. Default: the last.
   */
  pop(index = -1): Element {
    const [name, popped] = this._entry(index);
    const rest = this._elements().filter(([other]) => other !== name);
    this._renumber(rest.map(([, element]) => element));
    return popped;
  }
}
