import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import anyTest, { type TestFn } from 'ava';
import { ensureLibtorch } from '../../dist/lib/cli/build.js';
import { type FetchOptions, fetchLibtorch } from '../../dist/lib/cli/fetch-libtorch.js';
import { type Releases, zipName } from '../../dist/lib/cli/releases.js';
import { TorchError } from '../../dist/lib/errors.js';
import { findLibtorch, libraryName } from '../../dist/lib/libtorch.js';
import { type Answer, breakOff, send, serve, type TestServer } from '../_helpers/http.js';
import { scratch, withoutPrivileges } from '../_helpers/scratch.js';
import { makeZip, type ZipEntry } from '../_helpers/zip.js';

interface Context {
  folder: string;
  cache: string;
  /** Where the fetched libtorch belongs. */
  target: string;
  env: NodeJS.ProcessEnv;
  lines: string[];
  serve(answer: Answer): Promise<TestServer>;
  /** Fetches from these zips, in the test's own cache. */
  fetch(server: TestServer, options?: FetchOptions): ReturnType<typeof fetchLibtorch>;
  cleanup: (() => void)[];
}

const test = anyTest as TestFn<Context>;
const SCRIPT = fileURLToPath(new URL('../../dist/lib/cli/fetch-libtorch.js', import.meta.url));
const core = libraryName('torch_cpu');
const c10 = libraryName('c10');
const ZIP_NAME = zipName('2.13.0', 'cpu', 'linux', 'x64') as string;

/** A small libtorch as the official zip has it; what the addon does not need included. */
const ZIP_ENTRIES: ZipEntry[] = [
  { name: 'libtorch/build-version', content: '2.13.0+cpu\n' },
  { name: 'libtorch/build-hash', content: 'abc\n' },
  { name: `libtorch/lib/${core}`, content: Buffer.alloc(6_000_000, 'torch') },
  { name: `libtorch/lib/${c10}`, content: 'c10' },
  { name: 'libtorch/lib/libgomp.so.1', content: 'gomp' },
  { name: 'libtorch/lib/libtorch_python.so', content: 'python' },
  { name: 'libtorch/lib/libprotobuf.a', content: 'static' },
  { name: 'libtorch/include/ATen/ATen.h', content: '#pragma once\n' },
  { name: 'libtorch/share/cmake/Torch/TorchConfig.cmake', content: '' },
  { name: 'libtorch/bin/test', content: '' },
];

/** A small torch wheel. */
function wheelEntries(version = '2.13.0+cpu', libraries = [core, c10]): ZipEntry[] {
  return [
    { name: 'torch/version.py', content: `__version__ = '${version}'\n` },
    { name: 'torch/__init__.py', content: '' },
    ...libraries.map((name) => ({ name: `torch/lib/${name}`, content: name })),
    { name: 'torch/lib/libtorch_python.so', content: 'python' },
    { name: 'torch/lib/libshm/err.h', content: '' },
    { name: 'torch/include/ATen/ATen.h', content: '' },
    { name: 'torch.libs/libopenblas.so.0', content: 'blas' },
    { name: 'torchgen/model.py', content: '' },
  ];
}

const ZIP = makeZip(ZIP_ENTRIES);
const PIN = { size: ZIP.length, sha256: createHash('sha256').update(ZIP).digest('hex') };

const onLinux = process.platform === 'linux' && process.arch === 'x64' ? test.serial : test.skip;

test.beforeEach((t) => {
  const { folder, remove } = scratch();
  const cleanup = [remove];
  const cache = join(folder, 'cache');
  const env = { HOME: folder, SCONCE_CACHE: cache, PATH: join(folder, 'bin') };
  const lines: string[] = [];
  t.context = {
    ...{ folder, cache, env, lines, cleanup },
    target: join(cache, 'libtorch-2.13.0-cpu'),
    async serve(answer) {
      const server = await serve(answer);
      cleanup.push(server.close);
      return server;
    },
    fetch: (server, options) =>
      fetchLibtorch({
        env,
        releases: releasesOf(server),
        log: (line) => lines.push(line),
        ...options,
      }),
  };
});

test.afterEach.always((t) => {
  for (const clean of t.context.cleanup) clean();
});

function releasesOf(server: TestServer): Releases {
  return { zips: server.url, wheels: server.url, pinned: { [ZIP_NAME]: PIN } };
}

