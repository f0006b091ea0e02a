/** Hooks that reach their own tensors are collected with them, and no others are. */
import test from 'ava';
import torch, { type Tensor } from 'sconce';
import { native } from '../../dist/lib/native.js';
import { measure } from './_run.js';

const collect = () => native.collect(false);

test.serial('3,000 tensors of 1 MB whose hooks reach them do not add up', async (t) => {
  const { peak, liveTensors } = await measure('hooks', 3000);
  t.log({ peak, liveTensors });
  t.true(liveTensors < 10, `${liveTensors} tensors`);
  t.true(peak < 1000, `${peak} MB`);
});

test.serial('a thousand training steps with backward hooks of modules do not add up', async (t) => {
  const { peak, liveTensors } = await measure('module-hooks', 1000);
  t.log({ peak, liveTensors });
  t.true(liveTensors < 40, `${liveTensors} tensors`);
  t.true(peak < 600, `${peak} MB`);
});

test.serial('a hook on an intermediate tensor that JS has dropped runs', (t) => {
  const weight = torch.ones(3, { requiresGrad: true });
  let gradients: number[][] = [];
  const hooked = (run: (x: Tensor) => Tensor): Tensor => {
    const x = weight.mul(2);
    x.registerHook((gradient) => {
      gradients.push(gradient.tolist() as number[]);
      return gradient.mul(10);
    });
    return run(x);
  };
  collect();
  const before = native.liveTensors();
  const loss = hooked((x) => x.sum());
  collect();
  t.is(native.liveTensors(), before + 1);
  loss.backward();
  t.deepEqual(gradients, [[1, 1, 1]]);
  t.deepEqual(weight.grad?.tolist(), [20, 20, 20]);

  // Changed in place, the tensor has another grad_fn than the one that the hook is on.
  gradients = [];
  weight.grad?.zero_();
  const other = hooked((x) => {
    const sum = x.add(1).sum();
    x.mul_(3);
    return sum;
  });
  collect();
  other.backward();
  t.deepEqual(gradients, [[1, 1, 1]]);
  t.deepEqual(weight.grad?.tolist(), [20, 20, 20]);
});

test.serial('hooks of tensors that JS holds run after collections', (t) => {
  const x = torch.ones(3, { requiresGrad: true });
  let count = 0;
  x.registerHook((gradient) => {
    count++;
    return gradient.mul(x).mul(2);
  });
  const handle = x.registerHook(() => {
    count += 100;
  });
  for (let i = 1; i <= 3; i++) {
    collect();
    x.sum().backward();
    t.is(count, 101 * i);
  }
  t.deepEqual(x.grad?.tolist(), [6, 6, 6]);
  handle.remove();
  collect();
  x.sum().backward();
  t.is(count, 304);
});

test.serial('a hook survives collections that run while gradients are computed', (t) => {
  const x = torch.ones(3, { requiresGrad: true });
  const order: string[] = [];
  const hooked = (y: Tensor, name: string): Tensor => {
    y.registerHook(() => {
      order.push(name);
      collect();
    });
    return y;
  };
  hooked(hooked(hooked(x.mul(2), 'first').mul(3), 'second').sum(), 'third').backward();
  t.deepEqual(order, ['third', 'second', 'first']);
  t.deepEqual(x.grad?.tolist(), [6, 6, 6]);
});
