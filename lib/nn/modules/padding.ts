import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { Module } from './module.js';
import { checkTensor, ntuple } from './utils.js';

/** One number for both sides of a signal, or `[left, right]`; negative numbers crop. */
export type Padding1 = number | readonly [left: number, right: number];
/** One number for all sides of an image, or `[left, right, top, bottom]`; negative ones crop. */
export type Padding2 = number | readonly [left: number, right: number, top: number, bottom: number];
/** One number for all sides of a volume, or two for each dimension, from the last one backwards. */
export type Padding3 =
  | number
  | readonly [
      left: number,
      right: number,
      top: number,
      bottom: number,
      front: number,
      back: number,
    ];

type PaddingCall<P> = Call<[padding: P], [], { padding?: P }>;

/** What the layers that pad share. */
abstract class PadNd extends Module {
  padding: number[];

  constructor(dimensions: number, padding: number | readonly number[]) {
    super();
    this.padding = ntuple(`nn.${new.target.name}`, 'padding', padding, 2 * dimensions);
  }

  override extraRepr(): string {
    return repr(this.padding);
  }
}

/** The padding of a call that takes nothing else. */
function paddingOf(name: string, args: unknown[]): number | readonly number[] {
  const signature = new Signature<{ padding: number | readonly number[] }>(`nn.${name}`, {
    padding: required,
  });
  return signature.bind(args).padding;
}

/** What the layers that pad by going round share. */
abstract class CircularPadNd extends PadNd {
  override forward(input: Tensor): Tensor {
    checkTensor(`nn.${this._getName()}`, 'input', input);
    const dimensions = this.padding.length / 2;
    const given = input.dim();
    if (given !== dimensions + 1 && given !== dimensions + 2) {
      throw new ValueError(
        `expected ${dimensions + 1}D or ${dimensions + 2}D input (got ${given}D input)`,
      );
    }
    return operators.nn.pad(input, this.padding, 'circular');
  }
}

/**
 * Pads a signal as if it went round: past one side come the elements of the other.
 *
 * @param padding How many elements are added at the sides: {@link Padding1}. At most the size of each dimension.
 *
 * Shape: `(N, C, W)` or `(C, W)`, to the same with W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.CircularPad1d([1, 2]);
 * pad(torch.tensor([[[0, 1, 2]]])); // tensor([[[2., 0., 1., 2., 0., 1.]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CircularPad1d.html
 */
export class CircularPad1d extends CircularPadNd {
  constructor(...args: PaddingCall<Padding1>) {
    super(1, paddingOf(new.target.name, args));
  }
}

/**
 * Pads an image as if it went round: past one side come the elements of the other.
 *
 * @param padding How many elements are added at the sides: {@link Padding2}. At most the size of each dimension.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)`, to the same with H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.CircularPad2d([1, 1, 2, 0]);
 * pad(torch.randn(3, 5, 8, 8)).shape; // [3, 5, 10, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CircularPad2d.html
 */
export class CircularPad2d extends CircularPadNd {
  constructor(...args: PaddingCall<Padding2>) {
    super(2, paddingOf(new.target.name, args));
  }
}

/**
 * Pads a volume as if it went round: past one side come the elements of the other.
 *
 * @param padding How many elements are added at the sides: {@link Padding3}. At most the size of each dimension.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)`, to the same with D, H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.CircularPad3d([3, 3, 6, 6, 1, 1]);
 * pad(torch.randn(2, 3, 8, 10, 15)).shape; // [2, 3, 10, 22, 21]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CircularPad3d.html
 */
export class CircularPad3d extends CircularPadNd {
  constructor(...args: PaddingCall<Padding3>) {
    super(3, paddingOf(new.target.name, args));
  }
}

/** What the layers that pad with a value share. */
abstract class ConstantPadNd extends PadNd {
  value: number;

  constructor(dimensions: number, args: unknown[]) {
    const signature = new Signature<{ padding: number | readonly number[]; value: number }>(
      `nn.${new.target.name}`,
      { padding: required, value: required },
    );
    const { padding, value } = signature.bind(args);
    if (typeof value !== 'number') {
      throw new TypeError(`${signature.where}: value must be a number, got ${typeof value}`);
    }
    super(dimensions, padding);
    this.value = value;
  }

