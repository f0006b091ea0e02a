import type { Bench } from './_helpers/bench.js';
import { compare, type Row } from './_helpers/report.js';
import { Worker } from './_helpers/worker.js';

/** What a loop tells of its memory. */
interface Memory {
  /** The resident set size after a tenth of the loop, in MB. */
  early: number;
  /** The same at its end. */
  late: number;
  seconds: number;
}

const measurements: [task: string, what: string][] = [
  ['tensors', '100,000 tensors of 1 MB'],
  ['operations', "1,000,000 of LeNet's operations"],
];

const bench: Bench = {
  title: 'Memory in a synchronous loop',
  async run({ interpreter, quick }) {
    const rows: Row[] = [];
    for (const [task, what] of measurements) {
      // A process each, so that a peak belongs to one loop.
      const measure = async (worker: Worker) => {
        const memory = await worker.ask<Memory>(quick ? `${task} quick` : task);
        return { ...memory, peak: await worker.peak() };
      };
      await using oursWorker = await Worker.ours('memory');
      await using pythonWorker = await Worker.python(interpreter, 'memory');
      const ours = await measure(oursWorker);
      const python = await measure(pythonWorker);
      const row = (name: string, unit: string, key: keyof typeof ours, bar = {}) =>
        compare(`${what}: ${name}`, unit, [ours[key]], [python[key]], bar);
      rows.push(row('peak', 'MB', 'peak', { ours: 600 }));
      rows.push(row('after a tenth', 'MB', 'early'), row('at the end', 'MB', 'late'));
      rows.push(row('time', 's', 'seconds'));
    }
    return rows;
  },
};

export default bench;
