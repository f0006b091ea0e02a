/** LeNet trained on random data, as a user writes it. Arguments: steps, and where it is warm. */
import torch, { nn, optim } from 'sconce';
import { report, sample } from './meter.mjs';

const [steps, warm] = process.argv.slice(2).map(Number);

class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5);
  pool = new nn.MaxPool2d(2, 2);
  conv2 = new nn.Conv2d(6, 16, 5);
  fc1 = new nn.Linear(16 * 4 * 4, 120);
  fc2 = new nn.Linear(120, 84);
  fc3 = new nn.Linear(84, 10);

  forward(x) {
    x = this.pool(nn.functional.relu(this.conv1(x)));
    x = this.pool(nn.functional.relu(this.conv2(x)));
    x = x.view(-1, 16 * 4 * 4);
    x = nn.functional.relu(this.fc1(x));
    x = nn.functional.relu(this.fc2(x));
    return this.fc3(x);
  }
}

torch.manualSeed(0);
const model = new LeNet();
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
let level = 0;
let loss = 0;
for (let step = 0; step < steps; step++) {
  const inputs = torch.randn(4, 1, 28, 28);
  const labels = torch.randint(0, 10, [4]);
  optimizer.zeroGrad();
  const output = criterion(model(inputs), labels);
  output.backward();
  optimizer.step();
  loss = output.item();
  if (step % 50 === 0) sample();
  if (step === warm) level = sample();
}
report({ growth: sample() - level, loss });
