/**
 * A complex number, as `item()` and `tolist()` of complex tensors give it and as every operator
 * takes it where a Scalar may stand.
 *
 * @example
 * ```ts
 * const i = new torch.Complex(0, 1);
 * torch.tensor([1, 2]).mul(i); // tensor([0.+1.j, 0.+2.j])
 * torch.tensor([i]).square().item(); // (-1+0j)
 * ```
 */
export class Complex {
  constructor(
    readonly real: number,
    readonly imag = 0,
  ) {}

  /** Whether the other is a complex number of the same parts. */
  equals(other: unknown): boolean {
    return other instanceof Complex && other.real === this.real && other.imag === this.imag;
  }

  /** As Python prints it: `(1+2j)`. */
  toString(): string {
    const sign = this.imag < 0 || Object.is(this.imag, -0) ? '-' : '+';
    return `(${this.real}${sign}${Math.abs(this.imag)}j)`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
