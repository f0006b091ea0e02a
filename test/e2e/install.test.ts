import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import anyTest, { type TestFn } from 'ava';
import { findStub } from '../../dist/lib/addon.js';
import { NVIDIA_PACKAGES } from '../../dist/lib/cli/nvidia-wheels.js';
import { type Tag, zipName } from '../../dist/lib/cli/releases.js';
import { libraryName } from '../../dist/lib/libtorch.js';
import { type Answer, breakOff, send, serve, type TestServer } from '../_helpers/http.js';
import { copyPackage } from '../_helpers/package.js';
import { scratch } from '../_helpers/scratch.js';
import { makeZip, type ZipEntry } from '../_helpers/zip.js';

/** What a command printed, and how it ended. */
interface Outcome {
  status: number | null;
  stdout: string;
  lines: string[];
}

interface Context {
  folder: string;
  cache: string;
  env: NodeJS.ProcessEnv;
  /** Starts a server that goes away with the test. */
  serve(answer: Answer): Promise<TestServer>;
  /** Runs `sconce install` of a version that is not pinned, from this server. */
  install(server: TestServer | null, args?: string[], env?: NodeJS.ProcessEnv): Promise<Outcome>;
  cleanup: (() => void)[];
}

const test = anyTest as TestFn<Context>;
const VERSION = '2.12.0';
const HINT = `there is no addon for it yet: run \`npx sconce build --libtorch ${VERSION}\``;
const NEXT_CACHE = 'next: SCONCE_CACHE=FOLDER npx sconce install, with a FOLDER';
const NEXT_FETCH = 'next: npx sconce install again where download.pytorch.org can be reached';

const names = (names: string[], content: Buffer | string): ZipEntry[] =>
  names.map((name) => ({ name, content }));

const library = (name: string) => `lib/${libraryName(name)}`;

/** The official zip of a build, but small. */
function zipOf(tag: Tag, version = VERSION, size = 100): Buffer {
  const libraries = ['torch_cpu', 'c10', ...(tag === 'cpu' ? [] : ['torch_cuda'])];
  return makeZip([
    { name: 'libtorch/build-version', content: `${version}+${tag}\n` },
    ...names(
      libraries.map((name) => `libtorch/${library(name)}`),
      Buffer.alloc(size, 'x'),
    ),
    { name: 'libtorch/include/ATen/ATen.h', content: '' },
  ]);
}

const ZIP = zipOf('cpu');
const honest: Answer = (request, response) => send(request, response, ZIP);

const { folder: packages, remove } = scratch();
const commands = join(packages, 'sconce');

test.before(() => {
  copyPackage(commands);
  // The stub alone: it asks for the driver, and there is an addon for no libtorch.
  mkdirSync(join(commands, 'build', 'Release'), { recursive: true });
  cpSync(findStub() as string, join(commands, 'build', 'Release', 'sconce.node'));
});

test.after.always(remove);

test.beforeEach((t) => {
  const { folder, remove } = scratch();
  const cleanup = [remove];
  const cache = join(folder, 'cache');
  mkdirSync(join(folder, 'bin'));
  const env = { HOME: folder, SCONCE_CACHE: cache, PATH: join(folder, 'bin') };
  t.context = {
    ...{ folder, cache, env, cleanup },
    async serve(answer) {
      const server = await serve(answer);
      cleanup.push(server.close);
      return server;
    },
    install: (server, args = ['--cpu', '--libtorch', VERSION], more = {}) =>
      run(['install', ...args], {
        ...env,
        ...(server && { SCONCE_LIBTORCH_MIRROR: server.url }),
        ...more,
      }),
  };
});

test.afterEach.always((t) => {
  for (const clean of t.context.cleanup.reverse()) clean();
});

/** Runs the command as it lies in an installed package. */
async function run(args: string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const child = spawn(process.execPath, [join(commands, 'dist/bundle/cli.js'), ...args], { env });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed,
  ]);
  return { status, stdout: stdout.trim(), lines: stderr.trim().split('\n') };
}

/** The last two lines of a failure: one sentence, and the next command. */
const ending = ({ status, lines }: Outcome) => [status, ...lines.slice(-2)] as const;

