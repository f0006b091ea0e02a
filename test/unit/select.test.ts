import test, { type ExecutionContext } from 'ava';
import torch, { type Tensor, TorchError } from 'sconce';

// x[0] of a plain tensor makes its view by itself; libtorch's own x.select(0, 0) is the reference.
const ways: [string, (x: Tensor, index: number) => Tensor][] = [
  ['x[i]', (x, index) => x[index] as Tensor],
  ['x.select(0, i)', (x, index) => x.select(0, index)],
];

function each(
  name: string,
  run: (t: ExecutionContext, row: (x: Tensor, i: number) => Tensor) => void,
) {
  for (const [way, row] of ways) test(`${way} ${name}`, (t) => run(t, row));
}

each('is a view: same memory, strides and version', (t, row) => {
  const x = torch.arange(24).view(2, 3, 4).transpose(1, 2);
  const view = row(x, 1);
  t.deepEqual(view.shape, [4, 3]);
  t.deepEqual(view.stride(), [1, 4]);
  t.is(view.storageOffset(), 12);
  const before = x._version;
  view.zero_();
  t.is(x._version, before + 1);
  t.is(view._version, before + 1);
  t.is(x.sum().item(), 66);
});

each('carries gradients that come into it later to its base', (t, row) => {
  const x = torch.zeros(3, 2);
  const weight = torch.tensor([2, 3], { requiresGrad: true });
  const view = row(x, 1);
  view.add_(weight);
  t.true(x.requiresGrad);
  x.mul(5).sum().backward();
  t.deepEqual(weight.grad?.tolist(), [5, 5]);
});

each('of a view of a view changes the base too', (t, row) => {
  const x = torch.zeros(2, 2);
  const weight = torch.tensor(3, { requiresGrad: true });
  row(row(x, 1), 0).add_(weight);
  t.deepEqual(x.tolist(), [
    [0, 0],
    [3, 0],
  ]);
  x.sum().backward();
  t.is(weight.grad?.item(), 1);
});

each('made under noGrad may not be changed with gradients afterwards', (t, row) => {
  const x = torch.zeros(2, 2);
  const view = torch.noGrad(() => row(x, 0));
  const weight = torch.tensor(3, { requiresGrad: true });
  t.throws(() => view.add_(weight), { instanceOf: TorchError, message: /no_grad mode/ });
});

each('of a tensor that requires a gradient has a gradient function', (t, row) => {
  const x = torch.ones(2, 2, { requiresGrad: true });
  t.is(row(x, 0).gradFn?.name(), 'SelectBackward0');
  row(x, 0).sum().backward();
  t.deepEqual(x.grad?.tolist(), [
    [1, 1],
    [0, 0],
  ]);
});

each('in inference mode is an inference tensor', (t, row) => {
  torch.inferenceMode(() => t.true(row(torch.zeros(2, 2), 0).isInference()));
});

each('of a batch of vmap is a row of each', (t, row) => {
  const x = torch.arange(12).view(2, 3, 2);
  t.deepEqual(
    torch
      .vmap((matrix: Tensor) => row(matrix, 1))(x)
      .tolist(),
    [
      [2, 3],
      [8, 9],
    ],
  );
});

each('counts from the end, and ends at the bounds', (t, row) => {
  const x = torch.arange(3);
  t.is(row(x, -1).item(), 2);
  t.throws(() => row(x, 3), { instanceOf: torch.IndexError });
  t.throws(() => row(x, -4), { instanceOf: torch.IndexError });
});
