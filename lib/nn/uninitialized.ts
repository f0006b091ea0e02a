import type { DType } from '../dtype.js';
import { idOf, setId } from '../handle.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import type { DeviceLike } from '../types.js';
import { factoryDefaults } from './common-types.js';
import { Buffer, Parameter } from './parameter.js';

/** The id that stands for an uninitialized tensor; binding/src/slots.h knows it too. */
const uninitialized = -2;

/** The ids under which the uninitialized tensors, which have no elements, are kept. */
const hiddenIds = new WeakMap<Tensor, number>();

/** Whether a tensor is an {@link UninitializedParameter} or an {@link UninitializedBuffer}. */
export function isLazy(tensor: unknown): tensor is UninitializedParameter | UninitializedBuffer {
  return tensor instanceof UninitializedParameter || tensor instanceof UninitializedBuffer;
}

/** Hides a tensor from every operator: what is done with it throws. */
function hide(tensor: Tensor): void {
  hiddenIds.set(tensor, idOf(tensor));
  setId(tensor, uninitialized);
}

/** Runs `body` while the tensor is to be seen. */
function seen<R>(tensor: Tensor, body: () => R): R {
  const id = hiddenIds.get(tensor);
  // Its constructor has not hidden it yet.
  if (id === undefined) return body();
  setId(tensor, id);
  try {
    return body();
  } finally {
    setId(tensor, uninitialized);
  }
}

/** What an uninitialized tensor has already, and may be asked for. */
const known = ['dtype', 'device', 'layout', 'isMeta', 'isLeaf', 'requiresGrad', 'grad', 'data'];

/** Lets the instances of a class of uninitialized tensors answer for what is known. */
function answerKnown(prototype: object): void {
  for (const name of known) {
    const { get, set } = Object.getOwnPropertyDescriptor(
      Tensor.prototype,
      name,
    ) as PropertyDescriptor;
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: Tensor) {
        return seen(this, () => get?.call(this));
      },
      set(this: Tensor, value: unknown) {
        const given = isLazy(value) ? value.data : value;
        seen(this, () => set?.call(this, given));
      },
    });
  }
}

/** Where and as what a tensor is materialized. */
export interface MaterializeOptions {
  /** The device. Default: null, that of the tensor. */
  device?: DeviceLike | null;
  /** The dtype. Default: null, that of the tensor. */
  dtype?: DType | null;
}

interface MaterializeArguments extends Required<MaterializeOptions> {
  shape: readonly number[];
}

const materializeSignature = new Signature<MaterializeArguments>('materialize()', {
  shape: required,
  device: null,
  dtype: null,
});

type MaterializeCall = Call<
  [shape: readonly number[]],
  [device: DeviceLike | null, dtype: DType | null],
  MaterializeOptions
>;

/** Gives a tensor elements, and the prototype of what it becomes. */
function materialize(tensor: Tensor, args: MaterializeCall, prototype: object): void {
  const given = materializeSignature.bind(args);
  const device = given.device ?? tensor.device;
  const dtype = given.dtype ?? tensor.dtype;
  const data = operators.torch.empty(given.shape, { device, dtype });
  setId(tensor, hiddenIds.get(tensor) as number);
  hiddenIds.delete(tensor);
  Object.setPrototypeOf(tensor, prototype);
  tensor.data = data;
}

/** What {@link UninitializedParameter} and {@link UninitializedBuffer} take. */
export interface UninitializedOptions {
  /** Whether gradients are computed for it. Default: true for parameters, false for buffers. */
  requiresGrad?: boolean;
  /** The device that it is to be on. Default: the CPU. */
  device?: DeviceLike;
  /** The dtype that it is to have. Default: `torch.getDefaultDtype()`. */
  dtype?: DType;
}

