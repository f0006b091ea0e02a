import { alternate, type Bench } from './_helpers/bench.js';
import { compare } from './_helpers/report.js';
import { Worker } from './_helpers/worker.js';

const bench: Bench = {
  title: 'A training step of LeNet on a fixed batch, two threads',
  async run({ interpreter, quick }) {
    await using ours = await Worker.ours('step');
    await using python = await Worker.python(interpreter, 'step');
    const rounds = quick ? 1 : 15;
    const measure = async (task: string) =>
      (await alternate(rounds, task, ours, python)) as [number[], number[]];
    await measure('batch64');
    return [
      compare('a step at batch 64', 'us', ...(await measure('batch64')), { ratio: 1 }),
      compare('a step at batch 1', 'us', ...(await measure('batch1')), { ratio: 1.3 }),
    ];
  },
};

export default bench;
