import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This file, or the bundle that it went into; one made as CommonJS has no `import.meta.url`. */
const SELF = import.meta.url ? fileURLToPath(import.meta.url) : __filename;

/** The folder of this code, from which packages are looked for. */
export const CODE_FOLDER = dirname(SELF);

function isPackage(folder: string): boolean {
  const path = join(folder, 'package.json');
  return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).name === 'sconce';
}

/** Electron reads inside an archive, but a library must be a file: such files lie beside it. */
function outsideArchive(folder: string): string {
  const unpacked = folder.replace(`app.asar${sep}`, `app.asar.unpacked${sep}`);
  return existsSync(unpacked) ? unpacked : folder;
}

function findPackage(): string {
  for (let folder = CODE_FOLDER; ; folder = dirname(folder)) {
    if (isPackage(folder)) return folder;
    if (folder === dirname(folder)) break;
  }
  try {
    return dirname(createRequire(SELF).resolve('sconce/package.json'));
  } catch {
    // A bundle that stands alone: what belongs to it lies beside it.
    return CODE_FOLDER;
  }
}

let found: string | undefined;

/**
 * The folder of the sconce package. For code that was bundled it is the package that the bundle
 * would import, and where there is none, the bundle's own folder.
 */
export function packageRoot(): string {
  found ??= outsideArchive(findPackage());
  return found;
}

/** Electron's folder of an application's files, undefined elsewhere. */
export function resourcesFolder(): string | undefined {
  const path = (process as { resourcesPath?: unknown }).resourcesPath;
  return typeof path === 'string' ? resolve(path) : undefined;
}

/** The folders in which `prebuilds` or `build` may lie, in order. */
export function addonFolders(): string[] {
  const resources = resourcesFolder();
  const inside = ['app.asar.unpacked/node_modules/sconce', 'app/node_modules/sconce', 'sconce', ''];
  return [
    packageRoot(),
    CODE_FOLDER,
    ...(resources === undefined ? [] : inside.map((path) => join(resources, path))),
  ];
}

/** `require` as sconce's own files have it, wherever this code went. */
export const packageRequire = () => createRequire(join(packageRoot(), 'package.json'));

/**
 * Loads a dependency of sconce when it is first needed, from where sconce has it: a bundler leaves
 * it out, and so need not turn its CommonJS into a module.
 */
export function requireDependency<T>(name: string): T {
  return packageRequire()(name) as T;
}

/** Whether this is a clone of the repository rather than an installed package. */
export const isClone = () => existsSync(join(packageRoot(), 'scripts', 'codegen'));

/** The command that gets a libtorch: in a clone of the repository, and in an installed package. */
export function fetchCommand(): string {
  return isClone() ? 'npm run fetch-libtorch' : 'npx sconce install';
}

/** The command that builds the addon. */
export function buildCommand(): string {
  return isClone() ? 'npm run build' : 'npx sconce build';
}