  override forward(input: Tensor): Tensor {
    return operators.nn.pad(input, this.padding, 'constant', this.value);
  }

  override extraRepr(): string {
    return `padding=${repr(this.padding)}, value=${repr(this.value)}`;
  }
}

type ConstantPadCall<P> = Call<[padding: P], [value: number], { padding?: P; value?: number }>;

/**
 * Pads a signal with one value.
 *
 * @param padding How many elements are added at the sides: {@link Padding1}.
 * @param value What it is padded with.
 *
 * Shape: `(N, C, W)` or `(C, W)`, to the same with W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ConstantPad1d([1, 2], 9);
 * pad(torch.tensor([[[0, 1, 2]]])); // tensor([[[9., 0., 1., 2., 9., 9.]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ConstantPad1d.html
 */
export class ConstantPad1d extends ConstantPadNd {
  constructor(...args: ConstantPadCall<Padding1>) {
    super(1, args);
  }
}

/**
 * Pads an image with one value.
 *
 * @param padding How many elements are added at the sides: {@link Padding2}.
 * @param value What it is padded with.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)`, to the same with H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ConstantPad2d([1, 1, 2, 0], 3.5);
 * pad(torch.randn(3, 5, 8, 8)).shape; // [3, 5, 10, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ConstantPad2d.html
 */
export class ConstantPad2d extends ConstantPadNd {
  constructor(...args: ConstantPadCall<Padding2>) {
    super(2, args);
  }
}

/**
 * Pads a volume with one value.
 *
 * @param padding How many elements are added at the sides: {@link Padding3}.
 * @param value What it is padded with.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)`, to the same with D, H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ConstantPad3d([3, 3, 6, 6, 1, 1], 3.5);
 * pad(torch.randn(2, 3, 8, 10, 15)).shape; // [2, 3, 10, 22, 21]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ConstantPad3d.html
 */
export class ConstantPad3d extends ConstantPadNd {
  constructor(...args: ConstantPadCall<Padding3>) {
    super(3, args);
  }
}

/** What the layers that pad by reflection share. */
abstract class ReflectionPadNd extends PadNd {
  override forward(input: Tensor): Tensor {
    return operators.nn.pad(input, this.padding, 'reflect');
  }
}

/**
 * Pads a signal with its mirror image at the sides, which are not repeated.
 *
 * @param padding How many elements are added at the sides: {@link Padding1}. Less than the size of each dimension.
 *
 * Shape: `(N, C, W)` or `(C, W)`, to the same with W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ReflectionPad1d([1, 2]);
 * pad(torch.tensor([[[0, 1, 2]]])); // tensor([[[1., 0., 1., 2., 1., 0.]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReflectionPad1d.html
 */
export class ReflectionPad1d extends ReflectionPadNd {
  constructor(...args: PaddingCall<Padding1>) {
    super(1, paddingOf(new.target.name, args));
  }
}

/**
 * Pads an image with its mirror image at the sides, which are not repeated.
 *
 * @param padding How many elements are added at the sides: {@link Padding2}. Less than the size of each dimension.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)`, to the same with H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ReflectionPad2d([1, 1, 2, 0]);
 * pad(torch.randn(3, 5, 8, 8)).shape; // [3, 5, 10, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReflectionPad2d.html
 */
export class ReflectionPad2d extends ReflectionPadNd {
  constructor(...args: PaddingCall<Padding2>) {
    super(2, paddingOf(new.target.name, args));
  }
}

/**
 * Pads a volume with its mirror image at the sides, which are not repeated.
 *
 * @param padding How many elements are added at the sides: {@link Padding3}. Less than the size of each dimension.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)`, to the same with D, H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ReflectionPad3d([3, 3, 6, 6, 1, 1]);
 * pad(torch.randn(2, 3, 8, 10, 15)).shape; // [2, 3, 10, 22, 21]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReflectionPad3d.html
 */
