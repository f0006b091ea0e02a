import { builtMinors, type Driver, findStub } from '../addon.js';
import { TorchError } from '../errors.js';
import {
  findLibtorch,
  type Libtorch,
  minorOf,
  requireLibtorch,
  SUPPORTED_MINORS,
} from '../libtorch.js';
import { buildCommand, fetchCommand, isClone } from '../package.js';
import { cudaTag, cudaVersion, readDriver } from './driver.js';
import { type FetchOptions, fetchLibtorch } from './fetch-libtorch.js';
import { DEFAULT_VERSION, releaseOf, type Tag } from './releases.js';

export interface InstallOptions {
  /** The CUDA build. Default: where NVIDIA's driver gives a GPU, and it can be had. */
  cuda?: boolean;
  /** The CPU build, whatever the driver says. */
  cpu?: boolean;
  /** A version, such as `2.13.0` or `2.14`. Default: the one that sconce is developed against. */
  libtorch?: string;
  /** Fetch even where it is there. */
  force?: boolean;
}

/** What an install stands on; tests give their own. */
export interface InstallSetting extends Pick<FetchOptions, 'env' | 'releases'> {
  driver?: () => Driver | null;
  log?: (line: string) => void;
}

const failure = (message: string, code: string) => new TorchError(message, { code });

/** The version that is asked for, spelled whole. */
export function wholeVersion(asked: string | undefined): string {
  if (asked === undefined) return DEFAULT_VERSION;
  return /^\d+\.\d+$/.test(asked) ? releaseOf(asked) : asked;
}

/** The CUDA build that was asked for: the driver's, or, without one (an image), the newest. */
function askedCudaTag(driver: Driver | null): Tag {
  if (driver === null) return 'cu130';
  const tag = cudaTag(driver);
  if (tag !== null) return tag;
  const message = `NVIDIA's driver serves CUDA ${cudaVersion(driver)}, and libtorch needs 12.0 or later`;
  throw failure(message, 'ERR_DRIVER');
}

/** The libtorch that is there already, where nothing in particular is asked for. */
function findUsable(env: NodeJS.ProcessEnv, minors: readonly string[]): Libtorch | null {
  return env.LIBTORCH_DIR ? requireLibtorch({ env, minors }) : findLibtorch({ env, minors });
}

/**
 * What `sconce install` does: sees to it that there is a libtorch for the addon.
 *
 * Without options one that is there is taken as it is. Where NVIDIA's driver gives a GPU the CUDA
 * build is fetched, and where that fails, the one for the CPU.
 *
 * @throws TorchError saying what failed.
 */
export async function install(
  options: InstallOptions = {},
  setting: InstallSetting = {},
): Promise<Libtorch> {
  const { cuda = false, cpu = false, force = false } = options;
  const { env = process.env, driver: askDriver = readDriver } = setting;
  const log = setting.log ?? ((line: string) => console.error(line));
  if (cuda && cpu) throw failure('--cuda and --cpu exclude each other', 'ERR_USAGE');
  const stub = findStub();
  const minors = stub === null ? SUPPORTED_MINORS : builtMinors(stub);
  const driver = cpu ? null : askDriver();
  const serves = driver !== null && driver.devices > 0 ? cudaTag(driver) : null;
  if (!cuda && !cpu && !force && options.libtorch === undefined) {
    const usable = findUsable(env, minors);
    if (usable !== null) {
      if (usable.flavour === 'cpu' && serves !== null) {
        log(`this machine has a GPU: \`${fetchCommand()} --cuda\` gets the libtorch that uses it`);
      }
      return usable;
    }
  }
  const fetch = { ...setting, version: wholeVersion(options.libtorch), force, env, log };
  if (cuda) return fetchLibtorch({ ...fetch, tag: askedCudaTag(driver) });
  if (serves !== null) {
    try {
      return await fetchLibtorch({ ...fetch, tag: serves });
    } catch (error) {
      log(`${(error as Error).message}; the libtorch for the CPU is taken instead`);
    }
  }
  return fetchLibtorch({ ...fetch, tag: 'cpu' });
}

/** What to do where the addon is not built for a libtorch; null where it is. */
export function buildHint({ version }: Libtorch): string | null {
  const stub = findStub();
  if (stub !== null && builtMinors(stub).includes(minorOf(version))) return null;
  const argument = isClone() ? '' : ` --libtorch ${version}`;
  return `there is no addon for it yet: run \`${buildCommand()}${argument}\``;
}
