/**
 * What is told apart by its name alone, as PyTorch's layouts, memory formats and quantization
 * schemes are. There is one object for each, so `===` compares them.
 *
 * @internal
 */
export class NamedConstant<Name extends string> {
  /** @internal */
  constructor(
    readonly name: Name,
    /** libtorch's number for it. @internal */
    readonly code: number,
  ) {
    Object.freeze(this);
  }

  /** As PyTorch spells it: `torch.sparse_coo`. */
  toString(): string {
    return `torch.${this.name}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
