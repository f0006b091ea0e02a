/** Too many wait already; to be tried again a little later. */
export class Overloaded extends Error {}

export interface BatcherOptions {
  /** The most items of a batch. */
  maxBatch: number;
  /** How long an item may wait for others to come. */
  maxDelayMs: number;
  /** How many may wait. */
  maxWaiting: number;
}

interface Waiting<Item, Result> {
  item: Item;
  since: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Dynamic batching: items that come one by one are run in batches, for a batch costs little more
 * than one item does. A batch leaves when it is full, or when its first item has waited
 * `maxDelayMs`; while one is being run, the next one gathers.
 */
export class Batcher<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: BatcherOptions,
    /** Answers a batch: a result for each item, in order. */
    private readonly run: (items: Item[]) => Promise<Result[]>,
  ) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws Overloaded where too many wait. */
  async submit(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.options.maxWaiting) {
      throw new Overloaded(`${this.#waiting.length} images are waiting already`);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, since: performance.now(), resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    const first = this.#waiting[0];
    if (!first || this.#running) return;
    const left = first.since + this.options.maxDelayMs - performance.now();
    if (left <= 0 || this.#waiting.length >= this.options.maxBatch) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#flush();
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#schedule();
      }, left);
    }
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, this.options.maxBatch);
    this.#running = true;
    try {
      const results = await this.run(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(results[i] as Result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#running = false;
    this.#schedule();
  }
}
