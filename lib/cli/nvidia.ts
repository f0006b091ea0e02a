import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { extractLibtorch, readEntry } from './extract.js';
import { fetchNvidiaWheels } from './nvidia-wheels.js';
import { downloadWheels } from './pip.js';
import { nvidiaRequirements, type Tag } from './releases.js';

/** The packages that a torch wheel asks for to have CUDA's libraries, from its metadata. */
export function parseRequirements(metadata: string): string[] {
  return [...metadata.matchAll(/^Requires-Dist: ((?:nvidia-|cuda-toolkit)[^;\n]*)/gm)].map(
    (match) => (match[1] as string).trim(),
  );
}

/** Whether a libtorch has CUDA's libraries in its own folder, as Windows' zips and older ones do. */
export async function bringsCuda(libdir: string): Promise<boolean> {
  return (await readdir(libdir)).some((name) => /^(lib)?cudart/.test(name));
}

/** The wheels of NVIDIA's that lie in a folder. */
async function nvidiaWheels(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^nvidia_.*\.whl$/.test(name));
  return names.map((name) => join(folder, name));
}

/** What NVIDIA's libraries are needed for, and where to get them. */
interface Need {
  /** The torch wheel; null where libtorch is a zip's. */
  wheel: string | null;
  tag: Tag;
  /** A folder to download to, which stays where a run is broken off. */
  downloads: string;
  /** The package index that has them. */
  index: string;
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
}

/** What the torch wheel asks for, by the user's own pip. */
async function byPip({ wheel, tag, downloads, env }: Need): Promise<string[]> {
  const metadata = /^torch-[^/]*\.dist-info\/METADATA$/;
  const requirements =
    wheel === null ? nvidiaRequirements(tag) : parseRequirements(await readEntry(wheel, metadata));
  await downloadWheels(requirements, downloads, env);
  return nvidiaWheels(downloads);
}

/** Those that a zip goes with, from the index; where that has them not, by pip. */
async function byIndex(need: Need): Promise<string[]> {
  const { tag, downloads, index, log } = need;
  try {
    return await fetchNvidiaWheels(tag as Exclude<Tag, 'cpu'>, index, downloads);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    const { message } = error as Error;
    log(`${message}; asking pip`);
    try {
      return await byPip(need);
    } catch (second) {
      throw new Error(`${message}; ${(second as Error).message}`);
    }
  }
}

/**
 * Adds NVIDIA's libraries, which libtorch looks for in `nvidia` beside `torch`. They come from the
 * folder `SCONCE_LIBTORCH_OFFLINE`, else from the package index beside the zips, else from the
 * user's own pip.
 *
 * @param folder - The folder around `torch`.
 */
export async function addNvidia(folder: string, need: Need): Promise<void> {
  const { downloads, env } = need;
  const offline = env.SCONCE_LIBTORCH_OFFLINE;
  if (!offline) await mkdir(downloads, { recursive: true });
  const wheels = await (offline
    ? nvidiaWheels(offline)
    : need.wheel === null
      ? byIndex(need)
      : byPip(need));
  if (wheels.length === 0) {
    throw new Error(`${offline || 'pip'} has none of NVIDIA's wheels, which this libtorch needs`);
  }
  for (const path of wheels) {
    await extractLibtorch(path, folder, basename(path).split('-', 2).join(' '));
    // They are large: what is unpacked need not lie there twice.
    if (dirname(path) === downloads) await rm(path);
  }
}
