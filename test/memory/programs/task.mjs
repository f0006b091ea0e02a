/** What the Workers of the other programs do. `workerData`: the task, and its numbers. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import torch, { autograd, nn, optim, utils } from 'sconce';

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
  /** Everything that a thread may be in the middle of when it is terminated. */
  churn({ handle, turn }) {
    torch.setNumThreads(1);
    const given = torch.fromHandle(handle);
    const inbox = [];
    parentPort.on('message', (message) => inbox.push(torch.fromHandle(message)));
    const model = new nn.Sequential(new nn.Linear(32, 32), new nn.ReLU(), new nn.Linear(32, 1));
    const optimizer = new optim.Adam(model.parameters());
    const data = new utils.data.TensorDataset(torch.randn(256, 32), torch.zeros(256, 1));
    const loader = new utils.data.DataLoader(data, { batchSize: 16, shuffle: true });
    class Double extends autograd.Function {
      static forward(_, x) {
        return x.mul(2);
      }
      static backward(_, gradient) {
        return gradient.mul(2);
      }
    }
    const works = [
      () => {
        for (const [x, y] of loader) {
          optimizer.zeroGrad();
          nn.functional.mseLoss(model(x), y).backward();
          optimizer.step();
        }
      },
      () => {
        const x = torch.randn(64, 64, { requiresGrad: true });
        x.registerHook((gradient) => gradient.mul(2).add(given.select(0, 0)));
        for (let i = 0; i < 20; i++) Double.apply(x.mm(x)).sum().backward();
      },
      () => {
        for (let i = 0; i < 20; i++) {
          parentPort.postMessage(torch.toHandle(torch.ones(1000), { move: i % 2 === 0 }));
        }
      },
      () => torch.tidy(() => torch.linalg.svd(torch.randn(100, 100)).S.sum().item()),
      () => torch.memory.stats(),
      () => torch.ones(2_000_000).add(1).cumsum(0).sum().item(),
    ];
    parentPort.postMessage('started');
    const work = () => {
      works[turn++ % works.length]();
      setImmediate(work);
    };
    work();
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
