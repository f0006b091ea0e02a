/**
 * A number as Python's `repr` prints a float: `1.0`, `0.1`, `1e-05`, `inf`, `nan`. For the
 * parameters that PyTorch declares as floats, since JavaScript keeps no difference between 1 and
 * 1.0.
 */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return Number.isInteger(value) ? `${text}.0` : text;
}

/**
 * A value as Python's `repr` prints it: `True`, `None`, `'text'`, `(1, 2)`; an integral number as
 * an int, any other as a float.
 */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatRepr(value);
  if (typeof value === 'string') return value.includes("'") ? `"${value}"` : `'${value}'`;
  if (Array.isArray(value)) {
    const items = value.map(repr).join(', ');
    return value.length === 1 ? `(${items},)` : `(${items})`;
  }
  return String(value);
}

/**
 * A parameter that PyTorch keeps as it was given: its default is a float, and an integral number
 * in its place most likely an int.
 */
export function givenRepr(value: number, byDefault: number): string {
  return value === byDefault ? floatRepr(value) : repr(value);
}
