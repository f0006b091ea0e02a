import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import anyTest, { type TestFn } from 'ava';
import { TorchError } from '../../dist/lib/errors.js';
import { download, downloadSync } from '../../dist/lib/utils/download.js';
import { type Answer, breakOff, send, serve, type TestServer } from '../_helpers/http.js';
import { scratch, withoutPrivileges } from '../_helpers/scratch.js';

interface Context {
  folder: string;
  /** The file to write. */
  file: string;
  /** Starts a server that goes away with the test. */
  serve(answer: Answer): Promise<TestServer>;
  cleanup: (() => void)[];
}

const test = anyTest as TestFn<Context>;
const CONTENT = randomBytes(200_000);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const MD5 = createHash('md5').update(CONTENT).digest('hex');
const CHECKS = { size: CONTENT.length, sha256: SHA256 };
const MODULE = fileURLToPath(new URL('../../dist/lib/utils/download.js', import.meta.url));

test.beforeEach((t) => {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    delete process.env[name];
    delete process.env[name.toUpperCase()];
  }
  const { folder, remove } = scratch();
  const cleanup = [remove];
  const start = async (answer: Answer) => {
    const server = await serve(answer);
    cleanup.push(server.close);
    return server;
  };
  t.context = { folder, file: join(folder, 'data', 'x.gz'), serve: start, cleanup };
});

test.afterEach.always((t) => {
  for (const clean of t.context.cleanup) clean();
});

const quiet = { progress: false };
const honest: Answer = (request, response) => send(request, response, CONTENT);
const status =
  (code: number): Answer =>
  (_, response) =>
    response.writeHead(code).end('no');

test.serial('a file is written whole, and nothing lies beside it', async (t) => {
  const { file, folder } = t.context;
  const server = await t.context.serve(honest);
  await download([`${server.url}/x.gz`], file, { ...quiet, ...CHECKS, md5: MD5 });
  t.true(readFileSync(file).equals(CONTENT));
  t.deepEqual(readdirSync(join(folder, 'data')), ['x.gz']);
  t.is(server.requests.length, 1);
});

test.serial('a file that is there and right is not fetched again; a wrong one is', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve(honest);
  await download([server.url], file, { ...quiet, ...CHECKS });
  await download([server.url], file, { ...quiet, ...CHECKS });
  t.is(server.requests.length, 1);
  writeFileSync(file, 'altered');
  await download([server.url], file, { ...quiet, ...CHECKS });
  t.is(server.requests.length, 2);
  t.true(readFileSync(file).equals(CONTENT));
});

test.serial('a connection that breaks off in mid-body is resumed where it broke', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve((request, response, count) => {
    if (count < 3) breakOff(request, response, CONTENT, 40_000);
    else send(request, response, CONTENT);
  });
  await download([server.url], file, { ...quiet, ...CHECKS });
  t.true(readFileSync(file).equals(CONTENT));
  t.deepEqual(
    server.requests.map(({ range }) => range),
    [undefined, 'bytes=40000-', 'bytes=80000-', 'bytes=120000-'],
  );
});

test.serial('without a checksum, only a strong ETag allows to resume', async (t) => {
  const { file, folder } = t.context;
  for (const [etag, second] of [
    ['"v1"', 'bytes=40000-'],
    ['W/"v1"', undefined],
  ] as const) {
    const server = await t.context.serve((request, response, count) => {
      if (count === 0) breakOff(request, response, CONTENT, 40_000, { etag });
      else send(request, response, CONTENT);
    });
    const name = join(folder, `${etag.length}`);
    await download([server.url], name, quiet);
    t.true(readFileSync(name).equals(CONTENT));
    t.is(server.requests[1]?.range, second);
  }
  t.false(existsSync(`${file}.part`));
});

test.serial('a mirror that ignores Range starts again, and the file is right', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve((request, response, count) => {
    if (count === 0) return breakOff(request, response, CONTENT, 40_000);
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.end(CONTENT);
  });
  await download([server.url], file, { ...quiet, ...CHECKS });
  t.is(server.requests.length, 2);
  t.true(readFileSync(file).equals(CONTENT));
});