const honest: Answer = (request, response) => send(request, response, ZIP);
const forbidden: Answer = (_, response) => response.writeHead(403).end();

/** All files below a folder, by their relative paths. */
function listFiles(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}

/** A `python3` on the PATH whose pip gives this wheel, or fails with this line. */
function writePip(folder: string, wheel: Buffer | string): string {
  const python = join(folder, 'bin', 'python3');
  mkdirSync(dirname(python), { recursive: true });
  writeFileSync(join(folder, 'wheel'), wheel);
  const script =
    typeof wheel === 'string'
      ? `echo '${wheel}' >&2; exit 1`
      : `for word; do case "$word" in --dest=*) folder="\${word#--dest=}";; esac; done
         /bin/cp '${folder}/wheel' "$folder/torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl"`;
  writeFileSync(python, `#!/bin/sh\necho "$*" >> '${folder}/pip.log'\n${script}\n`);
  chmodSync(python, 0o755);
  return join(folder, 'pip.log');
}

onLinux('the official zip is fetched, checked, and unpacked into the cache', async (t) => {
  const { cache, target, env, lines } = t.context;
  const server = await t.context.serve(honest);
  const libtorch = await t.context.fetch(server);
  t.deepEqual(libtorch, {
    libdir: join(target, 'lib'),
    root: target,
    version: '2.13.0',
    flavour: 'cpu',
    source: 'cache',
  });
  t.deepEqual(
    server.requests.map(({ url }) => url),
    ['/cpu/libtorch-shared-with-deps-2.13.0%2Bcpu.zip'],
  );
  t.deepEqual(readdirSync(cache), ['libtorch-2.13.0-cpu']);
  t.deepEqual(listFiles(target), [
    'build-hash',
    'build-version',
    'include/ATen/ATen.h',
    'lib/libc10.so',
    'lib/libgomp.so.1',
    'lib/libtorch_cpu.so',
  ]);
  t.true(readFileSync(join(target, 'lib', core)).equals(Buffer.alloc(6_000_000, 'torch')));
  t.is(statSync(target).mode & 0o055, 0o055);
  t.deepEqual(findLibtorch({ env }), libtorch);
  t.deepEqual(lines, []);
});

onLinux('what is there is not fetched again, unless it is forced', async (t) => {
  const server = await t.context.serve(honest);
  await t.context.fetch(server);
  await t.context.fetch(server);
  await ensureLibtorch({ env: t.context.env, releases: releasesOf(server) });
  t.is(server.requests.length, 1);
  await t.context.fetch(server, { force: true });
  t.is(server.requests.length, 2);
  t.deepEqual(readdirSync(t.context.cache), ['libtorch-2.13.0-cpu']);
});

onLinux('where the server refuses, pip is asked, and one line says so', async (t) => {
  const { cache, target, folder, lines } = t.context;
  const log = writePip(folder, makeZip(wheelEntries()));
  const server = await t.context.serve(forbidden);
  const libtorch = await t.context.fetch(server);
  t.is(libtorch.libdir, join(target, 'torch', 'lib'));
  t.deepEqual(listFiles(target), [
    'torch.libs/libopenblas.so.0',
    'torch/include/ATen/ATen.h',
    `torch/lib/${c10}`,
    `torch/lib/${core}`,
    'torch/version.py',
  ]);
  t.deepEqual(readdirSync(cache), ['libtorch-2.13.0-cpu']);
  t.deepEqual(lines, [
    `${server.url}/cpu/${encodeURIComponent(ZIP_NAME)}: HTTP 403`,
    'downloading libtorch 2.13.0 (cpu) by `python3 -m pip download torch==2.13.0`',
  ]);
  const words = readFileSync(log, 'utf8').trim().split(' ');
  t.deepEqual(words.slice(0, 3), ['-m', 'pip', 'download']);
  t.true(words.includes('--no-deps') && words.includes('torch==2.13.0+cpu'));
});

onLinux('a wrong hash is never trusted; the error names every source', async (t) => {
  const { cache, folder, env } = t.context;
  writePip(folder, 'ERROR: No matching distribution found for torch==2.13.0+cpu');
  const altered = Buffer.from(ZIP);
  altered[100] = (altered[100] as number) ^ 1;
  const server = await t.context.serve((request, response) => send(request, response, altered));
  const error = await t.throwsAsync(t.context.fetch(server), {
    instanceOf: TorchError,
    code: 'ERR_LIBTORCH_FETCH',
  });
  const [zip, pip, ...more] = error.message.split('; ');
  t.regex(
    zip ?? '',
    /^cannot get libtorch 2\.13\.0 \(cpu\): http:.*not the right one: its sha256 is/,
  );
  t.is(pip, 'pip: ERROR: No matching distribution found for torch==2.13.0+cpu');
  t.deepEqual(more, []);
  t.deepEqual(readdirSync(cache), []);
  t.is(findLibtorch({ env }), null);
});

