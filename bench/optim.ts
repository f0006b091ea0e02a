import { alternate, type Bench } from './_helpers/bench.js';
import { type Bar, compare, type Row } from './_helpers/report.js';
import { Worker } from './_helpers/worker.js';

const optimizers: [task: string, what: string][] = [
  ['sgd', 'SGD with momentum'],
  ['adam', 'Adam'],
  ['adamw', 'AdamW'],
];

const sizes: [elements: number, what: string, bar: Bar][] = [
  [64, '64 elements', { ratio: 2 }],
  [100_000, '100,000 elements', { ratio: 1 }],
];

const bench: Bench = {
  title: 'A step of 160 parameters, foreach against foreach and fused against fused, one thread',
  async run({ interpreter, quick }) {
    await using ours = await Worker.ours('optim');
    await using python = await Worker.python(interpreter, 'optim');
    const rows: Row[] = [];
    for (const [elements, size, bar] of sizes) {
      for (const kind of ['foreach', 'fused']) {
        for (const [optimizer, what] of optimizers) {
          const task = `${optimizer} ${kind} ${elements}`;
          const figures = await alternate(quick ? 1 : 11, task, ours, python);
          await Promise.all([ours.ask(`free ${task}`), python.ask(`free ${task}`)]);
          const row = `${what}, ${kind}, ${size}`;
          rows.push(compare(row, 'us', ...(figures as [number[], number[]]), bar));
        }
      }
    }
    return rows;
  },
};

export default bench;
