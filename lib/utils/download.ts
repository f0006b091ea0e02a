import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { TorchError } from '../errors.js';
import { checkOptions } from '../options.js';
import { packageRoot, requireDependency } from '../package.js';
import { type Checks, findFault } from './checksum.js';
import { diskError, isDiskError } from './disk.js';
import { withLock } from './lock.js';
import { openProgress, type Progress } from './progress.js';

/** How a file is downloaded, and what is known of it. */
export interface DownloadOptions extends Checks {
  /** A bar on a terminal, one line elsewhere; false for silence. Default: true. */
  progress?: boolean;
  /** How the file is called in the bar and in errors. Default: its name. */
  label?: string;
  /** Milliseconds without a byte after which a mirror is given up. Default: 30,000. */
  timeout?: number;
}

const OPTIONS = ['size', 'sha256', 'md5', 'progress', 'label', 'timeout'];
/** How often a mirror may break off after it has sent something, and fail without. */
const MAX_RESUMES = 20;
const MAX_FAILURES = 2;
const RETRY_DELAY = 250;
const MAX_REDIRECTIONS = 10;
const CONNECT_TIMEOUT = 10_000;
/** The code of a body that came to a standstill. */
const STALLED = 'UND_ERR_BODY_TIMEOUT';

/** A mirror's answer that is no file. */
class MirrorError extends Error {
  constructor(
    message: string,
    /** Whether the same mirror may do better when asked again. */
    readonly temporary: boolean,
  ) {
    super(message);
  }
}

/** One download: the file, and what is known of what was fetched so far. */
interface Job {
  part: string;
  options: DownloadOptions & { timeout: number };
  dispatcher: Dispatcher;
  progress: Progress;
  /** Whether some bytes come from an earlier run or from another mirror. */
  mixed: boolean;
  /** The ETag of the bytes fetched so far, where the mirror gives one. */
  etag: string | undefined;
}

const sizeOf = (path: string) =>
  stat(path).then(
    (facts) => facts.size,
    () => 0,
  );

/** One clear clause for what went wrong while talking to a mirror. */
function explain(error: unknown, timeout: number): string {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  const seconds = `${timeout / 1000} s`;
  const known: Record<string, string> = {
    ENOTFOUND: 'the host is not known',
    EAI_AGAIN: 'the host is not known',
    ECONNREFUSED: 'the host refuses the connection',
    ECONNRESET: 'the connection broke off',
    ENETUNREACH: 'the network is not reachable',
    EHOSTUNREACH: 'the host is not reachable',
    UND_ERR_SOCKET: 'the connection broke off',
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
    UND_ERR_HEADERS_TIMEOUT: `no answer for ${seconds}`,
    [STALLED]: `not a byte for ${seconds}`,
  };
  const sentence = code === undefined ? undefined : known[code];
  if (sentence !== undefined) return `${sentence} (${code})`;
  const reason = message || (cause as Error | undefined)?.message || String(error);
  return code === undefined ? reason : `${reason} (${code})`;
}

/** Whether asking again may help: not where nobody listens, nor for a wrong certificate. */
function isTemporary(error: unknown): boolean {
  if (error instanceof MirrorError) return error.temporary;
  const { code } = error as NodeJS.ErrnoException;
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', STALLED, 'EAI_AGAIN'].includes(code ?? '');
}

/** The length of the whole file as the mirror tells it, after checking that it fits the request. */
function readLength(response: Dispatcher.ResponseData, offset: number): number | undefined {
  const header = (name: string) => response.headers[name] as string | undefined;
  if (response.statusCode === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header('content-range') ?? '');
    if (range === null || Number(range[1]) !== offset) {
      throw new MirrorError('it sent another range than was asked for', false);
    }
    return range[2] === '*' ? undefined : Number(range[2]);
  }
  const length = header('content-length');
  return length === undefined ? undefined : Number(length);
}

/** Asks one mirror once for what is missing, and appends what it sends. */
async function attempt(url: string, job: Job): Promise<void> {
  const { part, options } = job;
  const { request } = requireDependency<typeof import('undici')>('undici');
  let offset = await sizeOf(part);
  if (options.size !== undefined && offset === options.size) return;
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'sconce' };
  if (offset > 0) headers.range = `bytes=${offset}-`;
  if (offset > 0 && job.etag !== undefined) headers['if-range'] = job.etag;
  const abort = new AbortController();
  try {
    const response = await request(url, {
      dispatcher: job.dispatcher,
      headers,
      headersTimeout: options.timeout,
      bodyTimeout: options.timeout,
      signal: abort.signal,
    });
    const { statusCode, body } = response;
    body.on('error', () => {});
    if (statusCode === 416 && offset > 0) {
      await rm(part, { force: true });
      throw new MirrorError('it has no such range (HTTP 416)', true);
    }
    if (statusCode !== 200 && statusCode !== 206) {
      const temporary = statusCode >= 500 || statusCode === 408 || statusCode === 429;
      throw new MirrorError(`HTTP ${statusCode}`, temporary);
    }
    if (statusCode === 200) {
      offset = 0;
      job.mixed = false;
    }
    const total = readLength(response, offset);
    if (options.size !== undefined && total !== undefined && total !== options.size) {
      throw new MirrorError(`its file has ${total} bytes, not ${options.size}`, false);
    }
    const { etag } = response.headers;
    // A weak ETag does not promise equal bytes, so it is no ground to resume on.
    job.etag = typeof etag === 'string' && !etag.startsWith('W/') ? etag : undefined;
    job.progress.begin(total ?? options.size, offset);
    const limit = total ?? options.size ?? Number.POSITIVE_INFINITY;
    let done = offset;
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          done += chunk.length;
          if (done > limit) throw new MirrorError(`it sends more than ${limit} bytes`, false);
          job.progress.update(done);
          yield chunk;
        }
      },
      createWriteStream(part, { flags: offset > 0 ? 'a' : 'w', flush: true }),
    );
    if (total !== undefined && done < total) {
      throw new MirrorError(`it ended after ${done} of ${total} bytes`, true);
    }
  } finally {
    abort.abort();
  }
}

