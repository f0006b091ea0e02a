import { Device } from './device.js';
import { callGeneral, Operator } from './dispatch.js';
import type { DType } from './dtype.js';
import * as dtypes from './dtype.js';
import type { MemoryFormat } from './memory-format.js';
import { isPlainObject } from './options.js';
import { Tensor } from './tensor.js';
import type { DeviceLike } from './types.js';

/** The options of {@link Tensor.to}. */
export interface ToOptions {
  dtype?: DType;
  device?: DeviceLike;
  nonBlocking?: boolean;
  copy?: boolean;
  memoryFormat?: MemoryFormat;
}

const toDType = new Operator('to', true, ['to.dtype']);
const toDevice = new Operator('to', true, ['to.device']);
const toOther = new Operator('to', true, ['to.other']);
const toOptions = new Operator('to', true, ['to.dtype_layout']);

/** The methods of Tensor that give it another dtype or device. */
export class Conversions {
  /**
   * The tensor with another dtype or on another device; itself where nothing would change.
   *
   * @example
   * ```ts
   * x.to(torch.float64);
   * x.to('cuda', { nonBlocking: true });
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.to.html
   */
  to(this: Tensor, dtype: DType, nonBlocking?: boolean, copy?: boolean): Tensor;
  to(this: Tensor, dtype: DType, options: ToOptions): Tensor;
  to(
    this: Tensor,
    device: DeviceLike,
    dtype?: DType,
    nonBlocking?: boolean,
    copy?: boolean,
  ): Tensor;
  to(this: Tensor, device: DeviceLike, options: ToOptions): Tensor;
  to(this: Tensor, device: DeviceLike, dtype: DType, options: ToOptions): Tensor;
  to(this: Tensor, other: Tensor, nonBlocking?: boolean, copy?: boolean): Tensor;
  to(this: Tensor, options: ToOptions): Tensor;
  to(this: Tensor, ...args: unknown[]): Tensor {
    const [first, second] = args;
    if (first instanceof dtypes.DType) return callGeneral(toDType, [this, ...args]) as Tensor;
    if (first instanceof Tensor) return callGeneral(toOther, [this, ...args]) as Tensor;
    if (typeof first === 'string' || typeof first === 'number' || first instanceof Device) {
      const device = Device.from(first);
      if (second instanceof dtypes.DType) {
        return callGeneral(toDevice, [this, device, ...args.slice(1)]) as Tensor;
      }
      const [nonBlocking, copy] = args.slice(1) as [unknown, unknown];
      const options =
        typeof nonBlocking === 'object' && nonBlocking !== null
          ? nonBlocking
          : { nonBlocking, copy };
      return callGeneral(toOptions, [this, { ...options, device }]) as Tensor;
    }
    if (args.length > 0 && !isPlainObject(first)) {
      throw new TypeError(
        `to() takes a dtype, a device, a Tensor or options, got ${first === null ? 'null' : typeof first}`,
      );
    }
    return callGeneral(toOptions, [this, ...args]) as Tensor;
  }

  /** The tensor in the CPU's memory; itself where it is there. */
  cpu(this: Tensor): Tensor {
    return this.to('cpu');
  }

  /** The tensor on a GPU. Default: the current one. */
  cuda(
    this: Tensor,
    device?: DeviceLike | number,
    options: { nonBlocking?: boolean } = {},
  ): Tensor {
    return this.to(Device.from(device ?? 'cuda'), options);
  }

  /** The tensor as float32. */
  float(this: Tensor): Tensor {
    return this.to(dtypes.float32);
  }

  /** The tensor as float64. */
  double(this: Tensor): Tensor {
    return this.to(dtypes.float64);
  }

  /** The tensor as float16. */
  half(this: Tensor): Tensor {
    return this.to(dtypes.float16);
  }

  /** The tensor as bfloat16. */
  bfloat16(this: Tensor): Tensor {
    return this.to(dtypes.bfloat16);
  }

  /** The tensor as int32. */
  int(this: Tensor): Tensor {
    return this.to(dtypes.int32);
  }

  /** The tensor as int64. */
  long(this: Tensor): Tensor {
    return this.to(dtypes.int64);
  }

  /** The tensor as int16. */
  short(this: Tensor): Tensor {
    return this.to(dtypes.int16);
  }

  /** The tensor as int8. */
  char(this: Tensor): Tensor {
    return this.to(dtypes.int8);
  }

  /** The tensor as uint8. */
  byte(this: Tensor): Tensor {
    return this.to(dtypes.uint8);
  }

  /** The tensor as bool: what is not zero is true. */
  bool(this: Tensor): Tensor {
    return this.to(dtypes.bool);
  }

  /** The tensor as complex64. */
  cfloat(this: Tensor): Tensor {
    return this.to(dtypes.complex64);
  }

  /** The tensor as complex128. */
  cdouble(this: Tensor): Tensor {
    return this.to(dtypes.complex128);
  }
}
