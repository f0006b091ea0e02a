import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TorchError } from '../lib/errors.js';
import {
  cacheFolder,
  type Flavour,
  findLibtorch,
  hasHeaders,
  inspectLibtorch,
  type Libtorch,
  minorOf,
  requireLibtorch,
  SUPPORTED_MINORS,
} from '../lib/libtorch.js';
import { type Checks, findFault } from '../lib/utils/checksum.js';
import { diskError } from '../lib/utils/disk.js';
import { download } from '../lib/utils/download.js';
import { withLock } from '../lib/utils/lock.js';
import { extractLibtorch } from './libtorch/extract.js';
import { downloadWheel } from './libtorch/pip.js';
import { isMain } from './main.js';

/** The libtorch that sconce is developed against. */
export const DEFAULT_VERSION = '2.13.0';

/** Where libtorch comes from. */
export interface Releases {
  /** The server of the zips; `SCONCE_LIBTORCH_MIRROR` stands in for it. */
  zips: string;
  /** The package index of the CPU wheels. */
  wheels: string;
  /** The size and hash of each zip that was looked at, by its file name. */
  pinned: Record<string, Checks>;
}

export const RELEASES: Releases = {
  zips: 'https://download.pytorch.org/libtorch',
  wheels: 'https://download.pytorch.org/whl/cpu',
  pinned: {
    'libtorch-shared-with-deps-2.13.0+cpu.zip': {
      size: 126_385_248,
      sha256: 'edbf4cbed78433d803e90a65f1752e57783d164bce66c95c0872b2ab8f5c159e',
    },
    'libtorch-shared-with-deps-2.14.1+cpu.zip': {
      sha256: '0f02329a5266153cffa9dc12926ff2221fa626207b894d40bd61905cc2079821',
    },
    'libtorch-macos-arm64-2.13.0.zip': {
      sha256: '1e10c6c4dc2764150c9fb2ad28e1889191302734e7f939108e5d2f22f21a06f8',
    },
  },
};

export interface FetchOptions {
  /** Default: `DEFAULT_VERSION`. */
  version?: string;
  /** Default: `cpu`. */
  flavour?: Flavour;
  /** Fetch even where the cache has it. */
  force?: boolean;
  env?: NodeJS.ProcessEnv;
  releases?: Releases;
  /** Takes what is told to the user, one line at a time. Default: stderr. */
  log?: (line: string) => void;
}

/** One fetch: what is wanted, and where it is being put together. */
interface Fetch {
  version: string;
  flavour: Flavour;
  name: string;
  cache: string;
  /** A fresh folder beside the final one. */
  work: string;
  env: NodeJS.ProcessEnv;
  releases: Releases;
  log: (line: string) => void;
}

/** The name of the official zip for this machine, or null where there is none. */
export function zipName(
  version: string,
  platform: string = process.platform,
  arch: string = process.arch,
): string | null {
  if (platform === 'linux' && arch === 'x64') return `libtorch-shared-with-deps-${version}+cpu.zip`;
  if (platform === 'win32' && arch === 'x64') {
    return `libtorch-win-shared-with-deps-${version}+cpu.zip`;
  }
  if (platform === 'darwin' && arch === 'arm64') return `libtorch-macos-arm64-${version}.zip`;
  return null;
}

/** Unpacks an archive into the work folder, and makes sure that it is what is wanted. */
async function unpack(archive: string, fetch: Fetch): Promise<string> {
  const { version, flavour, name, work } = fetch;
  const folder = join(work, 'unpacked');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await extractLibtorch(archive, folder, name);
  const outcome = inspectLibtorch(folder, 'cache', [minorOf(version)]);
  if (typeof outcome === 'string') throw new Error(`${archive} will not do: ${outcome}`);
  if (outcome.version !== version || outcome.flavour !== flavour) {
    throw new Error(
      `${archive} holds libtorch ${outcome.version} (${outcome.flavour}), not ${version} (${flavour})`,
    );
  }
  return folder;
}

