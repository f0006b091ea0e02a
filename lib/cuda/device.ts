import { tensor } from '../creation.js';
import { bfloat16 } from '../dtype.js';
import { ModeGuard, within } from '../grad-mode.js';
import { native } from '../native.js';
import type { UntypedStorage } from '../storage.js';
import type { Tensor } from '../tensor.js';
import { DeviceProperties } from './properties.js';
import { existingGpu, type Gpu, gpuCode, gpuIndex, indexAmong } from './utils.js';

/**
 * Whether libtorch has CUDA and finds a GPU.
 *
 * @example
 * ```ts
 * model.to(torch.cuda.isAvailable() ? 'cuda' : 'cpu');
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.is_available.html
 */
export function isAvailable(): boolean {
  return native.cudaDeviceCount() > 0;
}

/**
 * How many GPUs libtorch finds; 0 for its CPU build.
 *
 * @example
 * ```ts
 * torch.cuda.deviceCount() > 0 === torch.cuda.isAvailable(); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.device_count.html
 */
export function deviceCount(): number {
  return native.cudaDeviceCount();
}

/**
 * Sets CUDA up, which otherwise happens at its first use.
 *
 * @throws TorchError `ERR_NO_CUDA` where libtorch is the CPU build, or finds no driver or no GPU:
 * every function of `torch.cuda` that needs a GPU throws it.
 *
 * @example
 * ```ts
 * if (torch.cuda.isAvailable()) torch.cuda.init();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.init.html
 */
export function init(): void {
  native.initCuda();
}

/**
 * Whether CUDA has been set up, by `init` or by its first use.
 *
 * @example
 * ```ts
 * torch.cuda.isInitialized(); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.is_initialized.html
 */
export function isInitialized(): boolean {
  return native.isCudaInitialized();
}

/**
 * The index of the GPU in use: the one that `'cuda'` without an index means on this thread.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.currentDevice(); // 0
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.current_device.html
 */
export function currentDevice(): number {
  return native.currentDevice(gpuCode(-1));
}

/**
 * Sets the GPU in use on this thread. `torch.cuda.device` does so for a block.
 *
 * @param device A GPU with its index; a negative index changes nothing.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.setDevice(0);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.set_device.html
 */
export function setDevice(device: Exclude<Gpu, null>): void {
  const index = indexAmong('cuda', device);
  if (index >= 0) native.exchangeDevice(gpuCode(index));
}

/** Uses a GPU until the guard is disposed of; a negative index changes nothing. */
function useGpu(index: number): ModeGuard {
  if (index < 0) return new ModeGuard(() => {});
  const before = native.exchangeDevice(gpuCode(index));
  return new ModeGuard(() => native.exchangeDevice(gpuCode(before)));
}

/**
 * Uses a GPU for `body`, and returns its result; without `body`, until the guard that it returns is
 * disposed of.
 *
 * @param device The GPU; null or a negative index changes nothing.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.device(0, () => torch.zeros(2, { device: 'cuda' }).device); // device(type='cuda', index=0)
 * {
 *   using _ = torch.cuda.device(0);
 *   torch.cuda.currentDevice(); // 0
 * }
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.device.html
 */
export function device(device: Gpu): ModeGuard;
export function device<R>(device: Gpu, body: () => R): R;
export function device<R>(device: Gpu, body?: () => R): R | ModeGuard {
  return within(useGpu(gpuIndex(device)), body);
}

/**
 * Uses the GPU of a tensor or a storage; changes nothing where that lies elsewhere. See
 * {@link device}.
 *
 * @example
 * ```ts
 * torch.cuda.deviceOf(x, () => x.sum());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.device_of.html
 */
export function deviceOf(obj: Tensor | UntypedStorage): ModeGuard;
export function deviceOf<R>(obj: Tensor | UntypedStorage, body: () => R): R;
export function deviceOf<R>(obj: Tensor | UntypedStorage, body?: () => R): R | ModeGuard {
  return within(useGpu(obj.isCuda ? obj.getDevice() : -1), body);
}

/**
 * What a GPU is and has.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const { name, totalMemory } = torch.cuda.getDeviceProperties();
 * console.log(`${name}: ${totalMemory / 2 ** 30} GiB`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_device_properties.html
 */
export function getDeviceProperties(device: Gpu = null): DeviceProperties {
  return new DeviceProperties(existingGpu(device));
}

/**
 * A GPU's name.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * console.log(torch.cuda.getDeviceName()); // NVIDIA ...
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_device_name.html
 */
export function getDeviceName(device: Gpu = null): string {
  return getDeviceProperties(device).name;
}

/**
 * A GPU's compute capability: its major and minor version.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const [major] = torch.cuda.getDeviceCapability();
 * const hasBfloat16 = major >= 8;
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_device_capability.html
 */
export function getDeviceCapability(device: Gpu = null): [major: number, minor: number] {
  const { major, minor } = getDeviceProperties(device);
  return [major, minor];
}

/**
 * Whether a GPU can read another's memory.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.canDeviceAccessPeer(0, 1);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.can_device_access_peer.html
 */
export function canDeviceAccessPeer(device: Gpu, peerDevice: Exclude<Gpu, null>): boolean {
  return native.canAccessPeer(existingGpu(device), existingGpu(peerDevice, 'peer device'));
}

/**
 * Waits until a GPU has done everything that was asked of it. The event loop waits too:
 * `await event.done()` does not hold it up.
 *
 * @param device Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.synchronize();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.synchronize.html
 */
export function synchronize(device: Gpu = null): void {
  native.initCuda();
  native.synchronizeDevice(gpuCode(gpuIndex(device)));
}

/**
 * Whether the GPU in use computes in bfloat16.
 *
 * @param includingEmulation Whether it counts where the GPU only emulates it. Default: true.
 *
 * @example
 * ```ts
 * const dtype = torch.cuda.isBf16Supported() ? torch.bfloat16 : torch.float16;
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.is_bf16_supported.html
 */
export function isBf16Supported(includingEmulation = true): boolean {
  if (!isAvailable()) return false;
  if (getDeviceProperties().major >= 8) return true;
  if (!includingEmulation) return false;
  try {
    tensor([1], { dtype: bfloat16, device: 'cuda' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether the GPU in use computes in TensorFloat32.
 *
 * @example
 * ```ts
 * if (torch.cuda.isTf32Supported()) torch.setFloat32MatmulPrecision('high');
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.is_tf32_supported.html
 */
export function isTf32Supported(): boolean {
  return isBf16Supported(false);
}

/**
 * The architectures that libtorch has code for: `sm_90`, `compute_90`, ... None for its CPU build.
 *
 * @example
 * ```ts
 * console.log(torch.cuda.getArchList().join(' '));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_arch_list.html
 */
export function getArchList(): string[] {
  const flags = native.hasCuda() ? /NVCC architecture flags: (.*)/.exec(native.showConfig()) : null;
  const codes = [...(flags?.[1] ?? '').matchAll(/code=(\w+)/g)].map(([, code]) => code as string);
  return [...new Set(codes)];
}

/**
 * The flags of NVIDIA's compiler that libtorch was built with, for its architectures.
 *
 * @example
 * ```ts
 * console.log(torch.cuda.getGencodeFlags());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_gencode_flags.html
 */
export function getGencodeFlags(): string {
  return getArchList()
    .map((arch) => arch.split('_') as [string, string])
    .map(([kind, number]) => `-gencode compute=compute_${number},code=${kind}_${number}`)
    .join(' ');
}
