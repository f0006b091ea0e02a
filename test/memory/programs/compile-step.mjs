/** Steps of a small model that are replayed. Arguments: steps, and where it is warm. */
import torch, { nn, optim } from 'sconce';
import { report, sample } from './meter.mjs';

const [steps, warm] = process.argv.slice(2).map(Number);

torch.manualSeed(0);
const model = new nn.Sequential(
  new nn.Conv2d(1, 4, 5),
  new nn.ReLU(),
  new nn.MaxPool2d(4),
  new nn.Flatten(),
  new nn.Linear(144, 10),
);
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
const step = torch.compileStep((x, y) => {
  optimizer.zeroGrad();
  const loss = criterion(model(x), y);
  loss.backward();
  optimizer.step();
  return loss;
});
let level = 0;
let loss = 0;
for (let i = 0; i < steps; i++) {
  const [x, y] = [torch.randn(4, 1, 28, 28), torch.randint(0, 10, [4])];
  const result = i % 2 === 0 ? await step(x, y) : step.sync(x, y);
  if (i % 100 === 0) loss = result.item();
  if (i % 50 === 0) sample();
  if (i === warm) level = sample();
}
report({ growth: sample() - level, loss, sum: step.tapes.length });
