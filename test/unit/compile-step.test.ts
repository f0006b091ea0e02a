import test from 'ava';
import torch, { type CompiledStep, nn, optim, type Tensor, TorchError } from 'sconce';

torch.setNumThreads(1);

class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5);
  pool = new nn.MaxPool2d(2, 2);
  conv2 = new nn.Conv2d(6, 16, 5);
  fc1 = new nn.Linear(16 * 4 * 4, 120);
  dropout = new nn.Dropout(0.3);
  fc2 = new nn.Linear(120, 10);

  override forward(x: Tensor): Tensor {
    x = this.pool(nn.functional.relu(this.conv1(x)));
    x = this.pool(nn.functional.relu(this.conv2(x)));
    x = this.dropout(nn.functional.relu(this.fc1(x.flatten(1))));
    return this.fc2(x);
  }
}

type MakeOptimizer = (params: Iterable<Tensor>) => optim.Optimizer;
type Train = (input: Tensor, target: Tensor) => Tensor;

function trainer<M extends nn.Module>(make: MakeOptimizer, model: M) {
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = make(model.parameters());
  const train: Train = (input, target) => {
    optimizer.zeroGrad();
    const loss = criterion((model as nn.Module)(input), target);
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { model, optimizer, train };
}

const sgd: MakeOptimizer = (params) => new optim.SGD(params, { lr: 0.05 });

/** What is left of a training: losses, parameters, gradients and versions. */
function remains(losses: number[], model: nn.Module) {
  const params = [...model.parameters()];
  return {
    losses,
    params: params.map((param) => param.detach().toTypedArray()),
    grads: params.map((param) => param.grad?.toTypedArray()),
    versions: params.map((param) => param._version),
  };
}

/** Trains for some steps, by `run` of a compiled step, or eagerly without. */
async function training(
  make: MakeOptimizer,
  steps: number,
  run?: (step: CompiledStep<[Tensor, Tensor], Tensor>, x: Tensor, y: Tensor) => unknown,
  schedule: (optimizer: optim.Optimizer) => () => void = () => () => {},
) {
  torch.manualSeed(1);
  const { model, optimizer, train } = trainer(make, new LeNet());
  const advance = schedule(optimizer);
  const step = torch.compileStep(train);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    // The last batch of each epoch is smaller.
    const count = i % 10 === 9 ? 3 : 8;
    const x = torch.randn(count, 1, 28, 28);
    const y = torch.randint(0, 10, [count]);
    const loss = run ? ((await run(step, x, y)) as Tensor) : train(x, y);
    losses.push(loss.item());
    advance();
  }
  return { ...remains(losses, model), step };
}

const optimizers: Record<string, MakeOptimizer> = {
  SGD: sgd,
  'SGD with momentum and weight decay': (params) =>
    new optim.SGD(params, { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-4 }),
  'SGD in one kernel': (params) => new optim.SGD(params, { lr: 0.05, momentum: 0.9, fused: true }),
  Adam: (params) => new optim.Adam(params, { lr: 1e-3 }),
  'Adam with AMSGrad': (params) => new optim.Adam(params, { lr: 1e-3, amsgrad: true }),
  'Adam in one kernel': (params) => new optim.Adam(params, { lr: 1e-3, fused: true }),
  AdamW: (params) => new optim.AdamW(params, { lr: 1e-3 }),
};

for (const [name, make] of Object.entries(optimizers)) {
  test.serial(
    `replays of ${name} with dropout and a schedule equal eager steps to the bit`,
    async (t) => {
      const schedule = (optimizer: optim.Optimizer) => {
        const scheduler = new optim.lrScheduler.StepLR(optimizer as optim.SGD, 7, 0.8);
        return () => scheduler.step();
      };
      const eager = await training(make, 60, undefined, schedule);
      for (const run of ['async', 'sync'] as const) {
        const { step, ...compiled } = await training(
          make,
          60,
          (step, x, y) => (run === 'sync' ? step.sync(x, y) : step(x, y)),
          schedule,
        );
        t.deepEqual(step.refusals, []);
        t.is(step.tapes.length, 2, 'one for each size of batch');
        t.deepEqual({ ...compiled, step: eager.step }, eager);
      }
    },
  );
}

