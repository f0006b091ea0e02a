import test from 'ava';
import torch, { amp, type DType, nn, optim, type Tensor, TorchError, ValueError } from 'sconce';
import { camelCase } from '../../lib/naming.js';
import { dtypeOf, readGolden } from '../_helpers/golden.js';

type Row = [name: string, ofFloat32: string, ofBfloat16: string];
const recorded = readGolden<{
  bad: number[];
  start: [number[][], number[]];
  inputs: number[][][];
  steps: { scale: number; state: object; weight: number[][] }[];
}>('amp.json');
const golden = readGolden<{ autocasts: Row[] }>('tensor.json');
type Functions = Record<string, (...args: unknown[]) => Tensor>;

function argumentsOf(name: string, x: Tensor): unknown[] {
  const special: Record<string, unknown[]> = {
    bmm: [x.unsqueeze(0), x.unsqueeze(0)],
    softmax: [x, 0],
    log_softmax: [x, 0],
    cumsum: [x, 0],
    cat: [[x, x.float()]],
    stack: [[x, x.float()]],
    pow: [x, 2],
    addmm: [x, x, x],
    layer_norm: [x, [2]],
  };
  const isUnary = ['exp', 'relu', 'sum', 'norm', 'gelu', 'prod'].includes(name);
  return special[name] ?? (isUnary ? [x] : [x, x]);
}

test.serial('inside of autocasting, functions give the dtypes that they give in Python', (t) => {
  for (const [name, ...expected] of golden.autocasts) {
    const ours = camelCase(name);
    const functions = (ours in torch ? torch : nn.functional) as unknown as Functions;
    for (const [i, dtype] of [torch.float32, torch.bfloat16].entries()) {
      const x = torch.randn(2, 2).to(dtype as DType);
      const chosen = name === 'mm' && i === 1 ? torch.float16 : null;
      const result = torch.autocast('cpu', chosen, () =>
        (functions[ours] as (...args: unknown[]) => Tensor)(...argumentsOf(name, x)),
      );
      t.is(result.dtype, dtypeOf(expected[i] as string), `${name} of ${dtype}`);
    }
  }
  t.true(golden.autocasts.length > 20);
});

test.serial('a product is that of the converted matrices, and gradients are of float32', (t) => {
  const a = torch.randn(3, 4, { requiresGrad: true });
  const b = torch.randn(4, 5);
  const product = torch.autocast('cpu', () => a.matmul(b));
  t.true(product.equal(a.bfloat16().matmul(b.bfloat16())));
  product.float().sum().backward();
  t.is(a.grad?.dtype, torch.float32);
});

test.serial('regions nest, and end as they began', (t) => {
  const a = torch.randn(2, 2);
  const dtype = () => a.matmul(a).dtype;
  t.false(torch.isAutocastEnabled('cpu'));
  torch.autocast('cpu', { dtype: torch.float16 }, () => {
    t.true(torch.isAutocastEnabled('cpu'));
    t.is(torch.getAutocastDtype('cpu'), torch.float16);
    t.is(dtype(), torch.float16);
    t.is(torch.autocast('cpu', { enabled: false }, dtype), torch.float32);
    torch.autocast('cpu', torch.bfloat16, true, false, () => {
      t.is(dtype(), torch.bfloat16);
      t.false(torch.isAutocastCacheEnabled());
    });
    t.is(dtype(), torch.float16);
  });
  t.is(dtype(), torch.float32);
  {
    using _ = torch.autocast('cpu');
    t.is(dtype(), torch.bfloat16);
  }
  t.is(dtype(), torch.float32);
  t.throws(() =>
    torch.autocast('cpu', () => {
      throw new Error('within');
    }),
  );
  t.is(dtype(), torch.float32);
  t.true(torch.isAutocastCacheEnabled());
  t.is(torch.getAutocastDtype('cpu'), torch.bfloat16);
});

test.serial('settings of their own', (t) => {
  torch.setAutocastDtype('cpu', torch.float16);
  t.is(torch.getAutocastDtype('cpu'), torch.float16);
  torch.setAutocastDtype('cpu', torch.bfloat16);
  torch.setAutocastEnabled('cpu', true);
  t.true(torch.isAutocastEnabled('cpu'));
  torch.setAutocastEnabled('cpu', false);
  torch.setAutocastCacheEnabled(false);
  t.false(torch.isAutocastCacheEnabled());
  torch.setAutocastCacheEnabled(true);
  torch.clearAutocastCache();
  t.is(torch.getAutocastDtype('cuda'), torch.float16);
  t.true(amp.isAutocastAvailable('cpu'));
  t.false(amp.isAutocastAvailable('meta'));
});