test.serial('what an earlier run left is resumed, or thrown away where it is wrong', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve(honest);
  mkdirSync(join(file, '..'));
  writeFileSync(`${file}.part`, CONTENT.subarray(0, 150_000));
  await download([server.url], file, { ...quiet, ...CHECKS });
  t.deepEqual(server.requests.at(-1)?.range, 'bytes=150000-');
  t.true(readFileSync(file).equals(CONTENT));

  for (const leftover of [Buffer.alloc(150_000), Buffer.alloc(200_000), Buffer.alloc(300_000)]) {
    writeFileSync(file, 'wrong');
    writeFileSync(`${file}.part`, leftover);
    await download([server.url], file, { ...quiet, ...CHECKS });
    t.is(server.requests.at(-1)?.range, undefined);
    t.true(readFileSync(file).equals(CONTENT));
  }
});

test.serial('a leftover longer than the file, of unknown size, is thrown away', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve(honest);
  mkdirSync(join(file, '..'));
  writeFileSync(`${file}.part`, Buffer.alloc(300_000));
  await download([server.url], file, { ...quiet, sha256: SHA256 });
  t.deepEqual(
    server.requests.map(({ range }) => range),
    ['bytes=300000-', undefined],
  );
  t.true(readFileSync(file).equals(CONTENT));
});

test.serial('without a checksum a leftover is never trusted', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve(honest);
  mkdirSync(join(file, '..'));
  writeFileSync(`${file}.part`, Buffer.alloc(1000));
  await download([server.url], file, quiet);
  t.is(server.requests[0]?.range, undefined);
  t.true(readFileSync(file).equals(CONTENT));
});

test.serial('mirrors are tried in order until one has the right file', async (t) => {
  const { file } = t.context;
  const altered = Buffer.from(CONTENT);
  altered[5] = (altered[5] as number) ^ 1;
  const wrong = await t.context.serve((request, response) => send(request, response, altered));
  const missing = await t.context.serve(status(404));
  const right = await t.context.serve(honest);
  await download([wrong.url, missing.url, right.url], file, { ...quiet, ...CHECKS });
  t.true(readFileSync(file).equals(CONTENT));
  t.is(wrong.requests.length, 1);
});

test.serial(
  'halves of two mirrors that do not fit together are noticed and fetched again',
  async (t) => {
    const { file } = t.context;
    const first = await t.context.serve((request, response, count) => {
      if (count === 0) breakOff(request, response, Buffer.alloc(CONTENT.length), 40_000);
      else response.writeHead(404).end();
    });
    const second = await t.context.serve(honest);
    await download([first.url, second.url], file, { ...quiet, ...CHECKS });
    t.deepEqual(
      second.requests.map(({ range }) => range),
      ['bytes=40000-', undefined],
    );
    t.true(readFileSync(file).equals(CONTENT));
  },
);

test.serial('the error names each mirror and why it failed, and nothing is left', async (t) => {
  const { file, folder } = t.context;
  const wrong = await t.context.serve((_, response) => response.end(Buffer.alloc(200_000)));
  const forbidden = await t.context.serve(status(403));
  const gone = await serve(honest);
  gone.close();
  const error = await t.throwsAsync(
    download([wrong.url, forbidden.url, gone.url], file, { ...quiet, md5: MD5, label: 'MNIST' }),
    { instanceOf: TorchError, code: 'ERR_DOWNLOAD' },
  );
  const [title, ...reasons] = error.message.split('\n  ');
  t.is(title, 'cannot download MNIST:');
  t.regex(reasons[0] ?? '', new RegExp(`^${wrong.url}: .* its md5 is [0-9a-f]{32}, not ${MD5}$`));
  t.is(reasons[1], `${forbidden.url}: HTTP 403`);
  t.is(reasons[2], `${gone.url}: the host refuses the connection (ECONNREFUSED)`);
  t.deepEqual(readdirSync(join(folder, 'data')), []);
});

test.serial('a server that hangs is given up in time, before and in mid-body', async (t) => {
  const { file } = t.context;
  const silent = await t.context.serve(() => {});
  const stuck = await t.context.serve((_, response) => {
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.write(CONTENT.subarray(0, 10));
  });
  const start = Date.now();
  const error = await t.throwsAsync(
    download([silent.url, stuck.url], file, { ...quiet, timeout: 500 }),
    { code: 'ERR_DOWNLOAD' },
  );
  t.true(Date.now() - start < 15_000);
  t.regex(error.message, /no answer for 0\.5 s/);
  t.regex(error.message, /not a byte for 0\.5 s/);
  t.false(existsSync(file));
});

