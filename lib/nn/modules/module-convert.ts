import { describe } from '../../describe.js';
import { Device } from '../../device.js';
import { DType } from '../../dtype.js';
import { noGrad } from '../../grad-mode.js';
import type { MemoryFormat } from '../../memory-format.js';
import { operators } from '../../operators.js';
import { type Call, checkOptions, isPlainObject } from '../../options.js';
import { Tensor } from '../../tensor.js';
import type { DeviceLike } from '../../types.js';
import { Buffer, Parameter } from '../parameter.js';
import type { Module } from './module.js';
import { members } from './module-members.js';
import { signatures } from './module-options.js';

/** Where and as what {@link Module.to} puts a module's tensors. */
export interface ModuleToOptions {
  /** The device to move to. Default: where each tensor is. */
  device?: DeviceLike | number | null;
  /** The floating-point or complex dtype to convert to. Default: that of each tensor. */
  dtype?: DType | null;
  /** Whether a copy from pinned memory to a GPU may still be under way on return. Default: false. */
  nonBlocking?: boolean;
  /** The memory format of 4D and 5D tensors. Default: as they are. */
  memoryFormat?: MemoryFormat | null;
}

/** The forms of {@link Module.to}. */
export type ModuleToArguments =
  | Call<
      [device: DeviceLike | number | null],
      [dtype: DType | null, nonBlocking: boolean],
      ModuleToOptions
    >
  | Call<[dtype: DType], [nonBlocking: boolean], ModuleToOptions>
  | Call<[like: Tensor], [nonBlocking: boolean], ModuleToOptions>
  | [options: ModuleToOptions];

const optionNames = ['device', 'dtype', 'nonBlocking', 'memoryFormat'];

/** Reads the arguments of {@link Module.to}, which its types tell apart as Python's do. */
export function parseTo(args: readonly unknown[]): ModuleToOptions {
  const target: ModuleToOptions = {};
  const last = args.at(-1);
  const options = isPlainObject(last) ? last : undefined;
  for (const arg of options ? args.slice(0, -1) : args) {
    if (arg === null || arg === undefined) continue;
    if (arg instanceof DType) target.dtype = arg;
    else if (typeof arg === 'boolean') target.nonBlocking = arg;
    else if (arg instanceof Tensor) Object.assign(target, { device: arg.device, dtype: arg.dtype });
    else if (arg instanceof Device || typeof arg === 'string' || typeof arg === 'number') {
      target.device = arg;
    } else {
      throw new TypeError(
        `Module.to takes a device, a dtype, a tensor to be like, or options, got ${describe(arg)}`,
      );
    }
  }
  if (options) {
    checkOptions('Module.to', options, optionNames);
    Object.assign(target, options);
  }
  check(target);
  return target;
}

function check({ device, dtype, nonBlocking }: ModuleToOptions): void {
  if (device !== undefined && device !== null) Device.from(device);
  if (nonBlocking !== undefined && typeof nonBlocking !== 'boolean') {
    throw new TypeError(`Module.to: nonBlocking must be a boolean, got ${describe(nonBlocking)}`);
  }
  if (dtype === undefined || dtype === null) return;
  if (!(dtype instanceof DType)) {
    throw new TypeError(
      `Module.to: dtype must be a dtype, torch.float32 say, got ${describe(dtype)}`,
    );
  }
  if (!dtype.isFloatingPoint && !dtype.isComplex) {
    throw new TypeError(
      `nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=${dtype}`,
    );
  }
}

/** One tensor of the module at its new place; integers keep their dtype. */
export function convert(tensor: Tensor, target: ModuleToOptions): Tensor {
  const { device, dtype, nonBlocking, memoryFormat } = target;
  const { isFloatingPoint, isComplex } = tensor.dtype;
  return tensor.to({
    ...(device !== undefined && device !== null && { device: Device.from(device) }),
    ...(dtype && (isFloatingPoint || isComplex) && { dtype }),
    ...(nonBlocking !== undefined && { nonBlocking }),
    ...(memoryFormat && (tensor.ndim === 4 || tensor.ndim === 5) && { memoryFormat }),
  });
}

/** Whether a tensor can take over the memory of another and stay the same object. */
function isCompatible(tensor: Tensor, other: Tensor): boolean {
  return tensor.isMeta === other.isMeta && tensor.layout === other.layout;
}

/** Gives `parameter` what `change` makes of it, or makes a new one where that cannot be. */
function changeParameter(parameter: Parameter, change: (tensor: Tensor) => Tensor): Parameter {
  const { grad } = parameter;
  const changed = change(parameter);
  let result = parameter;
  if (isCompatible(parameter, changed)) parameter.data = changed;
  else result = new Parameter(changed, parameter.requiresGrad);
  if (grad) {
    const changedGrad = change(grad);
    if (result === parameter && isCompatible(grad, changedGrad)) grad.data = changedGrad;
    else result.grad = changedGrad;
  }
  return result;
}

