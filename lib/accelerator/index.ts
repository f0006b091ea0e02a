/**
 * The device that libtorch computes on beside the CPU, whichever it is; Python's `torch.accelerator`.
 *
 * @see https://pytorch.org/docs/stable/accelerator.html
 * @module
 */
import { codeOf, type Gpu, indexAmong } from '../cuda/utils.js';
import { Device } from '../device.js';
import { ModeGuard, within } from '../grad-mode.js';
import { type FlatStats, flatten } from '../memory-stats.js';
import { native } from '../native.js';
import { acceleratorCode, Stream, wrapped } from '../streams.js';

const typeName = (code: number) => Device.ofCode(code, -1).type;

/** The code of one of the accelerator's devices; the one in use by default. */
function codeOfDevice(device: Gpu, isRequired = false): number {
  const type = typeName(acceleratorCode() / 256);
  const current = () => native.currentDevice(codeOf(type, -1));
  return codeOf(type, indexAmong(type, device, isRequired ? undefined : current));
}

const typeCode = () => codeOf(typeName(acceleratorCode() / 256), -1);

/** Whether its allocator keeps books by now: CUDA's does once it is set up. */
const hasBooks = () =>
  acceleratorCode() !== Device.from('cuda').code * 256 || native.isCudaInitialized();

/**
 * The type of device that libtorch computes on beside the CPU, or null where it has none.
 *
 * @param checkAvailable Whether there must be such a device in the machine. Default: false.
 *
 * @example
 * ```ts
 * const device = torch.accelerator.currentAccelerator(true) ?? 'cpu';
 * model.to(device);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.current_accelerator.html
 */
export function currentAccelerator(checkAvailable = false): Device | null {
  const type = native.accelerator();
  if (type < 0 || (checkAvailable && !isAvailable())) return null;
  return Device.ofCode(type, -1);
}

/**
 * How many of the accelerator's devices the machine has.
 *
 * @example
 * ```ts
 * torch.accelerator.deviceCount() > 0 === torch.accelerator.isAvailable(); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.device_count.html
 */
export function deviceCount(): number {
  const type = native.accelerator();
  return type < 0 ? 0 : native.acceleratorCount(type);
}

/**
 * Whether the machine has a device that libtorch computes on beside the CPU.
 *
 * @example
 * ```ts
 * const device = torch.accelerator.isAvailable() ? 'cuda' : 'cpu';
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.is_available.html
 */
export function isAvailable(): boolean {
  return deviceCount() > 0;
}

/**
 * The index of the device in use.
 *
 * @throws TorchError where there is no accelerator, as all that follow.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.currentDeviceIndex(); // 0
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.current_device_index.html
 */
export function currentDeviceIndex(): number {
  return native.currentDevice(typeCode());
}

/**
 * Sets the device in use.
 *
 * @param device With its index.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.setDeviceIndex(0);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.set_device_index.html
 */
export function setDeviceIndex(device: Exclude<Gpu, null>): void {
  native.exchangeDevice(codeOfDevice(device, true));
}

/**
 * Uses a device for `body`, and returns its result; without `body`, until the guard that it returns
 * is disposed of.
 *
 * @param device Its index; null changes nothing.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.deviceIndex(0, () => torch.accelerator.currentDeviceIndex()); // 0
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.device_index.html
 */
export function deviceIndex(device: number | null): ModeGuard;
export function deviceIndex<R>(device: number | null, body: () => R): R;
export function deviceIndex<R>(device: number | null, body?: () => R): R | ModeGuard {
  if (device === null) return within(new ModeGuard(() => {}), body);
  const type = typeName(acceleratorCode() / 256);
  const before = native.exchangeDevice(codeOf(type, device));
  return within(new ModeGuard(() => native.exchangeDevice(codeOf(type, before))), body);
}

/**
 * The stream in use on a device.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.currentStream().query();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.current_stream.html
 */
export function currentStream(device: Gpu = null): Stream {
  return new Stream(wrapped(native.currentStream(codeOfDevice(device))));
}

/**
 * Sets the stream in use on its device, and uses that device.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.setStream(new torch.Stream());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.set_stream.html
 */
export function setStream(stream: Stream): void {
  Stream.use(stream);
}

/**
 * Waits until a device has done everything that was asked of it; the event loop waits too.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.synchronize();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.synchronize.html
 */
export function synchronize(device: Gpu = null): void {
  native.synchronizeDevice(codeOfDevice(device));
}

/**
 * Gives what the allocator of the device's memory holds in reserve back to it.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.emptyCache();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.empty_cache.html
 */
export function emptyCache(): void {
  if (hasBooks()) native.emptyCache(typeCode());
}

/**
 * Gives the page-locked memory that is held in reserve back to the system.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.emptyHostCache();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.empty_host_cache.html
 */
export function emptyHostCache(): void {
  native.emptyHostCache(typeCode());
}

/**
 * A device's free and total memory in bytes.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const [free, total] = torch.accelerator.getMemoryInfo();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.get_memory_info.html
 */
export function getMemoryInfo(device: Gpu = null): [free: number, total: number] {
  return native.memoryInfo(codeOfDevice(device));
}

/**
 * What the allocator of a device's memory counts, as `torch.cuda.memoryStats` says.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.memoryStats()['allocated_bytes.all.peak'];
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.memory_stats.html
 */
export function memoryStats(device: Gpu = null): FlatStats {
  return hasBooks() ? flatten(native.memoryStats(codeOfDevice(device))) : {};
}

/**
 * Bytes that tensors have on a device now.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.memoryAllocated();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.memory_allocated.html
 */
export function memoryAllocated(device: Gpu = null): number {
  return memoryStats(device)['allocated_bytes.all.current'] ?? 0;
}

/**
 * The most bytes that tensors had on a device.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.maxMemoryAllocated();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.max_memory_allocated.html
 */
export function maxMemoryAllocated(device: Gpu = null): number {
  return memoryStats(device)['allocated_bytes.all.peak'] ?? 0;
}

/**
 * Bytes of a device that the allocator holds, for tensors and in reserve.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.memoryReserved();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.memory_reserved.html
 */
export function memoryReserved(device: Gpu = null): number {
  return memoryStats(device)['reserved_bytes.all.current'] ?? 0;
}

/**
 * The most bytes of a device that the allocator held.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.maxMemoryReserved();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.max_memory_reserved.html
 */
export function maxMemoryReserved(device: Gpu = null): number {
  return memoryStats(device)['reserved_bytes.all.peak'] ?? 0;
}

/**
 * Lets the peaks of {@link memoryStats} begin anew.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.resetPeakMemoryStats();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.reset_peak_memory_stats.html
 */
export function resetPeakMemoryStats(device: Gpu = null): void {
  if (hasBooks()) native.resetMemoryStats(codeOfDevice(device), true, false);
}

/**
 * Lets the sums of {@link memoryStats} begin anew.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.accelerator.resetAccumulatedMemoryStats();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.accelerator.memory.reset_accumulated_memory_stats.html
 */
export function resetAccumulatedMemoryStats(device: Gpu = null): void {
  if (hasBooks()) native.resetMemoryStats(codeOfDevice(device), false, false);
}