const others = {
  Adadelta: 1,
  Adagrad: 1,
  Adamax: 1,
  NAdam: 1,
  RMSprop: 1,
  // A recording for each learning rate.
  Muon: 4,
  Rprop: 4,
  // They compute with what they read.
  ASGD: 0,
  Adafactor: 0,
  RAdam: 0,
} as const;

for (const [name, tapes] of Object.entries(others) as [keyof typeof others, number][]) {
  test.serial(`steps of ${name} with a schedule equal eager ones to the bit`, (t) => {
    const Class = optim[name] as unknown as new (
      params: Iterable<Tensor>,
      options: { lr: number },
    ) => optim.Optimizer;
    const run = (isCompiled: boolean) => {
      torch.manualSeed(9);
      const { optimizer, train } = trainer(
        (params) => new Class(params, { lr: 0.01 }),
        new nn.Linear(4, 3, { bias: false }),
      );
      const scheduler = new optim.lrScheduler.StepLR(optimizer as optim.SGD, 10, 0.9);
      const step = torch.compileStep(train);
      const losses = Array.from({ length: 40 }, () => {
        const [x, y] = [torch.randn(5, 4), torch.randint(0, 3, [5])];
        const loss = isCompiled ? step.sync(x, y) : train(x, y);
        scheduler.step();
        return loss.item();
      });
      if (isCompiled) t.is(step.tapes.length, tapes);
      return losses;
    };
    t.deepEqual(run(true), run(false));
  });
}

test.serial('200 steps of LeNet equal eager ones to the bit', async (t) => {
  const eager = await training(sgd, 200);
  const { step, ...compiled } = await training(sgd, 200, (step, x, y) => step(x, y));
  t.deepEqual({ ...compiled, step: eager.step }, eager);
});

test.serial('calls that are made at once run in their order', async (t) => {
  const run = async (isCompiled: boolean) => {
    torch.manualSeed(2);
    const { model, train } = trainer(sgd, new LeNet());
    const step = torch.compileStep(train);
    // Shapes take turns, so that eager calls, recordings and replays follow one another.
    const batches = Array.from({ length: 24 }, (_, i) => {
      const count = 1 + (i % 3);
      return [torch.randn(count, 1, 28, 28), torch.randint(0, 10, [count])] as const;
    });
    const losses = isCompiled
      ? await Promise.all(batches.map(([x, y]) => step(x, y)))
      : batches.map(([x, y]) => train(x, y));
    return remains(
      losses.map((loss) => loss.item()),
      model,
    );
  };
  t.deepEqual(await run(true), await run(false));
});

test.serial('two steps on one model keep their order', async (t) => {
  torch.manualSeed(3);
  const { model, train } = trainer(sgd, new nn.Linear(4, 3));
  const step = torch.compileStep(train);
  const predict = torch.compileStep((x: Tensor) => torch.noGrad(() => model(x)));
  const [x, y] = [torch.randn(5, 4), torch.randint(0, 3, [5])];
  for (let i = 0; i < 3; i++) {
    await step(x, y);
    await predict(x);
  }
  const twin = trainer(sgd, new nn.Linear(4, 3));
  twin.model.loadStateDict(model.stateDict());
  const replayed: Promise<Tensor>[] = [];
  const expected: Tensor[] = [];
  for (let i = 0; i < 10; i++) {
    step(x, y);
    replayed.push(predict(x));
    twin.train(x, y);
    expected.push(torch.noGrad(() => twin.model(x)));
  }
  for (const [i, scores] of (await Promise.all(replayed)).entries()) {
    t.true(scores.equal(expected[i] as Tensor), `after step ${i}`);
  }
});

