import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TorchError } from './errors.js';
import { libraryName } from './libtorch.js';
import { addonFolders, buildCommand, CODE_FOLDER, requireDependency } from './package.js';

/** NVIDIA's driver, as it describes itself. */
export interface Driver {
  /** The highest CUDA version that it serves: 13000 for 13.0, 12060 for 12.6. */
  cuda: number;
  /** How many GPUs it gives this process. */
  devices: number;
}

/** What `sconce.node` exports: it links no libtorch, and loads one. */
export interface Stub<Native = unknown> {
  load(folder: string, flavour: string): Native;
  /** NVIDIA's driver, or null where there is none. */
  driver(): Driver | null;
}

/** Finds a build in a package's folder; throws where there is none. */
type Resolve = (folder: string) => string;

/** What a bundle that stands alone has instead of node-gyp-build: the only build beside it. */
const resolveBeside: Resolve = (folder) => {
  const prebuilds = join(folder, 'prebuilds', `${process.platform}-${process.arch}`);
  const name = readdirSync(prebuilds).find((file) => file.endsWith('.node'));
  if (name === undefined) throw new Error(`${prebuilds} has no addon`);
  return join(prebuilds, name);
};

function loadResolve(): Resolve {
  try {
    return requireDependency<{ resolve: Resolve }>('node-gyp-build').resolve;
  } catch {
    return resolveBeside;
  }
}

/** The path of `sconce.node`, or null where none was built or shipped for this machine. */
export function findStub(): string | null {
  const resolve = loadResolve();
  for (const folder of addonFolders()) {
    try {
      return resolve(folder);
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return null;
}

/**
 * The path of `sconce.node`.
 *
 * @throws TorchError `ERR_ADDON_MISSING` with the command that mends it.
 */
export function requireStub(): string {
  const stub = findStub();
  if (stub !== null) return stub;
  throw new TorchError(
    `sconce's native addon is not there for ${process.platform}-${process.arch}: run \`${buildCommand()}\``,
    { code: 'ERR_ADDON_MISSING' },
  );
}

/** The versions of libtorch for which there is an addon beside the stub, such as `2.13`. */
export function builtMinors(stub: string): string[] {
  const [before, after] = libraryName('sconce-*').split('*') as [string, string];
  return readdirSync(dirname(stub))
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => name.slice(before.length, -after.length))
    .filter((minor) => /^\d+\.\d+$/.test(minor));
}

/** Loads `sconce.node`, which is no more than a few kilobytes. */
export function loadStub<Native>(stub: string): Stub<Native> {
  return createRequire(`${CODE_FOLDER}/here.js`)(stub) as Stub<Native>;
}