test.serial('what cannot be, throws or warns', async (t) => {
  t.throws(() => torch.autocast('meta'), { instanceOf: TorchError, message: /meta/ });
  t.throws(() => torch.autocast('nowhere'), { instanceOf: ValueError });
  t.throws(() => torch.autocast(1 as never), { instanceOf: ValueError });
  t.throws(() => torch.autocast('cpu', { enable: true } as never), { message: /enabled/ });
  t.throws(() => torch.setAutocastDtype('cpu', torch.int64), { instanceOf: TypeError });
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  const a = torch.randn(2, 2);
  t.is(torch.autocast('cpu', torch.float64, () => a.matmul(a)).dtype, torch.float32);
  t.regex((await warned).message, /autocasting is off/);
});

function trainable() {
  const model = new nn.Linear(3, 1);
  torch.noGrad(() => {
    model.weight.copy_(torch.tensor(recorded.start[0]));
    model.bias?.copy_(torch.tensor(recorded.start[1]));
  });
  return { model, optimizer: new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }) };
}

test.serial('a GradScaler trains, leaves steps out and scales as in Python', (t) => {
  const { model, optimizer } = trainable();
  const scaler = new amp.GradScaler('cpu', { initScale: 1024, growthInterval: 3 });
  t.is(scaler.getScale(), 1024);
  for (const [step, { scale, state, weight }] of recorded.steps.entries()) {
    optimizer.zeroGrad();
    let loss = model(torch.tensor(recorded.inputs[step] as number[][]))
      .square()
      .mean();
    if (recorded.bad.includes(step)) loss = loss.mul(Number.POSITIVE_INFINITY);
    scaler.scale(loss).backward();
    if (step % 2 === 1) {
      scaler.unscale_(optimizer);
      nn.utils.clipGradNorm_(model.parameters(), 0.5);
    }
    scaler.step(optimizer);
    scaler.update();
    t.is(scaler.getScale(), scale, `step ${step}`);
    t.deepEqual(scaler.stateDict(), state as never);
    t.true(torch.allclose(model.weight, torch.tensor(weight), 1e-5, 1e-6), `step ${step}`);
  }
});

test.serial("a GradScaler's state goes over, and its mistakes throw", (t) => {
  const { model, optimizer } = trainable();
  const scaler = new torch.GradScaler('cpu');
  t.is(scaler.getScale(), 65536);
  t.throws(() => scaler.step(optimizer), { instanceOf: TorchError, message: /scale\(\)/ });
  t.throws(() => scaler.update(), { instanceOf: TorchError });
  const [a, [b]] = scaler.scale([torch.ones(2), [torch.ones(1)]] as const);
  t.deepEqual([a.tolist(), b.tolist()], [[65536, 65536], [65536]]);
  t.throws(() => scaler.step(optimizer), { message: /no gradients/ });
  const other = new amp.GradScaler('cpu');
  other.scale(model(torch.ones(1, 3)).sum()).backward();
  other.unscale_(optimizer);
  t.throws(() => other.unscale_(optimizer), { message: /since the last update/ });
  other.step(optimizer);
  t.throws(() => other.step(optimizer), { message: /since the last update/ });
  t.throws(() => other.unscale_(optimizer), { message: /after step/ });
  other.update(8);
  t.is(other.getScale(), 8);
  other.setGrowthFactor(4);
  other.setBackoffFactor(0.25);
  other.setGrowthInterval(5);
  scaler.loadStateDict(other.stateDict());
  t.deepEqual(scaler.stateDict(), {
    scale: 8,
    growth_factor: 4,
    backoff_factor: 0.25,
    growth_interval: 5,
    _growth_tracker: 0,
  });
  t.throws(() => scaler.loadStateDict({}), { message: /empty/ });
  t.throws(() => new amp.GradScaler('cpu', { growthFactor: 1 }), { instanceOf: ValueError });
  t.throws(() => new amp.GradScaler('cpu', { backoffFactor: 1 }), { instanceOf: ValueError });
  const off = new amp.GradScaler('cpu', { enabled: false });
  t.false(off.isEnabled());
  t.is(off.getScale(), 1);
  t.deepEqual(off.stateDict(), {});
});
