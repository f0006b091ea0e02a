/** Operations of LeNet's sizes, without gradients. Argument: how many. */
import torch, { nn } from 'sconce';
import { report, sample } from './meter.mjs';

const count = Number(process.argv[2]);
const image = torch.randn(4, 6, 24, 24);
const row = torch.randn(4, 256);
const weight = torch.randn(120, 256);
const bias = torch.randn(120);
const { functional: F } = nn;
const operations = [
  () => F.relu(image),
  () => F.maxPool2d(image, 2, 2),
  () => row.view(4, 16, 4, 4),
  () => F.linear(row, weight, bias),
  () => row.add(1),
  () => row.mul(row),
  () => row.sum(),
  () => row.max(1),
  () => row.t(),
  () => F.softmax(row, 1),
];
let settled = 0;
for (let i = 0; i < count; i++) {
  operations[i % operations.length]();
  if (i % 500 === 0) sample();
  if (i === Math.floor(count / 10)) settled = sample();
}
report({ growth: sample() - settled });
