import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findStub } from '../../dist/lib/addon.js';

/** The repository's root. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The folder of an addon in a package that was prebuilt for this machine. */
export const prebuilds = join('prebuilds', `${process.platform}-${process.arch}`);

/** A package like an installed one, beside this clone's dependencies: its commands can be run. */
export function copyPackage(folder: string): void {
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

/** Puts what this clone has built to where `npm run prebuild` would. */
function copyAddon(folder: string): void {
  const release = dirname(findStub() as string);
  const target = join(folder, prebuilds);
  for (const name of readdirSync(release)) {
    const tag = process.platform === 'linux' ? '.glibc.node' : '.node';
    cpSync(join(release, name), join(target, name.replace(/(\.glibc)?\.node$/, tag)));
  }
}

/**
 * Packs the tarball that would be published, with this clone's own build as its prebuilt addon.
 *
 * @param folder - A folder of one's own.
 * @returns the tarball's path.
 */
export function packTarball(folder: string): string {
  const stage = join(folder, 'stage');
  for (const name of [
    'package.json',
    'README.md',
    'LICENSE',
    'binding',
    'dist/bundle',
    'dist/lib',
  ]) {
    cpSync(join(root, name), join(stage, name), { recursive: true });
  }
  copyAddon(stage);
  npm(stage, ['pack', '--ignore-scripts', '--loglevel=error', `--pack-destination=${folder}`]);
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz')) as string;
  return join(folder, name);
}

/** What the npm that started the tests says of itself, and another one must not take for its own. */
const OF_THIS_RUN = /^npm_(package|lifecycle|command|config_(local_|global_)?prefix)/;

/** Runs npm in a folder, and gives what it prints. */
export function npm(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const inherited = Object.entries(process.env).filter(([name]) => !OF_THIS_RUN.test(name));
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
}