test.serial('redirects are followed; a circle of them ends', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve((request, response) => {
    if (request.url === '/right') return send(request, response, CONTENT);
    response.writeHead(302, { location: request.url === '/a' ? '/right' : '/circle' }).end();
  });
  await download([`${server.url}/a`], file, { ...quiet, ...CHECKS });
  t.true(readFileSync(file).equals(CONTENT));
  await t.throwsAsync(download([`${server.url}/circle`], `${file}2`, quiet), {
    code: 'ERR_DOWNLOAD',
  });
});

test.serial('a file of another length is refused before it is fetched', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve(honest);
  await t.throwsAsync(download([server.url], file, { ...quiet, size: 17 }), {
    message: /its file has 200000 bytes, not 17$/,
  });
  t.deepEqual(readdirSync(join(file, '..')), []);
});

test.serial('a mirror that sends more than it may is cut off', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve((_, response) => {
    const pour = () => response.write(CONTENT, pour);
    pour();
  });
  await t.throwsAsync(download([server.url], file, { ...quiet, size: 500_000 }), {
    message: /more than 500000 bytes/,
  });
});

test.serial('an overloaded mirror is asked once more; a missing file is not', async (t) => {
  const { file } = t.context;
  const busy = await t.context.serve((request, response, count) => {
    if (count === 0) response.writeHead(503).end();
    else send(request, response, CONTENT);
  });
  await download([busy.url], file, { ...quiet, ...CHECKS });
  t.is(busy.requests.length, 2);
  const missing = await t.context.serve(status(404));
  await t.throwsAsync(download([missing.url], `${file}2`, quiet));
  t.is(missing.requests.length, 1);
});

test.serial('http goes through the proxy, and no_proxy goes past it', async (t) => {
  const { file } = t.context;
  const proxy = await t.context.serve(honest);
  process.env.http_proxy = proxy.url;
  await download(['http://sconce.invalid/x.gz'], file, { ...quiet, ...CHECKS });
  t.true(readFileSync(file).equals(CONTENT));
  t.deepEqual(proxy.requests, [
    { method: 'GET', url: 'http://sconce.invalid/x.gz', range: undefined },
  ]);
  const server = await t.context.serve(honest);
  process.env.no_proxy = '127.0.0.1';
  await download([server.url], `${file}2`, { ...quiet, ...CHECKS });
  t.is(server.requests.length, 1);
  t.is(proxy.requests.length, 1);
});

test.serial('https asks the proxy for a tunnel', async (t) => {
  const { file } = t.context;
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.teardown(() => proxy.close());
  process.env.https_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  await t.throwsAsync(download(['https://sconce.invalid/x.gz'], file, quiet), {
    message: /https:\/\/sconce\.invalid\/x\.gz: .*Proxy response \(403\)/,
  });
  t.deepEqual(asked, ['sconce.invalid:443']);
});

test.serial('two downloads of one file at once ask the mirror once', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve((request, response) => {
    setTimeout(() => send(request, response, CONTENT), 300);
  });
  await Promise.all([
    download([server.url], file, { ...quiet, ...CHECKS }),
    download([server.url], file, { ...quiet, ...CHECKS }),
  ]);
  t.is(server.requests.length, 1);
  t.true(readFileSync(file).equals(CONTENT));
});

