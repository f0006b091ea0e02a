import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { installCommand } from '../../dist/lib/cli/build.js';
import { libraryName } from '../../dist/lib/libtorch.js';
import { copyPackage, root } from '../_helpers/package.js';
import { scratch } from '../_helpers/scratch.js';

const cleanup: (() => void)[] = [];

test.after.always(() => {
  for (const clean of cleanup) clean();
});

/** A package like ours, with a C file instead of an addon, and a libtorch that has no code. */
function makePackage(): string {
  const { folder, remove } = scratch();
  cleanup.push(remove);
  copyPackage(folder);
  mkdirSync(join(folder, 'binding'));
  cpSync(join(root, 'binding', 'package.json'), join(folder, 'binding', 'package.json'));
  writeFileSync(
    join(folder, 'binding', 'CMakeLists.txt'),
    `cmake_minimum_required(VERSION 3.18)
     project(sconce LANGUAGES C CXX)
     add_library(addon SHARED addon.c)
     target_include_directories(addon PRIVATE \${CMAKE_JS_INC} \${LIBTORCH_DIR}/include)
     set_target_properties(addon PROPERTIES OUTPUT_NAME sconce-\${LIBTORCH_VERSION})\n`,
  );
  writeFileSync(
    join(folder, 'binding', 'addon.c'),
    '#include <node_api.h>\n#include <ATen/ATen.h>\nint version(void) { return NAPI_VERSION; }\n',
  );
  return folder;
}

function makeLibtorch(folder: string, version: string, headers = true): string {
  const root = join(folder, `libtorch-${version}`);
  mkdirSync(join(root, 'lib'), { recursive: true });
  mkdirSync(join(root, 'include', 'ATen'), { recursive: true });
  for (const name of ['torch_cpu', 'c10']) writeFileSync(join(root, 'lib', libraryName(name)), 'x');
  writeFileSync(join(root, 'build-version'), version);
  if (headers) writeFileSync(join(root, 'include', 'ATen', 'ATen.h'), '');
  return root;
}

function build(folder: string, environment: NodeJS.ProcessEnv) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'dist', 'bundle', 'cli.js'), 'build'],
    { env: { ...process.env, ...environment }, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

test('a build makes what changed, and each libtorch minor beside the others', (t) => {
  const folder = makePackage();
  const first = { LIBTORCH_DIR: makeLibtorch(folder, '2.13.0') };
  const made = build(folder, first);
  t.is(made.status, 0, made.stderr + made.stdout);
  const release = join(folder, 'build', 'Release');
  const library = join(release, libraryName('sconce-2.13.0'));
  const { mtimeMs } = statSync(library);

  const again = build(folder, first);
  t.is(again.status, 0);
  t.is(statSync(library).mtimeMs, mtimeMs);
  t.notRegex(again.stdout, /Building|Configuring/);

  const other = build(folder, { LIBTORCH_DIR: makeLibtorch(folder, '2.14.1') });
  t.is(other.status, 0, other.stderr);
  t.deepEqual(readdirSync(release).sort(), [
    libraryName('sconce-2.13.0'),
    libraryName('sconce-2.14.1'),
  ]);
  t.true(existsSync(join(folder, 'build', '2.13', 'compile_commands.json')));
});

test('code that does not compile is a failed status', (t) => {
  const folder = makePackage();
  writeFileSync(join(folder, 'binding', 'addon.c'), 'int version(void) { return missing; }\n');
  const { status, stdout, stderr } = build(folder, {
    LIBTORCH_DIR: makeLibtorch(folder, '2.13.0'),
  });
  t.is(status, 1);
  t.regex(stdout, /missing/);
  t.regex(
    stderr,
    /sconce build: cmake-js build failed; its output above tells why\nnext: npx sconce doctor\n$/,
  );
});

test('a missing cmake or compiler, or a libtorch without headers, is one clear sentence', (t) => {
  const folder = makePackage();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const LIBTORCH_DIR = makeLibtorch(folder, '2.13.0', false);
  const tool = (name: string) => {
    const path = join(bin, process.platform === 'win32' ? `${name}.CMD` : name);
    writeFileSync(path, '');
    chmodSync(path, 0o755);
  };
  const environment = { PATH: bin, Path: bin, CXX: '', LIBTORCH_DIR };
  t.deepEqual(build(folder, environment), {
    status: 1,
    stdout: '',
    stderr: `sconce build: building the addon takes cmake, which is not on the PATH: run \`${installCommand('cmake')}\`\n`,
  });
  tool('cmake');
  if (process.platform !== 'win32') {
    t.is(
      build(folder, environment).stderr,
      `sconce build: building the addon takes a C++ compiler, and none is on the PATH: run \`${installCommand('compiler')}\`\n`,
    );
  }
  tool('g++');
  t.is(
    build(folder, environment).stderr,
    `sconce build: ${LIBTORCH_DIR} has no headers to build against: use a whole libtorch\nnext: npx sconce install --force, without LIBTORCH_DIR\n`,
  );
});

test('the command that mends fits the system', (t) => {
  const command = (release: string) => installCommand('compiler', 'linux', release);
  t.is(command('ID=debian\n'), 'sudo apt-get install g++ cmake ninja-build');
  t.is(command('NAME=x\nID=linuxmint\nID_LIKE="ubuntu debian"\n'), command('ID=debian\n'));
  t.is(command('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), command('ID=fedora\n'));
  t.is(command('ID=fedora\n'), 'sudo dnf install gcc-c++ cmake ninja-build');
  t.is(installCommand('cmake', 'darwin'), 'brew install cmake');
  t.is(installCommand('compiler', 'darwin'), 'xcode-select --install');
  t.regex(installCommand('compiler', 'win32'), /^winget install .*BuildTools/);
});