/** Fetches the whole file from one mirror into the part file; throws where it cannot. */
async function fetchFrom(url: string, job: Job): Promise<void> {
  const { part, options } = job;
  const checked = options.sha256 !== undefined || options.md5 !== undefined;
  job.etag = undefined;
  let resumes = 0;
  let failures = 0;
  for (;;) {
    // Without a checksum nothing would tell that two halves do not belong together.
    if (!checked && job.etag === undefined) await rm(part, { force: true });
    const before = await sizeOf(part);
    if (options.size !== undefined && before > options.size) await rm(part, { force: true });
    try {
      await attempt(url, job);
    } catch (error) {
      if (isDiskError(error)) throw error;
      const { code } = error as NodeJS.ErrnoException;
      const resumable = checked || job.etag !== undefined;
      const gained = resumable && code !== STALLED && (await sizeOf(part)) > before;
      if (gained ? ++resumes > MAX_RESUMES : !isTemporary(error) || ++failures >= MAX_FAILURES) {
        throw error;
      }
      await sleep(gained ? 0 : RETRY_DELAY);
      continue;
    }
    const fault = await findFault(part, options);
    if (fault === null) return;
    await rm(part, { force: true });
    if (!job.mixed) throw new MirrorError(`the file is not the right one: ${fault}`, false);
    job.mixed = false;
  }
}

async function fetchAny(urls: readonly string[], destination: string, options: DownloadOptions) {
  const { EnvHttpProxyAgent, interceptors } = requireDependency<typeof import('undici')>('undici');
  const timeout = options.timeout ?? 30_000;
  const label = options.label ?? basename(destination);
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: Math.min(timeout, CONNECT_TIMEOUT) },
    // As curl does: CONNECT for https, and plain forwarding for http, which more proxies allow.
    proxyTunnel: false,
  });
  const part = `${destination}.part`;
  const job: Job = {
    part,
    options: { ...options, timeout },
    dispatcher: agent.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTIONS })),
    progress: openProgress(`downloading ${label}`, options.progress ?? true),
    mixed: (await sizeOf(part)) > 0,
    etag: undefined,
  };
  const reasons: string[] = [];
  try {
    for (const url of urls) {
      try {
        await fetchFrom(url, job);
        await rename(part, destination);
        return;
      } catch (error) {
        if (isDiskError(error)) throw error;
        reasons.push(`${url}: ${explain(error, timeout)}`);
        job.mixed = true;
      }
    }
  } finally {
    job.progress.stop();
    await agent.destroy();
  }
  const list = reasons.length === 1 ? ` ${reasons[0]}` : `\n  ${reasons.join('\n  ')}`;
  throw new TorchError(`cannot download ${label}:${list}`, { code: 'ERR_DOWNLOAD' });
}

/**
 * Downloads a file, from the first mirror that has it.
 *
 * The bytes go to `destination.part`, are checked, and only then get their name, so that a file
 * of that name is always whole. Where a checksum is given, a run that was broken off is resumed by
 * the next one. A destination that exists and passes the checks is left as it is. The proxy
 * variables (`http_proxy`, `https_proxy`, `no_proxy`) are honoured.
 *
 * @param urls - The mirrors, tried in this order.
 * @param destination - The file to write; its folder is made.
 * @param options - Checks, progress, label and timeout.
 * @throws TorchError `ERR_DOWNLOAD` naming each mirror and why it failed; with the file system's
 *   code (such as `ENOSPC`) where the file cannot be written.
 */
export async function download(
  urls: readonly string[],
  destination: string,
  options: DownloadOptions = {},
): Promise<void> {
  checkOptions('download', options, OPTIONS);
  try {
    await mkdir(dirname(destination), { recursive: true });
    await withLock(`${destination}.lock`, async () => {
      const exists = (await stat(destination).catch(() => null)) !== null;
      if (exists && (await findFault(destination, options)) === null) return;
      await fetchAny(urls, destination, options);
    });
  } catch (error) {
    throw diskError(destination, error);
  }
}

/**
 * `download`, for code that cannot wait for a promise: a child process does it meanwhile.
 *
 * @param urls - The mirrors, tried in this order.
 * @param destination - The file to write; its folder is made.
 * @param options - As `download` takes them.
 * @throws TorchError as `download` does.
 */
export function downloadSync(
  urls: readonly string[],
  destination: string,
  options: DownloadOptions = {},
): void {
  checkOptions('downloadSync', options, OPTIONS);
  const child = spawnSync(
    process.execPath,
    [join(packageRoot(), 'dist', 'bundle', 'download-child.js')],
    {
      input: JSON.stringify({ urls, destination, options }),
      stdio: ['pipe', 'pipe', 'inherit'],
      encoding: 'utf8',
    },
  );
  if (child.error) throw child.error;
  if (child.stdout === '') {
    const how = child.signal ?? `exit status ${child.status}`;
    throw new TorchError(`the download of ${basename(destination)} was broken off (${how})`, {
      code: 'ERR_DOWNLOAD',
    });
  }
  const { error } = JSON.parse(child.stdout) as { error?: { message: string; code?: string } };
  if (error) throw new TorchError(error.message, { code: error.code ?? 'ERR_DOWNLOAD' });
}
