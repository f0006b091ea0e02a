import type { Bench } from './_helpers/bench.js';
import { alone, compare, type Row } from './_helpers/report.js';
import { Worker } from './_helpers/worker.js';

const ways = {
  sync: 'on this thread',
  awaited: 'awaited one by one',
  queued: 'four under way',
} as const;

const bench: Bench = {
  title: 'A compiled training step of LeNet, beside Python and beside our own eager step',
  async run({ interpreter, quick }) {
    await using ours = await Worker.ours('compile-step');
    await using python = await Worker.python(interpreter, 'step');
    const rounds = quick ? 1 : 9;
    const rows: Row[] = [];
    for (const size of [1, 64]) {
      const figures: Record<string, number[]> = {
        eager: [],
        python: [],
        sync: [],
        awaited: [],
        queued: [],
      };
      for (let round = -1; round < rounds; round++) {
        for (const [way, list] of Object.entries(figures)) {
          const figure =
            way === 'python' ? await python.ask(`batch${size}`) : await ours.ask(`${way}${size}`);
          // The first round records, and warms up.
          if (round >= 0) list.push(figure);
        }
      }
      const [overPython, overEager] = size === 1 ? [1.5, 1.2] : [1, 1];
      for (const [way, how] of Object.entries(ways)) {
        const own = figures[way] as number[];
        const what = `a step at batch ${size}, ${how}`;
        rows.push(compare(what, 'us', own, figures.python as number[], { ratio: overPython }));
        rows.push(
          compare(`${what}; eager in Python's place`, 'us', own, figures.eager as number[], {
            ratio: overEager,
          }),
        );
      }
    }
    const delays = {
      delayEager64: 'event loop, p99 delay: eager steps at batch 64',
      delay64: 'event loop, p99 delay: compiled steps at batch 64',
      delay1: 'event loop, p99 delay: compiled steps at batch 1',
    };
    for (const [task, what] of Object.entries(delays)) {
      rows.push(
        alone(what, 'ms', [await ours.ask(task)], task === 'delayEager64' ? undefined : 10),
      );
    }
    return rows;
  },
};

export default bench;
