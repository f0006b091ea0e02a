import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { copy, nn, optim, type Tensor } from 'sconce';
import { camelCase } from '../../lib/naming.js';

const golden = JSON.parse(
  readFileSync(new URL('../golden/deepcopy-optim.json', import.meta.url), 'utf8'),
);

torch.setNumThreads(1);

interface Parts {
  model: nn.Linear;
  optimizer: optim.Optimizer;
  scheduler?: optim.lrScheduler.LRScheduler;
}

function modelOf(name: string): nn.Linear {
  const model = new nn.Linear(3, 2, { bias: name !== 'Muon' });
  torch.noGrad(() => {
    for (const [i, param] of [...model.parameters()].entries()) {
      param.copy_(torch.arange(param.numel()).view(param.shape).sin().add(i));
    }
  });
  return model;
}

function train({ model, optimizer, scheduler }: Parts, start: number, steps: number): void {
  for (let i = start; i < start + steps; i++) {
    const closure = () => {
      optimizer.zeroGrad();
      const x = torch
        .arange(12)
        .view(4, 3)
        .mul(i + 1)
        .cos();
      const loss = model(x).square().sum();
      loss.backward();
      return loss;
    };
    optimizer.step(closure);
    scheduler?.step();
  }
}

const weights = ({ model }: Parts) =>
  torch.cat([...model.parameters()].map((param) => param.detach().flatten()));

/** Whether two lists agree to a relative error of 1e-6. */
const close = (ours: Tensor, theirs: number[]) =>
  torch.allclose(ours, torch.tensor(theirs), { rtol: 1e-6, atol: 1e-7 });

for (const [name, expected] of Object.entries<{
  options: object;
  weights: number[];
  twin: number[];
  hooks: number;
}>(golden.optimizers)) {
  test(`${name} and its copy go on as in Python`, (t) => {
    const model = modelOf(name);
    const options = Object.fromEntries(
      Object.entries(expected.options).map(([key, value]) => [camelCase(key), value]),
    );
    const Class = optim[name as 'SGD'];
    const optimizer = new Class(model.parameters(), options);
    let hooks = 0;
    optimizer.registerStepPostHook(() => void hooks++);
    const parts: Parts = { model, optimizer };
    train(parts, 0, 3);
    const twin = copy.deepcopy(parts);
    t.is(twin.optimizer.constructor, Class);
    t.is(twin.optimizer.paramGroups[0]?.params[0], twin.model.weight);
    train(twin, 7, 3);
    train(parts, 3, 2);
    t.true(close(weights(parts), expected.weights));
    t.true(close(weights(twin), expected.twin));
    t.is(hooks, expected.hooks);
  });
}

test('a copy of LBFGS goes on as its original does', (t) => {
  const model = modelOf('LBFGS');
  const parts: Parts = { model, optimizer: new optim.LBFGS(model.parameters(), { lr: 0.1 }) };
  train(parts, 0, 2);
  const twin = copy.deepcopy(parts);
  train(parts, 2, 2);
  t.false(weights(parts).equal(weights(twin)));
  train(twin, 2, 2);
  t.true(weights(parts).equal(weights(twin)));
});

const { lrScheduler } = optim;
const schedulers: Record<string, (o: optim.Optimizer) => optim.lrScheduler.LRScheduler> = {
  LambdaLR: (o) => new lrScheduler.LambdaLR(o, (epoch) => 0.9 ** epoch),
  MultiplicativeLR: (o) => new lrScheduler.MultiplicativeLR(o, () => 0.9),
  StepLR: (o) => new lrScheduler.StepLR(o, 2),
  MultiStepLR: (o) => new lrScheduler.MultiStepLR(o, [2, 4]),
  CyclicLR: (o) => new lrScheduler.CyclicLR(o, 0.1, 0.5, { stepSizeUp: 2, scaleFn: (x) => 1 / x }),
  OneCycleLR: (o) => new lrScheduler.OneCycleLR(o, 0.5, { totalSteps: 9 }),
  CosineAnnealingWarmRestarts: (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 3),
  SequentialLR: (o) =>
    new lrScheduler.SequentialLR(
      o,
      [new lrScheduler.ConstantLR(o, 0.5), new lrScheduler.ExponentialLR(o, 0.8)],
      [4],
    ),
  ChainedScheduler: (o) =>
    new lrScheduler.ChainedScheduler([
      new lrScheduler.ConstantLR(o, 0.5, 4),
      new lrScheduler.ExponentialLR(o, 0.8),
    ]),
};

for (const [name, make] of Object.entries(schedulers)) {
  test(`${name} and its copy go on as in Python`, (t) => {
    const expected = golden.schedulers[name];
    const model = modelOf(name);
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
    const parts = { model, optimizer, scheduler: make(optimizer) };
    train(parts, 0, 3);
    const twin = copy.deepcopy(parts);
    t.is(twin.scheduler.optimizer, twin.optimizer);
    train(twin, 3, 4);
    train(parts, 3, 2);
    t.deepEqual(parts.scheduler.getLastLr(), expected.lr);
    t.deepEqual(twin.scheduler.getLastLr(), expected.twinLr);
    t.true(close(weights(parts), expected.weights));
    t.true(close(weights(twin), expected.twin));
  });
}

test('a GradScaler is copied with its scale, between iterations', (t) => {
  const scaler = new torch.amp.GradScaler('cpu', { initScale: 8, growthInterval: 2 });
  const model = modelOf('SGD');
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const iterate = () => {
    scaler.scale(model(torch.ones(1, 3)).sum()).backward();
    scaler.step(optimizer);
    t.throws(() => copy.deepcopy(scaler), { message: /after update/ });
    scaler.update();
  };
  for (let i = 0; i < 3; i++) iterate();
  const twin = copy.deepcopy(scaler);
  iterate();
  t.deepEqual(scaler.stateDict(), golden.scaler.state);
  t.deepEqual(twin.stateDict(), golden.scaler.twin);
});
