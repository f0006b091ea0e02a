import { UnpicklingError } from './errors.js';

/** Reads a pickle's bytes from front to back, and throws where they end too early. */
export class Reader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Steps over `count` bytes, and gives the place where they begin. */
  #step(count: number): number {
    const start = this.#position;
    if (count > this.#buffer.length - start) {
      throw new UnpicklingError('the pickle ends in the middle of a value');
    }
    this.#position += count;
    return start;
  }

  byte(): number {
    return this.#buffer[this.#step(1)] as number;
  }

  uint16(): number {
    return this.#buffer.readUInt16LE(this.#step(2));
  }

  uint32(): number {
    return this.#buffer.readUInt32LE(this.#step(4));
  }

  int32(): number {
    return this.#buffer.readInt32LE(this.#step(4));
  }

  /** A length of eight bytes. */
  uint64(): number {
    return Number(this.#buffer.readBigUInt64LE(this.#step(8)));
  }

  double(): number {
    return this.#buffer.readDoubleBE(this.#step(8));
  }

  bytes(count: number): Uint8Array {
    const start = this.#step(count);
    return Uint8Array.prototype.slice.call(this.#buffer, start, start + count);
  }

  text(count: number): string {
    const start = this.#step(count);
    return this.#buffer.toString('utf8', start, start + count);
  }

  /** The text up to the next line feed. */
  line(): string {
    const end = this.#buffer.indexOf(0x0a, this.#position);
    if (end < 0) throw new UnpicklingError('the pickle ends in the middle of a name');
    const line = this.text(end - this.#position);
    this.#step(1);
    return line;
  }

  /** A signed integer of `count` bytes: a bigint only where no number holds it. */
  integer(count: number): number | bigint {
    const start = this.#step(count);
    if (count === 0) return 0;
    if (count <= 6) return this.#buffer.readIntLE(start, count);
    const hex = Buffer.from(this.#buffer.subarray(start, start + count))
      .reverse()
      .toString('hex');
    const value = BigInt.asIntN(8 * count, BigInt(`0x${hex}`));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
}
