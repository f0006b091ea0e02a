import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { TorchError } from '../../dist/lib/errors.js';
import {
  cacheFolder,
  describeSearch,
  findLibtorch,
  hasHeaders,
  libraryName,
  requireLibtorch,
  searchLibtorch,
} from '../../dist/lib/libtorch.js';
import { scratch } from '../_helpers/scratch.js';

interface Context {
  folder: string;
  /** An environment with an empty cache and an empty PATH. */
  env: NodeJS.ProcessEnv;
}

const test = anyTest as TestFn<Context>;
const cleanup: (() => void)[] = [];

test.beforeEach((t) => {
  const { folder, remove } = scratch();
  cleanup.push(remove);
  t.context = {
    folder,
    env: { HOME: folder, SCONCE_CACHE: join(folder, 'cache'), PATH: join(folder, 'bin') },
  };
});

test.after.always(() => {
  for (const clean of cleanup) clean();
});

function write(path: string, content = ''): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function writeLibraries(root: string, names = ['torch_cpu', 'c10']): void {
  for (const name of names) write(join(root, 'lib', libraryName(name)), 'library');
}

/** What a libtorch zip unpacks to. */
function writeZip(root: string, version = '2.13.0+cpu'): string {
  writeLibraries(root);
  write(join(root, 'build-version'), `${version}\n`);
  write(join(root, 'include', 'ATen', 'ATen.h'));
  return root;
}

/** Python's package torch. */
function writeWheel(root: string, version = '2.13.0+cpu', names?: string[]): string {
  writeLibraries(root, names);
  write(
    join(root, 'version.py'),
    `from typing import Optional\n\n__all__ = ['__version__']\n__version__ = '${version}'\n`,
  );
  return root;
}

/** A program `python3` on the PATH that notes each of its runs. */
function writePython(path: string, answer = ''): string {
  const runs = `${path}.runs`;
  write(path, `#!/bin/sh\necho run >> '${runs}'\necho '${answer}'\n`);
  chmodSync(path, 0o755);
  return runs;
}

test('LIBTORCH_DIR goes first, and may name a zip, its lib, or a wheel', (t) => {
  const { folder, env } = t.context;
  writeZip(join(folder, 'cache', 'libtorch-2.13.0-cpu'));
  const zip = writeZip(join(folder, 'libtorch'), '2.12.1');
  const wheel = writeWheel(join(folder, 'site-packages', 'torch'), '2.14.1+cu130', [
    'torch_cpu',
    'c10',
    'torch_cuda',
  ]);
  for (const named of [zip, join(zip, 'lib'), folder]) {
    t.deepEqual(findLibtorch({ env: { ...env, LIBTORCH_DIR: named } }), {
      libdir: join(zip, 'lib'),
      root: zip,
      version: '2.12.1',
      flavour: 'cpu',
      source: 'LIBTORCH_DIR',
    });
  }
  for (const named of [wheel, join(wheel, 'lib'), dirname(wheel)]) {
    const found = findLibtorch({ env: { ...env, LIBTORCH_DIR: named } });
    t.deepEqual(
      [found?.libdir, found?.version, found?.flavour],
      [join(wheel, 'lib'), '2.14.1', 'cuda'],
    );
  }
});

test('a LIBTORCH_DIR that will not do is not passed over silently', (t) => {
  const { folder, env } = t.context;
  writeZip(join(folder, 'cache', 'libtorch-2.13.0-cpu'));
  const named = { ...env, LIBTORCH_DIR: join(folder, 'nowhere') };
  t.is(findLibtorch({ env: named }), null);
  t.throws(() => requireLibtorch({ env: named }), {
    instanceOf: TorchError,
    code: 'ERR_LIBTORCH_MISSING',
    message:
      /^LIBTORCH_DIR is .*nowhere, and it does not exist: correct it, or unset it and run `npm run fetch-libtorch`$/,
  });
  const file = join(folder, 'file');
  write(file);
  t.throws(() => requireLibtorch({ env: { ...env, LIBTORCH_DIR: file } }), {
    message: /it has no lib\//,
  });
});

