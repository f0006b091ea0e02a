import { alternate, type Bench } from './_helpers/bench.js';
import { type Bar, compare, type Row } from './_helpers/report.js';
import { Worker } from './_helpers/worker.js';

const measurements: [task: string, what: string, bar?: Bar][] = [
  ['sgd', 'SGD.step', { ratio: 2 }],
  ['momentum', 'SGD.step with momentum'],
  ['decay', 'SGD.step with momentum and weight decay'],
  ['adam', 'Adam.step'],
  ['zeroGrad', 'zeroGrad'],
];

const bench: Bench = {
  title: "The optimizers on LeNet's 10 parameters, two threads",
  async run({ interpreter, quick }) {
    await using ours = await Worker.ours('sgd');
    await using python = await Worker.python(interpreter, 'sgd');
    const rows: Row[] = [];
    for (const [task, what, bar] of measurements) {
      const figures = await alternate(quick ? 1 : 11, task, ours, python);
      rows.push(compare(what, 'us', ...(figures as [number[], number[]]), bar));
    }
    return rows;
  },
};

export default bench;