interface UninitializedArguments {
  requiresGrad: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

const parameterSignature = new Signature<UninitializedArguments>('nn.UninitializedParameter', {
  requiresGrad: true,
  ...factoryDefaults,
});

type UninitializedCall = Call<
  [],
  [requiresGrad: boolean, device: DeviceLike, dtype: DType],
  UninitializedOptions
>;

/**
 * A parameter whose shape is not known yet. It has a dtype and a device, which may be changed, and
 * `materialize()`, which gives it a shape and makes it a {@link Parameter}; whatever else is done
 * with it throws a ValueError. The lazy modules begin with such parameters.
 *
 * Arguments, by position or by name: {@link UninitializedOptions}.
 *
 * @example
 * ```ts
 * const weight = new nn.UninitializedParameter({ dtype: torch.float64 });
 * weight.shape; // throws ValueError
 * weight.materialize([2, 3]);
 * weight.shape; // [2, 3]
 * weight instanceof nn.UninitializedParameter; // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.UninitializedParameter.html
 */
export class UninitializedParameter extends Parameter {
  constructor(...args: UninitializedCall) {
    const { requiresGrad, device, dtype } = parameterSignature.bind(args);
    super(operators.torch.empty([0], { device, dtype }), requiresGrad);
    hide(this);
  }

  /**
   * Gives it elements, whose values are arbitrary, and makes it a {@link Parameter}.
   *
   * @param shape The shape.
   *
   * Further arguments, by position or by name: {@link MaterializeOptions}.
   */
  materialize(...args: MaterializeCall): void {
    materialize(this, args, Parameter.prototype);
  }

  /** An uninitialized parameter of another dtype or on another device. */
  override to(...args: unknown[]): UninitializedParameter {
    const { device, dtype } = Reflect.apply(this.data.to, this.data, args) as Tensor;
    return new UninitializedParameter(this.requiresGrad, device, dtype);
  }

  /** How `copy.deepcopy` copies it. */
  __deepcopy__(): UninitializedParameter {
    return new UninitializedParameter(this.requiresGrad, this.device, this.dtype);
  }

  override toString(): string {
    return '<UninitializedParameter>';
  }
}

interface UninitializedBufferArguments extends UninitializedArguments {
  persistent: boolean;
}

const bufferSignature = new Signature<UninitializedBufferArguments>('nn.UninitializedBuffer', {
  requiresGrad: false,
  ...factoryDefaults,
  persistent: true,
});

/** What {@link UninitializedBuffer} takes. */
export interface UninitializedBufferOptions extends UninitializedOptions {
  /** Whether the module's state dict holds it. Default: true. */
  persistent?: boolean;
}

/**
 * A buffer whose shape is not known yet; see {@link UninitializedParameter}.
 *
 * Arguments, by position or by name: {@link UninitializedBufferOptions}.
 *
 * @example
 * ```ts
 * const mean = new nn.UninitializedBuffer();
 * mean.materialize([3]);
 * mean.zero_(); // tensor([0., 0., 0.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.UninitializedBuffer.html
 */
export class UninitializedBuffer extends Buffer {
  constructor(
    ...args: Call<
      [],
      [requiresGrad: boolean, device: DeviceLike, dtype: DType, persistent: boolean],
      UninitializedBufferOptions
    >
  ) {
    const { requiresGrad, device, dtype, persistent } = bufferSignature.bind(args);
    super(operators.torch.empty([0], { device, dtype, requiresGrad }), { persistent });
    hide(this);
  }

  /**
   * Gives it elements, whose values are arbitrary, and makes it a {@link Buffer}.
   *
   * @param shape The shape.
   *
   * Further arguments, by position or by name: {@link MaterializeOptions}.
   */
  materialize(...args: MaterializeCall): void {
    materialize(this, args, Buffer.prototype);
  }

  /** An uninitialized buffer of another dtype or on another device. */
  override to(...args: unknown[]): UninitializedBuffer {
    const { device, dtype } = Reflect.apply(this.data.to, this.data, args) as Tensor;
    return new UninitializedBuffer(this.requiresGrad, device, dtype, this.persistent);
  }

  /** How `copy.deepcopy` copies it. */
  __deepcopy__(): UninitializedBuffer {
    return new UninitializedBuffer(this.requiresGrad, this.device, this.dtype, this.persistent);
  }

  override toString(): string {
    return '<UninitializedBuffer>';
  }
}

answerKnown(UninitializedParameter.prototype);
answerKnown(UninitializedBuffer.prototype);