test.serial(
  'a killed download leaves no file of that name, and the next run resumes it',
  async (t) => {
    const { file } = t.context;
    const server = await t.context.serve((request, response, count) => {
      if (count > 0) return send(request, response, CONTENT);
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 100_000));
    });
    const script = `import { download } from ${JSON.stringify(MODULE)};
    await download(...${JSON.stringify([[server.url], file, { ...quiet, ...CHECKS }])});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const hasPart = () =>
      existsSync(`${file}.part`) && readFileSync(`${file}.part`).length === 100_000;
    for (let i = 0; i < 200 && !hasPart(); i++) await new Promise((next) => setTimeout(next, 50));
    child.kill('SIGKILL');
    await once(child, 'exit');
    t.true(hasPart());
    t.false(existsSync(file));
    t.true(existsSync(`${file}.lock`));
    await download([server.url], file, { ...quiet, ...CHECKS });
    t.is(server.requests[1]?.range, 'bytes=100000-');
    t.true(readFileSync(file).equals(CONTENT));
    t.deepEqual(readdirSync(join(file, '..')), ['x.gz']);
  },
);

test.serial('the lock of a dead process, and one that nobody renews, do not block', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve(honest);
  mkdirSync(join(file, '..'));
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const dead = JSON.stringify({ pid, host: hostname(), token: 'x' });
  const elsewhere = JSON.stringify({ pid: 1, host: 'elsewhere.invalid', token: 'x' });
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const [text, time] of [
    [dead, new Date()],
    ['', longAgo],
    [elsewhere, longAgo],
  ] as const) {
    rmSync(file, { force: true });
    writeFileSync(`${file}.lock`, text);
    utimesSync(`${file}.lock`, time, time);
    await download([server.url], file, { ...quiet, ...CHECKS });
    t.deepEqual(readdirSync(join(file, '..')), ['x.gz']);
  }
  t.is(server.requests.length, 3);
});

test.serial('the lock of a living process is waited for', async (t) => {
  const { file } = t.context;
  const server = await t.context.serve(honest);
  mkdirSync(join(file, '..'));
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const lock = { pid: holder.pid, host: hostname(), token: 'x' };
  writeFileSync(`${file}.lock`, JSON.stringify(lock));
  const done = download([server.url], file, { ...quiet, ...CHECKS });
  await new Promise((next) => setTimeout(next, 600));
  t.is(server.requests.length, 0);
  holder.kill('SIGKILL');
  await done;
  t.true(readFileSync(file).equals(CONTENT));
});

test.serial('a full disk is one clear sentence, not a mirror that failed', async (t) => {
  if (process.platform !== 'linux') return t.pass();
  const { file } = t.context;
  const server = await t.context.serve(honest);
  mkdirSync(join(file, '..'));
  symlinkSync('/dev/full', `${file}.part`);
  await t.throwsAsync(download([server.url], file, { ...quiet, ...CHECKS }), {
    code: 'ENOSPC',
    message: `cannot write ${file}: no space is left on the disk (ENOSPC)`,
  });
  t.is(server.requests.length, 1);
});

test.serial('a folder that may not be written is one clear sentence', async (t) => {
  const { folder } = t.context;
  const server = await t.context.serve(honest);
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(folder, 0o755);
  chmodSync(closed, 0o555);
  await t.throwsAsync(
    withoutPrivileges(() => download([server.url], join(closed, 'x.gz'), quiet)),
    { code: 'EACCES', message: /cannot write .*closed\/x\.gz: you may not write there \(EACCES\)/ },
  );
  writeFileSync(join(folder, 'file'), '');
  await t.throwsAsync(download([server.url], join(folder, 'file', 'sub', 'x.gz'), quiet), {
    code: 'ENOTDIR',
    message: /a part of the path is not a folder/,
  });
  t.is(server.requests.length, 0);
});

test.serial('options are closed', async (t) => {
  const options = { md6: 'x' } as object;
  await t.throwsAsync(download(['http://127.0.0.1:1'], t.context.file, options), {
    instanceOf: TypeError,
    message: /unknown option `md6`; did you mean `md5`/,
  });
});

/** A server in a process of its own, for this one's loop stands still meanwhile. */
async function serveElsewhere(code: number) {
  const script = `const server = require('node:http').createServer((_, response) =>
      response.writeHead(${code}).end(Buffer.alloc(1000, 7)));
    server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}`, close: () => void child.kill() };
}

test.serial('downloadSync has the file when it returns', async (t) => {
  const { file } = t.context;
  const server = await serveElsewhere(200);
  t.teardown(server.close);
  downloadSync([server.url], file, { ...quiet, size: 1000 });
  t.deepEqual(readFileSync(file), Buffer.alloc(1000, 7));
});

test.serial('downloadSync throws what download throws', async (t) => {
  const { file } = t.context;
  const server = await serveElsewhere(403);
  t.teardown(server.close);
  t.throws(() => downloadSync([server.url], file, quiet), {
    instanceOf: TorchError,
    code: 'ERR_DOWNLOAD',
    message: `cannot download x.gz: ${server.url}: HTTP 403`,
  });
  t.throws(() => downloadSync([server.url], file, { sha: 'x' } as object), {
    instanceOf: TypeError,
  });
});