/**
 * Puts what `change` makes of each parameter, its gradient and each buffer in their place, in
 * `module` and, with `recurse`, below. A parameter stays the same object, so that an optimizer made
 * before goes on working, but where it goes to or comes from the meta device; a buffer becomes a
 * new one.
 */
export function applyToTensors(
  module: Module,
  change: (tensor: Tensor) => Tensor,
  recurse = true,
): void {
  const properties = module as unknown as Record<string, Tensor>;
  const { parameters, buffers } = module[members]();
  if (recurse) for (const child of module.children()) child._apply(change);
  noGrad(() => {
    for (const [name, parameter] of parameters) {
      const changed = changeParameter(parameter, change);
      if (changed !== parameter) properties[name] = changed;
    }
  });
  for (const [name, buffer] of buffers) {
    const changed = change(buffer);
    properties[name] =
      buffer instanceof Buffer && !(changed instanceof Buffer)
        ? new Buffer(changed, { persistent: buffer.persistent })
        : changed;
  }
}

/** The methods of Module that move and convert its tensors. */
export class ConversionMembers {
  /**
   * Moves the parameters and buffers to a device, converts the floating-point and complex ones to
   * a dtype, or both, in place. Parameters stay the same objects; buffers become others.
   *
   * @param device The device: `'cuda'`, `'cuda:1'`, or a number for a CUDA device.
   * @param dtype A floating-point or complex dtype.
   * @param nonBlocking Whether copies may still be under way on return. Default: false.
   * @throws TypeError where the dtype is an integer's.
   *
   * @example
   * ```ts
   * model.to(torch.float64);
   * model.to(torch.cuda.isAvailable() ? 'cuda' : 'cpu');
   * model.to({ device: 'cpu', dtype: torch.bfloat16 });
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to
   */
  to<M extends Module>(this: M, ...args: ModuleToArguments): M {
    const target = parseTo(args);
    return this._apply((tensor) => convert(tensor, target));
  }

  /** Moves the parameters and buffers to the CPU. */
  cpu<M extends Module>(this: M): M {
    return this._apply((tensor) => tensor.cpu());
  }

  /**
   * Moves the parameters and buffers to a CUDA device.
   *
   * @param device The device or its number. Default: the current one.
   */
  cuda<M extends Module>(this: M, device?: DeviceLike | number | null): M {
    return this._apply((tensor) => tensor.cuda(device ?? undefined));
  }

  /**
   * Moves the parameters, their gradients and the buffers to memory that other processes can map;
   * see `tensor.shareMemory_`. Threads need no such move: `torch.toHandle(model.stateDict())`.
   *
   * @example
   * ```ts
   * const layer = new nn.Linear(2, 2).shareMemory();
   * layer.weight.isShared(); // true
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.share_memory
   */
  shareMemory<M extends Module>(this: M): M {
    return this._apply((tensor) => tensor.shareMemory_());
  }

  /**
   * Makes the parameters and buffers anew on a device, without their values.
   *
   * @param options.device The device.
   * @param options.recurse Whether those of submodules too. Default: true.
   */
  toEmpty<M extends Module>(this: M, options: { device: DeviceLike | null; recurse?: boolean }): M {
    const { device, recurse } = signatures.toEmpty.bind([options]);
    return this._apply((tensor) => operators.torch.emptyLike(tensor, { device }), recurse);
  }

  /** Converts all parameters and buffers to a dtype, those of integers too. */
  type<M extends Module>(this: M, dtype: DType): M {
    return this._apply((tensor) => tensor.to(dtype));
  }

  /** Converts the floating-point parameters and buffers to float32. */
  float<M extends Module>(this: M): M {
    return this._apply((tensor) => (tensor.dtype.isFloatingPoint ? tensor.float() : tensor));
  }

  /** Converts the floating-point parameters and buffers to float64. */
  double<M extends Module>(this: M): M {
    return this._apply((tensor) => (tensor.dtype.isFloatingPoint ? tensor.double() : tensor));
  }

  /** Converts the floating-point parameters and buffers to float16. */
  half<M extends Module>(this: M): M {
    return this._apply((tensor) => (tensor.dtype.isFloatingPoint ? tensor.half() : tensor));
  }

  /** Converts the floating-point parameters and buffers to bfloat16. */
  bfloat16<M extends Module>(this: M): M {
    return this._apply((tensor) => (tensor.dtype.isFloatingPoint ? tensor.bfloat16() : tensor));
  }
}
