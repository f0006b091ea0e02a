import type { Bench } from './_helpers/bench.js';
import type { Row } from './_helpers/report.js';
import { Worker } from './_helpers/worker.js';

const bench: Bench = {
  title: 'Same numbers: the losses of the first 200 steps of LeNet on MNIST, one thread',
  async run({ interpreter, data }) {
    await using ours = await Worker.ours('losses', data);
    await using python = await Worker.python(interpreter, 'losses', data);
    const losses = await ours.ask<number[]>('losses');
    const expected = await python.ask<number[]>('losses');
    const equal = expected.filter((loss, i) => loss === losses[i]).length;
    const last = (values: number[]) => values.at(-1) as number;
    const row = (what: string, unit: string, a: number, b: number): Row => {
      return { what, unit, ours: a, python: b, ratio: b / a, least: b / a, most: b / a };
    };
    return [
      {
        ...row('losses that are equal to the last bit', '', equal, expected.length),
        bar: 'all',
        holds: equal === expected.length,
      },
      row('last loss', '', last(losses), last(expected)),
    ];
  },
};

export default bench;
