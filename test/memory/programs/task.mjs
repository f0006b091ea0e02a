/** What the Workers of the other programs do. `workerData`: the task, and its numbers. */
import { parentPort, workerData } from 'node:worker_threads';
import torch from 'sconce';

const tasks = {
  /** A little of everything, to its end. */
  work() {
    const x = torch.randn(100, 100, { requiresGrad: true });
    x.registerHook((gradient) => gradient.mul(2));
    x.mm(x).sum().backward();
    x.grad.sum().item();
  },
  /** A loop over tensors that are dropped. */
  loop({ count, size }) {
    torch.setNumThreads(1);
    const a = torch.ones(size);
    let peak = 0;
    for (let i = 0; i < count; i++) {
      a.add(1);
      if (i % 100 === 0) peak = Math.max(peak, process.memoryUsage.rss());
    }
    parentPort.postMessage(Math.round(peak / 1e6));
  },
  /** A loop that only `terminate()` or the end of the process ends. */
  endless() {
    const x = torch.randn(64, 64, { requiresGrad: true });
    parentPort.postMessage('started');
    for (;;) x.mm(x).sum().backward();
  },
  /** Replays without end, of which some are always under way. */
  async replays() {
    const w = torch.ones(150, 150, { requiresGrad: true });
    const step = torch.compileStep((x) => {
      w.grad = null;
      const loss = x.mm(w).tanh().mm(w).sum();
      loss.backward();
      return loss;
    });
    const x = torch.randn(150, 150);
    for (let i = 0; i < 3; i++) await step(x);
    parentPort.postMessage('started');
    for (;;) await Promise.all([step(x), step(x), step(x)]);
  },
};

tasks[workerData.task](workerData);
