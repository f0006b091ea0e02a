import torch, { nn, optim, utils } from 'sconce';
import { datasets, transforms } from 'sconce/vision';
import { serve } from '../_helpers/serve.js';
import { LeNet } from './lenet.js';

const root = process.argv[2] as string;
const steps = 200;

function losses(): number[] {
  torch.setNumThreads(1);
  const transform = new transforms.Compose([
    new transforms.ToTensor(),
    new transforms.Normalize([0.5], [0.5]),
  ]);
  const train = new datasets.MNIST(root, { train: true, transform });
  torch.manualSeed(0);
  const loader = new utils.data.DataLoader(train, { batchSize: 64, shuffle: true });
  const model = new LeNet();
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const result: number[] = [];
  for (const [inputs, labels] of loader) {
    optimizer.zeroGrad();
    const loss = criterion(model(inputs), labels);
    loss.backward();
    optimizer.step();
    result.push(loss.item());
    if (result.length === steps) break;
  }
  return result;
}

await serve({ losses });
