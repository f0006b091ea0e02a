import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { nn, optim, type Tensor, TorchError } from 'sconce';
import { camelCase } from '../../lib/naming.js';

const golden = JSON.parse(
  readFileSync(new URL('../golden/amp-fused.json', import.meta.url), 'utf8'),
);

torch.setNumThreads(1);

function close(ours: Tensor, theirs: number[]): boolean {
  return torch.allclose(ours, torch.tensor(theirs), { rtol: 1e-5, atol: 1e-6 });
}

function modelOf(): nn.Linear {
  const model = new nn.Linear(3, 2);
  torch.noGrad(() => {
    model.weight.copy_(torch.tensor(golden.start[0]));
    model.bias?.copy_(torch.tensor(golden.start[1]));
  });
  return model;
}

for (const { name, options, rows, counts, grad } of golden.cases) {
  test(`fused ${name} ${JSON.stringify(options)} unscales and leaves steps out as in Python`, (t) => {
    const model = modelOf();
    const ours = Object.fromEntries(
      Object.entries(options).map(([key, value]) => [camelCase(key), value]),
    );
    const optimizer: optim.Optimizer = new optim[name as 'SGD'](model.parameters(), {
      ...ours,
      fused: true,
    });
    const scaler = new torch.amp.GradScaler('cpu', { initScale: 1024, growthInterval: 3 });
    for (const [step, expected] of rows.entries()) {
      optimizer.zeroGrad();
      const loss = model(torch.tensor(golden.inputs[step])).square().mean();
      scaler
        .scale(golden.bad.includes(step) ? loss.mul(Number.POSITIVE_INFINITY) : loss)
        .backward();
      if (step % 3 === 2) {
        scaler.unscale_(optimizer);
        nn.utils.clipGradNorm_(model.parameters(), 0.5);
      }
      scaler.step(optimizer);
      scaler.update();
      const now = torch.cat([model.weight.flatten(), model.bias as Tensor]).detach();
      t.true(close(now, expected.slice(0, -1)), `step ${step}`);
      t.is(scaler.getScale(), expected.at(-1));
    }
    const steps = [...optimizer.state.values()].flatMap(({ step }) => (step ? [Number(step)] : []));
    t.deepEqual(steps, counts);
    t.true(close((model.weight.grad as Tensor).flatten(), grad));
    t.is(optimizer.gradScale, null);
    t.is(optimizer.foundInf, null);
  });
}

test('a first step that is left out leaves no momentum behind', (t) => {
  const model = modelOf();
  const optimizer = new optim.SGD(model.parameters(), { momentum: 0.9, fused: true });
  const scaler = new torch.amp.GradScaler('cpu');
  scaler.scale(model(torch.ones(1, 3)).sum().div(0)).backward();
  scaler.step(optimizer);
  t.is(optimizer.state.size, 0);
  t.true(close(model.weight.detach(), golden.start[0]));
});

test("a user's scale is multiplied in, and one group without a fused kernel throws", (t) => {
  const model = modelOf();
  const optimizer = new optim.SGD(model.parameters(), { lr: 1, fused: true });
  const scaler = new torch.amp.GradScaler('cpu', { initScale: 4 });
  scaler.scale(model(torch.ones(1, 3)).sum().mul(2)).backward();
  optimizer.gradScale = torch.tensor(2);
  scaler.step(optimizer);
  t.deepEqual(model.bias?.grad?.tolist(), [1, 1]);
  scaler.update();
  (optimizer.paramGroups[0] as { fused: boolean }).fused = false;
  scaler.scale(model(torch.ones(1, 3)).sum()).backward();
  t.throws(() => scaler.step(optimizer), { instanceOf: TorchError, message: /fused: false/ });
  t.is(optimizer.foundInf, null);
});
