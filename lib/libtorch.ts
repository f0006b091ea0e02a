import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { TorchError } from './errors.js';
import { buildCommand, fetchCommand, resourcesFolder } from './package.js';
import { findPython, findTorchByAsking, findTorchByFiles } from './utils/python.js';

/** The minor versions of libtorch for which an addon library can be built. */
export const SUPPORTED_MINORS = ['2.11', '2.12', '2.13', '2.14'] as const;

export type Flavour = 'cpu' | 'cuda';

/** Where a libtorch was found. */
export type LibtorchSource = 'LIBTORCH_DIR' | 'resources' | 'cache' | 'python';

/** A libtorch on this machine. */
export interface Libtorch {
  /** The folder of the shared libraries. */
  libdir: string;
  /** The folder that holds `lib` and, where it can be built against, `include`. */
  root: string;
  /** Such as `2.13.0`, without a local part such as `+cpu`. */
  version: string;
  flavour: Flavour;
  source: LibtorchSource;
}

/** A place that was looked at and holds no libtorch that can be used. */
export interface Refusal {
  source: LibtorchSource;
  path: string;
  reason: string;
}

/** The outcome of a search. */
export interface Search {
  found: Libtorch | null;
  refused: Refusal[];
}

export interface SearchOptions {
  /** The environment to read. Default: the process's. */
  env?: NodeJS.ProcessEnv;
  /** The minor versions that will do. Default: all supported ones. */
  minors?: readonly string[];
}

/** The file name of one of libtorch's libraries on this platform: `libc10.so` for `c10`. */
export function libraryName(name: string): string {
  if (process.platform === 'win32') return `${name}.dll`;
  return process.platform === 'darwin' ? `lib${name}.dylib` : `lib${name}.so`;
}

/** The `2.13` of `2.13.0`. */
export function minorOf(version: string): string {
  return version.split('.', 2).join('.');
}

/** The folder that keeps what sconce downloads: `SCONCE_CACHE`, else one in the user's cache. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.SCONCE_CACHE) return resolve(env.SCONCE_CACHE);
  const xdg = env.XDG_CACHE_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, 'sconce');
  const local = process.platform === 'win32' && env.LOCALAPPDATA;
  return local ? join(local, 'sconce') : join(env.HOME || homedir(), '.cache', 'sconce');
}

const isLibrary = (path: string) => existsSync(path) && statSync(path).size > 0;

/** Where the folder's files tell the version: a wheel's, a zip's, and the headers. */
const VERSION_FILES: [path: string, pattern: RegExp][] = [
  ['version.py', /__version__ = '(\d+)\.(\d+)\.(\d+)/],
  ['build-version', /^(\d+)\.(\d+)\.(\d+)/],
  [
    'include/torch/headeronly/version.h',
    /_VERSION_MAJOR (\d+).*_VERSION_MINOR (\d+).*_VERSION_PATCH (\d+)/s,
  ],
];

function readVersion(root: string): string | null {
  for (const [path, pattern] of VERSION_FILES) {
    if (!existsSync(join(root, path))) continue;
    const match = pattern.exec(readFileSync(join(root, path), 'utf8'));
    if (match) return match.slice(1, 4).join('.');
  }
  return null;
}

/**
 * Looks at one folder: a libtorch zip's, its `lib`, a wheel's `torch`, or a folder around one.
 *
 * @returns the libtorch, or why there is none that can be used, as a clause.
 */
export function inspectLibtorch(
  folder: string,
  source: LibtorchSource,
  minors: readonly string[] = SUPPORTED_MINORS,
): Libtorch | string {
  const core = libraryName('torch_cpu');
  const libdir = [
    join(folder, 'lib'),
    join(folder, 'torch', 'lib'),
    join(folder, 'libtorch', 'lib'),
    folder,
  ].find((candidate) => isLibrary(join(candidate, core)));
  if (libdir === undefined) {
    return existsSync(folder) ? `it has no lib/${core}` : 'it does not exist';
  }
  if (!isLibrary(join(libdir, libraryName('c10')))) return `it has no lib/${libraryName('c10')}`;
  const root = dirname(libdir);
  const version = readVersion(root);
  if (version === null) return 'its version is not known (no version.py, no build-version)';
  if (!minors.includes(minorOf(version))) {
    return `it is libtorch ${version}, and sconce takes ${minors.join(', ')}`;
  }
  const flavour = existsSync(join(libdir, libraryName('torch_cuda'))) ? 'cuda' : 'cpu';
  return { libdir, root, version, flavour, source };
}

/** Whether the libtorch has the headers that building the addon takes. */
export function hasHeaders(libtorch: Libtorch): boolean {
  return existsSync(join(libtorch.root, 'include', 'ATen', 'ATen.h'));
}

/** Whether NVIDIA's driver is there, so that a CUDA libtorch makes sense. */
function hasNvidiaDriver(): boolean {
  if (process.platform === 'win32') {
    return existsSync(join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'nvcuda.dll'));
  }
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/dxg');
}

