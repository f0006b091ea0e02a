import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { TorchError } from '../errors.js';
import { findLibtorch, hasHeaders, type Libtorch, minorOf, requireLibtorch } from '../libtorch.js';
import { packageRequire, packageRoot } from '../package.js';
import { findProgram } from '../utils/python.js';
import { type FetchOptions, fetchLibtorch } from './fetch-libtorch.js';

/** What a compiler needs for one of our files, at most. */
const MEMORY_PER_JOB = 2 ** 31;

/** The commands that install a C++ compiler and cmake, by what /etc/os-release calls the system. */
const LINUX_INSTALL: [RegExp, string][] = [
  [/debian|ubuntu/, 'sudo apt-get install g++ cmake ninja-build'],
  [/fedora|rhel|centos/, 'sudo dnf install gcc-c++ cmake ninja-build'],
  [/suse/, 'sudo zypper install gcc-c++ cmake ninja'],
  [/arch/, 'sudo pacman -S gcc cmake ninja'],
];

/** The command that mends a missing tool on this machine. */
export function installCommand(
  tool: 'cmake' | 'compiler',
  platform: string = process.platform,
  release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
): string {
  if (platform === 'darwin')
    return tool === 'cmake' ? 'brew install cmake' : 'xcode-select --install';
  if (platform === 'win32') {
    return tool === 'cmake'
      ? 'winget install Kitware.CMake'
      : 'winget install Microsoft.VisualStudio.2022.BuildTools --override "--add Microsoft.VisualStudio.Workload.VCTools --includeRecommended"';
  }
  const names = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].map((match) => match[1]);
  const match = LINUX_INSTALL.find(([pattern]) => pattern.test(names.join(' ')));
  return match?.[1] ?? 'your package manager, with g++, cmake and ninja';
}

const missingTool = (message: string) => new TorchError(message, { code: 'ERR_BUILD_TOOLS' });

/** Throws where a tool is missing, with the command that mends it. */
function checkTools(): void {
  if (findProgram(['cmake']) === null) {
    throw missingTool(
      `building the addon takes cmake, which is not on the PATH: run \`${installCommand('cmake')}\``,
    );
  }
  // On Windows cmake-js looks for Visual Studio, which is not on the PATH.
  if (process.platform === 'win32' || process.env.CXX) return;
  if (findProgram(['g++', 'clang++']) === null) {
    throw missingTool(
      `building the addon takes a C++ compiler, and none is on the PATH: run \`${installCommand('compiler')}\``,
    );
  }
}

/** Definitions for cmake. */
type Definitions = Record<string, string>;

/** The arguments that, when one of them changes, make for a new configuration. */
function configuration(build: string, libtorch: Libtorch, extra: Definitions): string[] {
  const out = join(build, minorOf(libtorch.version));
  const shared = [`--directory=${join(packageRoot(), 'binding')}`, `--out=${out}`];
  const definitions = {
    LIBTORCH_DIR: libtorch.root,
    LIBTORCH_VERSION: libtorch.version,
    // Each minor has a work folder of its own, and all libraries lie beside each other.
    CMAKE_LIBRARY_OUTPUT_DIRECTORY: join(build, 'Release'),
    CMAKE_RUNTIME_OUTPUT_DIRECTORY: build,
    CMAKE_EXPORT_COMPILE_COMMANDS: 'ON',
    // OFF builds all but the library that links CUDA.
    SCONCE_CUDA: process.env.SCONCE_CUDA ?? 'ON',
    ...extra,
  };
  return [...shared, ...Object.entries(definitions).map(([name, value]) => `--CD${name}=${value}`)];
}

function runCmakeJs(command: string, args: string[]): void {
  const program = packageRequire().resolve('cmake-js/bin/cmake-js');
  const child = spawnSync(process.execPath, [program, command, '--log-level=error', ...args], {
    stdio: 'inherit',
  });
  if (child.error) throw child.error;
  if (child.status === 0) return;
  const message = `cmake-js ${command} failed; its output above tells why`;
  throw new TorchError(message, { code: 'ERR_BUILD' });
}

/**
 * The libtorch to build against: one that is on this machine, else one that is fetched.
 *
 * @throws TorchError where `LIBTORCH_DIR` names none that will do, or where none can be had.
 */
export async function ensureLibtorch(options: FetchOptions = {}): Promise<Libtorch> {
  const { env = process.env, version } = options;
  const minors = version === undefined ? undefined : [minorOf(version)];
  if (env.LIBTORCH_DIR) return requireLibtorch({ env, minors });
  const found = findLibtorch({ env, minors });
  return found && hasHeaders(found) ? found : fetchLibtorch(options);
}

/**
 * Compiles the addon for a libtorch: the stub `sconce.node` and the library of that libtorch's
 * minor version, in the folder `Release` of `build`. What did not change is not built again.
 */
export function compile(
  libtorch: Libtorch,
  build: string = join(packageRoot(), 'build'),
  definitions: Definitions = {},
): void {
  if (!hasHeaders(libtorch)) {
    const message = `${libtorch.root} has no headers to build against: use a whole libtorch`;
    throw new TorchError(message, { code: 'ERR_LIBTORCH_HEADERS' });
  }
  const work = join(build, minorOf(libtorch.version));
  const args = configuration(build, libtorch, definitions);
  const stamp = join(work, 'sconce-configuration.json');
  const wanted = JSON.stringify([...args, findProgram(['ninja']), process.env.CXX], null, 2);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    runCmakeJs('configure', args);
    writeFileSync(stamp, wanted);
  }
  const jobs = Math.max(
    1,
    Math.min(availableParallelism(), Math.floor(totalmem() / MEMORY_PER_JOB)),
  );
  runCmakeJs('build', [...args, `--parallel=${jobs}`]);
}

/**
 * Builds the addon for the libtorch that is found, or else fetched.
 *
 * @throws TorchError with the command that installs what is missing.
 */
export async function build(options: FetchOptions = {}): Promise<Libtorch> {
  checkTools();
  const libtorch = await ensureLibtorch(options);
  compile(libtorch);
  return libtorch;
}
