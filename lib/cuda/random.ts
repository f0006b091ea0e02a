import { Device } from '../device.js';
import { defaultGeneratorOf, type Generator, toSeed } from '../generator.js';
import { idOf } from '../handle.js';
import { native } from '../native.js';
import type { Tensor } from '../tensor.js';
import { deviceOfCode, existingGpu, type Gpu, gpuCode, indexAmong } from './utils.js';

const generatorOf = (device: Gpu): Generator =>
  defaultGeneratorOf(deviceOfCode(gpuCode(existingGpu(device))));

/**
 * Starts the random sequence of the GPU in use; where CUDA is not set up yet, once it is. Nothing
 * happens where there is no CUDA. `torch.manualSeed` starts those of all devices.
 *
 * @param seed Of 64 bits; negative ones count from the top, as in Python.
 *
 * @example
 * ```ts
 * torch.cuda.manualSeed(0);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.manual_seed.html
 */
export function manualSeed(seed: number | bigint): void {
  native.cudaManualSeed(toSeed(seed), false);
}

/**
 * As {@link manualSeed}, of all GPUs.
 *
 * @example
 * ```ts
 * torch.cuda.manualSeedAll(0);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.manual_seed_all.html
 */
export function manualSeedAll(seed: number | bigint): void {
  native.cudaManualSeed(toSeed(seed), true);
}

/**
 * Starts the random sequence of the GPU in use with a seed drawn from the system.
 *
 * @example
 * ```ts
 * torch.cuda.seed();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.seed.html
 */
export function seed(): void {
  native.cudaSeed(false);
}

/**
 * Starts the random sequences of all GPUs with one seed drawn from the system.
 *
 * @example
 * ```ts
 * torch.cuda.seedAll();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.seed_all.html
 */
export function seedAll(): void {
  native.cudaSeed(true);
}

/**
 * The seed that the sequence of the GPU in use was started with.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.manualSeed(7);
 * torch.cuda.initialSeed(); // 7n
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.initial_seed.html
 */
export function initialSeed(): bigint {
  return generatorOf(null).initialSeed();
}

/**
 * The state of a GPU's generator, as a tensor of bytes on the CPU.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const state = torch.cuda.getRngState();
 * const first = torch.rand(2, { device: 'cuda' });
 * torch.cuda.setRngState(state);
 * torch.rand(2, { device: 'cuda' }).equal(first); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_rng_state.html
 */
export function getRngState(device: Exclude<Gpu, null> = 'cuda'): Tensor {
  return generatorOf(device).getState();
}

/**
 * The states of the generators of all GPUs.
 *
 * @example
 * ```ts
 * const states = torch.cuda.getRngStateAll();
 * torch.cuda.setRngStateAll(states);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_rng_state_all.html
 */
export function getRngStateAll(): Tensor[] {
  return Array.from({ length: native.cudaDeviceCount() }, (_, i) => getRngState(i));
}

/**
 * Lets a GPU's generator go on from a state; where CUDA is not set up yet, once it is.
 *
 * @param newState What `getRngState` gave.
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.setRngState(torch.cuda.getRngState());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.set_rng_state.html
 */
export function setRngState(newState: Tensor, device: Exclude<Gpu, null> = 'cuda'): void {
  const isBare = typeof device !== 'number' && Device.from(device).index === null;
  native.cudaSetRngState(idOf(newState), indexAmong('cuda', device, isBare ? () => -1 : undefined));
}

/**
 * Lets the generators of all GPUs go on from states.
 *
 * @param newStates What `getRngStateAll` gave.
 *
 * @example
 * ```ts
 * torch.cuda.setRngStateAll(torch.cuda.getRngStateAll());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.set_rng_state_all.html
 */
export function setRngStateAll(newStates: Iterable<Tensor>): void {
  let index = 0;
  for (const state of newStates) setRngState(state, index++);
}
