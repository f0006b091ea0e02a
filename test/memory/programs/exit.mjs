/** Ways for a process to end with tensors alive. Argument: which. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import torch from 'sconce';

/** A compiled step that takes a while. */
async function compiled() {
  const step = torch.compileStep((x) => {
    let y = x;
    for (let i = 0; i < 50; i++) y = y.mm(x).tanh();
    return y;
  });
  const x = torch.randn(200, 200);
  for (let i = 0; i < 3; i++) await step(x);
  return { step, x };
}

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
  async replay() {
    const { step, x } = await compiled();
    for (let i = 0; i < 5; i++) step(x);
    setTimeout(() => process.exit(0), 2);
  },
  async replayAtEnd() {
    const { step, x } = await compiled();
    for (let i = 0; i < 5; i++) step(x);
  },
  async worker() {
    const workerData = { task: 'endless' };
    const worker = new Worker(new URL('task.mjs', import.meta.url), { workerData });
    await once(worker, 'message');
    process.exit(0);
  },
};

await ways[process.argv[2]]();