test.serial('a libtorch is fetched, through redirections, and found from then on', async (t) => {
  const { cache, env } = t.context;
  const server = await t.context.serve((request, response, count) => {
    if (count === 0) response.writeHead(302, { location: '/elsewhere' }).end();
    else honest(request, response, count);
  });
  const { status, stdout } = await t.context.install(server);
  const where = join(cache, `libtorch-${VERSION}-cpu`);
  t.deepEqual([status, stdout], [0, `libtorch ${VERSION} (cpu) is in ${where}; ${HINT}`]);
  t.deepEqual(
    server.requests.map(({ url }) => url),
    [`/cpu/${encodeURIComponent(zipName(VERSION) as string)}`, '/elsewhere'],
  );
  // There is no addon for it in this package, and the doctor says what to do.
  const doctor = await run(['doctor'], env);
  t.is(doctor.status, 1);
  t.true(doctor.stdout.endsWith(`and ${where} is libtorch ${VERSION}: run \`npx sconce build\``));
});

test.serial('a server that says no, nothing, or something else is one sentence', async (t) => {
  const half = ZIP.length / 2;
  const cases: [Answer, RegExp, string[]?][] = [
    [(_, response) => response.writeHead(403).end(), /\.zip: HTTP 403; no python3 is on the PATH$/],
    [(request) => request.socket.destroy(), /\.zip: the connection broke off \(\w+\); no python3/],
    [
      (request, response) => breakOff(request, response, ZIP, half),
      /\.zip: (the connection broke off \(\w+\)|it ended after \d+ of \d+ bytes); no python3/,
    ],
    [
      (request, response) => send(request, response, ZIP.subarray(0, half)),
      /\.zip is damaged: .*; no python3 is on the PATH$/,
    ],
    [
      (request, response) => send(request, response, zipOf('cpu', '2.12.1')),
      /\.zip holds libtorch 2\.12\.1 \(cpu\), not 2\.12\.0 \(cpu\); no python3/,
    ],
    [honest, /\.zip: its file has \d+ bytes, not 126385248; no python3/, ['--libtorch', '2.13.0']],
    [
      (_, response) => response.writeHead(302, { location: '/again' }).end(),
      /\.zip: .*redirect.*; no python3/i,
    ],
  ];
  for (const [answer, message, args = ['--libtorch', VERSION]] of cases) {
    const server = await t.context.serve(answer);
    const [status, sentence, next] = ending(await t.context.install(server, ['--cpu', ...args]));
    t.is(status, 1);
    t.regex(sentence ?? '', /^sconce install: cannot get libtorch 2\.1[23]\.0 \(cpu\): /);
    t.regex(sentence ?? '', message);
    t.true(next?.startsWith(NEXT_FETCH), next);
    t.deepEqual(
      readdirSync(t.context.cache).filter((name) => !name.endsWith('.part')),
      [],
    );
  }
  const closed = await t.context.serve(honest);
  closed.close();
  const [, sentence] = ending(await t.context.install(closed));
  t.regex(sentence ?? '', /the host refuses the connection \(ECONNREFUSED\); no python3/);
});