test.serial('training and evaluation have tapes of their own, and so have options', async (t) => {
  torch.manualSeed(4);
  const model = new nn.Sequential(new nn.Linear(4, 4), new nn.BatchNorm1d(4), new nn.Dropout(0.5));
  const forward = (x: Tensor, scale: number) => torch.noGrad(() => model(x).mul(scale));
  const step = torch.compileStep(forward);
  const x = torch.randn(6, 4);
  for (const isTraining of [true, false, true, false, true, false]) {
    model.train(isTraining);
    for (const scale of [1, 2]) {
      const seed = torch.getRngState();
      const statistics = (model[1] as nn.BatchNorm1d).running_mean?.clone();
      const replayed = await step(x, scale);
      torch.setRngState(seed);
      if (statistics) (model[1] as nn.BatchNorm1d).running_mean?.copy_(statistics);
      t.true(replayed.equal(forward(x, scale)));
    }
  }
  t.is(step.tapes.length, 4);
});

test.serial('gradients that are summed up over calls', async (t) => {
  torch.manualSeed(5);
  const model = new nn.Linear(3, 2);
  const backward = (x: Tensor) => {
    const loss = model(x).pow(2).sum();
    loss.backward();
    return loss;
  };
  const step = torch.compileStep(backward);
  const batches = Array.from({ length: 8 }, () => torch.randn(4, 3));
  await Promise.all(batches.map((x) => step(x)));
  const sums = [...model.parameters()].map((param) => param.grad?.clone() as Tensor);
  model.zeroGrad();
  for (const x of batches) backward(x);
  for (const [i, param] of [...model.parameters()].entries()) {
    t.true(param.grad?.equal(sums[i] as Tensor));
  }
  t.is(step.tapes.length, 1);
});

test.serial(
  'results keep their structure, arguments and tensors from outside their identity',
  async (t) => {
    const total = torch.zeros(2);
    const step = torch.compileStep(({ x, names }: { x: Tensor; names: string[] }) => ({
      x,
      total: total.add_(x),
      parts: [x.mul(2), { name: names[0], count: 3 }] as const,
      largest: x.max(0),
    }));
    for (let i = 1; i <= 5; i++) {
      const x = torch.tensor([i, 2 * i]);
      const result = await step({ x, names: ['a'] });
      t.is(result.x, x);
      t.is(result.total, total);
      t.deepEqual(result.parts[0].tolist(), [2 * i, 4 * i]);
      t.deepEqual(result.parts[1], { name: 'a', count: 3 });
      t.is(result.largest.indices.item(), 1);
    }
    t.deepEqual(total.tolist(), [15, 30]);
    t.is(total._version, 5);
    t.is(step.tapes.length, 1);
  },
);

test.serial('the graph of a result is not kept', async (t) => {
  const weight = torch.ones(3, { requiresGrad: true });
  const step = torch.compileStep((x: Tensor) => weight.mul(x).sum());
  for (let i = 0; i < 4; i++) {
    const result = await step(torch.ones(3));
    t.is(result.gradFn, null);
    t.is(result.item(), 3);
  }
});

test.serial('autograd knows that a replay changed a parameter', async (t) => {
  const { model, train } = trainer(sgd, new nn.Linear(2, 2));
  const step = torch.compileStep(train);
  const [x, y] = [torch.randn(3, 2), torch.tensor([0n, 1n, 0n])];
  for (let i = 0; i < 3; i++) await step(x, y);
  const { weight } = model;
  const loss = weight.mul(weight).sum();
  await step(x, y);
  t.throws(() => loss.backward(), { instanceOf: TorchError, message: /modified by an inplace/ });
});

const refused: Record<string, [step: (x: Tensor) => unknown, reason: RegExp, op?: string]> = {
  'item()': [(x) => x.sum().item(), /reads the value/, 'aten::_local_scalar_dense'],
  '+x in a condition': [(x) => (+x.sum() > 0 ? x : x.neg()), /reads the value/],
  'tolist()': [(x) => String(x.tolist()), /reads the elements/],
  'the shape of what a mask selects': [(x) => x.maskedSelect(x.gt(0)), /depends on data/],
  'indexing by a mask': [(x) => x.index(x.gt(0)).sum(), /depends on data/, 'aten::index.Tensor'],
  'seeding a generator': [
    (x) => {
      torch.manualSeed(1);
      return torch.randnLike(x);
    },
    /seeded/,
  ],
  'a hook of a tensor': [
    (x) => {
      const w = torch.ones(2, { requiresGrad: true });
      w.registerHook((gradient) => gradient.mul(2));
      w.mul(x).sum().backward();
      return w.grad as Tensor;
    },
    /hook/,
  ],
  'a number that changes': [() => torch.full([2], Math.random()), /no two calls are the same/],
};

