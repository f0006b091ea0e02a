/** What kind of thing a value is, for an error: `a number`, `an array`, `an object of class Date`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  // A module is a function too, and better called by its class.
  if (typeof value === 'function' && /Function$/.test(value.constructor?.name)) {
    return `the function ${value.name || '(anonymous)'}`;
  }
  if (typeof value !== 'object' && typeof value !== 'function') return `a ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? 'null'}`;
}

/** How many elements of an array an error shows. */
const LONGEST = 10;

/** A value itself where it is short, for an error, `'abc'` or `[1, 2]`, else its kind. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) {
    const items = value.slice(0, LONGEST).map(describe);
    return `[${(value.length > LONGEST ? [...items, '...'] : items).join(', ')}]`;
  }
  if (typeof value === 'object' || typeof value === 'function') return kindOf(value);
  return String(value);
}
