// LeNet on MNIST: `npm run example mnist`, or with --help for what can be set.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import torch, { nn, optim, type Tensor, utils } from 'sconce';
import { datasets, transforms } from 'sconce/vision';
import { drawDigits } from './draw-digits.js';

const help = `npm run example mnist -- [options]
  --device NAME      where to train: cpu, cuda, cuda:1, ... (default cpu)
  --epochs N         how often to go through the training images (default 5)
  --batch-size N     images for each step (default 16)
  --lr X             learning rate (default 0.01)
  --seed N           seed of the random numbers (default 0)
  --data DIR         where MNIST lies, or is put (default .data)`;

const { values: options } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    epochs: { type: 'string', default: '5' },
    'batch-size': { type: 'string', default: '16' },
    lr: { type: 'string', default: '0.01' },
    seed: { type: 'string', default: '0' },
    data: { type: 'string', default: '.data' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(help);
  process.exit();
}

torch.manualSeed(Number(options.seed));
const device = torch.device(options.device);
const batchSize = Number(options['batch-size']);

const transform = new transforms.Compose([
  new transforms.ToTensor(),
  new transforms.Normalize([0.5], [0.5]),
]);
const trainSet = new datasets.MNIST(options.data, { train: true, download: true, transform });
const testSet = new datasets.MNIST(options.data, { train: false, download: true, transform });
const trainLoader = new utils.data.DataLoader(trainSet, { batchSize, shuffle: true });
const testLoader = new utils.data.DataLoader(testSet, { batchSize: 1000 });

class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5);
  pool = new nn.MaxPool2d(2, 2);
  conv2 = new nn.Conv2d(6, 16, 5);
  fc1 = new nn.Linear(16 * 4 * 4, 120);
  fc2 = new nn.Linear(120, 84);
  fc3 = new nn.Linear(84, 10);

  forward(x: Tensor) {
    x = this.pool(nn.functional.relu(this.conv1(x))); // [N, 6, 12, 12]
    x = this.pool(nn.functional.relu(this.conv2(x))); // [N, 16, 4, 4]
    x = x.view(-1, 16 * 4 * 4);
    x = nn.functional.relu(this.fc1(x));
    x = nn.functional.relu(this.fc2(x));
    return this.fc3(x); // [N, 10]
  }
}

const model = new LeNet().to(device);
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), { lr: Number(options.lr) });
console.log(`${model}`);

/** Accuracy and mean loss on the test set. */
function evaluate(model: LeNet) {
  let correct = 0;
  let loss = 0;
  model.eval();
  torch.noGrad(() => {
    for (const [inputs, labels] of testLoader) {
      const outputs = model(inputs.to(device));
      const targets = labels.to(device);
      loss += criterion(outputs, targets).item() * labels.length;
      correct += outputs.argmax(1).eq(targets).sum().item();
    }
  });
  model.train();
  return { accuracy: (100 * correct) / testSet.length, loss: loss / testSet.length };
}

for (let epoch = 1; epoch <= Number(options.epochs); epoch++) {
  const bar = new SingleBar(
    { format: `epoch ${epoch} {bar} {percentage}% | loss {loss} | {eta}s left`, fps: 10 },
    Presets.shades_classic,
  );
  bar.start(trainLoader.length, 0, { loss: '-' });
  let runningLoss = 0;
  let steps = 0;
  for (const [inputs, labels] of trainLoader) {
    optimizer.zeroGrad();
    const outputs = model(inputs.to(device));
    const loss = criterion(outputs, labels.to(device));
    loss.backward();
    optimizer.step();
    runningLoss += loss.item();
    bar.update(++steps, { loss: (runningLoss / steps).toFixed(4) });
  }
  bar.stop();
  const test = evaluate(model);
  console.log(
    `epoch ${epoch}: training loss ${(runningLoss / steps).toFixed(4)}, ` +
      `test loss ${test.loss.toFixed(4)}, test accuracy ${test.accuracy.toFixed(2)}%`,
  );
}

const file = join(options.data, 'lenet.pt');
torch.save(model.stateDict(), file);

const restored = new LeNet().to(device);
restored.loadStateDict(torch.load(file, { mapLocation: device }));
restored.eval();
console.log(
  `saved to ${file}, loaded again: test accuracy ${evaluate(restored).accuracy.toFixed(2)}%`,
);

const samples = [0, 1, 2, 3].map((index) => testSet.getItem(index));
const images = torch.stack(samples.map(([image]) => image));
const predictions = torch.noGrad(() => restored(images.to(device)).argmax(1));
console.log(drawDigits(images));
console.log(`predicted ${predictions.tolist()}, they are ${samples.map(([, label]) => label)}`);
