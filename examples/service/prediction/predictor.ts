import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config.js';
import { startThread } from '../thread.js';
import type { Weights } from '../weights.js';
import { Batcher } from './batcher.js';
import { CLASSES, PIXELS, type PredictionAnswer, type PredictionOrder } from './messages.js';

export interface Prediction {
  digit: number;
  /** Of the digits from 0 to 9. */
  probabilities: number[];
  /** Whose model it was, and after which step. */
  job: number;
  step: number;
}

/** There is no model to ask: no job has begun yet, or the thread has just died. */
export class NoModel extends Error {}

interface Events {
  batch: [size: number];
}

/** A thread that died is started again, but not at once. */
const RESTART_MS = 500;

/** Answers images by the newest weights, in a thread of its own and in batches. */
export class Predictor extends EventEmitter<Events> {
  readonly #batcher: Batcher<Uint8Array, Prediction>;
  #worker: Worker | undefined;
  #weights: Weights | undefined;
  #closed = false;
  /** The batch that the thread is working on. */
  #asked: { resolve(answer: PredictionAnswer): void; reject(error: Error): void } | undefined;

  constructor(
    config: Config,
    private readonly log: FastifyBaseLogger,
  ) {
    super();
    this.#batcher = new Batcher(config, (images) => this.#run(images));
    this.#start();
  }

  /** Whether there is a model, and a thread to run it. */
  get ready(): boolean {
    return this.#worker !== undefined && this.#weights !== undefined;
  }

  get alive(): boolean {
    return this.#worker !== undefined;
  }

  get waiting(): number {
    return this.#batcher.waiting;
  }

  get weights(): Weights | undefined {
    return this.#weights;
  }

  /** Predicts with these from now on. */
  use(weights: Weights): void {
    this.#weights = weights;
    this.#order({ type: 'weights', weights });
  }

  /**
   * What digit an image shows.
   *
   * @throws NoModel where there is nothing to predict with.
   * @throws Overloaded where too many images wait.
   */
  async predict(image: Uint8Array): Promise<Prediction> {
    if (!this.#weights) throw new NoModel('no model has been trained yet; queue a job first');
    return this.#batcher.submit(image);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #order(order: PredictionOrder): void {
    this.#worker?.postMessage(order);
  }

  #start(): void {
    const worker = startThread('./worker', import.meta.url, {});
    this.#worker = worker;
    if (this.#weights) this.use(this.#weights);
    worker.on('message', (answer: PredictionAnswer) => this.#asked?.resolve(answer));
    worker.on('error', (err) => this.log.error({ err }, 'the prediction thread failed'));
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#asked?.reject(new NoModel('the prediction thread ended; it is started again'));
      if (!this.#closed) setTimeout(() => this.#closed || this.#start(), RESTART_MS).unref();
    });
  }

  async #run(images: Uint8Array[]): Promise<Prediction[]> {
    if (!this.#worker) throw new NoModel('the prediction thread is being started again');
    this.emit('batch', images.length);
    const batch = new Uint8Array(images.length * PIXELS);
    for (const [i, image] of images.entries()) batch.set(image, i * PIXELS);
    const { job, step, probabilities } = await new Promise<PredictionAnswer>((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#order({ type: 'predict', images: batch });
    });
    this.#asked = undefined;
    return images.map((_, i) => {
      const row = Array.from(probabilities.subarray(i * CLASSES, (i + 1) * CLASSES));
      return { digit: row.indexOf(Math.max(...row)), probabilities: row, job, step };
    });
  }
}
