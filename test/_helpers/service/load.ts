import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { testImages } from './mnist.js';
import type { Service } from './process.js';
import { RawConnection } from './raw.js';

/** What the service is started with for the load. */
export const TIMEOUT_SECONDS = 1;
export const loadOptions = ['--timeout-seconds', String(TIMEOUT_SECONDS)];

/** The service looks for late requests once a second; the rest is for a machine that is busy. */
const PATIENCE_MS = 1000 * TIMEOUT_SECONDS + 1000 + 20_000;

export interface LoadReport {
  /** How often each kind of client was served as it should be. */
  counts: Record<string, number>;
  /** What was answered wrongly, or not at all. */
  faults: string[];
  /** How many predictions were right, of all. */
  accuracy: number;
  /** The resident set size in MB, about twice a second. */
  memory: number[];
  /** How long the health check took, in ms. */
  health: number[];
}

/** One thing a client does; it throws where the service does not do what it should. */
type Client = (service: Service) => Promise<void>;

function expect(what: string, answer: string, pattern: RegExp): void {
  if (!pattern.test(answer)) throw new Error(`${what}: ${answer.slice(0, 300) || '(nothing)'}`);
}

/** A request by hand, and what must come before the connection is closed. */
function raw(
  what: string,
  pattern: RegExp,
  send: (connection: RawConnection) => Promise<void> | void,
): Client {
  return async ({ url }) => {
    const connection = new RawConnection(url);
    const sending = send(connection);
    expect(what, await connection.answer(PATIENCE_MS), pattern);
    await sending;
  };
}

const head = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'Host: test', ...headers, '', ''].join('\r\n');
const CLOSE = 'Connection: close';
const predictHead = (...headers: string[]) =>
  head('POST /api/predict', 'Content-Type: application/octet-stream', ...headers);

const timedOut = /^HTTP\/1\.1 408 .*"timeout"/s;

/** Clients that are slow, or say nothing at all: each is told so, and let go. */
const slow: Record<string, Client> = {
  'slow headers': raw('slow headers', timedOut, (connection) =>
    connection.trickle(
      'GET /healthz HTTP/1.1\r\nHost: test\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaa',
      150,
    ),
  ),
  'half-open connections': raw('half-open', timedOut, () => {}),
  'slow bodies': raw('slow body', /^HTTP\/1\.1 408 /s, (connection) => {
    connection.send(predictHead('Content-Length: 784'));
    return connection.trickle('a', 150);
  }),
  'half-closed connections': raw('half-closed', /^HTTP\/1\.1 200 .*"ok"/s, (connection) => {
    connection.send(head('GET /healthz', CLOSE));
    connection.socket.end();
  }),
  'readers that never read': async ({ url }) => {
    const connection = new RawConnection(url);
    connection.socket.pause();
    connection.send(head('GET /api/events'));
    await sleep(500 + 1000 * Math.random());
    connection.socket.destroy();
  },
  'pipelines that are never read': async ({ url }) => {
    const connection = new RawConnection(url);
    connection.socket.pause();
    for (let i = 0; i < 40; i++) connection.send(head('GET /api/jobs/1/history'));
    await sleep(500 + 1000 * Math.random());
    connection.socket.destroy();
  },
  'requests broken off': async ({ url }) => {
    const connection = new RawConnection(url);
    connection.send(predictHead('Content-Length: 784'));
    connection.send('a'.repeat(300));
    await sleep(30 * Math.random());
    connection.socket.resetAndDestroy();
  },
};

