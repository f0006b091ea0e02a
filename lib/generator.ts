import { Device } from './device.js';
import { setGeneratorReader } from './dispatch.js';
import { ValueError } from './errors.js';
import { idOf, setId } from './handle.js';
import { native } from './native.js';
import { Tensor } from './tensor.js';
import type { DeviceLike } from './types.js';

const LARGEST_SEED = 2n ** 64n - 1n;

/** A seed as libtorch takes it: 64 bits, where negative ones count from the top. @internal */
export function toSeed(seed: number | bigint): bigint {
  if (typeof seed !== 'bigint' && !Number.isSafeInteger(seed)) {
    throw new TypeError(
      `a seed must be an integer, got ${typeof seed === 'number' ? seed : typeof seed}; use a bigint for large ones`,
    );
  }
  const value = BigInt(seed);
  if (value > LARGEST_SEED || value < -(2n ** 63n)) {
    throw new ValueError(`a seed must lie in [-2^63, 2^64 - 1], got ${value}`);
  }
  return BigInt.asUintN(64, value);
}

let makeDefault: (device: number) => Generator;

/**
 * A source of random numbers with a state of its own.
 *
 * @param device Where its numbers are made. Default: the CPU.
 *
 * @example
 * ```ts
 * const generator = new torch.Generator().manualSeed(0);
 * torch.rand(2, { generator }); // tensor([0.4963, 0.7682])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.Generator.html
 */
export class Generator {
  #id = 0;

  constructor(device: DeviceLike = 'cpu') {
    const { code, index } = Device.from(device);
    this.#id = native.createGenerator(code * 256 + (index ?? -1) + 1, this);
  }

  /** Starts the sequence of `seed`, and returns the generator. */
  manualSeed(seed: number | bigint): this {
    native.generatorManualSeed(this.#id, toSeed(seed));
    return this;
  }

  /** Starts the sequence of a seed drawn from the system, and returns that seed. */
  seed(): bigint {
    return native.generatorSeed(this.#id);
  }

  /** The seed that the sequence was started with. */
  initialSeed(): bigint {
    return native.generatorInitialSeed(this.#id);
  }

  /** The state, as a tensor of bytes. */
  getState(): Tensor {
    const state = new Tensor();
    setId(state, native.generatorGetState(this.#id, state));
    return state;
  }

  /** Goes on from a state that `getState` gave. */
  setState(state: Tensor): void {
    native.generatorSetState(this.#id, idOf(state));
  }

  /** Where its numbers are made. */
  get device(): Device {
    const code = native.generatorDevice(this.#id);
    return Device.ofCode(Math.floor(code / 256), (code % 256) - 1);
  }

  static {
    setGeneratorReader((value) => (#id in value ? value.#id : undefined));
    makeDefault = (device) => {
      const generator = new Generator();
      generator.#id = native.defaultGenerator(device, generator);
      return generator;
    };
  }
}

/** The CPU's generator, which operators draw from where none is given. */
export const defaultGenerator = makeDefault(0);

/** The generator that operators on a device draw from. @internal */
export function defaultGeneratorOf({ code, index }: Device): Generator {
  return makeDefault(code * 256 + (index ?? -1) + 1);
}

/** GPUs that are not set up yet get the seed when they are. */
function seedAll(seed: bigint): void {
  native.manualSeed(seed);
  native.cudaManualSeed(seed, true);
}

/**
 * Starts the random sequences of all devices, and returns the CPU's generator.
 *
 * @param seed Of 64 bits; negative ones count from the top, as in Python.
 *
 * @example
 * ```ts
 * torch.manualSeed(0);
 * torch.rand(2); // tensor([0.4963, 0.7682])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.manual_seed.html
 */
export function manualSeed(seed: number | bigint): Generator {
  seedAll(toSeed(seed));
  return defaultGenerator;
}

/**
 * The seed that the CPU's sequence was started with.
 *
 * @example
 * ```ts
 * torch.manualSeed(7);
 * torch.initialSeed(); // 7n
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.initial_seed.html
 */
export function initialSeed(): bigint {
  return defaultGenerator.initialSeed();
}

/**
 * Starts the sequences of all devices with a seed drawn from the system, and returns that seed.
 *
 * @example
 * ```ts
 * const seed = torch.seed();
 * torch.initialSeed() === seed; // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.seed.html
 */
export function seed(): bigint {
  const drawn = defaultGenerator.seed();
  seedAll(drawn);
  return drawn;
}

/**
 * The state of the CPU's generator, as a tensor of bytes.
 *
 * @example
 * ```ts
 * const state = torch.getRngState();
 * const first = torch.rand(3);
 * torch.setRngState(state);
 * torch.rand(3).equal(first); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.get_rng_state.html
 */
export function getRngState(): Tensor {
  return defaultGenerator.getState();
}

/**
 * Goes on from a state that `getRngState` gave.
 *
 * @example
 * ```ts
 * torch.manualSeed(0);
 * const state = torch.getRngState();
 * torch.rand(100);
 * torch.setRngState(state);
 * torch.rand(2); // tensor([0.4963, 0.7682])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_rng_state.html
 */
export function setRngState(state: Tensor): void {
  defaultGenerator.setState(state);
}
