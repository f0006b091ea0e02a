/**
 * How often each value occurs; saved as Python's `collections.Counter`.
 *
 * @internal
 */
export class Counter<T> extends Map<T, number> {
  static of<T>(values: Iterable<T>): Counter<T> {
    const counter = new Counter<T>();
    for (const value of values) counter.set(value, (counter.get(value) ?? 0) + 1);
    return counter;
  }
}