export class ReflectionPad3d extends ReflectionPadNd {
  constructor(...args: PaddingCall<Padding3>) {
    super(3, paddingOf(new.target.name, args));
  }
}

/** What the layers that pad by repetition share. */
abstract class ReplicationPadNd extends PadNd {
  override forward(input: Tensor): Tensor {
    return operators.nn.pad(input, this.padding, 'replicate');
  }
}

/**
 * Pads a signal with copies of the elements at the sides.
 *
 * @param padding How many elements are added at the sides: {@link Padding1}.
 *
 * Shape: `(N, C, W)` or `(C, W)`, to the same with W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ReplicationPad1d([1, 2]);
 * pad(torch.tensor([[[0, 1, 2]]])); // tensor([[[0., 0., 1., 2., 2., 2.]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReplicationPad1d.html
 */
export class ReplicationPad1d extends ReplicationPadNd {
  constructor(...args: PaddingCall<Padding1>) {
    super(1, paddingOf(new.target.name, args));
  }
}

/**
 * Pads an image with copies of the elements at the sides.
 *
 * @param padding How many elements are added at the sides: {@link Padding2}.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)`, to the same with H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ReplicationPad2d([1, 1, 2, 0]);
 * pad(torch.randn(3, 5, 8, 8)).shape; // [3, 5, 10, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReplicationPad2d.html
 */
export class ReplicationPad2d extends ReplicationPadNd {
  constructor(...args: PaddingCall<Padding2>) {
    super(2, paddingOf(new.target.name, args));
  }
}

/**
 * Pads a volume with copies of the elements at the sides.
 *
 * @param padding How many elements are added at the sides: {@link Padding3}.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)`, to the same with D, H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ReplicationPad3d([3, 3, 6, 6, 1, 1]);
 * pad(torch.randn(2, 3, 8, 10, 15)).shape; // [2, 3, 10, 22, 21]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReplicationPad3d.html
 */
export class ReplicationPad3d extends ReplicationPadNd {
  constructor(...args: PaddingCall<Padding3>) {
    super(3, paddingOf(new.target.name, args));
  }
}

/**
 * Pads a signal with zeros.
 *
 * @param padding How many elements are added at the sides: {@link Padding1}.
 *
 * Shape: `(N, C, W)` or `(C, W)`, to the same with W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ZeroPad1d([1, 2]);
 * pad(torch.tensor([[[0, 1, 2]]])); // tensor([[[0., 0., 1., 2., 0., 0.]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ZeroPad1d.html
 */
export class ZeroPad1d extends ConstantPad1d {
  constructor(...args: PaddingCall<Padding1>) {
    super(paddingOf(new.target.name, args) as Padding1, 0);
  }

  override extraRepr(): string {
    return repr(this.padding);
  }
}

/**
 * Pads an image with zeros.
 *
 * @param padding How many elements are added at the sides: {@link Padding2}.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)`, to the same with H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ZeroPad2d([1, 1, 2, 0]);
 * pad(torch.randn(3, 5, 8, 8)).shape; // [3, 5, 10, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html
 */
export class ZeroPad2d extends ConstantPad2d {
  constructor(...args: PaddingCall<Padding2>) {
    super(paddingOf(new.target.name, args) as Padding2, 0);
  }

  override extraRepr(): string {
    return repr(this.padding);
  }
}

/**
 * Pads a volume with zeros.
 *
 * @param padding How many elements are added at the sides: {@link Padding3}.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)`, to the same with D, H and W larger by the padding.
 *
 * @example
 * ```ts
 * const pad = new nn.ZeroPad3d([3, 3, 6, 6, 1, 1]);
 * pad(torch.randn(2, 3, 8, 10, 15)).shape; // [2, 3, 10, 22, 21]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ZeroPad3d.html
 */
export class ZeroPad3d extends ConstantPad3d {
  constructor(...args: PaddingCall<Padding3>) {
    super(paddingOf(new.target.name, args) as Padding3, 0);
  }

  override extraRepr(): string {
    return repr(this.padding);
  }
}
