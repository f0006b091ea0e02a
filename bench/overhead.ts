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
  ['inPlace', 'a.add_(b)', false],
  ['mul', 'a.mul(b)', false],
  ['transpose', 'm.transpose(0, 1)', false],
  ['slice', "m[':, 1:3']", false],
  ['reshape', 'm.reshape(2, 8)', false],
  ['cat', 'torch.cat([a, b])', false],
  ['stack', 'torch.stack([a, b])', false],
  ['sum', 'a.sum()', false],
  ['mean', 'm.mean(1)', false],
  ['linear', 'linear(m, m) of 4x4', false],
  ['softmax', 'softmax(a, 0)', false],
  ['eq', 'a.eq(b)', false],
  ['zeros', 'torch.zeros(4)', false],
  ['fromArray', 'torch.tensor([1, 2, 3, 4])', false],
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