onLinux('no pip at all is said, too', async (t) => {
  const server = await t.context.serve(forbidden);
  await t.throwsAsync(t.context.fetch(server), { message: /no python3 is on the PATH/ });
});

onLinux('a disk that pip finds full is told apart from a wheel that is not there', async (t) => {
  const server = await t.context.serve(forbidden);
  // What pip prints for an error of the system: a traceback, under a line that says only that.
  writePip(t.context.folder, 'ERROR: Exception:\nOSError: [Errno 28] No space left on device');
  await t.throwsAsync(t.context.fetch(server), {
    code: 'ENOSPC',
    message: 'no space is left on the disk, says pip',
  });
  writePip(t.context.folder, 'ERROR: Exception:\nOSError: [Errno 5] Input/output error');
  await t.throwsAsync(t.context.fetch(server), { message: /pip: OSError: \[Errno 5\]/ });
});

onLinux('an archive that holds something else is refused', async (t) => {
  const { folder, cache } = t.context;
  const server = await t.context.serve(forbidden);
  const cases: [ZipEntry[], RegExp][] = [
    [wheelEntries('2.12.0+cpu'), /will not do: it is libtorch 2\.12\.0/],
    [wheelEntries('2.13.1+cpu'), /holds libtorch 2\.13\.1 \(cpu\), not 2\.13\.0 \(cpu\)/],
    [
      wheelEntries('2.13.0+cu130', [core, c10, libraryName('torch_cuda')]),
      /holds libtorch 2\.13\.0 \(cuda\), not 2\.13\.0 \(cpu\)/,
    ],
    [wheelEntries('2.13.0+cpu', [core]), /it has no lib\//],
    [
      [...wheelEntries(), { name: 'torch/include/../../x', content: '' }],
      /is damaged: invalid relative path/,
    ],
    [
      [...wheelEntries(), { name: 'torch/lib/x.so', content: '/etc', mode: 0o120777 }],
      /x\.so is a symbolic link/,
    ],
    [
      [...wheelEntries(), { name: 'torch/include/x.h', content: 'x', crc: 1 }],
      /x\.h does not match its checksum/,
    ],
  ];
  for (const [entries, message] of cases) {
    writePip(folder, makeZip(entries));
    await t.throwsAsync(t.context.fetch(server), { code: 'ERR_LIBTORCH_FETCH', message });
    t.deepEqual(readdirSync(cache), []);
  }
  writePip(folder, ZIP.subarray(0, 1000));
  await t.throwsAsync(t.context.fetch(server), { message: /is damaged/ });
});

onLinux('too little room is noticed before anything is unpacked', async (t) => {
  const { folder, cache } = t.context;
  writePip(
    folder,
    makeZip([...wheelEntries(), { name: 'torch/include/huge.h', content: 'x', size: 10n ** 17n }]),
  );
  const server = await t.context.serve(forbidden);
  await t.throwsAsync(t.context.fetch(server), {
    code: 'ENOSPC',
    message: /no space is left on the disk of .*: 100000\.0 TB are needed, .* are free/,
  });
  t.deepEqual(readdirSync(cache), []);
});

onLinux('an offline folder serves a zip or a wheel, and nothing else is asked', async (t) => {
  const { folder, env, target } = t.context;
  const server = await t.context.serve(honest);
  const offline = join(folder, 'offline');
  mkdirSync(offline);
  const options = { env: { ...env, SCONCE_LIBTORCH_OFFLINE: offline }, force: true };
  await t.throwsAsync(t.context.fetch(server, options), {
    code: 'ERR_LIBTORCH_FETCH',
    message: /has neither libtorch-shared-with-deps-2\.13\.0\+cpu\.zip nor torch-2\.13\.0\*\.whl/,
  });
  const wheel = join(offline, 'torch-2.13.0+cpu-cp312-cp312-manylinux_2_28_x86_64.whl');
  writeFileSync(wheel, makeZip(wheelEntries()));
  t.is((await t.context.fetch(server, options)).root, join(target, 'torch'));
  writeFileSync(join(offline, ZIP_NAME), ZIP);
  t.is((await t.context.fetch(server, options)).root, target);
  writeFileSync(join(offline, ZIP_NAME), 'altered');
  await t.throwsAsync(t.context.fetch(server, options), { message: /it has 7 bytes, not/ });
  t.true(existsSync(join(target, 'lib', core)));
  t.is(server.requests.length, 0);
  t.deepEqual(readdirSync(offline).length, 2);
});

onLinux('a mirror stands in for the official server', async (t) => {
  const official = await t.context.serve(honest);
  const mirror = await t.context.serve(honest);
  const env = { ...t.context.env, SCONCE_LIBTORCH_MIRROR: `${mirror.url}/libtorch/` };
  await t.context.fetch(official, { env });
  t.deepEqual(
    mirror.requests.map(({ url }) => url),
    [`/libtorch/cpu/${encodeURIComponent(ZIP_NAME)}`],
  );
  t.is(official.requests.length, 0);
});

onLinux('a half-written folder is refused, and replaced', async (t) => {
  const { target, env, cache } = t.context;
  mkdirSync(join(target, 'lib'), { recursive: true });
  writeFileSync(join(target, 'lib', core), 'half');
  mkdirSync(`${target}.work-killed`);
  t.is(findLibtorch({ env }), null);
  const server = await t.context.serve(honest);
  await t.context.fetch(server);
  t.is(findLibtorch({ env })?.root, target);
  t.deepEqual(readdirSync(cache), ['libtorch-2.13.0-cpu']);
});

/** Runs a fetch in a process of its own. */
function fetchElsewhere(server: TestServer, env: NodeJS.ProcessEnv) {
  const script = `import { fetchLibtorch } from ${JSON.stringify(SCRIPT)};
    console.log((await fetchLibtorch({ releases: ${JSON.stringify(releasesOf(server))} })).root);`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { env });
}