/** From a folder that somebody filled by hand: a zip, or a wheel. */
async function fromOffline(offline: string, fetch: Fetch): Promise<string> {
  const { version, releases } = fetch;
  const zip = zipName(version);
  const names = await readdir(offline);
  if (zip !== null && names.includes(zip)) {
    const fault = await findFault(join(offline, zip), releases.pinned[zip] ?? {});
    if (fault !== null) throw new Error(`${join(offline, zip)} is not the right one: ${fault}`);
    return unpack(join(offline, zip), fetch);
  }
  const wheel = names.find((name) => /^torch-(.+?)(\+cpu)?-.*\.whl$/.exec(name)?.[1] === version);
  if (wheel !== undefined) return unpack(join(offline, wheel), fetch);
  throw new Error(`${offline} has neither ${zip ?? 'a zip'} nor torch-${version}*.whl`);
}

/** The official zip, from the official server or from the mirror that stands in for it. */
async function fromZip(base: string, file: string, fetch: Fetch): Promise<string> {
  const { cache, name, releases, work } = fetch;
  const url = `${base.replace(/\/+$/, '')}/cpu/${encodeURIComponent(file)}`;
  // The part file of a run that was broken off is resumed, so it lies outside the work folder.
  const archive = join(cache, file);
  await download([url], archive, { ...releases.pinned[file], label: name });
  await rename(archive, join(work, file));
  return unpack(join(work, file), fetch);
}

async function fromPip(index: string | null, fetch: Fetch): Promise<string> {
  const { version, name, env, work, log } = fetch;
  log(`downloading ${name} by \`python3 -m pip download torch==${version}\``);
  const requirements = [`torch==${version}+cpu`];
  // PyPI's plain wheel for x64 Linux is the CUDA one, elsewhere it is the CPU one.
  if (process.platform !== 'linux' || process.arch !== 'x64')
    requirements.push(`torch==${version}`);
  return unpack(await downloadWheel(requirements, work, index, env), fetch);
}

/** Asks each source in order; gives the folder with the unpacked libtorch. */
async function obtain(fetch: Fetch): Promise<string> {
  const { version, name, env, releases, log } = fetch;
  const reasons: string[] = [];
  const attempt = async (task: () => Promise<string>): Promise<string | null> => {
    try {
      return await task();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
      reasons.push((error as Error).message.replaceAll(/\s*\n\s*/g, ' '));
      return null;
    }
  };
  const fail = () => {
    const message = `cannot get ${name}:\n  ${reasons.join('\n  ')}`;
    return new TorchError(message, { code: 'ERR_LIBTORCH_FETCH' });
  };

  const offline = env.SCONCE_LIBTORCH_OFFLINE;
  if (offline) {
    const folder = await attempt(() => fromOffline(offline, fetch));
    if (folder === null) throw fail();
    return folder;
  }
  const file = zipName(version);
  if (file !== null) {
    const folder = await attempt(() =>
      fromZip(env.SCONCE_LIBTORCH_MIRROR || releases.zips, file, fetch),
    );
    if (folder !== null) return folder;
    log(reasons[0] as string);
  }
  // Where the zips' server did not answer, the wheels' would not either, and pip waits long.
  const index = file === null && !env.SCONCE_LIBTORCH_MIRROR ? releases.wheels : null;
  const folder = await attempt(() => fromPip(index, fetch));
  if (folder === null) throw fail();
  return folder;
}

/** The cache's libtorch of this version and flavour, where it has headers, too. */
function findCached(folder: string, version: string): Libtorch | null {
  const outcome = inspectLibtorch(folder, 'cache');
  return typeof outcome !== 'string' && outcome.version === version && hasHeaders(outcome)
    ? outcome
    : null;
}

/**
 * Fetches a libtorch into the cache (`~/.cache/sconce/libtorch-VERSION-FLAVOUR`), and answers at
 * once where it is there already.
 *
 * Sources, in order: the folder `SCONCE_LIBTORCH_OFFLINE`, and then nothing else; the official
 * zip, or the mirror `SCONCE_LIBTORCH_MIRROR`; the user's own `pip download`. Only one process
 * fetches at a time, and the folder gets its name when it is whole.
 *
 * @throws TorchError `ERR_LIBTORCH_FETCH` naming each source and why it failed.
 */
