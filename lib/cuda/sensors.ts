import { TorchError } from '../errors.js';
import { native } from '../native.js';
import { type Gpu, gpuIndex } from './utils.js';

/** NVIDIA's driver counts GPUs without CUDA being set up; 0 stands for the one in use then. */
const sensor = (device: Gpu, name: string) => native.gpuSensor(Math.max(gpuIndex(device), 0), name);

/**
 * How much of the last moment the GPU computed, in percent.
 *
 * @param device Default: the GPU in use.
 * @throws TorchError where NVIDIA's management library is not there.
 *
 * @example
 * ```ts
 * // needs a GPU
 * console.log(`${torch.cuda.utilization()} %`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.utilization.html
 */
export function utilization(device: Gpu = null): number {
  return sensor(device, 'rate');
}

/**
 * How much of the last moment the GPU's memory was read or written, in percent.
 *
 * @param device Default: the GPU in use.
 * @throws TorchError where NVIDIA's management library is not there.
 *
 * @example
 * ```ts
 * // needs a GPU
 * console.log(`${torch.cuda.memoryUsage()} %`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.memory_usage.html
 */
export function memoryUsage(device: Gpu = null): number {
  return sensor(device, 'memoryRate');
}

/**
 * Bytes of the GPU's memory that are used, by all programs.
 *
 * @param device Default: the GPU in use.
 * @throws TorchError where NVIDIA's management library is not there.
 *
 * @example
 * ```ts
 * // needs a GPU
 * console.log(`${torch.cuda.deviceMemoryUsed()} bytes`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.device_memory_used.html
 */
export function deviceMemoryUsed(device: Gpu = null): number {
  return sensor(device, 'memoryUsed');
}

/**
 * The temperature of the GPU, in degrees Celsius.
 *
 * @param device Default: the GPU in use.
 * @throws TorchError where NVIDIA's management library is not there.
 *
 * @example
 * ```ts
 * // needs a GPU
 * console.log(`${torch.cuda.temperature()} degrees`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.temperature.html
 */
export function temperature(device: Gpu = null): number {
  return sensor(device, 'temperature');
}

/**
 * The power that the GPU draws, in milliwatts.
 *
 * @param device Default: the GPU in use.
 * @throws TorchError where NVIDIA's management library is not there.
 *
 * @example
 * ```ts
 * // needs a GPU
 * console.log(`${torch.cuda.powerDraw() / 1000} W`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.power_draw.html
 */
export function powerDraw(device: Gpu = null): number {
  return sensor(device, 'power');
}

/**
 * The clock of the GPU's processors, in MHz.
 *
 * @param device Default: the GPU in use.
 * @throws TorchError where NVIDIA's management library is not there.
 *
 * @example
 * ```ts
 * // needs a GPU
 * console.log(`${torch.cuda.clockRate()} MHz`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.clock_rate.html
 */
export function clockRate(device: Gpu = null): number {
  return sensor(device, 'clock');
}

/**
 * The programs that compute on the GPU and the memory that they have there, as text; or why that is
 * not known.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * console.log(torch.cuda.listGpuProcesses());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.list_gpu_processes.html
 */
export function listGpuProcesses(device: Gpu = null): string {
  const index = Math.max(gpuIndex(device), 0);
  let processes: number[];
  try {
    processes = native.gpuProcesses(index);
  } catch (error) {
    if (error instanceof TorchError) return error.message;
    throw error;
  }
  const lines = [`GPU:${index}`];
  if (processes.length === 0) lines.push('no processes are running');
  for (let i = 0; i < processes.length; i += 2) {
    const [pid, bytes] = processes.slice(i, i + 2) as [number, number];
    const mebibytes = (bytes / 2 ** 20).toFixed(3).padStart(12);
    lines.push(`process ${String(pid).padStart(10)} uses ${mebibytes} MB GPU memory`);
  }
  return lines.join('\n');
}
