// Wrong calls of autograd and wrong hooks.
import test from 'ava';
import torch, { type Tensor, TorchError } from 'sconce';
import { any, cast, testMisuse, UsersError, type Wrong } from '../_helpers/misuse.js';

const x = torch.ones(2, 3);
const leaf = () => torch.ones(2, { requiresGrad: true });
const gone = torch.ones(2, 3, { requiresGrad: true });
gone.dispose();

function afterHook(hook: () => unknown): () => void {
  return () => {
    const y = leaf();
    y.registerHook(any(hook));
    y.sum().backward();
  };
}

const autograd: Wrong[] = [
  ['backward of many', () => leaf().mul(2).backward(), TorchError, /scalar outputs/],
  ['backward of what needs none', () => x.sum().backward(), TorchError, /does not require grad/],
  [
    'backward twice',
    () => {
      const y = leaf().pow(2).sum();
      y.backward();
      y.backward();
    },
    TorchError,
    /second time/,
  ],
  ['a gradient of another shape', () => leaf().mul(2).backward(torch.ones(3)), TorchError, /shape/],
  [
    'a gradient that is none',
    () =>
      leaf()
        .mul(2)
        .backward(any([1, 1])),
    TypeError,
    /backward\(\).*Tensor/,
  ],
  [
    'inputs that are none',
    () =>
      leaf()
        .sum()
        .backward({ inputs: any([1]) }),
    TypeError,
    /backward\(\).*Tensor/,
  ],
  [
    'inputs that are no list',
    () =>
      leaf()
        .sum()
        .backward({ inputs: any(1) }),
    TypeError,
    /backward\(\).*inputs/,
  ],
  [
    'a flag that is none',
    () =>
      leaf()
        .sum()
        .backward({ retainGraph: any('yes') }),
    TypeError,
    /backward\(\).*retainGraph.*boolean/,
  ],
  ['a leaf in place', () => leaf().add_(1), TorchError, /leaf Variable that requires grad/],
  ['a view of a leaf in place', () => leaf()[0]?.add_(1), TorchError, /view of a leaf/],
  [
    'what backward needs, in place',
    () => {
      const y = leaf().exp();
      const z = y.sum();
      y.add_(1);
      z.backward();
    },
    TorchError,
    /modified by an inplace operation/,
  ],
  [
    'grad with nothing to find',
    () => torch.autograd.grad(leaf().sum(), leaf()),
    TorchError,
    /do not depend on input 0/,
  ],
  ['grad of a number', () => torch.autograd.grad(any(1), leaf()), TypeError, /outputs/],
  [
    'requiresGrad of what is computed',
    () => leaf().mul(2).requiresGrad_(false),
    TorchError,
    /leaf.*x\.detach\(\)/s,
  ],
  [
    'a gradient of another shape assigned',
    () => any(Object.assign(leaf(), { grad: torch.ones(3) })),
    TorchError,
    /shape \[3\]/,
  ],
  ['retainGrad without a gradient', () => x.retainGrad(), TorchError, /retain_?grad/i],
  ['a hook where no gradient is', () => x.registerHook(() => {}), TorchError, /require/],
  [
    'a hook that is none',
    () => leaf().registerHook(any(1)),
    TypeError,
    /takes a function, got number/,
  ],
  [
    'a hook that throws',
    afterHook(() => {
      throw new UsersError('from the hook');
    }),
    UsersError,
    /^from the hook$/,
  ],
  [
    'a hook that returns a number',
    afterHook(() => 1),
    TypeError,
    /must return a Tensor or nothing, got number/,
  ],
  ['a hook that returns another shape', afterHook(() => torch.ones(5)), TorchError, /shape|size/],
  ['a hook that returns what is disposed', afterHook(() => gone), TorchError, /disposed/],
  [
    'a hook on a chain',
    () => {
      const y = leaf();
      const z = y.mul(2);
      z.registerHook(() => {
        throw new UsersError('deep');
      });
      z.sum().backward();
    },
    UsersError,
    /^deep$/,
  ],
];

testMisuse({ autograd });

test('whatever a hook throws comes out of backward() unchanged, and autograd goes on', (t) => {
  // More often than libtorch lets backward passes nest before it turns to other threads.
  for (const thrown of [null, undefined, 'text', 0, ...new Array(100).fill(new UsersError('it'))]) {
    let caught: unknown = 'nothing';
    try {
      afterHook(() => {
        throw thrown;
      })();
    } catch (error) {
      caught = error;
    }
    t.is(caught, thrown);
  }
  const y = leaf();
  y.registerHook((gradient) => gradient.mul(3));
  y.sum().backward();
  t.deepEqual(y.grad?.tolist(), [3, 3]);
});

test('a hook that runs backward() without end fails, and the next backward() works', (t) => {
  const y = leaf();
  const loss = y.sum();
  const handle = y.registerHook(() => loss.backward({ retainGraph: true }));
  t.throws(() => loss.backward({ retainGraph: true }), { instanceOf: TorchError });
  handle.remove();
  y.registerHook((gradient) => gradient.mul(2));
  y.grad = null;
  loss.backward();
  t.deepEqual(cast<Tensor>(y.grad).tolist(), [2, 2]);
});

test('a hook may dispose of what it is given', (t) => {
  const y = leaf();
  y.registerHook((gradient) => gradient.dispose());
  y.sum().backward();
  t.deepEqual(y.grad?.tolist(), [1, 1]);
});
