/** Ways for a process to end with tensors alive. Argument: which. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import torch from 'sconce';

const ways = {
  end() {
    const x = torch.randn(100, 100, { requiresGrad: true });
    const y = x.mm(x);
    y.registerHook((gradient) => gradient.mul(2));
    y.sum().backward({ retainGraph: true });
    globalThis.alive = [x, y, x.grad, y.detach().asTypedArray(), new torch.Generator()];
    const shared = torch.fromTypedArray(new Float32Array(1000));
    globalThis.alive.push(shared, torch.fromTypedArray(shared.add(1).asTypedArray()));
  },
  exit() {
    const x = torch.randn(64, 64, { requiresGrad: true });
    const kept = [];
    for (let i = 0; ; i++) {
      kept.push(x.mm(x));
      if (i === 500) process.exit(0);
    }
  },
  exitInHook() {
    const x = torch.randn(64, 64, { requiresGrad: true });
    x.registerHook(() => process.exit(0));
    x.mm(x).sum().backward();
  },
  async worker() {
    const workerData = { task: 'endless' };
    const worker = new Worker(new URL('task.mjs', import.meta.url), { workerData });
    await once(worker, 'message');
    process.exit(0);
  },
};

await ways[process.argv[2]]();
