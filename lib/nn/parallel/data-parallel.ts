import { deviceCount } from '../../cuda/index.js';
import { describe } from '../../describe.js';
import { Device } from '../../device.js';
import { TorchError, ValueError } from '../../errors.js';
import { functionalCall } from '../../func/functional-call.js';
import { operators } from '../../operators.js';
import { type Call, isPlainObject, required, Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';
import type { DeviceLike } from '../../types.js';
import { Module } from '../modules/module.js';

/** What {@link DataParallel} takes after the module. */
export interface DataParallelOptions {
  /** The GPUs, by number or as devices. Default: null, all. */
  deviceIds?: readonly (number | DeviceLike)[] | null;
  /** The GPU on which the results are put together. Default: null, the first. */
  outputDevice?: number | DeviceLike | null;
  /** The dimension that is cut into parts: the batch. Default: 0. */
  dim?: number;
}

interface DataParallelArguments<M> extends Required<DataParallelOptions> {
  module: M;
}

const signature = new Signature<DataParallelArguments<Module>>('nn.DataParallel', {
  module: required,
  deviceIds: null,
  outputDevice: null,
  dim: 0,
});

const gpu = (id: number | DeviceLike): Device => {
  const device = Device.from(id);
  if (device.type !== 'cuda') {
    throw new ValueError(`nn.DataParallel: expected the number of a GPU, got ${describe(id)}`);
  }
  return device;
};

/** A value's part for each device: tensors are cut along `dim`, all else is the same for each. */
function scatter(value: unknown, devices: readonly Device[], dim: number): unknown[] {
  if (value instanceof Tensor) {
    const parts = value.chunk(devices.length, dim);
    return [...parts].map((part, i) => part.to(devices[i] as Device));
  }
  const zip = (parts: unknown[][]) => {
    const count = Math.min(devices.length, ...parts.map((part) => part.length));
    return Array.from({ length: count }, (_, i) => parts.map((part) => part[i]));
  };
  if (Array.isArray(value)) return zip(value.map((item) => scatter(item, devices, dim)));
  if (isPlainObject(value)) {
    const keys = Object.keys(value);
    const rows = zip(keys.map((key) => scatter(value[key], devices, dim)));
    return rows.map((row) => Object.fromEntries(keys.map((key, i) => [key, row[i]])));
  }
  return devices.map(() => value);
}

/** The results of the devices in one. */
function gather(results: readonly unknown[], device: Device, dim: number): unknown {
  const [first] = results;
  if (first instanceof Tensor) {
    const tensors = (results as Tensor[]).map((tensor) => tensor.to(device));
    // Losses are put side by side.
    return first.dim() === 0 ? operators.torch.stack(tensors) : operators.torch.cat(tensors, dim);
  }
  if (Array.isArray(first)) {
    return first.map((_, i) =>
      gather(
        (results as unknown[][]).map((row) => row[i]),
        device,
        dim,
      ),
    );
  }
  if (isPlainObject(first)) {
    const rows = results as Record<string, unknown>[];
    const entries = Object.keys(first).map((key): [string, unknown] => [
      key,
      gather(
        rows.map((row) => row[key]),
        device,
        dim,
      ),
    ]);
    return Object.fromEntries(entries);
  }
  if (results.every((result) => result === first)) return first;
  throw new TypeError(`nn.DataParallel: results of ${describe(first)} cannot be put together`);
}

/**
 * Runs a module on several GPUs, each with its part of the batch, and puts the results together.
 * Where there is no GPU it calls the module; with one, it calls it there.
 *
 * @param module The module, whose parameters are on the first GPU.
 *
 * Further arguments, by position or by name: {@link DataParallelOptions}.
 *
 * State: the module's, with `module.` before every name.
 *
 * @throws TorchError where the parameters are not on the first GPU.
 *
 * @example
 * ```ts
 * const model = new nn.DataParallel(new nn.Linear(4, 2));
 * Object.keys(model.stateDict()); // ['module.weight', 'module.bias']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.DataParallel.html
 */
export class DataParallel<M extends Module = Module> extends Module {
  module: M;
  deviceIds: number[];
  outputDevice: Device | null;
  dim: number;

  constructor(
    ...args: Call<
      [module: M],
      [
        deviceIds: readonly (number | DeviceLike)[] | null,
        outputDevice: number | DeviceLike | null,
        dim: number,
      ],
      DataParallelOptions
    >
  ) {
    super();
    const { module, deviceIds, outputDevice, dim } = signature.bind(args);
    const count = deviceCount();
    const ids = deviceIds ?? Array.from({ length: count }, (_, i) => i);
    const devices = count === 0 ? [] : ids.map(gpu);
    this.module = module as M;
    this.dim = dim;
    this.deviceIds = devices.map(({ index }) => index ?? 0);
    this.outputDevice = devices.length === 0 ? null : gpu(outputDevice ?? this.firstId());
    if (devices.length === 1) this.module.to(devices[0] as Device);
  }

  /** The number of the first GPU. */
  private firstId(): number {
    return this.deviceIds[0] as number;
  }

  override forward(...inputs: Parameters<M['forward']>): ReturnType<M['forward']> {
    const module = this.module as Module;
    if (this.deviceIds.length === 0) return module(...inputs);
    const devices = this.deviceIds.map(gpu);
    const [first] = devices as [Device, ...Device[]];
    const state = [...module.namedParameters(), ...module.namedBuffers()];
    for (const [name, tensor] of state) {
      if (String(tensor.device) !== String(first)) {
        throw new TorchError(
          `module must have its parameters and buffers on device ${first} (deviceIds[0]) but found ${name} on device: ${tensor.device}`,
        );
      }
    }
    const parts = this.scatter(inputs, devices);
    if (devices.length === 1) return module(...(parts[0] ?? []));
    const results = parts.map((part, i) => {
      const device = devices[i] as Device;
      const copies = state.map(([name, tensor]): [string, Tensor] => [name, tensor.to(device)]);
      return functionalCall(module, Object.fromEntries(copies), part);
    });
    return this.gather(results, this.outputDevice as Device) as ReturnType<M['forward']>;
  }

  /**
   * The arguments for each device: tensors, in arrays and plain objects too, are cut along `dim`,
   * all else is the same for each. There are no more than there are parts.
   */
  scatter(inputs: readonly unknown[], devices: readonly DeviceLike[]): unknown[][] {
    const targets = devices.map((device) => Device.from(device));
    return scatter(inputs, targets, this.dim) as unknown[][];
  }

  /** The results of the devices in one, on `outputDevice`. */
  gather(outputs: readonly unknown[], outputDevice: DeviceLike): unknown {
    return gather(outputs, Device.from(outputDevice), this.dim);
  }
}
