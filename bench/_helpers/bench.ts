import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from './report.js';
import type { Worker } from './worker.js';

/** What a benchmark is run with. */
export interface Context {
  /** The Python interpreter. */
  interpreter: string;
  /** The folder that holds MNIST. */
  data: string;
  /** Whether to run as little as shows that it works; its figures mean nothing. */
  quick: boolean;
}

/** One benchmark: a file in `bench/` of its name. */
export interface Bench {
  title: string;
  run(context: Context): Promise<Row[]>;
}

/** Asks each worker for the task in turn, round after round; an array of figures for each. */
export async function alternate(
  rounds: number,
  task: string,
  ...workers: readonly Worker[]
): Promise<number[][]> {
  const figures: number[][] = workers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, worker] of workers.entries()) {
      figures[i]?.push(await worker.ask(task));
      // OpenMP's threads spin for a while after their last work.
      await sleep(20);
    }
  }
  return figures;
}