export async function fetchLibtorch(options: FetchOptions = {}): Promise<Libtorch> {
  const { version = DEFAULT_VERSION, flavour = 'cpu', force = false } = options;
  const { env = process.env, releases = RELEASES } = options;
  const log = options.log ?? ((line: string) => console.error(line));
  if (!/^\d+\.\d+\.\d+$/.test(version) || !isSupported(version)) {
    const known = SUPPORTED_MINORS.join(', ');
    throw new TorchError(`no libtorch ${version}: sconce takes ${known}, such as 2.13.0`, {
      code: 'ERR_LIBTORCH_VERSION',
    });
  }
  if (flavour === 'cuda') {
    const message =
      'a CUDA libtorch cannot be fetched yet: install torch with pip, and have its python3 on the ' +
      'PATH or set LIBTORCH_DIR to its folder';
    throw new TorchError(message, { code: 'ERR_LIBTORCH_FLAVOUR' });
  }
  const cache = cacheFolder(env);
  const folder = join(cache, `libtorch-${version}-${flavour}`);
  const name = `libtorch ${version} (${flavour})`;
  const ready = findCached(folder, version);
  if (ready && !force) return ready;
  try {
    await mkdir(cache, { recursive: true });
    return await withLock(
      `${folder}.lock`,
      async () => {
        const meanwhile = findCached(folder, version);
        if (meanwhile && !force) return meanwhile;
        await removeLeftovers(folder, cache);
        const work = await mkdtemp(`${folder}.work-`);
        try {
          const fetch = { version, flavour, name, cache, work, env, releases, log };
          const unpacked = await obtain(fetch);
          await replaceFolder(folder, unpacked, work);
          const zip = zipName(version);
          // What a broken-off download left is of no more use.
          if (zip !== null) await rm(join(cache, `${zip}.part`), { force: true });
        } finally {
          await rm(work, { recursive: true, force: true });
        }
        const libtorch = findCached(folder, version);
        if (libtorch === null) throw new Error(`${folder} has no headers`);
        return libtorch;
      },
      (pid) => log(`${name}: waiting for process ${pid ?? '?'}, which is fetching it`),
    );
  } catch (error) {
    throw diskError(cache, error, 'SCONCE_CACHE may name another folder');
  }
}

function isSupported(version: string): boolean {
  return (SUPPORTED_MINORS as readonly string[]).includes(minorOf(version));
}

/** Removes the work folders of killed runs; whoever holds the lock is the only one at work. */
async function removeLeftovers(folder: string, cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    if (path.startsWith(`${folder}.work-`)) await rm(path, { recursive: true, force: true });
  }
}

/** Puts the new folder in the old one's place; a process that runs from the old one keeps it. */
async function replaceFolder(folder: string, unpacked: string, work: string): Promise<void> {
  await rename(folder, join(work, 'old')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(unpacked, folder);
}

/**
 * The libtorch to build against: one that is on this machine, else one that is fetched.
 *
 * @throws TorchError where `LIBTORCH_DIR` names none that will do, or where none can be had.
 */
export async function ensureLibtorch(options: FetchOptions = {}): Promise<Libtorch> {
  const { env = process.env } = options;
  if (env.LIBTORCH_DIR) return requireLibtorch({ env });
  const found = findLibtorch({ env });
  return found && hasHeaders(found) ? found : fetchLibtorch(options);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      version: { type: 'string' },
      cpu: { type: 'boolean' },
      cuda: { type: 'boolean' },
      force: { type: 'boolean' },
    },
  });
  const { version, cpu, cuda, force } = values;
  const flavour = cuda ? 'cuda' : 'cpu';
  const any = !version && !cpu && !cuda && !force;
  const { root, ...libtorch } = any
    ? await ensureLibtorch()
    : await fetchLibtorch({ version, flavour, force });
  console.error(`libtorch ${libtorch.version} (${libtorch.flavour}) is in ${root}`);
}

if (isMain(import.meta.url)) {
  main().catch((error: Error) => {
    console.error(`fetch-libtorch: ${error.message}`);
    process.exitCode = 1;
  });
}
