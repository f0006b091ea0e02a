import test from 'ava';
import torch, { TorchError } from 'sconce';

test('reads by Promise give what the reads that wait give', async (t) => {
  const x = torch.arange(6, { dtype: torch.float32 }).view(2, 3);
  t.deepEqual(await x.tolistAsync(), [
    [0, 1, 2],
    [3, 4, 5],
  ]);
  t.is(await x.sum().itemAsync(), 15);
  t.is(await torch.tensor([true]).itemAsync(), true as unknown as number);
  t.true((await x.cpuAsync()).equal(x));
});

test('reads settle in the order in which they were asked for, and not before the tick ends', async (t) => {
  const order: string[] = [];
  const x = torch.zeros(1);
  const reads = ['item', 'tolist', 'cpu', 'item again'].map(async (name) => {
    if (name === 'tolist') await x.tolistAsync();
    else if (name === 'cpu') await x.cpuAsync();
    else await x.itemAsync();
    order.push(name);
  });
  order.push('tick');
  await Promise.all(reads);
  t.deepEqual(order, ['tick', 'item', 'tolist', 'cpu', 'item again']);
});

test('a read gives the value of when it was asked for', async (t) => {
  const x = torch.tensor([1]);
  const before = x.itemAsync();
  const list = x.tolistAsync();
  x.fill_(2);
  t.is(await before, 1);
  t.deepEqual(await list, [1]);
});

test('what cannot be read rejects the Promise, and throws nothing at the call', async (t) => {
  const many = torch.zeros(2).itemAsync();
  await t.throwsAsync(many, { instanceOf: TorchError, message: /exactly one/ });
  const gone = torch.zeros(1);
  gone.dispose();
  await t.throwsAsync(gone.itemAsync(), { code: 'ERR_DISPOSED' });
  await t.throwsAsync(torch.tensor([2n ** 60n]).itemAsync(), { code: 'ERR_UNSAFE_INTEGER' });
  await t.throwsAsync(torch.zeros(1, { device: 'meta' }).itemAsync(), { instanceOf: TorchError });
});

test('cpuAsync keeps the history of autograd', async (t) => {
  const x = torch.ones(2, { requiresGrad: true });
  const y = await x.mul(3).cpuAsync();
  y.sum().backward();
  t.deepEqual(x.grad?.tolist(), [3, 3]);
});
