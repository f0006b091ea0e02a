/** What the Workers of the other programs do. `workerData`: the task, and its numbers. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import torch, { autograd, utils } from 'sconce';

class Square extends autograd.Function {
  static forward(ctx, x) {
    ctx.saveForBackward(x);
    return x.mul(x);
  }
  static backward(ctx, grad) {
    const [x] = ctx.savedTensors;
    return x.mul(2).mul(grad);
  }
}

const tasks = {
  /** A little of everything, to its end. */
  work() {
    const x = torch.randn(100, 100, { requiresGrad: true });
    x.registerHook((gradient) => gradient.mul(2));
    x.mm(x).sum().backward();
    x.grad.sum().item();
  },
  /** Opens what comes, adds 1, and hands it back. */
  echo() {
    torch.setNumThreads(1);
    parentPort.on('message', (handles) => {
      if (handles === null) return parentPort.close();
      const answers = handles.map((handle) => torch.fromHandle(handle).add_(1));
      parentPort.postMessage(answers.map((x) => torch.toHandle(x, { move: true })));
    });
    parentPort.postMessage('started');
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
  /** Views, arrays that share their memory, and what is freed at once; garbage all the while. */
  views() {
    const x = torch.randn(100, 100);
    for (let i = 0; ; i++) {
      const row = x[i % 100];
      const shared = torch.fromTypedArray(x.t().contiguous().asTypedArray());
      torch.tidy(() => shared.add(row).select(0, 1).asTypedArray());
      x.clone().dispose();
    }
  },
  /** Hooks and custom functions: JavaScript inside of native calls. */
  functions() {
    const x = torch.randn(16, 16, { requiresGrad: true });
    x.registerHook((gradient) => gradient.mul(2));
    x.registerPostAccumulateGradHook((parameter) => parameter.grad.zero_());
    for (;;) {
      const y = utils.checkpoint.checkpoint((z) => Square.apply(z).sin(), x, {
        useReentrant: false,
      });
      y.sum().backward();
    }
  },
  /** Graphs of graphs, walked through. */
  graphs() {
    const x = torch.randn(16, { requiresGrad: true });
    for (;;) {
      const [first] = autograd.grad(Square.apply(x).exp().sum(), x, { createGraph: true });
      autograd.grad(first.sum(), x);
      for (const [node] of first.gradFn.nextFunctions) node?.name();
    }
  },
  /** Tensors written to a file, and read again. */
  files({ folder }) {
    const path = join(folder, 'tensors.pt');
    const tensors = { x: torch.randn(1000), y: torch.ones(3, { dtype: torch.int64 }) };
    for (;;) {
      torch.save(tensors, path);
      torch.load(path).x.sum().item();
    }
  },
  /** An event loop that rests, and what is swept then. */
  idle() {
    const x = torch.randn(100, 100);
    setInterval(() => {
      for (let i = 0; i < 200; i++) x.add(i);
    }, 5);
  },
  /** Errors out of every depth. */
  errors() {
    const x = torch.randn(3, 3, { requiresGrad: true });
    x.registerHook(() => {
      throw null;
    });
    const attempts = [
      () => x.sum().backward(),
      () => x.mm(torch.ones(2, 2)),
      () => torch.linalg.inv(torch.zeros(3, 3)),
      () => torch.ops.aten.nothing(x),
    ];
    for (let i = 0; ; i++) {
      try {
        attempts[i % attempts.length]();
      } catch {
        // What is looked for is that the process lives.
      }
    }
  },
};

tasks[workerData.task](workerData);