test.serial('the proxy variables are honoured, and NO_PROXY', async (t) => {
  const { cache } = t.context;
  const official = await t.context.serve(honest);
  const proxy = await t.context.serve((request, response, count) => {
    t.is(new URL(request.url as string).host, 'pytorch.invalid');
    honest(request, response, count);
  });
  const through = { SCONCE_LIBTORCH_MIRROR: 'http://pytorch.invalid/x', HTTP_PROXY: proxy.url };
  t.is((await t.context.install(null, undefined, through)).status, 0);
  t.is(proxy.requests.length, 1);
  rmSync(cache, { recursive: true });
  const past = { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' };
  t.is((await t.context.install(official, undefined, past)).status, 0);
  t.deepEqual([proxy.requests.length, official.requests.length], [1, 1]);
});

test.serial('the official site is asked for through the tunnel of an https proxy', async (t) => {
  const asked: string[] = [];
  const proxy = await t.context.serve(() => t.fail());
  proxy.onConnect((request, socket) => {
    asked.push(request.url as string);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  const outcome = await t.context.install(null, undefined, { HTTPS_PROXY: proxy.url });
  const [status, sentence, next] = ending(outcome);
  t.is(status, 1);
  t.deepEqual([...new Set(asked)], ['download.pytorch.org:443']);
  t.regex(sentence ?? '', /https:\/\/download\.pytorch\.org\/libtorch\/cpu\/.*403.*; no python3/);
  t.true(next?.startsWith(NEXT_FETCH));
});

test.serial('two installs at once download once', async (t) => {
  const server = await t.context.serve((request, response) => {
    setTimeout(() => send(request, response, ZIP), 1500);
  });
  const outcomes = await Promise.all([t.context.install(server), t.context.install(server)]);
  t.deepEqual(
    outcomes.map(({ status }) => status),
    [0, 0],
  );
  t.is(outcomes[0]?.stdout, outcomes[1]?.stdout);
  t.is(server.requests.length, 1);
  const waiting = outcomes.flatMap(({ lines }) => lines).filter((line) => /waiting/.test(line));
  t.regex(waiting.join('\n'), /^libtorch 2\.12\.0 \(cpu\): waiting for process \d+, which is/);
});

/** A file system of one's own in a folder, where this user may mount one. */
function mount(t: { context: Context }, folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (status === 0) t.context.cleanup.push(() => spawnSync('umount', ['-l', folder]));
  return status === 0;
}

test.serial('a full disk is one sentence, and leaves nothing behind', async (t) => {
  const { folder } = t.context;
  const full = join(folder, 'full');
  if (!mount(t, full, 'size=2m')) return t.pass('mounting takes a user who may');
  const env = { SCONCE_CACHE: full };
  // The first does not fit unpacked, the second not even packed: random bytes cannot be compressed.
  const packed = Buffer.alloc(4 << 20, 7);
  for (const body of [zipOf('cpu', VERSION, 3 << 20), packed]) {
    const server = await t.context.serve((request, response) => send(request, response, body));
    const [status, sentence, next] = ending(await t.context.install(server, undefined, env));
    t.is(status, 1);
    t.regex(sentence ?? '', /^sconce install: .*no space is left on the disk/);
    t.is(next, `${NEXT_CACHE} on another disk`);
    rmSync(join(full, `${zipName(VERSION)}.part`), { force: true });
    t.deepEqual(readdirSync(full), []);
  }
});

test.serial('a read-only cache is one sentence', async (t) => {
  const { folder } = t.context;
  const server = await t.context.serve(honest);
  const closed = join(folder, 'closed');
  if (!mount(t, closed, 'ro')) {
    if (process.geteuid?.() === 0) return t.pass('root may write everywhere');
    chmodSync(closed, 0o555);
  }
  const outcome = await t.context.install(server, undefined, { SCONCE_CACHE: closed });
  const [status, sentence, next] = ending(outcome);
  t.is(status, 1);
  t.regex(
    sentence ?? '',
    /cannot write .*closed: (the file system is read-only|you may not write)/,
  );
  t.is(next, `${NEXT_CACHE} that you may write`);
  t.is(server.requests.length, 0);
});

/** NVIDIA's driver, as far as it is asked. */
function fakeDriver(folder: string, cuda: number): string {
  const source = join(folder, 'cuda.c');
  writeFileSync(
    source,
    `int cuDriverGetVersion(int *v) { *v = ${cuda}; return 0; }
     int cuInit(unsigned flags) { return 0; }
     int cuDeviceGetCount(int *n) { *n = 1; return 0; }\n`,
  );
  spawnSync('cc', ['-shared', '-fPIC', '-o', join(folder, 'libcuda.so.1'), source]);
  return folder;
}

/** A `python3` whose pip gives NVIDIA's wheel, and notes what it was asked for. */
function fakePip(folder: string): string {
  const python = join(folder, 'bin', 'python3');
  writeFileSync(
    join(folder, 'wheel'),
    makeZip(names(['nvidia/cu13/lib/libcudart.so.13', 'nvidia/cu13/include/cuda.h'], 'nvidia')),
  );
  writeFileSync(
    python,
    `#!/bin/sh
     echo "$*" >> '${folder}/pip.log'
     for word; do case "$word" in --dest=*) to="\${word#--dest=}";; esac; done
     /bin/cp '${folder}/wheel' "$to/nvidia_cuda_runtime-13.0.96-py3-none-any.whl"\n`,
  );
  chmodSync(python, 0o755);
  return join(folder, 'pip.log');
}

const onLinux = process.platform === 'linux' && process.arch === 'x64' ? test.serial : test.skip;

onLinux('with a GPU the CUDA build is fetched, and NVIDIA’s libraries beside it', async (t) => {
  const { folder, cache } = t.context;
  const log = fakePip(folder);
  const server = await t.context.serve((request, response) =>
    send(request, response, zipOf('cu130')),
  );
  const env = { LD_LIBRARY_PATH: fakeDriver(folder, 13_000) };
  const { status, stdout } = await t.context.install(server, ['--libtorch', '2.12'], env);
  const where = join(cache, `libtorch-${VERSION}-cuda`);
  t.deepEqual(
    [status, stdout],
    [0, `libtorch ${VERSION} (cuda) is in ${join(where, 'torch')}; ${HINT}`],
  );
  t.regex(server.requests[0]?.url ?? '', /^\/cu130\/.*%2Bcu130\.zip$/);
  t.true(existsSync(join(where, 'torch', library('torch_cuda'))));
  t.true(existsSync(join(where, 'nvidia', 'cu13', 'lib', 'libcudart.so.13')));
  t.false(existsSync(join(where, 'nvidia', 'cu13', 'include')));
  t.regex(
    spawnSync('cat', [log], { encoding: 'utf8' }).stdout,
    /cuda-toolkit\[cublas,.*\]==13\.0\.\*/,
  );
});

/** A package of NVIDIA's as an index has it: its page, and its wheel. */
function indexOf(tag: 'cu126' | 'cu130', wheels: Map<string, Buffer>): Map<string, Buffer> {
  const pages = new Map<string, Buffer>();
  for (const { name, version = '9.9.9' } of NVIDIA_PACKAGES[tag]) {
    const file = `${name.replaceAll('-', '_')}-${version}-py3-none-manylinux_2_27_x86_64.whl`;
    const wheel = makeZip(names([`nvidia/${name}/lib/lib${name}.so.12`], name.repeat(50)));
    wheels.set(`/wheels/${file}`, wheel);
    const hash = createHash('sha256').update(wheel).digest('hex');
    const old = file.replace(version, '1.0.0');
    const links = [`${old}#sha256=${'0'.repeat(64)}`, `${file}#sha256=${hash}`].map(
      (link) => `<a href="../../../wheels/${link}">${file}</a><br>`,
    );
    pages.set(`/whl/${tag}/${name}/`, Buffer.from(links.join('\n')));
  }
  return pages;
}

onLinux(
  'NVIDIA’s wheels come from the index: resumed, checked, and no pip is needed',
  async (t) => {
    const { cache, folder } = t.context;
    const wheels = new Map<string, Buffer>();
    const pages = indexOf('cu126', wheels);
    const [first, second, third] = [...wheels.keys()] as [string, string, string];
    let isWrong = true;
    const server = await t.context.serve((request, response) => {
      const url = request.url ?? '';
      const asked = server.requests.filter((other) => other.url === url).length;
      const content = pages.get(url) ?? wheels.get(url) ?? zipOf('cu126');
      if (url === first && asked === 1) breakOff(request, response, content, 50);
      else if (url === third && isWrong) send(request, response, Buffer.alloc(content.length, 'x'));
      else if (url.startsWith('/cpu/')) send(request, response, ZIP);
      else send(request, response, content);
    });
    const env = { LD_LIBRARY_PATH: fakeDriver(folder, 12_060) };
    // What works stays, whatever becomes of the CUDA build.
    t.is((await t.context.install(server)).status, 0);
    const failed = await t.context.install(server, ['--cuda', '--libtorch', VERSION], env);
    const [status, sentence] = ending(failed);
    t.is(status, 1);
    t.regex(sentence ?? '', /nvidia-cuda-nvrtc-cu12.*its sha256 is .*no python3 is on the PATH/);
    t.true(existsSync(join(cache, `libtorch-${VERSION}-cpu`, library('torch_cpu'))));
    t.false(existsSync(join(cache, `libtorch-${VERSION}-cuda`)));
    t.deepEqual(
      server.requests.filter(({ url }) => url === first).map(({ range }) => range),
      [undefined, 'bytes=50-'],
    );
    isWrong = false;
    const { status: again } = await t.context.install(
      server,
      ['--cuda', '--libtorch', VERSION],
      env,
    );
    t.is(again, 0);
    // What was whole was not fetched twice.
    t.is(server.requests.filter(({ url }) => url === second).length, 1);
    const where = join(cache, `libtorch-${VERSION}-cuda`);
    t.deepEqual(
      readdirSync(join(where, 'nvidia')).sort(),
      NVIDIA_PACKAGES.cu126.map(({ name }) => name).sort(),
    );
    t.true(existsSync(join(where, 'torch', library('torch_cuda'))));
    t.deepEqual(readdirSync(cache).sort(), [`libtorch-${VERSION}-cpu`, `libtorch-${VERSION}-cuda`]);
  },
);

onLinux('a wheel that is not the pinned one is refused, whatever the index says', async (t) => {
  const { folder, cache } = t.context;
  const wheels = new Map<string, Buffer>();
  const pages = indexOf('cu130', wheels);
  const server = await t.context.serve((request, response) => {
    const url = request.url ?? '';
    send(request, response, pages.get(url) ?? wheels.get(url) ?? zipOf('cu130'));
  });
  const env = { LD_LIBRARY_PATH: fakeDriver(folder, 13_000) };
  const failed = await t.context.install(server, ['--cuda', '--libtorch', VERSION], env);
  t.regex(
    ending(failed)[1] ?? '',
    /nvidia-cublas.*its sha256 is [0-9a-f]{64}, not 37936a16db8fe4ac/,
  );
  t.false(existsSync(join(cache, `libtorch-${VERSION}-cuda`)));
});

onLinux('NVIDIA’s wheels are asked for through the proxy', async (t) => {
  const { folder } = t.context;
  const wheels = new Map<string, Buffer>();
  const pages = indexOf('cu126', wheels);
  const proxy = await t.context.serve((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://nowhere.invalid');
    send(request, response, pages.get(pathname) ?? wheels.get(pathname) ?? zipOf('cu126'));
  });
  const { status } = await t.context.install(null, ['--cuda', '--libtorch', VERSION], {
    LD_LIBRARY_PATH: fakeDriver(folder, 12_060),
    SCONCE_LIBTORCH_MIRROR: 'http://mirror.invalid',
    HTTP_PROXY: proxy.url,
  });
  t.is(status, 0);
  t.is(proxy.requests.length, 1 + pages.size + wheels.size);
});

onLinux('a CUDA build that cannot be had leaves the CPU’s', async (t) => {
  const { folder, cache } = t.context;
  const server = await t.context.serve((request, response) => {
    if (request.url?.startsWith('/cpu/')) send(request, response, ZIP);
    else response.writeHead(403).end();
  });
  const env = { LD_LIBRARY_PATH: fakeDriver(folder, 12_040) };
  const { status, stdout, lines } = await t.context.install(server, ['--libtorch', VERSION], env);
  t.deepEqual([status, stdout.split(' is in ')[0]], [0, `libtorch ${VERSION} (cpu)`]);
  t.true(lines.some((line) => /cu126.*HTTP 403.*; the libtorch for the CPU is taken/.test(line)));
  // Asked for by name it is a failure, and what is there stays.
  const named = await t.context.install(server, ['--cuda', '--libtorch', VERSION], env);
  t.regex(ending(named)[1] ?? '', /^sconce install: cannot get libtorch 2\.12\.0 \(cuda\): /);
  t.deepEqual(readdirSync(cache), [`libtorch-${VERSION}-cpu`]);
});

onLinux('a driver that is too old, and a call that makes no sense, are said at once', async (t) => {
  const { folder } = t.context;
  const server = await t.context.serve(honest);
  const old = { LD_LIBRARY_PATH: fakeDriver(folder, 11_040) };
  t.deepEqual(ending(await t.context.install(server, ['--cuda'], old)), [
    1,
    "sconce install: NVIDIA's driver serves CUDA 11.4, and libtorch needs 12.0 or later",
    "next: npx sconce install --cpu, or update NVIDIA's driver",
  ]);
  const cases: [string[], string, string][] = [
    [
      ['install', '--cuda', '--cpu'],
      'install: --cuda and --cpu exclude each other',
      'npx sconce --help',
    ],
    [['install', '--cude'], "install: Unknown option '--cude'", 'npx sconce --help'],
    [['instal'], 'there is no command instal', 'npx sconce --help'],
    [['doctor', '--cuda'], 'doctor: doctor takes no --cuda', 'npx sconce --help'],
    [
      ['install', '--libtorch', '1.0.0'],
      'install: no libtorch 1.0.0: sconce takes 2.11, 2.12, 2.13, 2.14, such as 2.13.0',
      'npx sconce install',
    ],
  ];
  for (const [args, sentence, next] of cases) {
    const { status, lines } = await run(args, t.context.env);
    const from = sentence.includes(': ') ? `sconce ${sentence}` : `sconce: ${sentence}`;
    t.deepEqual([status, ...lines], [1, from, `next: ${next}`]);
  }
  t.is(server.requests.length, 0);
});