for (const [what, [fn, reason, op]] of Object.entries(refused)) {
  test.serial(`a step cannot be replayed with ${what}`, async (t) => {
    const warnings: (Error & { code?: string })[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    t.teardown(() => process.off('warning', listen));
    const step = torch.compileStep(fn);
    for (let i = 1; i <= 7; i++) {
      const x = torch.tensor([i, -i]);
      if (what === 'a number that changes') await step(x);
      else t.deepEqual(String(await step(x)), String(fn(x)));
    }
    t.is(step.refusals.length, 1);
    t.regex(step.refusals[0]?.reason ?? '', reason);
    if (op) t.is(step.refusals[0]?.op.split('.')[0], op.split('.')[0]);
    await new Promise(setImmediate);
    const codes = warnings.map(({ code }) => code).filter((code) => code?.startsWith('SCONCE'));
    t.deepEqual(codes, ['SCONCE_STEP_REFUSED']);
    if (what === 'item()') t.regex(step.refusals[0]?.stack ?? '', /compile-step\.test\.ts/);
  });
}

test.serial('an error of an operator in a replay is that of the eager call', async (t) => {
  const embedding = new nn.Embedding(4, 2);
  const step = torch.compileStep((x: Tensor) => embedding(x).sum());
  const good = torch.tensor([0n, 3n]);
  for (let i = 0; i < 3; i++) await step(good);
  t.is(step.tapes.length, 1);
  const bad = torch.tensor([0n, 4n]);
  const expected = t.throws(() => embedding(bad));
  await t.throwsAsync(step(bad), {
    instanceOf: expected?.constructor as never,
    message: expected?.message as string,
  });
  t.throws(() => step.sync(bad), { message: expected?.message as string });
  t.true(Number.isFinite((await step(good)).item()));
});

test.serial(
  'an error of the function itself rejects, and the next call records again',
  async (t) => {
    let fails = true;
    const step = torch.compileStep((x: Tensor) => {
      if (fails) throw new RangeError('not yet');
      return x.add(1);
    });
    await t.throwsAsync(step(torch.ones(1)), { instanceOf: RangeError, message: 'not yet' });
    fails = false;
    for (let i = 0; i < 3; i++) t.is((await step(torch.ones(1))).item(), 2);
    t.is(step.tapes.length, 1);
  },
);

test.serial('a function that waits, and what is no function, are refused', async (t) => {
  t.throws(() => torch.compileStep(3 as never), { instanceOf: TypeError });
  const step = torch.compileStep(async (x: Tensor) => x);
  await t.throwsAsync(step(torch.ones(1)), { instanceOf: TypeError, message: /synchronous/ });
});

test.serial('more kinds of calls than are kept run eagerly', async (t) => {
  const step = torch.compileStep((x: Tensor) => x.mul(2));
  for (let size = 1; size <= 10; size++) {
    for (let i = 0; i < 3; i++) t.is((await step(torch.ones(size))).sum().item(), 2 * size);
  }
  t.is(step.tapes.length, 8);
  step.reset();
  t.is(step.tapes.length, 0);
});

test.serial(
  'what replaces a parameter, its memory or the state of an optimizer is noticed',
  async (t) => {
    torch.manualSeed(6);
    const make: MakeOptimizer = (params) => new optim.SGD(params, { lr: 0.1, momentum: 0.9 });
    const run = async (isCompiled: boolean) => {
      torch.manualSeed(7);
      const { model, optimizer, train } = trainer(make, new nn.Linear(4, 3));
      const step = torch.compileStep(train);
      const losses: number[] = [];
      const batch = async (count: number) => {
        for (let i = 0; i < count; i++) {
          const [x, y] = [torch.randn(5, 4), torch.randint(0, 3, [5])];
          losses.push((isCompiled ? await step(x, y) : train(x, y)).item());
        }
      };
      await batch(5);
      model.weight.data = torch.ones(3, 4);
      await batch(5);
      const saved = optimizer.stateDict();
      await batch(5);
      optimizer.loadStateDict(saved);
      await batch(5);
      model.weight = new nn.Parameter(torch.zeros(3, 4));
      await batch(5);
      return losses;
    };
    t.deepEqual(await run(true), await run(false));
  },
);

test.serial('autocasting within a step', async (t) => {
  torch.manualSeed(8);
  const model = new nn.Linear(4, 3, { bias: false });
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const train = (x: Tensor) => {
    optimizer.zeroGrad();
    const loss = torch.autocast('cpu', () => model(x).pow(2).sum());
    loss.backward();
    optimizer.step();
    return loss;
  };
  const start = model.weight.detach().clone();
  const xs = Array.from({ length: 6 }, () => torch.randn(5, 4));
  const eager = xs.map((x) => train(x).item());
  torch.noGrad(() => model.weight.copy_(start));
  const step = torch.compileStep(train);
  for (const [i, x] of xs.entries()) t.is((await step(x)).item(), eager[i] as number, `step ${i}`);
  t.is(step.tapes.length, 1);
});

test.serial('a call that waits for its turn keeps the modes of its call', async (t) => {
  const weight = torch.ones(4, 4, { requiresGrad: true });
  const seen: boolean[] = [];
  const step = torch.compileStep((x: Tensor) => {
    seen.push(torch.isGradEnabled());
    return x.mm(weight);
  });
  const x = torch.ones(4, 4);
  for (let i = 0; i < 3; i++) await step(x);
  const before = seen.length;
  const results = [step(x)];
  const mode = torch.noGrad();
  results.push(step(x));
  mode[Symbol.dispose]();
  results.push(step(x));
  t.is(seen.length, before, 'they wait');
  for (const result of await Promise.all(results)) t.is(result.sum().item(), 64);
  t.deepEqual(seen.slice(before), [false]);
});

test.serial('what an operator writes by itself, and copies that one in place keeps', async (t) => {
  // maxPool1d without gradients fills an empty tensor; mul_ keeps what it changes for backward.
  const pool = torch.compileStep((x: Tensor) => torch.maxPool1d(x, 2));
  const gate = torch.compileStep((x: Tensor) => {
    const w = torch.ones(4, { requiresGrad: true });
    const y = w.mul(2).mul_(w.mul(x));
    y.sum().backward();
    return w.grad as Tensor;
  });
  for (let i = 1; i < 6; i++) {
    const x = torch.arange(4, { dtype: torch.float32 }).mul(i);
    t.deepEqual((await pool(x.view(1, 4))).tolist(), [[i, 3 * i]]);
    t.deepEqual((await gate(x)).tolist(), x.mul(4).tolist());
  }
  t.is(pool.tapes.length + gate.tapes.length, 2);
});

test.serial('inference mode', async (t) => {
  const model = new nn.Linear(4, 3);
  const predict = torch.compileStep((x: Tensor) => torch.inferenceMode(() => model(x)));
  for (let i = 0; i < 4; i++) {
    const x = torch.randn(2, 4);
    t.true((await predict(x)).equal(model(x)));
  }
  t.is(predict.tapes.length, 1);
});

test.serial('the event loop turns while a step is replayed', async (t) => {
  const step = torch.compileStep((x: Tensor) => {
    let y = x;
    for (let i = 0; i < 40; i++) y = y.mm(x).tanh();
    return y.sum();
  });
  const x = torch.randn(256, 256);
  for (let i = 0; i < 3; i++) await step(x);
  let turns = 0;
  let isDone = false;
  const done = step(x).then(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise(setImmediate);
    turns++;
  }
  await done;
  t.true(turns > 1, `${turns}`);
});
