import { alternate, type Bench } from './_helpers/bench.js';
import { alone, compare, type Row } from './_helpers/report.js';
import { Worker } from './_helpers/worker.js';

const bench: Bench = {
  title: 'A tensor of 100 MB from one thread to another; in Python, from one process to another',
  async run({ interpreter, quick }) {
    await using ours = await Worker.ours('hand-over');
    await using python = await Worker.python(interpreter, 'hand_over');
    const rounds = quick ? 1 : 11;
    const rows: Row[] = [];
    const [handle] = await alternate(rounds, 'handle', ours);
    rows.push(alone('toHandle and fromHandle', 'us', handle as number[], 100));
    const trip = await alternate(rounds, 'trip', ours, python);
    rows.push(
      compare('there, with all that posting costs', 'us', ...(trip as [number[], number[]])),
    );
    rows.push(
      alone('memory that it takes, of 100 MB', 'MB', [await ours.ask<number>('memory')], 10),
    );
    return rows;
  },
};

export default bench;
