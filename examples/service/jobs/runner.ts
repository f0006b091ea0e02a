import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config.js';
import { startThread } from '../thread.js';
import { removeStrays } from '../training/checkpoint.js';
import type { TrainingInput, TrainingMessage, TrainingOrder } from '../training/messages.js';
import type { Weights } from '../weights.js';
import type { Evaluation, Job, Queue } from './queue.js';

/** How many jobs are remembered, and how long a training may take to save itself when stopped. */
const KEPT_JOBS = 200;
const STOP_MS = 10_000;

/** A job and what is known of it; while it is at work, ahead of what the queue has saved. */
export interface Run {
  job: Job;
  losses: number[];
  evaluations: Evaluation[];
}

interface Events {
  /** A job was queued, began or ended. */
  jobs: [];
  losses: [count: number];
  evaluation: [Evaluation];
  checkpoint: [];
  weights: [Weights];
}

/** Runs the jobs of the queue, one after the other, each in a thread of its own. */
export class Runner extends EventEmitter<Events> {
  /** The job at work, or the one that was last. */
  #latest: Run | undefined;
  #worker: Worker | undefined;
  /** Resolves when the job at work is over, and the queue knows how. */
  #ended = Promise.resolve();
  #stopped = false;

  constructor(
    readonly queue: Queue,
    private readonly config: Config,
    private readonly log: FastifyBaseLogger,
  ) {
    super();
  }

  /** The job at work. */
  get current(): Run | undefined {
    return this.#worker && this.#latest;
  }

  /** The job at work, or the one that was last. */
  get latest(): Run | undefined {
    return this.#latest;
  }

  /** Goes on with what the last process left. */
  start(): void {
    const interrupted = this.queue.recover();
    if (interrupted > 0) this.log.info({ interrupted }, 'going on with an interrupted job');
    this.#show(this.queue.latestStarted());
    this.wake();
  }

  /** Takes the next job, if none is at work. */
  wake(): void {
    this.emit('jobs');
    if (this.#worker || this.#stopped) return;
    const job = this.queue.claim();
    if (!job) return;
    this.#show(job);
    this.log.info({ job: job.id, step: job.step, starts: job.starts }, 'training begins');
    this.#ended = this.#train(job).then(
      () => this.#over(job),
      (error) => this.#over(job, error),
    );
    this.emit('jobs');
  }

  #show(job: Job | undefined): void {
    this.#latest = job && {
      job,
      losses: this.queue.losses(job.id),
      evaluations: this.queue.evaluations(job.id),
    };
  }

  /** Cancels a job, queued or at work; false where it is over already. */
  cancel(id: number): boolean {
    if (!this.queue.end(id, 'cancelled')) return false;
    if (this.current?.job.id === id) this.#order('stop');
    this.emit('jobs');
    return true;
  }

  /** Has the job at work save where it is, and begins no other. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#order('stop');
    const late = setTimeout(() => this.#worker?.terminate(), STOP_MS);
    await this.#ended;
    clearTimeout(late);
  }

  #order(order: TrainingOrder) {
    this.#worker?.postMessage(order);
  }

  /** Resolves when the thread has ended, and rejects with what went wrong in it. */
  #train(job: Job): Promise<void> {
    const { data, database, checkpoints, checkpointSeconds } = this.config;
    const input: TrainingInput = { job, data, database, checkpoints, checkpointSeconds };
    const worker = startThread('../training/worker', import.meta.url, { workerData: input });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on('message', (message: TrainingMessage) => this.#take(message));
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  }

  #take(message: TrainingMessage): void {
    const run = this.#latest as Run;
    switch (message.type) {
      case 'losses':
        run.losses.push(...message.losses);
        this.emit('losses', message.losses.length);
        break;
      case 'evaluation':
        run.evaluations.push(message.evaluation);
        this.emit('evaluation', message.evaluation);
        break;
      case 'checkpoint':
        this.emit('checkpoint');
        break;
      case 'weights':
        this.emit('weights', message.weights);
        break;
    }
  }

  #over(job: Job, error?: unknown): void {
    this.#worker = undefined;
    if (error !== undefined) {
      this.log.error({ job: job.id, err: error }, 'training failed');
      this.queue.end(job.id, 'failed', error instanceof Error ? error.message : String(error));
    } else {
      this.log.info({ job: job.id, status: this.queue.get(job.id)?.status }, 'training ended');
    }
    this.#show(this.queue.get(job.id));
    removeStrays(this.config.checkpoints, this.queue.prune(KEPT_JOBS)).catch((err) =>
      this.log.warn({ err }, 'old checkpoints could not be removed'),
    );
    this.wake();
  }
}
