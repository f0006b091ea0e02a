import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TorchError } from '../errors.js';
import {
  cacheFolder,
  type Flavour,
  hasHeaders,
  inspectLibtorch,
  type Libtorch,
  minorOf,
  SUPPORTED_MINORS,
} from '../libtorch.js';
import { findFault } from '../utils/checksum.js';
import { diskError } from '../utils/disk.js';
import { download } from '../utils/download.js';
import { withLock } from '../utils/lock.js';
import { extractLibtorch } from './extract.js';
import { addNvidia, bringsCuda } from './nvidia.js';
import { downloadWheel } from './pip.js';
import {
  DEFAULT_VERSION,
  isSupported,
  RELEASES,
  type Releases,
  type Tag,
  unpublished,
  wheelRequirements,
  zipName,
  zipUrl,
} from './releases.js';

export interface FetchOptions {
  /** Default: `DEFAULT_VERSION`. */
  version?: string;
  /** The build. Default: `cpu`. */
  tag?: Tag;
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
  tag: Tag;
  flavour: Flavour;
  name: string;
  cache: string;
  /** A fresh folder beside the final one. */
  work: string;
  env: NodeJS.ProcessEnv;
  releases: Releases;
  log: (line: string) => void;
}

/** Where NVIDIA's wheels lie until they are unpacked: not in a run's own folder, for the next one. */
const nvidiaFolder = (cache: string, tag: Tag) => join(cache, `nvidia-${tag}`);

/** The package index of a build: the official one, or that of the mirror that stands in for it. */
function wheelIndex(releases: Releases, tag: Tag, env: NodeJS.ProcessEnv): string {
  const mirror = env.SCONCE_LIBTORCH_MIRROR?.replace(/\/+$/, '');
  return `${mirror ? `${mirror}/whl` : releases.wheels}/${tag}`;
}

/** Unpacks an archive into the work folder, and makes sure that it is what is wanted. */
async function unpack(archive: string, fetch: Fetch): Promise<string> {
  const { version, tag, flavour, name, work, cache, env, releases, log } = fetch;
  const isWheel = archive.endsWith('.whl');
  const folder = join(work, 'unpacked');
  await rm(folder, { recursive: true, force: true });
  // NVIDIA's libraries are looked for beside a wheel's `torch`, so that a zip becomes one, too.
  const inside = flavour === 'cuda' && !isWheel ? join(folder, 'torch') : folder;
  await mkdir(inside, { recursive: true });
  await extractLibtorch(archive, inside, name);
  const outcome = inspectLibtorch(folder, 'cache', [minorOf(version)]);
  if (typeof outcome === 'string') throw new Error(`${archive} will not do: ${outcome}`);
  if (outcome.version !== version || outcome.flavour !== flavour) {
    throw new Error(
      `${archive} holds libtorch ${outcome.version} (${outcome.flavour}), not ${version} (${flavour})`,
    );
  }
  if (flavour === 'cuda' && process.platform === 'linux' && !(await bringsCuda(outcome.libdir))) {
    await addNvidia(folder, {
      wheel: isWheel ? archive : null,
      tag,
      downloads: nvidiaFolder(cache, tag),
      index: wheelIndex(releases, tag, env),
      env,
      log,
    });
  }
  return folder;
}

/** From a folder that somebody filled by hand: a zip, or a wheel. */
async function fromOffline(offline: string, fetch: Fetch): Promise<string> {
  const { version, tag, releases } = fetch;
  const zip = zipName(version, tag);
  const names = await readdir(offline);
  if (zip !== null && names.includes(zip)) {
    const fault = await findFault(join(offline, zip), releases.pinned[zip] ?? {});
    if (fault !== null) throw new Error(`${join(offline, zip)} is not the right one: ${fault}`);
    return unpack(join(offline, zip), fetch);
  }
  const wheel = [`torch-${version}+${tag}-`, `torch-${version}-`]
    .map((start) => names.find((name) => name.startsWith(start) && name.endsWith('.whl')))
    .find((name) => name !== undefined);
  if (wheel !== undefined) return unpack(join(offline, wheel), fetch);
  throw new Error(`${offline} has neither ${zip ?? 'a zip'} nor torch-${version}*.whl`);
}

/** The official zip, from the official server or from the mirror that stands in for it. */
async function fromZip(base: string, file: string, fetch: Fetch): Promise<string> {
  const { tag, cache, name, releases, work } = fetch;
  // The part file of a run that was broken off is resumed, so it lies outside the work folder.
  const archive = join(cache, file);
  const url = zipUrl(base, file, tag);
  await download([url], archive, { ...releases.pinned[file], label: name });
  await rename(archive, join(work, file));
  return unpack(join(work, file), fetch);
}

async function fromPip(index: string | null, fetch: Fetch): Promise<string> {
  const { version, tag, name, env, work, log } = fetch;
  log(`downloading ${name} by \`python3 -m pip download torch==${version}\``);
  return unpack(await downloadWheel(wheelRequirements(version, tag), work, index, env), fetch);
}

/** Asks each source in order; gives the folder with the unpacked libtorch. */
async function obtain(fetch: Fetch): Promise<string> {
  const { version, tag, name, env, releases, log } = fetch;
  const reasons: string[] = [];
  const attempt = async (task: () => Promise<string>): Promise<string | null> => {
    try {
      return await task();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC') throw error;
      const reason = message.replaceAll(/\s*\n\s*/g, ' ');
      reasons.push(reason.replace(`cannot download ${name}: `, ''));
      return null;
    }
  };
  const fail = () =>
    new TorchError(`cannot get ${name}: ${reasons.join('; ')}`, { code: 'ERR_LIBTORCH_FETCH' });

  const offline = env.SCONCE_LIBTORCH_OFFLINE;
  if (offline) {
    const folder = await attempt(() => fromOffline(offline, fetch));
    if (folder === null) throw fail();
    return folder;
  }
  const file = zipName(version, tag);
  if (file !== null) {
    const folder = await attempt(() =>
      fromZip(env.SCONCE_LIBTORCH_MIRROR || releases.zips, file, fetch),
    );
    if (folder !== null) return folder;
    log(reasons[0] as string);
  }
  // Where the zips' server did not answer, the wheels' would not either, and pip waits long.
  const index = file === null && !env.SCONCE_LIBTORCH_MIRROR ? `${releases.wheels}/${tag}` : null;
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

/** @throws TorchError where no such libtorch exists, before anything is asked of the network. */
function checkRelease(version: string, flavour: Flavour): void {
  if (!isSupported(version)) {
    const known = SUPPORTED_MINORS.join(', ');
    throw new TorchError(`no libtorch ${version}: sconce takes ${known}, such as 2.13.0`, {
      code: 'ERR_LIBTORCH_VERSION',
    });
  }
  const reason = unpublished(flavour);
  if (reason !== null) throw new TorchError(reason, { code: 'ERR_LIBTORCH_PLATFORM' });
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
  const { version = DEFAULT_VERSION, tag = 'cpu', force = false } = options;
  const { env = process.env, releases = RELEASES } = options;
  const log = options.log ?? ((line: string) => console.error(line));
  const flavour = tag === 'cpu' ? 'cpu' : 'cuda';
  checkRelease(version, flavour);
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
          const fetch = { version, tag, flavour, name, cache, work, env, releases, log } as const;
          const unpacked = await obtain(fetch);
          await replaceFolder(folder, unpacked, work);
          const zip = zipName(version, tag);
          // What a broken-off download left is of no more use.
          if (zip !== null) await rm(join(cache, `${zip}.part`), { force: true });
          await rm(nvidiaFolder(cache, tag), { recursive: true, force: true });
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
