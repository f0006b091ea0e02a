import torch, { nn, optim, utils } from 'sconce';
import { datasets, transforms } from 'sconce/vision';
import { serve } from '../_helpers/serve.js';
import { LeNet } from './lenet.js';

torch.setNumThreads(2);
const root = process.argv[2] as string;
const transform = new transforms.Compose([
  new transforms.ToTensor(),
  new transforms.Normalize([0.5], [0.5]),
]);
const train = new datasets.MNIST(root, { train: true, transform });

/** Seconds for so many steps, or for a whole epoch. */
function epoch(steps = Number.POSITIVE_INFINITY): number {
  torch.manualSeed(0);
  const start = performance.now();
  const loader = new utils.data.DataLoader(train, { batchSize: 64, shuffle: true });
  const model = new LeNet();
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
  let total = 0;
  let done = 0;
  for (const [inputs, labels] of loader) {
    optimizer.zeroGrad();
    const loss = criterion(model(inputs), labels);
    loss.backward();
    optimizer.step();
    total += loss.item();
    done += 1;
    if (done === steps) break;
  }
  if (!Number.isFinite(total)) throw new Error('the loss is not finite');
  return (performance.now() - start) / 1000;
}

await serve({ epoch: () => epoch(), start: () => epoch(50) });
