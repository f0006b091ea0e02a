import { alternate, type Bench } from './_helpers/bench.js';
import { compare, type Row } from './_helpers/report.js';
import { Worker } from './_helpers/worker.js';

const measurements: [task: string, what: string, isAsked: boolean][] = [
  ['add', 'torch.add(a, b)', true],
  ['method', 'a.add(b)', true],
  ['scalar', 'a.add(2)', true],
  ['view', 'a.view(2, 2)', true],
  ['index', 'a[0]', true],
  ['relu', 'relu(a)', true],
  ['matmul', 'matmul(m, m) of 4x4', true],
  ['item', 'a.sum().item()', false],
  ['read', 'scalar.item()', false],
  ['recorded', 'a.add(b), recorded by autograd', false],
];

const bench: Bench = {
  title: 'Calls on four elements, one thread',
  async run({ interpreter, quick }) {
    await using ours = await Worker.ours('overhead');
    await using python = await Worker.python(interpreter, 'overhead');
    const rows: Row[] = [];
    for (const [task, what, isAsked] of measurements) {
      const figures = await alternate(quick ? 1 : 9, task, ours, python);
      const bar = isAsked ? { ratio: 1 } : {};
      rows.push(compare(what, 'ns', ...(figures as [number[], number[]]), bar));
    }
    return rows;
  },
};

export default bench;
