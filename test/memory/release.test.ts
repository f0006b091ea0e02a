/** dispose(), `using` and tidy() free at once. */
import test from 'ava';
import torch, { nn, type Tensor, TorchError } from 'sconce';
import { native } from '../../dist/lib/native.js';

const FLOATS_OF_4_MB = 2 ** 20;
const BYTES = 4 * FLOATS_OF_4_MB;

const tensors = () => native.liveTensors();
const bytes = () => native.liveBytes();

// So that nothing of an earlier test is collected in the middle of the next.
test.beforeEach(() => native.collect(false));

test.serial('dispose() frees at once, and once', (t) => {
  const [tensorsBefore, bytesBefore] = [tensors(), bytes()];
  const x = torch.zeros(FLOATS_OF_4_MB);
  t.is(tensors(), tensorsBefore + 1);
  t.true(bytes() >= bytesBefore + BYTES);
  x.dispose();
  t.is(tensors(), tensorsBefore);
  t.is(bytes(), bytesBefore);
  t.true(x.isDisposed);
  x.dispose();
  t.is(tensors(), tensorsBefore);
  t.throws(() => x.add(1), { instanceOf: TorchError, code: 'ERR_DISPOSED' });
  t.is(`${x}`, 'tensor(<disposed>)');
});

test.serial('a second dispose() leaves the next tensor of the slot alone', (t) => {
  const x = torch.zeros(2);
  x.dispose();
  const next = torch.ones(2);
  x.dispose();
  t.deepEqual(next.tolist(), [1, 1]);
});

test.serial('`using` frees at the end of its block, after an error too', (t) => {
  const before = tensors();
  {
    using x = torch.zeros(2);
    using y = x.add(1);
    t.is(y.sum().item(), 2);
    t.is(tensors(), before + 3);
  }
  t.is(tensors(), before + 1);
  t.throws(() => {
    using _ = torch.zeros(2);
    throw new Error('on purpose');
  });
  t.is(tensors(), before + 1);
});

test.serial('a view, and the graph, keep the memory of a tensor that is disposed of', (t) => {
  const before = bytes();
  const x = torch.ones(FLOATS_OF_4_MB);
  const view = x.view(2, -1);
  x.dispose();
  t.true(bytes() >= before + BYTES);
  t.is(view.sum().item(), FLOATS_OF_4_MB);
  view.dispose();
  t.true(bytes() < before + BYTES);

  const weight = torch.ones(3, { requiresGrad: true });
  const squares = weight.mul(weight);
  const loss = squares.sum();
  squares.dispose();
  loss.backward();
  t.deepEqual(weight.grad?.tolist(), [2, 2, 2]);
});

test.serial('tidy() frees all but the result', (t) => {
  const before = tensors();
  const result = torch.tidy(() => {
    const x = torch.ones(10);
    return x.add(1).mul(2).sum();
  });
  t.is(tensors(), before + 1);
  t.is(result.item(), 40);
});

test.serial('what tidy() has freed is disposed of, and never becomes another tensor', (t) => {
  let freed: Tensor | undefined;
  torch.tidy(() => {
    freed = torch.ones(2);
  });
  // More often than a slot has generations.
  for (let i = 0; i < 1000; i++) {
    using _ = torch.zeros(1);
    if (i % 100 === 0) t.throws(() => freed?.sum(), { code: 'ERR_DISPOSED' });
    t.true(freed?.isDisposed);
  }
});

test.serial('tidy() keeps the parameters of a module in the result', (t) => {
  const { layer } = torch.tidy(() => ({ layer: new nn.Linear(2, 1), other: torch.ones(2) }));
  t.deepEqual(layer(torch.zeros(1, 2)).shape, [1, 1]);
});

test.serial('tidy() keeps tensors in arrays, objects, Maps and Sets of the result', (t) => {
  const before = tensors();
  const make = () => torch.ones(2).add(1);
  const result = torch.tidy(() => ({
    list: [make(), [make()]],
    map: new Map([['key', make()]]),
    set: new Set([make()]),
    number: make().sum().item(),
  }));
  t.is(tensors(), before + 4);
  t.is(result.number, 4);
  t.deepEqual(result.map.get('key')?.tolist(), [2, 2]);
});

test.serial('tidy() in tidy(): the outer frees what the inner returned', (t) => {
  const before = tensors();
  let inner: Tensor | undefined;
  const outer = torch.tidy(() => {
    const x = torch.ones(4);
    inner = torch.tidy(() => x.add(1).mul(3));
    t.is(tensors(), before + 2);
    return inner.add(x);
  });
  t.is(tensors(), before + 1);
  t.deepEqual(outer.tolist(), [7, 7, 7, 7]);
  t.throws(() => inner?.sum(), { code: 'ERR_DISPOSED' });
});

test.serial('keep() lets a tensor outlive every tidy() around it', (t) => {
  const before = tensors();
  let kept: Tensor | undefined;
  torch.tidy(() => {
    torch.tidy(() => {
      kept = torch.keep(torch.ones(2).add(1));
    });
  });
  t.is(tensors(), before + 1);
  t.deepEqual(kept?.tolist(), [2, 2]);
});

test.serial('tidy() frees after an error, and refuses a Promise', (t) => {
  const before = tensors();
  const fail = () => {
    torch.ones(2).add(1);
    throw new Error('on purpose');
  };
  t.throws(() => torch.tidy(fail), { message: 'on purpose' });
  t.is(tensors(), before);
  t.throws(() => torch.tidy(async () => torch.ones(2)), { instanceOf: TypeError });
  t.is(tensors(), before);
});

test.serial('tidy() frees a loop of what is disposed of within, too', (t) => {
  const before = tensors();
  torch.tidy(() => {
    for (let i = 0; i < 100; i++) torch.ones(2).dispose();
  });
  t.is(tensors(), before);
});
