import { native } from '../native.js';

/** NVIDIA's numbers for what its driver tells of a GPU: `CUdevice_attribute`. */
const attributes = {
  maxThreadsPerBlock: 1,
  sharedMemoryPerBlock: 8,
  warpSize: 10,
  clockRate: 13,
  multiProcessorCount: 16,
  isIntegrated: 18,
  pciBusId: 33,
  pciDeviceId: 34,
  memoryClockRate: 36,
  memoryBusWidth: 37,
  L2CacheSize: 38,
  maxThreadsPerMultiProcessor: 39,
  pciDomainId: 50,
  major: 75,
  minor: 76,
  sharedMemoryPerMultiprocessor: 81,
  regsPerMultiprocessor: 82,
  isMultiGpuBoard: 84,
  sharedMemoryPerBlockOptin: 97,
};

const mebibytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)}MB`;

/**
 * What a GPU is and has, as NVIDIA's driver tells; `torch.cuda.getDeviceProperties` gives it.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const { multiProcessorCount, major, minor } = torch.cuda.getDeviceProperties(0);
 * ```
 * @see https://pytorch.org/docs/stable/cuda.html
 */
export class DeviceProperties {
  readonly name: string;
  readonly uuid: string;
  /** Bytes. */
  readonly totalMemory: number;
  readonly major: number;
  readonly minor: number;
  readonly multiProcessorCount: number;
  readonly isIntegrated: number;
  readonly isMultiGpuBoard: number;
  readonly maxThreadsPerBlock: number;
  readonly maxThreadsPerMultiProcessor: number;
  readonly warpSize: number;
  readonly regsPerMultiprocessor: number;
  /** Bytes. */
  readonly sharedMemoryPerBlock: number;
  /** Bytes, for a kernel that asks for more. */
  readonly sharedMemoryPerBlockOptin: number;
  /** Bytes. */
  readonly sharedMemoryPerMultiprocessor: number;
  /** Bytes. */
  readonly L2CacheSize: number;
  /** Kilohertz. */
  readonly clockRate: number;
  /** Kilohertz. */
  readonly memoryClockRate: number;
  /** Bits. */
  readonly memoryBusWidth: number;
  readonly pciBusId: number;
  readonly pciDeviceId: number;
  readonly pciDomainId: number;

  /** @internal */
  constructor(index: number) {
    const values = native.deviceAttributes(index, Object.values(attributes));
    const of = (name: keyof typeof attributes) =>
      values[Object.keys(attributes).indexOf(name)] as number;
    this.name = native.deviceName(index);
    this.uuid = native.deviceUuid(index);
    this.totalMemory = native.deviceMemory(index);
    this.major = of('major');
    this.minor = of('minor');
    this.multiProcessorCount = of('multiProcessorCount');
    this.isIntegrated = of('isIntegrated');
    this.isMultiGpuBoard = of('isMultiGpuBoard');
    this.maxThreadsPerBlock = of('maxThreadsPerBlock');
    this.maxThreadsPerMultiProcessor = of('maxThreadsPerMultiProcessor');
    this.warpSize = of('warpSize');
    this.regsPerMultiprocessor = of('regsPerMultiprocessor');
    this.sharedMemoryPerBlock = of('sharedMemoryPerBlock');
    this.sharedMemoryPerBlockOptin = of('sharedMemoryPerBlockOptin');
    this.sharedMemoryPerMultiprocessor = of('sharedMemoryPerMultiprocessor');
    this.L2CacheSize = of('L2CacheSize');
    this.clockRate = of('clockRate');
    this.memoryClockRate = of('memoryClockRate');
    this.memoryBusWidth = of('memoryBusWidth');
    this.pciBusId = of('pciBusId');
    this.pciDeviceId = of('pciDeviceId');
    this.pciDomainId = of('pciDomainId');
  }

  /** As Python's `repr` prints it. */
  toString(): string {
    return `_CudaDeviceProperties(name='${this.name}', major=${this.major}, minor=${this.minor}, total_memory=${mebibytes(this.totalMemory)}, multi_processor_count=${this.multiProcessorCount}, uuid=${this.uuid}, pci_bus_id=${this.pciBusId}, pci_device_id=${this.pciDeviceId}, pci_domain_id=${this.pciDomainId}, L2_cache_size=${mebibytes(this.L2CacheSize)})`;
  }
}
