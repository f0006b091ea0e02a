import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { cudaTag, cudaVersion, parseDriverVersion } from '../../dist/lib/cli/driver.js';
import { parseRequirements } from '../../dist/lib/cli/nvidia.js';
import { findWheel } from '../../dist/lib/cli/nvidia-wheels.js';
import {
  isSupported,
  nvidiaRequirements,
  RELEASES,
  releaseOf,
  type Tag,
  unpublished,
  wheelRequirements,
  zipName,
  zipUrl,
} from '../../dist/lib/cli/releases.js';
import { scratch } from '../_helpers/scratch.js';

const { folder, remove } = scratch();
test.after.always(remove);

/** The official address of a zip, as PyTorch's download page forms it. */
function official(version: string, tag: Tag, platform: string, arch: string): string | null {
  const file = zipName(version, tag, platform, arch);
  return file && zipUrl(RELEASES.zips, file, tag);
}

test('every platform has its zip at the official address, or none', (t) => {
  const site = 'https://download.pytorch.org/libtorch';
  const cases: [version: string, tag: Tag, platform: string, arch: string, url: string | null][] = [
    ['2.13.0', 'cpu', 'linux', 'x64', '/cpu/libtorch-shared-with-deps-2.13.0%2Bcpu.zip'],
    ['2.14.1', 'cu126', 'linux', 'x64', '/cu126/libtorch-shared-with-deps-2.14.1%2Bcu126.zip'],
    ['2.13.0', 'cu130', 'linux', 'x64', '/cu130/libtorch-shared-with-deps-2.13.0%2Bcu130.zip'],
    ['2.13.0', 'cpu', 'win32', 'x64', '/cpu/libtorch-win-shared-with-deps-2.13.0%2Bcpu.zip'],
    ['2.13.0', 'cu130', 'win32', 'x64', '/cu130/libtorch-win-shared-with-deps-2.13.0%2Bcu130.zip'],
    ['2.13.0', 'cpu', 'darwin', 'arm64', '/cpu/libtorch-macos-arm64-2.13.0.zip'],
    ['2.13.0', 'cu130', 'darwin', 'arm64', null],
    ['2.13.0', 'cpu', 'linux', 'arm64', null],
    ['2.13.0', 'cpu', 'darwin', 'x64', null],
  ];
  for (const [version, tag, platform, arch, url] of cases) {
    t.is(official(version, tag, platform, arch), url && site + url, `${tag} ${platform}-${arch}`);
  }
});

test('what is pinned has the name of a zip, and a whole hash', (t) => {
  for (const [name, { sha256, size }] of Object.entries(RELEASES.pinned)) {
    t.regex(
      name,
      /^libtorch-(win-)?(shared-with-deps|macos-arm64)-2\.1[1-4]\.\d(\+(cpu|cu1\d0))?\.zip$/,
    );
    t.regex(sha256 ?? '', /^[0-9a-f]{64}$/);
    t.true(size === undefined || size > 100e6);
  }
});

test('pip is asked for the plain wheel only where that is the wanted build', (t) => {
  const plain = ['torch==2.13.0'];
  t.deepEqual(wheelRequirements('2.13.0', 'cpu', 'linux', 'x64'), ['torch==2.13.0+cpu']);
  t.deepEqual(wheelRequirements('2.13.0', 'cu130', 'linux', 'x64'), [
    'torch==2.13.0+cu130',
    ...plain,
  ]);
  t.deepEqual(wheelRequirements('2.13.0', 'cpu', 'linux', 'arm64'), [
    'torch==2.13.0+cpu',
    ...plain,
  ]);
  t.deepEqual(wheelRequirements('2.13.0', 'cu130', 'linux', 'arm64'), ['torch==2.13.0+cu130']);
  t.deepEqual(wheelRequirements('2.13.0', 'cpu', 'darwin', 'arm64'), [
    'torch==2.13.0+cpu',
    ...plain,
  ]);
});

test('machines without an official libtorch are told apart', (t) => {
  t.is(unpublished('cuda', 'linux', 'x64'), null);
  t.is(unpublished('cpu', 'linux', 'arm64'), null);
  t.is(unpublished('cpu', 'win32', 'x64'), null);
  t.is(unpublished('cpu', 'darwin', 'x64'), 'PyTorch publishes no libtorch for darwin-x64');
  t.is(unpublished('cuda', 'darwin', 'arm64'), 'there is no CUDA for macOS');
});

test('versions from 2.11 to 2.14 are taken, spelled whole or by their minor', (t) => {
  t.deepEqual(
    ['2.10.0', '2.11.0', '2.14.1', '2.15.0', '2.13', '2.13.0+cpu', 'x'].map(isSupported),
    [false, true, true, false, false, false, false],
  );
  t.is(releaseOf('2.14'), '2.14.1');
  t.is(releaseOf('2.12'), '2.12.0');
});

