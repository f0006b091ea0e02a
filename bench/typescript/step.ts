import torch, { nn, optim } from 'sconce';
import { microseconds, serve } from '../_helpers/serve.js';
import { LeNet } from './lenet.js';

torch.setNumThreads(2);

/** A training step on one batch that stays the same. */
function stepper(batchSize: number): () => void {
  torch.manualSeed(0);
  const inputs = torch.randn(batchSize, 1, 28, 28);
  const labels = torch.randint(0, 10, [batchSize]);
  const model = new LeNet();
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
  return () => {
    optimizer.zeroGrad();
    const loss = criterion(model(inputs), labels);
    loss.backward();
    optimizer.step();
    loss.item();
  };
}

const batch64 = stepper(64);
const batch1 = stepper(1);

await serve({
  batch64: () => microseconds(150, batch64),
  batch1: () => microseconds(400, batch1),
});
