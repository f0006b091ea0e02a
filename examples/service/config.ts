import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const help = `npm run example service -- [options]
  --host NAME                where to listen (default 127.0.0.1)
  --port N                   0 takes a free one (default 3000)
  --data DIR                 where MNIST lies, or is put (default .data)
  --state DIR                where the queue and the checkpoints lie (default .data/service)
  --checkpoint-seconds X     how often a running job is saved (default 5)
  --max-batch N              the most images of one inference; 1 turns batching off (default 32)
  --max-delay-ms X           how long an image may wait for others (default 2)
  --max-waiting N            images that may wait; more get 503 (default 256)
  --max-queued-jobs N        jobs that may wait; more get 429 (default 20)
  --jobs-per-minute N        jobs that one address may queue in a minute (default 30)
  --max-event-streams N      pages that may watch at once (default 32)
  --max-connections N        connections at once (default 512)
  --timeout-seconds X        for a request's headers and body to arrive (default 10)
  --drain-seconds X          between "not ready" and closing, for a load balancer (default 0)
  --log-level LEVEL          of pino: trace, debug, info, warn, error, silent (default info)`;

const defaults = {
  host: '127.0.0.1',
  port: '3000',
  data: '.data',
  state: '',
  'checkpoint-seconds': '5',
  'max-batch': '32',
  'max-delay-ms': '2',
  'max-waiting': '256',
  'max-queued-jobs': '20',
  'jobs-per-minute': '30',
  'max-event-streams': '32',
  'max-connections': '512',
  'timeout-seconds': '10',
  'drain-seconds': '0',
  'log-level': 'info',
};

export interface Config {
  host: string;
  port: number;
  /** The folder of MNIST. */
  data: string;
  /** The SQLite database of the queue. */
  database: string;
  /** The folder of the checkpoints. */
  checkpoints: string;
  /** The file that keeps a second service out of the folder. */
  lock: string;
  checkpointSeconds: number;
  maxBatch: number;
  maxDelayMs: number;
  maxWaiting: number;
  maxQueuedJobs: number;
  jobsPerMinute: number;
  maxEventStreams: number;
  maxConnections: number;
  timeoutSeconds: number;
  drainSeconds: number;
  logLevel: string;
}

/** What the command line says; undefined where it asks for help. */
export function readConfig(args: readonly string[]): Config | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      ...Object.fromEntries(
        Object.entries(defaults).map(([name, value]) => [
          name,
          { type: 'string' as const, default: value },
        ]),
      ),
    },
  });
  if (values.help) return undefined;
  const given = values as unknown as typeof defaults;

  const number = (name: keyof typeof defaults, least: number, whole = true): number => {
    const value = given[name].trim() === '' ? Number.NaN : Number(given[name]);
    if (!(value >= least) || (whole && !Number.isInteger(value))) {
      throw new Error(
        `--${name} takes a ${whole ? 'whole ' : ''}number from ${least}, got '${given[name]}'`,
      );
    }
    return value;
  };

  const state = resolve(given.state || join(given.data, 'service'));
  return {
    host: given.host,
    port: number('port', 0),
    data: resolve(given.data),
    database: join(state, 'queue.db'),
    checkpoints: join(state, 'checkpoints'),
    lock: join(state, 'lock.db'),
    checkpointSeconds: number('checkpoint-seconds', 0, false),
    maxBatch: number('max-batch', 1),
    maxDelayMs: number('max-delay-ms', 0, false),
    maxWaiting: number('max-waiting', 1),
    maxQueuedJobs: number('max-queued-jobs', 1),
    jobsPerMinute: number('jobs-per-minute', 1),
    maxEventStreams: number('max-event-streams', 1),
    maxConnections: number('max-connections', 1),
    timeoutSeconds: number('timeout-seconds', 0.1, false),
    drainSeconds: number('drain-seconds', 0, false),
    logLevel: given['log-level'],
  };
}