test('the CUDA build follows the driver', (t) => {
  const tags = [13_010, 13_000, 12_080, 12_000, 11_080].map((cuda) =>
    cudaTag({ cuda, devices: 1 }),
  );
  t.deepEqual(tags, ['cu130', 'cu130', 'cu126', 'cu126', null]);
  t.is(cudaVersion({ cuda: 12_060, devices: 1 }), '12.6');
  // A line of /proc/driver/nvidia/version, with an open and with a closed kernel module.
  const open = 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build';
  const closed = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15';
  t.deepEqual(parseDriverVersion(open), { cuda: 13_000, devices: 1 });
  t.deepEqual(parseDriverVersion(closed), { cuda: 12_000, devices: 1 });
  t.is(parseDriverVersion('something else'), null);
});

test("NVIDIA's packages are the torch wheel's own, or those of the zip's CUDA", (t) => {
  // Lines of the METADATA of torch 2.14.1 from PyPI.
  const metadata = [
    'Requires-Dist: sympy>=1.13.3',
    'Requires-Dist: cuda-toolkit[cublas,cudart]==13.0.3; platform_system == "Linux"',
    'Requires-Dist: cuda-bindings<14,>=13.0.3; platform_system == "Linux"',
    'Requires-Dist: nvidia-cudnn-cu13==9.24.0.43; platform_system == "Linux"',
    'Requires-Dist: triton~=3.8.0; platform_system == "Linux" and python_version < "3.15"',
  ];
  t.deepEqual(parseRequirements(metadata.join('\n')), [
    'cuda-toolkit[cublas,cudart]==13.0.3',
    'nvidia-cudnn-cu13==9.24.0.43',
  ]);
  t.regex(nvidiaRequirements('cu126')[0] ?? '', /^cuda-toolkit\[cublas,.*\]==12\.6\.\*$/);
  t.true(nvidiaRequirements('cu130').includes('nvidia-cudnn-cu13'));
});

test("a package's wheel is found on its page: of the version, or the newest, for this machine", (t) => {
  const base = 'https://example.org/whl/cu126/nvidia-cudnn-cu12/';
  const hash = 'ab'.repeat(32);
  const page = ['9.5.1.17', '9.10.2.21', '9.9.0.1'].flatMap((version) =>
    ['manylinux2014_x86_64', 'manylinux_2_27_aarch64', 'win_amd64'].map(
      (system) =>
        `<a href="/files/nvidia_cudnn_cu12-${version}-py3-none-${system}.whl#sha256=${hash}" data-core-metadata="true">x</a>`,
    ),
  );
  const find = (version?: string, arch?: string) =>
    findWheel(
      page.join('\n'),
      base,
      { name: 'nvidia-cudnn-cu12', ...(version && { version }) },
      arch,
    );
  t.deepEqual(find(undefined, 'x64'), {
    url: 'https://example.org/files/nvidia_cudnn_cu12-9.10.2.21-py3-none-manylinux2014_x86_64.whl',
    file: 'nvidia_cudnn_cu12-9.10.2.21-py3-none-manylinux2014_x86_64.whl',
    version: '9.10.2.21',
    sha256: hash,
  });
  t.regex(find('9.5.1.17', 'arm64')?.file ?? '', /-9\.5\.1\.17-.*aarch64/);
  t.is(find('9.6', 'x64'), null);
  t.is(findWheel('<a href="a.whl">', base, { name: 'nvidia-cudnn-cu12' }), null);
});

/** Asks the stub for a driver that is compiled from this C text. */
function askDriver(name: string, text: string): string {
  const lib = join(folder, name);
  mkdirSync(lib);
  writeFileSync(join(lib, 'cuda.c'), text);
  const output = join(lib, 'libcuda.so.1');
  const compiler = spawnSync('cc', ['-shared', '-fPIC', '-o', output, join(lib, 'cuda.c')]);
  if (compiler.status !== 0) throw new Error(String(compiler.stderr));
  const url = new URL('../../dist/lib/cli/driver.js', import.meta.url).href;
  const script = `import { readDriver } from '${url}'; console.log(JSON.stringify(readDriver()));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, LD_LIBRARY_PATH: lib },
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });
  return stdout.trim() || stderr;
}

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux("the driver's own library tells its version and its GPUs", (t) => {
  const cuda = (version: number, init: number, devices: number) =>
    `int cuDriverGetVersion(int *v) { *v = ${version}; return 0; }
     int cuInit(unsigned flags) { return ${init}; }
     int cuDeviceGetCount(int *n) { *n = ${devices}; return 0; }`;
  t.is(askDriver('two', cuda(13_000, 0, 2)), '{"cuda":13000,"devices":2}');
  // 100 is CUDA_ERROR_NO_DEVICE: the driver is there, and gives this process no GPU.
  t.is(askDriver('hidden', cuda(12_040, 100, 7)), '{"cuda":12040,"devices":0}');
  t.is(askDriver('other', 'int something;'), 'null');
});
