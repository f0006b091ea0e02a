import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtMinors, findStub, requireStub } from '../addon.js';
import { describeSearch, findLibtorch, type Libtorch, requireLibtorch } from '../libtorch.js';
import { fetchCommand, packageRoot } from '../package.js';
import { cudaTag, cudaVersion, readDriver } from './driver.js';

/** One line of the report: a word and what is found. */
type Line = [head: string, text: string];

/** What is wrong, as a sentence with the command that mends it. */
type Advice = string;

/** What a child process tells once it has loaded everything. */
interface Loaded {
  version: string;
  devices: string[];
  capability: string;
  /** `yes`, or why the library that links CUDA does not load; null for a libtorch without CUDA. */
  graphs: string | null;
}

const LOAD = `
const { default: torch } = await import(process.argv[1]);
if (torch.ones(2).add(1).sum().item() !== 4) throw new Error('1 + 1 is not 2');
const devices = Array.from({ length: torch.cuda.deviceCount() }, (_, i) => 'cuda:' + i);
let graphs = null;
if (process.argv[2] === 'cuda') {
  try {
    torch.cuda.graphPoolHandle();
    graphs = 'yes';
  } catch (error) {
    graphs = error.message;
  }
}
console.log(JSON.stringify({
  version: torch.version.torch, devices, capability: torch.backends.cpu.getCpuCapability(), graphs,
}));`;

/** Loads everything in a child process, for a library that crashes must not take us along. */
function tryLoad(flavour: string): Loaded | string {
  const url = pathToFileURL(join(packageRoot(), 'dist', 'bundle', 'index.js')).href;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', LOAD, url, flavour], {
    encoding: 'utf8',
  });
  if (child.status === 0) return JSON.parse(child.stdout) as Loaded;
  if (child.signal !== null) return `the process ended by ${child.signal}`;
  const error = /^(?:\w*Error)(?: \[\w+\])?: (.*)$/m.exec(child.stderr);
  return error?.[1] ?? child.stderr.trim().split('\n').at(-1) ?? 'it failed';
}

function libc(): string {
  if (process.platform !== 'linux') return '';
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const version = header?.glibcVersionRuntime;
  return version === undefined ? ', not glibc' : `, glibc ${version}`;
}

function describeNode(): Line[] {
  const root = packageRoot();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return [
    ['sconce', `${version} in ${root}`],
    ['Node.js', `${process.versions.node}, ${process.platform}-${process.arch}${libc()}`],
  ];
}

function describeDriver(libtorch: Libtorch | null): [Line, Advice[]] {
  const driver = readDriver();
  if (driver === null) return [['driver', "no driver of NVIDIA's: CPU only"], []];
  const { devices } = driver;
  const count = `${devices} GPU${devices === 1 ? '' : 's'}`;
  const line: Line = ['driver', `NVIDIA's, up to CUDA ${cudaVersion(driver)}, with ${count}`];
  if (devices === 0 || libtorch?.flavour === 'cuda') return [line, []];
  return cudaTag(driver) === null
    ? [line, ["the GPU cannot be used: update NVIDIA's driver to one for CUDA 12 or later"]]
    : [line, [`the GPU is not used: run \`${fetchCommand()} --cuda\``]];
}

function adviseLoad(libtorch: Libtorch | null): Advice {
  const unset = libtorch?.source === 'LIBTORCH_DIR' ? 'correct LIBTORCH_DIR, or unset it and ' : '';
  return `libtorch does not load: ${unset}run \`${fetchCommand()} --cpu --force\``;
}

function describeLoad(libtorch: Libtorch | null): [Line[], boolean] {
  const loaded = tryLoad(libtorch?.flavour ?? 'cpu');
  if (typeof loaded === 'string') return [[['loads', `no: ${loaded}`]], false];
  const { version, capability, devices, graphs } = loaded;
  const facts = `yes: ${version}, ${capability}, ${['cpu', ...devices].join(', ')}`;
  const lines: Line[] = [['loads', facts]];
  if (graphs !== null) lines.push(['graphs', graphs]);
  return [lines, true];
}

/** What an attempt to get something fails with; null where it does not. */
function complaint(task: () => unknown): string | null {
  try {
    task();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * What `sconce doctor` does: prints what is found on this machine, and what to do next.
 *
 * @returns whether sconce works here.
 */
export function doctor(): boolean {
  const stub = findStub();
  const minors = stub === null ? undefined : builtMinors(stub);
  const libtorch = findLibtorch({ minors });
  const search = describeSearch({ minors });
  const [driver, advice] = describeDriver(libtorch);
  const built = minors?.length ? `for libtorch ${minors.join(', ')}` : 'for no libtorch';
  const lines: Line[] = [
    ...describeNode(),
    ['addon', stub === null ? 'none for this machine' : `${built}: ${stub}`],
    ...search.map((text, i): Line => [i === 0 ? 'libtorch' : '', text]),
    driver,
  ];
  const wrong = complaint(requireStub) ?? complaint(() => requireLibtorch({ minors }));
  let works = false;
  if (wrong === null) {
    const [told, loads] = describeLoad(libtorch);
    lines.push(...told);
    works = loads;
    if (!loads) advice.unshift(adviseLoad(libtorch));
  } else {
    advice.unshift(wrong);
  }
  for (const [head, text] of lines) console.log(`${head.padEnd(10)}${text}`);
  console.log(works ? 'sconce works on this machine' : 'sconce does not work on this machine');
  for (const text of advice) console.log(`next: ${text}`);
  return works;
}