onLinux('two fetches at once download once, and both have it', async (t) => {
  const { target, env } = t.context;
  const server = await t.context.serve((request, response) => {
    setTimeout(() => send(request, response, ZIP), 500);
  });
  const children = [fetchElsewhere(server, env), fetchElsewhere(server, env)];
  const roots = await Promise.all(children.map(({ stdout }) => text(stdout)));
  t.deepEqual(roots, [`${target}\n`, `${target}\n`]);
  t.is(server.requests.length, 1);
});

onLinux('a killed fetch leaves nothing to be trusted, and the next one resumes', async (t) => {
  const { cache, env, target } = t.context;
  const half = Math.floor(ZIP.length / 2);
  const server = await t.context.serve((request, response, count) => {
    if (count > 0) return send(request, response, ZIP);
    response.writeHead(200, { 'content-length': ZIP.length });
    response.write(ZIP.subarray(0, half));
  });
  const child = fetchElsewhere(server, env);
  const part = join(cache, `${ZIP_NAME}.part`);
  const hasHalf = () => existsSync(part) && statSync(part).size === half;
  for (let i = 0; i < 200 && !hasHalf(); i++) await new Promise((next) => setTimeout(next, 50));
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.is(findLibtorch({ env }), null);
  t.true(existsSync(`${target}.lock`));
  await t.context.fetch(server);
  t.deepEqual(
    server.requests.map(({ range }) => range),
    [undefined, `bytes=${half}-`],
  );
  t.deepEqual(readdirSync(cache), ['libtorch-2.13.0-cpu']);
});

onLinux('a connection that breaks off is resumed', async (t) => {
  const server = await t.context.serve((request, response, count) => {
    if (count === 0) breakOff(request, response, ZIP, 1000);
    else send(request, response, ZIP);
  });
  await t.context.fetch(server);
  t.is(server.requests[1]?.range, 'bytes=1000-');
});

onLinux('a cache that may not be written is one clear sentence', async (t) => {
  const { folder } = t.context;
  const server = await t.context.serve(honest);
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(folder, 0o755);
  chmodSync(closed, 0o555);
  const env = { ...t.context.env, SCONCE_CACHE: closed };
  await t.throwsAsync(
    withoutPrivileges(() => t.context.fetch(server, { env })),
    {
      code: 'EACCES',
      message: `cannot write ${closed}: you may not write there (EACCES). SCONCE_CACHE may name another folder`,
    },
  );
  t.is(server.requests.length, 0);
});