/** The cache's folders, best first: the flavour that fits this machine, then the newest. */
function cachedFolders(cache: string): string[] {
  const names = existsSync(cache) ? readdirSync(cache) : [];
  const folders = names.flatMap((name) => {
    const match = /^libtorch-(\d+)\.(\d+)\.(\d+)-(cpu|cuda)$/.exec(name);
    return match ? [{ name, order: match.slice(1, 4).map(Number), flavour: match[4] }] : [];
  });
  const wanted = folders.length > 1 && hasNvidiaDriver() ? 'cuda' : 'cpu';
  folders.sort((a, b) => {
    if (a.flavour !== b.flavour) return a.flavour === wanted ? -1 : 1;
    const differing = a.order.findIndex((part, i) => part !== b.order[i]);
    return differing < 0 ? 0 : (b.order[differing] as number) - (a.order[differing] as number);
  });
  return folders.map(({ name }) => join(cache, name));
}

/** A place to look at, or the reason why there is nothing to look at. */
interface Place {
  source: LibtorchSource;
  path: string;
  absent?: string;
}

/** The places to look at, in order; a generator, so that later ones cost nothing when not needed. */
function* places(env: NodeJS.ProcessEnv): Generator<Place> {
  if (env.LIBTORCH_DIR) {
    // Who names a folder wants that one: nothing else is taken silently in its stead.
    yield { source: 'LIBTORCH_DIR', path: resolve(env.LIBTORCH_DIR) };
    return;
  }
  const resources = resourcesFolder();
  if (resources !== undefined && existsSync(join(resources, 'libtorch'))) {
    yield { source: 'resources', path: join(resources, 'libtorch') };
  }
  const cache = cacheFolder(env);
  const folders = cachedFolders(cache);
  for (const path of folders) yield { source: 'cache', path };
  if (folders.length === 0) yield { source: 'cache', path: cache, absent: 'it has no libtorch' };
  const python = findPython(env);
  if (python === null) {
    yield { source: 'python', path: 'python3', absent: 'it is not on the PATH' };
    return;
  }
  const torch = findTorchByFiles(python, env) ?? findTorchByAsking(python, env);
  if (torch) yield { source: 'python', path: torch };
  else yield { source: 'python', path: python, absent: 'it has no torch' };
}

/**
 * Looks for a libtorch: in `LIBTORCH_DIR`, in `libtorch` among an Electron application's resources,
 * in our cache, then in the torch of the Python on the
 * PATH. Only the last place may start Python, and only when files do not tell.
 */
export function searchLibtorch({ env = process.env, minors }: SearchOptions = {}): Search {
  const refused: Refusal[] = [];
  for (const { source, path, absent } of places(env)) {
    const outcome = absent ?? inspectLibtorch(path, source, minors);
    if (typeof outcome !== 'string') return { found: outcome, refused };
    refused.push({ source, path, reason: outcome });
  }
  return { found: null, refused };
}

/** The libtorch to load, or null where there is none. */
export function findLibtorch(options?: SearchOptions): Libtorch | null {
  return searchLibtorch(options).found;
}

/**
 * The libtorch to load.
 *
 * @throws TorchError `ERR_LIBTORCH_MISSING` with the command that mends it.
 */
export function requireLibtorch(options: SearchOptions = {}): Libtorch {
  const { found, refused } = searchLibtorch(options);
  if (found) return found;
  const { minors = SUPPORTED_MINORS } = options;
  throw new TorchError(explainMissing(minors, refused, findLibtorch({ env: options.env })), {
    code: 'ERR_LIBTORCH_MISSING',
  });
}

/** @param other - A libtorch that is there, of a version that the addon is not built for. */
function explainMissing(
  minors: readonly string[],
  refused: readonly Refusal[],
  other: Libtorch | null,
): string {
  if (other) {
    const built = minors.length > 0 ? `for libtorch ${minors.join(', ')}` : 'for no libtorch';
    return `sconce's addon is built ${built}, and ${other.root} is libtorch ${other.version}: run \`${buildCommand()}\``;
  }
  const named = refused.find(({ source }) => source === 'LIBTORCH_DIR');
  if (named) {
    return `LIBTORCH_DIR is ${named.path}, and ${named.reason}: correct it, or unset it and run \`${fetchCommand()}\``;
  }
  const range = minors.length > 1 ? `${minors[0]} to ${minors.at(-1)}` : minors[0];
  return `libtorch ${range} is not on this machine: run \`${fetchCommand()}\``;
}

/** What a search looks at and why each place was taken or refused, one line each. */
export function describeSearch(options?: SearchOptions): string[] {
  const { found, refused } = searchLibtorch(options);
  const lines = refused.map(({ source, path, reason }) => `${source}: ${path}: ${reason}`);
  if (found) {
    lines.push(`${found.source}: ${found.root}: libtorch ${found.version} (${found.flavour})`);
  }
  return lines;
}
