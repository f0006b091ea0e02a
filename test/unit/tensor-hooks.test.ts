import test from 'ava';
import torch, { type Tensor } from 'sconce';

function leaf(...numbers: number[]): Tensor {
  return torch.tensor(numbers, { dtype: torch.float64, requiresGrad: true });
}

test('hooks run in the order in which they were registered, each on what the last gave', (t) => {
  const x = leaf(1, 2);
  const seen: unknown[] = [];
  x.registerHook((gradient) => {
    seen.push(['first', gradient.tolist()]);
    return gradient.mul(10);
  });
  x.registerHook((gradient) => {
    seen.push(['second', gradient.tolist()]);
  });
  x.registerHook((gradient) => {
    seen.push(['third', gradient.tolist()]);
    return null;
  });
  x.mul(3).sum().backward();
  t.deepEqual(seen, [
    ['first', [3, 3]],
    ['second', [30, 30]],
    ['third', [30, 30]],
  ]);
  t.deepEqual(x.grad?.tolist(), [30, 30]);
});

test('a hook of an intermediate result changes what flows on', (t) => {
  const x = leaf(1, 2);
  const y = x.mul(2);
  y.retainGrad();
  y.registerHook((gradient) => gradient.neg());
  y.pow(2).sum().backward();
  t.deepEqual(x.grad?.tolist(), [-8, -16]);
  t.deepEqual(y.grad?.tolist(), [-4, -8]);
});

test('a hook of a leaf sees each gradient once, before it is added', (t) => {
  const x = leaf(1, 2);
  const seen: unknown[] = [];
  x.registerHook((gradient) => {
    seen.push(gradient.tolist());
  });
  x.mul(2).add(x).sum().backward();
  x.sum().backward();
  t.deepEqual(seen, [
    [3, 3],
    [1, 1],
  ]);
  t.deepEqual(x.grad?.tolist(), [4, 4]);
});

test('a hook runs for autograd.grad too', (t) => {
  const x = leaf(1, 2);
  x.registerHook((gradient) => gradient.mul(5));
  const [gradient] = torch.autograd.grad(x.sum(), x);
  t.deepEqual(gradient.tolist(), [5, 5]);
});

test('a hook with createGraph is differentiated as well', (t) => {
  const x = leaf(2);
  x.registerHook((gradient) => gradient.mul(gradient));
  const [slope] = torch.autograd.grad(x.pow(2), x, { createGraph: true });
  t.is(slope.item(), 16);
  const y = leaf(2);
  const middle = y.mul(1);
  middle.registerHook((gradient) => gradient.mul(gradient));
  const [byY] = torch.autograd.grad(middle.pow(2), y, { createGraph: true });
  t.is(byY.item(), 16);
  // The slope of the slope flows through `middle` too, where the hook squares its 16.
  const [second] = torch.autograd.grad(byY, y);
  t.is(second.item(), 256);
});

test('hooks are taken away by what registering returned', (t) => {
  const x = leaf(1, 2);
  const calls: string[] = [];
  const first = x.registerHook(() => {
    calls.push('first');
  });
  const second = x.registerHook(() => {
    calls.push('second');
  });
  first.remove();
  first.remove();
  x.sum().backward();
  t.deepEqual(calls, ['second']);
  second.remove();
  x.sum().backward();
  t.deepEqual(calls, ['second']);
  {
    using _ = x.registerHook(() => {
      calls.push('third');
    });
    x.sum().backward();
  }
  x.sum().backward();
  t.deepEqual(calls, ['second', 'third']);
});

test('a hook may be taken away after its tensor is gone', (t) => {
  const x = leaf(1, 2);
  const handle = x.registerHook(() => {});
  x.dispose();
  t.notThrows(() => handle.remove());
});

test('an error thrown in a hook comes out of backward as it is', (t) => {
  const x = leaf(1, 2);
  const error = new RangeError('enough');
  const handle = x.registerHook(() => {
    throw error;
  });
  t.is(
    t.throws(() => x.sum().backward()),
    error,
  );
  t.is(x.grad, null);
  handle.remove();
  x.sum().backward();
  t.deepEqual(x.grad?.tolist(), [1, 1]);
});

test('after errors in hooks, autograd works as before', (t) => {
  const failing = () => {
    const inner = leaf(1);
    inner.registerHook(() => {
      throw new Error('enough');
    });
    return inner.sum();
  };
  for (let i = 0; i < 100; i++) {
    t.throws(() => failing().backward(), { message: 'enough' });
    const outer = leaf(1);
    outer.registerHook(() => torch.enableGrad(() => failing().backward()));
    t.throws(() => outer.sum().backward(), { message: 'enough' });
  }
  const x = leaf(1);
  let calls = 0;
  x.registerHook(() => {
    calls++;
  });
  x.sum().backward();
  t.is(calls, 1);
});

test('what a hook returns is checked', (t) => {
  const x = leaf(1, 2);
  const wrong = x.registerHook(() => 3 as never);
  t.throws(() => x.sum().backward(), { instanceOf: TypeError, message: /Tensor or nothing/ });
  wrong.remove();
  x.registerHook(() => leaf(1, 2, 3));
  t.throws(() => x.sum().backward());
  t.throws(() => x.registerHook('print' as never), { instanceOf: TypeError });
  t.throws(() => torch.ones(2).registerHook(() => {}), { message: /doesn't require grad/ });
});

test('a hook may itself compute gradients', (t) => {
  const x = leaf(3);
  const y = leaf(2);
  x.registerHook((gradient) => {
    torch.enableGrad(() => y.pow(2).sum().backward());
    return gradient.mul(y.grad as Tensor);
  });
  x.pow(2).sum().backward();
  t.deepEqual(y.grad?.tolist(), [4]);
  t.deepEqual(x.grad?.tolist(), [24]);
});

test('hooks run without recording', (t) => {
  const x = leaf(1);
  const modes: boolean[] = [];
  x.registerHook(() => {
    modes.push(torch.isGradEnabled());
  });
  x.sum().backward();
  x.sum().backward({ createGraph: true });
  t.deepEqual(modes, [false, true]);
  t.true(torch.isGradEnabled());
});