test('the cache is next: the newest of the right flavour, whole ones only', (t) => {
  const { env } = t.context;
  const cache = env.SCONCE_CACHE as string;
  writeZip(join(cache, 'libtorch-2.11.0-cpu'), '2.11.0+cpu');
  writeWheel(join(cache, 'libtorch-2.13.0-cpu', 'torch'));
  writeZip(join(cache, 'libtorch-2.9.9-cpu'), '2.9.9+cpu');
  mkdirSync(join(cache, 'libtorch-2.14.1-cpu', 'lib'), { recursive: true });
  writeZip(join(cache, 'libtorch-2.14.0-cpu.work-x', 'unpacked'), '2.14.0');
  const { found, refused } = searchLibtorch({ env });
  t.deepEqual(found, {
    libdir: join(cache, 'libtorch-2.13.0-cpu', 'torch', 'lib'),
    root: join(cache, 'libtorch-2.13.0-cpu', 'torch'),
    version: '2.13.0',
    flavour: 'cpu',
    source: 'cache',
  });
  t.false(hasHeaders(found as NonNullable<typeof found>));
  t.deepEqual(
    refused.map(({ path }) => basename(path)),
    ['libtorch-2.14.1-cpu'],
  );
  t.is(findLibtorch({ env, minors: ['2.11'] })?.version, '2.11.0');
});

test('a libtorch without a library, or of an unknown version, is refused with the reason', (t) => {
  const { folder, env } = t.context;
  const cases: [string, () => void, RegExp][] = [
    ['a', () => writeLibraries(join(folder, 'a'), ['torch_cpu']), /it has no lib\/.*c10/],
    ['b', () => writeLibraries(join(folder, 'b')), /its version is not known/],
    [
      'c',
      () => writeWheel(join(folder, 'c'), '2.10.0'),
      /it is libtorch 2\.10\.0, and sconce takes 2\.11, 2\.12, 2\.13, 2\.14$/,
    ],
    [
      'd',
      () => write(join(folder, 'd', 'lib', libraryName('torch_cpu'))),
      /it has no lib\/.*torch_cpu/,
    ],
  ];
  for (const [name, make, reason] of cases) {
    make();
    const { found, refused } = searchLibtorch({
      env: { ...env, LIBTORCH_DIR: join(folder, name) },
    });
    t.is(found, null);
    t.regex(refused[0]?.reason ?? '', reason);
  }
});

test('the version is read from the headers where nothing else tells it', (t) => {
  const { folder, env } = t.context;
  writeLibraries(folder);
  write(
    join(folder, 'include', 'torch', 'headeronly', 'version.h'),
    '#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 12\n#define TORCH_VERSION_PATCH 1\n',
  );
  t.is(findLibtorch({ env: { ...env, LIBTORCH_DIR: folder } })?.version, '2.12.1');
});

const posix = process.platform === 'win32' ? test.skip : test;

posix('the torch of a virtual environment is found without starting Python', (t) => {
  const { folder, env } = t.context;
  const base = join(folder, 'usr');
  const runs = writePython(join(base, 'bin', 'python3.11'));
  const venv = join(folder, 'venv');
  write(join(venv, 'pyvenv.cfg'), `home = ${base}/bin\ninclude-system-site-packages = false\n`);
  mkdirSync(join(venv, 'bin'));
  symlinkSync(join(base, 'bin', 'python3.11'), join(venv, 'bin', 'python3'));
  const torch = writeWheel(join(venv, 'lib', 'python3.11', 'site-packages', 'torch'));
  const found = findLibtorch({ env: { ...env, PATH: `${folder}/none:${venv}/bin` } });
  t.deepEqual([found?.root, found?.source], [torch, 'python']);
  t.false(existsSync(runs));
});

