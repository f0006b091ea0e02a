import torch, { nn, optim, type Tensor } from 'sconce';
import { distance, gpu } from './_gpu.js';

const { cuda } = torch;

/** A model of dropoutless layers, its input and target, the same each time. */
function makeStep(make: (model: nn.Module) => optim.Optimizer) {
  torch.manualSeed(3);
  const model = new nn.Sequential(new nn.Linear(6, 16), new nn.Tanh(), new nn.Linear(16, 2)).to(
    'cuda',
  );
  const optimizer = make(model);
  const input = torch.zeros(5, 6, { device: 'cuda' });
  const target = torch.zeros(5, 2, { device: 'cuda' });
  const step = () => {
    optimizer.zeroGrad();
    const loss = nn.functional.mseLoss(model(input) as Tensor, target);
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { model, optimizer, input, target, step };
}

/** Runs some steps where no capture is harmed by what libraries do once. */
function warmUp(step: () => unknown, times = 3): void {
  const side = new cuda.Stream();
  side.waitStream(cuda.currentStream());
  cuda.stream(side, () => {
    for (let i = 0; i < times; i++) step();
  });
  cuda.currentStream().waitStream(side);
}

const batches = (count: number) => {
  torch.manualSeed(8);
  return Array.from({ length: count }, () => [torch.randn(5, 6), torch.randn(5, 2)] as const);
};

gpu('a graph computes anew from what its inputs hold', (t) => {
  const x = torch.zeros(4, { device: 'cuda' });
  const graph = new cuda.CUDAGraph();
  const y = cuda.graph(graph, () => {
    t.true(cuda.isCurrentStreamCapturing());
    return x.mul(2).add(1).relu();
  });
  t.false(cuda.isCurrentStreamCapturing());
  x.copy_(torch.tensor([-3, 0, 1, 2]));
  graph.replay();
  t.deepEqual(y.tolist(), [0, 1, 3, 5]);
  x.fill_(4);
  graph.replay();
  t.deepEqual(y.tolist(), [9, 9, 9, 9]);
});

const optimizers: Record<string, (model: nn.Module) => optim.Optimizer> = {
  'SGD with momentum': (model) => new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }),
  'a fused SGD': (model) => new optim.SGD(model.parameters(), { lr: 0.1, fused: true }),
  'a capturable Adam': (model) => new optim.Adam(model.parameters(), { capturable: true }),
  'a fused capturable AdamW': (model) =>
    new optim.AdamW(model.parameters(), { fused: true, capturable: true }),
};

for (const [name, make] of Object.entries(optimizers)) {
  gpu(`a whole training step with ${name}, captured, trains as without a graph`, (t) => {
    const data = batches(20);
    const run = (isCaptured: boolean) => {
      const { model, input, target, step } = makeStep(make);
      let advance = step;
      let skipped = 0;
      if (isCaptured) {
        // The steps that warm up train, too; so the others do as many.
        warmUp(step);
        const graph = new cuda.CUDAGraph();
        const loss = cuda.graph(graph, step);
        advance = () => {
          graph.replay();
          return loss;
        };
        skipped = 3;
      }
      for (let i = skipped; i < 3; i++) step();
      const losses = data.map(([x, y]) => {
        input.copy_(x);
        target.copy_(y);
        return advance().item();
      });
      return { losses, weights: [...model.parameters()].map((p) => p.detach().cpu()) };
    };
    const plain = run(false);
    const captured = run(true);
    for (const [i, loss] of captured.losses.entries()) {
      const wanted = plain.losses[i] as number;
      t.true(Math.abs(loss - wanted) <= 1e-5 * Math.abs(wanted), `${i}: ${loss}, not ${wanted}`);
    }
    for (const [i, weight] of captured.weights.entries()) {
      t.true(torch.allclose(weight, plain.weights[i] as Tensor, { rtol: 1e-4, atol: 1e-6 }));
    }
  });
}

gpu('what cannot be captured throws, says so, and leaves all else working', (t) => {
  const x = torch.ones(3, { device: 'cuda' });
  const graph = new cuda.CUDAGraph();
  for (const body of [() => x.add(1).sum().item(), () => x.nonzero(), () => cuda.synchronize()]) {
    t.throws(() => cuda.graph(graph, body), {
      instanceOf: torch.TorchError,
      message: /A CUDA graph is being captured, and this call cannot be part of one/,
    });
    t.false(cuda.isCurrentStreamCapturing());
    t.deepEqual(x.add(1).tolist(), [2, 2, 2]);
  }
  const y = cuda.graph(graph, () => x.add(2));
  graph.replay();
  t.deepEqual(y.tolist(), [3, 3, 3]);
});

gpu('an error of JavaScript within a capture comes out as it is', (t) => {
  const graph = new cuda.CUDAGraph();
  const error = t.throws(() =>
    cuda.graph(graph, () => {
      torch.ones(3, { device: 'cuda' }).add(1);
      throw new RangeError('mine');
    }),
  );
  t.is(error?.message, 'mine');
  t.throws(() => graph.replay());
  t.false(cuda.isCurrentStreamCapturing());
});

