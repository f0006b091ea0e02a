import { alternate, type Bench } from './_helpers/bench.js';
import { compare, type Row } from './_helpers/report.js';
import { Worker } from './_helpers/worker.js';

type Figures = [number[], number[], number[], number[]];

const bench: Bench = {
  title: 'An epoch of LeNet on MNIST end to end, batches of 64, two threads',
  async run({ interpreter, data, quick }) {
    await using ours = await Worker.ours('epoch', data);
    await using torchvision = await Worker.python(interpreter, 'epoch', data, 'torchvision');
    await using bare = await Worker.python(interpreter, 'epoch', data, 'bare');
    await using ready = await Worker.python(interpreter, 'epoch', data, 'ready');
    const task = quick ? 'start' : 'epoch';
    const figures = await alternate(quick ? 1 : 3, task, ours, torchvision, bare, ready);
    const [seconds, withTransforms, withBare, withReady] = figures as Figures;
    const peak = [await ours.peak()];
    const rows: Row[] = [
      compare("against torchvision's transforms", 's', seconds, withTransforms, { ratio: 2.2 }),
      compare('against a bare per-sample dataset', 's', seconds, withBare, { ratio: 1.5 }),
      compare('against samples that are normalised beforehand', 's', seconds, withReady),
      compare("peak memory, torchvision's", 'MB', peak, [await torchvision.peak()], { ratio: 1 }),
      compare('peak memory, the bare one', 'MB', peak, [await bare.peak()], { ratio: 1 }),
    ];
    return rows;
  },
};

export default bench;
