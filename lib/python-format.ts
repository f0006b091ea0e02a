// JavaScript rounds an exact tie away from zero, Python to the even neighbour: where the last
// digit came out odd, the even neighbour is one below.
function tieToEven(digits: string): string {
  const last = digits.charCodeAt(digits.length - 1) - 48;
  return last % 2 === 1 ? digits.slice(0, -1) + String(last - 1) : digits;
}

/** Whether `magnitude` times ten to the `places` lies exactly between two integers. */
function isTie(magnitude: number, places: number): boolean {
  // x 10^p is an odd half exactly where x 2^(p+1) is an odd integer, and that product is exact.
  if (places >= 0) return Math.abs((magnitude * 2 ** (places + 1)) % 2) === 1;
  if (!Number.isInteger(magnitude)) return false;
  const unit = 10n ** BigInt(-places);
  return (BigInt(magnitude) % unit) * 2n === unit;
}

function nonfinite(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

/**
 * A number as Python's `f'{value:.{precision}f}'` prints it: `0.0312` for 1/32, where `toFixed(4)`
 * gives `0.0313`; `-0.0000`; `inf`; and all digits of the large ones.
 *
 * @param precision - The digits after the point, 0 to 100.
 */
export function formatFixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return nonfinite(value);
  const magnitude = Math.abs(value);
  let digits: string;
  if (magnitude >= 1e21) {
    const point = precision > 0 ? `.${'0'.repeat(precision)}` : '';
    digits = `${BigInt(magnitude)}${point}`;
  } else {
    digits = magnitude.toFixed(precision);
    if (isTie(magnitude, precision)) digits = tieToEven(digits);
  }
  return isNegative(value) ? `-${digits}` : digits;
}

/**
 * A number as Python's `f'{value:.{precision}e}'` prints it: `1.0000e-05`, with at least two
 * digits of exponent.
 *
 * @param precision - The digits after the point, 0 to 100.
 */
export function formatExponent(value: number, precision: number): string {
  if (!Number.isFinite(value)) return nonfinite(value);
  const magnitude = Math.abs(value);
  let [digits, exponent] = magnitude.toExponential(precision).split('e') as [string, string];
  // Where rounding carried into the next power of ten, what it gave is even already.
  const leading = Number(magnitude.toExponential().split('e')[1]);
  const carried = Number(exponent) !== leading;
  if (!carried && isTie(magnitude, precision - leading)) digits = tieToEven(digits);
  exponent = (exponent[0] as string) + exponent.slice(1).padStart(2, '0');
  return `${isNegative(value) ? '-' : ''}${digits}e${exponent}`;
}