gpu('graphs share a pool, by a handle or by another graph', (t) => {
  const x = torch.ones(1 << 20, { device: 'cuda' });
  const pool = cuda.graphPoolHandle();
  const [first, second, third] = [new cuda.CUDAGraph(), new cuda.CUDAGraph(), new cuda.CUDAGraph()];
  const y = cuda.graph(first, { pool }, () => x.add(1));
  t.deepEqual(first.pool(), pool);
  const z = cuda.graph(second, { pool: first.pool() }, () => y.mul(2));
  cuda.graph(third, () => x.add(1));
  t.notDeepEqual(third.pool(), pool);
  first.replay();
  second.replay();
  t.is(z[0]?.item(), 4);
  const used = cuda.memorySnapshot({ mempoolId: pool });
  t.true(used.length > 0);
  for (const { segment_pool_id } of used) t.deepEqual(segment_pool_id.map(BigInt), [...pool]);
});

gpu('garbage that is collected within a capture does the graph no harm', (t) => {
  const x = torch.ones(1 << 18, { device: 'cuda' });
  const graph = new cuda.CUDAGraph();
  const y = cuda.graph(graph, () => {
    let sum = x;
    // 3,000 tensors of 1 MB, most of which are dead by the end.
    for (let i = 0; i < 3000; i++) sum = sum.add(x);
    return sum;
  });
  for (let i = 0; i < 3; i++) {
    x.fill_(i);
    graph.replay();
    t.is(y.max().item(), 3001 * i);
    t.is(y.min().item(), 3001 * i);
  }
  const [segments] = [cuda.memorySnapshot({ mempoolId: graph.pool() })];
  const bytes = segments.reduce((sum, { total_size }) => sum + total_size, 0);
  t.true(bytes < 1.5e9, `the graph holds ${bytes} bytes`);
});

gpu('a graph that was kept is instantiated later, told of, and reset', (t) => {
  const x = torch.zeros(2, { device: 'cuda' });
  using graph = new cuda.CUDAGraph({ keepGraph: true });
  cuda.graph(graph, () => x.add_(1));
  t.true(graph.rawCudaGraph() > 0n);
  graph.instantiate();
  t.true(graph.rawCudaGraphExec() > 0n);
  for (let i = 0; i < 3; i++) graph.replay();
  t.deepEqual(x.tolist(), [3, 3]);
  graph.reset();
  t.throws(() => graph.replay(), { instanceOf: torch.TorchError });
});

gpu('a graphed module gives the outputs and gradients of the module', (t) => {
  const make = () => {
    torch.manualSeed(5);
    return new nn.Sequential(new nn.Linear(4, 8), new nn.GELU(), new nn.Linear(8, 3)).to('cuda');
  };
  const plain = make();
  const sample = torch.randn(6, 4, { device: 'cuda', requiresGrad: true });
  const graphed = cuda.makeGraphedCallables(make(), [sample]);
  for (let i = 0; i < 4; i++) {
    const x = torch.randn(6, 4);
    const run = (model: typeof plain) => {
      const input = x.cuda().requiresGrad_();
      model.zeroGrad();
      const output = model(input) as Tensor;
      output.square().sum().backward();
      return [output, input.grad, ...[...model.parameters()].map(({ grad }) => grad)].map((each) =>
        (each as Tensor).detach().cpu(),
      );
    };
    const wanted = run(plain);
    for (const [place, actual] of run(graphed).entries()) {
      t.true(distance(actual, wanted[place]?.tolist()) < 1e-5, `${i}: ${place}`);
    }
  }
  // In the other mode the module computes as ever.
  graphed.eval();
  t.deepEqual((graphed(torch.ones(2, 4, { device: 'cuda' })) as Tensor).shape, [2, 3]);
});

gpu('several graphed functions run in their order', (t) => {
  const weight = torch.ones(3, { device: 'cuda', requiresGrad: true });
  const samples = [[torch.ones(3, { device: 'cuda', requiresGrad: true })]] as const;
  const [double, sum] = cuda.makeGraphedCallables(
    [(x: Tensor) => x.mul(2), (x: Tensor) => x.sum()],
    [samples[0], [torch.ones(3, { device: 'cuda', requiresGrad: true })]],
  );
  const result = sum(double(weight));
  t.is(result.item(), 6);
  result.backward();
  t.deepEqual(weight.grad?.tolist(), [2, 2, 2]);
});

gpu("a snapshot agrees with the allocator's books, and names the line that allocated", (t) => {
  cuda.memory._recordMemoryHistory({ maxEntries: 1000 });
  const x = torch.ones(3 << 20, { device: 'cuda' });
  const snapshot = cuda.memory._snapshot();
  cuda.memory._recordMemoryHistory(null);
  const total = (pick: (segment: (typeof snapshot.segments)[number]) => number) =>
    snapshot.segments.reduce((sum, segment) => sum + pick(segment), 0);
  t.is(
    total((segment) => segment.total_size),
    cuda.memoryReserved(),
  );
  t.is(
    total((segment) => segment.allocated_size),
    cuda.memoryAllocated(),
  );
  const block = snapshot.segments
    .flatMap(({ blocks }) => blocks)
    .find(({ address }) => BigInt(address) === BigInt(x.dataPtr()));
  t.is(block?.requested_size, 12 << 20);
  t.true(block?.frames.some(({ filename }) => filename.includes('graphs.test')));
  const last = snapshot.device_traces[0]?.findLast(({ action }) => action === 'alloc');
  t.is(last?.addr, block?.address);
});

gpu('dead tensors are collected before the allocator asks for more memory', (t) => {
  cuda.emptyCache();
  cuda.resetPeakMemoryStats();
  const before = cuda.memoryReserved();
  // 400 times 256 MB, where no card has that much.
  for (let i = 0; i < 400; i++) torch.ones(64 << 20, { device: 'cuda' }).add_(i);
  const grown = cuda.maxMemoryReserved() - before;
  t.true(grown < 4e9, `the allocator came to hold ${grown} bytes`);
});
