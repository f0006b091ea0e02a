/**
 * Random numbers: their seeds and the states of their generators; Python's `torch.random`.
 *
 * @see https://pytorch.org/docs/stable/random.html
 * @module
 */
import { getRngState as getCudaRngState, setRngState as setCudaRngState } from './cuda/random.js';
import type { Gpu } from './cuda/utils.js';
import { ValueError } from './errors.js';
import { getRngState, setRngState } from './generator.js';
import { ModeGuard, within } from './grad-mode.js';
import { native } from './native.js';
import { type Call, checkFlags, Signature } from './options.js';
import type { Tensor } from './tensor.js';
import { warn } from './warnings.js';

export { getRngState, initialSeed, manualSeed, seed, setRngState } from './generator.js';

/** The options of {@link forkRng}. */
export interface ForkRngOptions {
  /** The GPUs whose states are kept. Default: all. */
  devices?: Iterable<Exclude<Gpu, null>> | null;
  /** Whether anything is kept. Default: true. */
  enabled?: boolean;
  /** The type of `devices`: `'cuda'`; or `'meta'`, for which nothing is kept. Default: `'cuda'`. */
  deviceType?: string | null;
}

const signature = new Signature<Required<ForkRngOptions>>(
  'torch.random.forkRng()',
  { devices: null, enabled: true },
  { deviceType: null },
);

type Arguments = Call<
  [],
  [devices: Iterable<Exclude<Gpu, null>> | null, enabled: boolean],
  ForkRngOptions
>;

function keepStates(devices: Iterable<Exclude<Gpu, null>> | null): ModeGuard {
  const count = native.cudaDeviceCount();
  if (devices === null && count > 1) {
    warn(
      `torch.random.forkRng: the states of all ${count} GPUs are kept, which sets all of them up; say which are used by \`devices\``,
    );
  }
  const gpus = [...(devices ?? Array.from({ length: count }, (_, i) => i))];
  const cpu = getRngState();
  const states = gpus.map((gpu): [Tensor, Exclude<Gpu, null>] => [getCudaRngState(gpu), gpu]);
  return new ModeGuard(() => {
    setRngState(cpu);
    for (const [state, gpu] of states) setCudaRngState(state, gpu);
  });
}

/**
 * Runs `body` and lets the generators go on afterwards as if it had drawn no random numbers; its
 * result is returned. Without a function at the end, returns a guard that does so when it is disposed
 * of.
 *
 * Further arguments, by position or by name: {@link ForkRngOptions}.
 *
 * @example
 * ```ts
 * torch.manualSeed(0);
 * torch.random.forkRng(() => torch.rand(100));
 * torch.rand(2); // tensor([0.4963, 0.7682])
 * ```
 * @see https://pytorch.org/docs/stable/random.html#torch.random.fork_rng
 */
export function forkRng<R>(...args: [...Arguments, body: () => R]): R;
export function forkRng(...args: Arguments): ModeGuard;
export function forkRng<R>(...args: unknown[]): R | ModeGuard {
  const last = args.at(-1);
  const body = typeof last === 'function' ? (last as () => R) : undefined;
  const { devices, enabled, deviceType } = signature.bind(body ? args.slice(0, -1) : args);
  checkFlags('torch.random.forkRng()', { enabled });
  if (deviceType !== null && deviceType !== 'cuda' && deviceType !== 'meta') {
    throw new ValueError(
      `torch.random.forkRng(): deviceType must be 'cuda' or 'meta', got ${String(deviceType)}`,
    );
  }
  const isKept = enabled && deviceType !== 'meta';
  return within(isKept ? keepStates(devices) : new ModeGuard(() => {}), body);
}
