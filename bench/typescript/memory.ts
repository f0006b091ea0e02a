import torch, { nn } from 'sconce';
import { serve } from '../_helpers/serve.js';
import { LeNet } from './lenet.js';

torch.setNumThreads(1);

/** Runs a loop of so many rounds, and looks at the memory after a tenth of it and at its end. */
function watch(rounds: number, run: () => void) {
  const resident = () => process.memoryUsage.rss() / 2 ** 20;
  const begin = performance.now();
  let early = 0;
  for (let i = 0; i < rounds; i++) {
    run();
    if (i === Math.floor(rounds / 10)) early = resident();
  }
  return { early, late: resident(), seconds: (performance.now() - begin) / 1000 };
}

function tensors(count: number) {
  return watch(count, () => {
    torch.zeros(512, 512);
  });
}

/** Forward passes that autograd records: 13 operations each, with the loss. */
function operations(count: number) {
  const model = new LeNet();
  const criterion = new nn.CrossEntropyLoss();
  const input = torch.randn(1, 1, 28, 28);
  const label = torch.tensor([3n]);
  return watch(count / 13, () => {
    criterion(model(input), label);
  });
}

await serve({
  tensors: () => tensors(100_000),
  operations: () => operations(1_000_000),
  'tensors quick': () => tensors(1000),
  'operations quick': () => operations(10_000),
});
