import { TorchError } from '../errors.js';
import { native } from '../native.js';

/** What sconce's small library that links CUDA gives to `torch.cuda`. */
export interface CudaLibrary {
  setMemoryFraction(fraction: number, device: number): void;
  memoryFraction(device: number): number;
}

let library: CudaLibrary | null = null;

/** Called by what loads that library. @internal */
export function setCudaLibrary(loaded: CudaLibrary): void {
  library = loaded;
}

/** The library, for a function that cannot do without. @internal */
export function cudaLibrary(where: string): CudaLibrary {
  native.initCuda();
  if (library !== null) return library;
  throw new TorchError(
    `torch.cuda.${where}() needs sconce's library that links CUDA, which is not there; run \`npx sconce doctor\``,
    { code: 'ERR_CUDA_LIBRARY' },
  );
}
