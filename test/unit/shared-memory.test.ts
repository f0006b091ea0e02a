/** Memory that other processes map. */
import { execFileSync } from 'node:child_process';
import test from 'ava';
import torch, { nn, TorchError } from 'sconce';

test('shareMemory_() keeps the values, and moves every view along', (t) => {
  const x = torch.arange(6).to(torch.float32).view(2, 3);
  const row = x.select(0, 1);
  t.false(x.isShared());
  t.is(x.shareMemory_(), x);
  t.true(x.isShared());
  t.true(row.isShared());
  t.true(x.untypedStorage().isShared());
  t.deepEqual(row.tolist(), [3, 4, 5]);
  row.fill_(0);
  t.deepEqual(x.tolist(), [
    [0, 1, 2],
    [0, 0, 0],
  ]);
  const address = x.dataPtr();
  t.is(x.shareMemory_().dataPtr(), address);
  t.false(x.clone().isShared());
  t.throws(() => x.resize_([100]), { instanceOf: TorchError, message: /not resizable/ });
  t.true(torch.empty(0).shareMemory_().isShared());
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('another process maps it, and what it writes is read here', (t) => {
  const x = torch.zeros(4).shareMemory_();
  const { filename } = x.untypedStorage();
  t.is(typeof filename, 'string');
  t.is(torch.zeros(1).untypedStorage().filename, null);
  const program = `
    import torch from ${JSON.stringify(import.meta.resolve('sconce'))};
    const x = torch.fromFile(process.argv[1], true, 4);
    x.add_(torch.arange(4));
    console.log(x.isShared());`;
  const told = execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', program, filename as string],
    { encoding: 'utf8' },
  );
  t.is(told, 'true\n');
  t.deepEqual(x.tolist(), [0, 1, 2, 3]);
});

test('what JavaScript or another thread sees where it is, is not moved', (t) => {
  const seen = torch.zeros(2);
  seen.asTypedArray();
  const handed = torch.zeros(2);
  torch.toHandle(handed);
  for (const x of [seen, handed]) {
    t.throws(() => x.shareMemory_(), {
      code: 'ERR_NOT_RESIZABLE',
      message: /JavaScript or another/,
    });
  }
  t.throws(() => torch.eye(2).toSparse().shareMemory_(), { message: /values\(\)/ });
  t.throws(() => torch.ones(1, { device: 'meta' }).shareMemory_(), { message: /meta/ });
});

test('a module shares its parameters, their gradients and its buffers', (t) => {
  const layer = new nn.Linear(2, 2);
  const model = new nn.Sequential(layer, new nn.BatchNorm1d(2));
  const { weight } = layer;
  model(torch.randn(4, 2)).sum().backward();
  const before = weight.tolist();
  t.is(model.shareMemory(), model);
  t.is(layer.weight, weight);
  t.deepEqual(weight.tolist(), before);
  for (const tensor of Object.values(model.stateDict())) t.true(tensor.isShared());
  t.true(weight.grad?.isShared());
});

test('shared memory that is dropped is collected as other memory is', (t) => {
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 300; i++)
    torch
      .empty(2 ** 20)
      .shareMemory_()
      .fill_(1);
  const grown = (process.memoryUsage.rss() - before) / 1e6;
  t.true(grown < 250, `${grown} MB of 419 MB`);
});
