import test from 'ava';
import torch, { nn, type Tensor } from 'sconce';

const model = new nn.DataParallel(new nn.Linear(4, 2));

test('a batch is cut into parts and put together again', (t) => {
  const x = torch.arange(10).view(5, 2);
  const parts = model.scatter([x, { y: x, n: 3 }], ['cpu', 'cpu']) as [
    Tensor,
    { y: Tensor; n: number },
  ][];
  t.is(parts.length, 2);
  t.deepEqual(
    parts.map(([part]) => part.shape),
    [
      [3, 2],
      [2, 2],
    ],
  );
  t.deepEqual(
    parts.map(([, { n }]) => n),
    [3, 3],
  );
  const [again, { y }] = model.gather(parts, 'cpu') as [Tensor, { y: Tensor }];
  t.true(again.equal(x));
  t.true(y.equal(x));
  t.deepEqual((model.gather([torch.tensor(1), torch.tensor(2)], 'cpu') as Tensor).tolist(), [1, 2]);
  // A batch of one is one part.
  t.is(model.scatter([torch.ones(1, 2)], ['cpu', 'cpu']).length, 1);
});

test('without a GPU the module is called as it is', (t) => {
  if (torch.cuda.isAvailable()) return t.pass();
  const x = torch.randn(3, 4);
  t.true(model(x).equal(model.module(x)));
  t.deepEqual(Object.keys(model.stateDict()), ['module.weight', 'module.bias']);
  return undefined;
});