const megabytes = (count: number) => 'a'.repeat(count * 2 ** 20);
const post = (type: string, body: string, path = '/api/jobs') =>
  head(
    `POST ${path}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    CLOSE,
  ) + body;

/** Requests that are too large or not well-formed: each gets a clear error. */
const wrong: Record<string, Client> = {
  'oversized by its length': raw('oversized', /^HTTP\/1\.1 413 .*"body_too_large"/s, (it) => {
    it.send(predictHead('Content-Length: 100000000', CLOSE));
    it.send(megabytes(1));
  }),
  'oversized in chunks': raw('chunks', /^HTTP\/1\.1 413 .*"body_too_large"/s, (it) => {
    it.send(predictHead('Transfer-Encoding: chunked', CLOSE));
    it.send(`100000\r\n${megabytes(1)}\r\n`);
  }),
  'headers too large': raw('large headers', /^HTTP\/1\.1 431 .*"headers_too_large"/s, (it) =>
    it.send(head('GET /healthz', `X-Large: ${'a'.repeat(20_000)}`)),
  ),
  'no HTTP at all': raw('noise', /^HTTP\/1\.1 400 .*"malformed"/s, (it) =>
    it.send(Buffer.concat([Buffer.from([0]), randomBytes(200)])),
  ),
  'two lengths': raw('two lengths', /^HTTP\/1\.1 400 .*"malformed"/s, (it) =>
    it.send(predictHead('Content-Length: 3', 'Transfer-Encoding: chunked')),
  ),
  'a length that is none': raw('bad length', /^HTTP\/1\.1 400 .*"malformed"/s, (it) =>
    it.send(predictHead('Content-Length: -1')),
  ),
  'bad JSON': raw('bad JSON', /^HTTP\/1\.1 (400 .*JSON|429 )/s, (it) =>
    it.send(post('application/json', '{"epochs": [[[[')),
  ),
  'bad settings': raw('bad settings', /^HTTP\/1\.1 (400 .*"invalid"|429 )/s, (it) =>
    it.send(post('application/json', '{"epochs": -1}')),
  ),
  'bad pictures': raw('bad picture', /^HTTP\/1\.1 422 .*"bad_image"/s, (it) =>
    it.send(post('image/png', '\x89PNG\r\n\x1a\nnot really', '/api/predict')),
  ),
  'unknown paths': raw('unknown path', /^HTTP\/1\.1 404 .*"not_found"/s, (it) =>
    it.send(head(`GET /${randomBytes(8).toString('hex')}`, CLOSE)),
  ),
};

/** Puts clients of every kind on a service whose job 1 has been trained a while, for so many seconds. */
export async function load(service: Service, seconds: number): Promise<LoadReport> {
  const report: LoadReport = { counts: {}, faults: [], accuracy: 0, memory: [], health: [] };
  const deadline = performance.now() + 1000 * seconds;
  const samples = testImages(200);
  let [predictions, right] = [0, 0];

  const predict: Client = async () => {
    const { image, label } = samples[
      Math.floor(Math.random() * samples.length)
    ] as (typeof samples)[0];
    const headers = { 'content-type': 'application/octet-stream' };
    const response = await service.fetch('/api/predict', { method: 'POST', headers, body: image });
    const text = await response.text();
    if (response.status === 503) return expect('predict', text, /"overloaded"/);
    expect('predict', `${response.status} ${text}`, /^200 /);
    const { digit, probabilities } = JSON.parse(text) as { digit: number; probabilities: number[] };
    const sum = probabilities.reduce((total, probability) => total + probability, 0);
    if (Math.abs(sum - 1) > 1e-4 || probabilities[digit] !== Math.max(...probabilities)) {
      throw new Error(`predict: ${text}`);
    }
    predictions++;
    if (digit === label) right++;
  };
  const health: Client = async () => {
    const start = performance.now();
    expect('health', await (await service.fetch('/healthz')).text(), /^{"status":"ok"}$/);
    report.health.push(performance.now() - start);
  };
  const watch: Client = async () => {
    const text = await (await service.fetch('/metrics')).text();
    const bytes = Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]);
    report.memory.push(bytes / 2 ** 20);
    await sleep(400);
  };

  /** Repeats a client until the time is over. */
  async function repeat(name: string, client: Client, pause: number): Promise<void> {
    while (performance.now() < deadline && report.faults.length < 20) {
      try {
        await client(service);
        report.counts[name] = (report.counts[name] ?? 0) + 1;
      } catch (error) {
        report.faults.push(`${name}: ${(error as Error).message}`);
      }
      await sleep(pause);
    }
  }

  const loops = [
    repeat('health checks', health, 50),
    repeat('looks at the metrics', watch, 0),
    ...Array.from({ length: 8 }, () => repeat('predictions', predict, 2)),
    ...Object.entries(slow).flatMap(([name, client]) =>
      Array.from({ length: 3 }, () => repeat(name, client, 20)),
    ),
    ...Object.entries(wrong).map(([name, client]) => repeat(name, client, 50)),
  ];
  await Promise.all(loops);
  report.accuracy = right / predictions;
  return report;
}
