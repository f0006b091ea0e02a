import type { ServerResponse } from 'node:http';
import type { Runner } from '../jobs/runner.js';
import { viewOf } from './views.js';

const TICK_MS = 200;
const HEARTBEAT_MS = 10_000;
/** A page that takes nothing for so long is gone, or will ask again. */
const STALLED_MS = 30_000;
/** The most entries of one event: a long history comes in several. */
const CHUNK = 2000;
const SHOWN_JOBS = 20;

/** One page that watches, and how far it has been told. */
interface Stream {
  response: ServerResponse;
  jobsChanged: boolean;
  job: number;
  losses: number;
  evaluations: number;
  lastWrite: number;
  lastDrained: number;
}

/** The id of an event says how far its reader is: `job:losses:evaluations`. */
function parseId(id: string | undefined): [job: number, losses: number, evaluations: number] {
  const match = /^(\d{1,10}):(\d{1,10}):(\d{1,10})$/.exec(id ?? '');
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : [0, 0, 0];
}

/**
 * Server-sent events about the job at work, or the last one.
 *
 * Nothing is queued for a reader. A stream remembers how far its reader is, and is written to only
 * when what was written has gone: a slow reader gets fewer and larger events, one that comes back
 * (`Last-Event-ID`) goes on where it was, and neither costs memory.
 */
export class EventStreams {
  readonly #streams = new Set<Stream>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly runner: Runner) {
    runner.on('jobs', () => {
      for (const stream of this.#streams) stream.jobsChanged = true;
    });
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Takes over a response whose head has not been sent. */
  add(response: ServerResponse, lastEventId: string | undefined): void {
    const [job, losses, evaluations] = parseId(lastEventId);
    const now = performance.now();
    const stream: Stream = {
      response,
      jobsChanged: true,
      job,
      losses,
      evaluations,
      lastWrite: now,
      lastDrained: now,
    };
    this.#streams.add(stream);
    response.on('close', () => this.#streams.delete(stream));
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    this.#pump(stream);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  /** Ends them all; the pages will ask again. */
  close(): void {
    clearInterval(this.#timer);
    for (const { response } of this.#streams) response.end();
  }

  #tick(): void {
    for (const stream of this.#streams) this.#pump(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Tells what is new, if the reader has taken what it was told before. */
  #pump(stream: Stream): void {
    const now = performance.now();
    if (stream.response.writableNeedDrain) {
      if (now - stream.lastDrained > STALLED_MS) stream.response.destroy();
      return;
    }
    stream.lastDrained = now;
    const text = this.#news(stream);
    if (text !== '') {
      stream.response.write(text);
      stream.lastWrite = now;
    } else if (now - stream.lastWrite > HEARTBEAT_MS) {
      stream.response.write(': still here\n\n');
      stream.lastWrite = now;
    }
  }

  #news(stream: Stream): string {
    const { runner } = this;
    let text = '';
    const say = (event: string, data: unknown) => {
      const id = `${stream.job}:${stream.losses}:${stream.evaluations}`;
      text += `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    };
    if (stream.jobsChanged) {
      stream.jobsChanged = false;
      const jobs = runner.queue.list(SHOWN_JOBS).map((job) => viewOf(job, runner));
      say('jobs', jobs);
    }
    if (!runner.latest) return text;
    const { job, losses, evaluations } = runner.latest;
    if (stream.job !== job.id) {
      Object.assign(stream, { job: job.id, losses: 0, evaluations: 0 });
    }
    if (losses.length > stream.losses) {
      const first = stream.losses + 1;
      const part = losses.slice(stream.losses, stream.losses + CHUNK);
      stream.losses += part.length;
      // Five digits are plenty for a curve.
      say('losses', {
        job: job.id,
        first,
        losses: part.map((loss) => Number(loss.toPrecision(5))),
      });
    }
    if (evaluations.length > stream.evaluations) {
      const part = evaluations.slice(stream.evaluations, stream.evaluations + CHUNK);
      stream.evaluations += part.length;
      say('evaluations', { job: job.id, evaluations: part });
    }
    return text;
  }
}