posix('a virtual environment that sees its base finds the base’s torch', (t) => {
  const { folder, env } = t.context;
  const base = join(folder, 'usr');
  const runs = writePython(join(base, 'bin', 'python3'));
  const venv = join(folder, 'venv');
  write(join(venv, 'pyvenv.cfg'), `home = ${base}/bin\ninclude-system-site-packages = true\n`);
  mkdirSync(join(venv, 'bin'));
  symlinkSync(join(base, 'bin', 'python3'), join(venv, 'bin', 'python3'));
  const torch = writeWheel(join(base, 'lib', 'python3.12', 'site-packages', 'torch'));
  t.is(findLibtorch({ env: { ...env, PATH: join(venv, 'bin') } })?.root, torch);
  t.false(existsSync(runs));
});

posix('a plain Python is followed through its links; PYTHONPATH goes first', (t) => {
  const { folder, env } = t.context;
  const runs = writePython(join(folder, 'opt', 'bin', 'python3.12'));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(folder, 'opt', 'bin', 'python3.12'), join(folder, 'bin', 'python3'));
  const torch = writeWheel(join(folder, 'opt', 'lib', 'python3.12', 'site-packages', 'torch'));
  t.is(findLibtorch({ env })?.root, torch);
  const other = writeWheel(join(folder, 'other', 'torch'), '2.14.0');
  t.is(findLibtorch({ env: { ...env, PYTHONPATH: dirname(other) } })?.root, other);
  t.false(existsSync(runs));
});

posix('Python is asked only where files do not tell, and never when the cache has one', (t) => {
  const { folder, env } = t.context;
  const torch = writeWheel(join(folder, 'hidden', 'torch'));
  const runs = writePython(join(folder, 'bin', 'python3'), join(torch, '__init__.py'));
  t.is(findLibtorch({ env })?.root, torch);
  t.true(existsSync(runs));

  const other = { ...env, PATH: join(folder, 'other') };
  const none = writePython(join(folder, 'other', 'python3'));
  writeZip(join(folder, 'cache', 'libtorch-2.13.0-cpu'));
  t.is(findLibtorch({ env: other })?.source, 'cache');
  t.false(existsSync(none));
});

posix('where nothing is found, one sentence names the command', (t) => {
  const { folder, env } = t.context;
  t.throws(() => requireLibtorch({ env }), {
    instanceOf: TorchError,
    code: 'ERR_LIBTORCH_MISSING',
    message: 'libtorch 2.11 to 2.14 is not on this machine: run `npm run fetch-libtorch`',
  });
  t.deepEqual(describeSearch({ env }), [
    `cache: ${folder}/cache: it has no libtorch`,
    'python: python3: it is not on the PATH',
  ]);
  writePython(join(folder, 'bin', 'python3'));
  t.is(describeSearch({ env })[1], `python: ${folder}/bin/python3: it has no torch`);
  const zip = writeZip(join(folder, 'libtorch'));
  t.deepEqual(describeSearch({ env: { ...env, LIBTORCH_DIR: zip } }), [
    `LIBTORCH_DIR: ${zip}: libtorch 2.13.0 (cpu)`,
  ]);
});

test('a libtorch that the addon is not built for is told apart from none', (t) => {
  const { folder, env } = t.context;
  const root = writeZip(join(folder, 'cache', 'libtorch-2.14.1-cpu'), '2.14.1+cpu');
  t.throws(() => requireLibtorch({ env, minors: ['2.13'] }), {
    code: 'ERR_LIBTORCH_MISSING',
    message: `sconce's addon is built for libtorch 2.13, and ${root} is libtorch 2.14.1: run \`npm run build\``,
  });
});

posix('the cache is SCONCE_CACHE, else under XDG_CACHE_HOME, else under the home', (t) => {
  t.is(cacheFolder({ SCONCE_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' }), '/a');
  t.is(cacheFolder({ XDG_CACHE_HOME: '/b', HOME: '/c' }), '/b/sconce');
  t.is(cacheFolder({ XDG_CACHE_HOME: 'relative', HOME: '/c' }), '/c/.cache/sconce');
});
