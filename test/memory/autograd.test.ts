/** What autograd keeps of JavaScript goes when its graph goes, in loops that never return. */
import test from 'ava';
import torch, { autograd, type Tensor } from 'sconce';
import { native } from '../../dist/lib/native.js';
import { measure } from './_run.js';

/** How often, and what may be in memory at most: circles wait for a major collection. */
const loops: Record<string, [count: number, peak: number]> = {
  functions: [600, 500],
  'functions without backward': [1000, 500],
  circles: [2000, 900],
  'circles further on': [2000, 900],
  'double backward': [300, 500],
  'saved tensors': [300, 500],
  'saved tensors without backward': [500, 500],
  checkpoint: [150, 500],
  'reentrant checkpoint': [150, 500],
  nodes: [2000, 900],
  'hooks after accumulation': [1000, 900],
  errors: [300, 500],
};

for (const [what, [count, most]] of Object.entries(loops)) {
  test.serial(`memory is flat over ${count} times: ${what}`, async (t) => {
    const { peak, liveTensors } = await measure('autograd', what, count);
    t.log({ peak, liveTensors });
    t.true(liveTensors < 50, `${liveTensors} tensors`);
    t.true(peak < most, `${peak} MB`);
  });
}

const collect = () => native.collect(false);

class Keep extends autograd.Function {
  static forward(ctx: autograd.FunctionCtx, x: Tensor) {
    ctx.y = x.mul(2);
    ctx.note = 'kept';
    return ctx.y as Tensor;
  }
  static backward(ctx: autograd.FunctionCtx, grad: Tensor) {
    if (ctx.note !== 'kept') throw new Error('the context is gone');
    return grad.mul(ctx.y as Tensor);
  }
}

test.serial('a context that holds its result outlives collections, by its result alone', (t) => {
  const x = torch.ones(2, { requiresGrad: true });
  const y = Keep.apply(x);
  for (let i = 0; i < 3; i++) collect();
  t.is((y.gradFn as autograd.FunctionCtx).note, 'kept');
  y.sum().backward();
  t.deepEqual(x.grad?.tolist(), [2, 2]);
});

test.serial('a context outlives collections by what was computed from its result', (t) => {
  const x = torch.ones(2, { requiresGrad: true });
  const loss = Keep.apply(x).exp().sum();
  for (let i = 0; i < 3; i++) collect();
  loss.backward();
  t.true(torch.allclose(x.grad as Tensor, torch.full([2], 2 * Math.exp(2))));
});

test.serial('a hook of a node runs though JavaScript holds neither node nor tensor', (t) => {
  const x = torch.ones(2, { requiresGrad: true });
  let count = 0;
  const hooked = () => {
    const y = x.mul(2);
    y.gradFn?.registerHook(() => {
      count += y.numel();
    });
    return y.sum();
  };
  const loss = hooked();
  for (let i = 0; i < 3; i++) collect();
  loss.backward();
  t.is(count, 2);
});

test.serial('a node outlives its tensor where JavaScript holds it', (t) => {
  const x = torch.ones(2, { requiresGrad: true });
  const node = (() => x.mul(2).exp().gradFn)();
  for (let i = 0; i < 3; i++) collect();
  t.is(node?.name(), 'ExpBackward0');
  t.is(node?.nextFunctions[0]?.[0]?.name(), 'MulBackward0');
});
