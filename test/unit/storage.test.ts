import test from 'ava';
import torch, {
  NotImplementedError,
  type Tensor,
  TorchError,
  UntypedStorage,
  ValueError,
} from 'sconce';
import { dtypeOf, readGolden } from '../_helpers/golden.js';

type Placement = [
  dtype: string,
  offset: number | null,
  size: number[] | null,
  stride: number[] | null,
  shape: number[],
  strides: number[],
  storageOffset: number,
  nbytes: number,
  bytes: number[],
];
const golden = readGolden<{ placements: Placement[] }>('tensor.json');

test('views share the storage, copies have their own', (t) => {
  const x = torch.arange(6).view(2, 3);
  const storage = x.untypedStorage();
  t.is(storage.nbytes(), 48);
  t.is(storage.size(), 48);
  t.is(storage.length, 48);
  t.is(storage.dataPtr(), x.dataPtr());
  const row = x.select(0, 1);
  t.is(row.untypedStorage().dataPtr(), storage.dataPtr());
  t.is(row.untypedStorage().nbytes(), 48);
  t.is(row.dataPtr(), storage.dataPtr() + 24n);
  t.not(x.clone().untypedStorage().dataPtr(), storage.dataPtr());
  t.true(torch.isStorage(storage));
  t.false(torch.isStorage(x));
  t.false(torch.isStorage(null));
  t.false(torch.isStorage(Object.create(UntypedStorage.prototype)));
});

test('bytes are read and written', (t) => {
  const x = torch.tensor([1, 2]);
  const storage = x.untypedStorage();
  t.deepEqual(storage.tolist(), [0, 0, 128, 63, 0, 0, 0, 64]);
  t.deepEqual([...storage], storage.tolist());
  storage.asTypedArray().set([0, 0, 64, 64], 4);
  t.deepEqual(x.tolist(), [1, 3]);
  storage.fill_(0);
  t.deepEqual(x.tolist(), [0, 0]);
  storage.copy_(torch.tensor([5, 7]).untypedStorage());
  t.deepEqual(x.tolist(), [5, 7]);
  const copy = storage.clone().fill_(1);
  t.deepEqual(copy.tolist(), Array(8).fill(1));
  t.deepEqual(x.tolist(), [5, 7]);
  t.is(storage.cpu(), storage);
  t.is(storage.to({ device: 'meta' }).device.type, 'meta');
  t.throws(() => storage.copy_(new UntypedStorage(3)), { instanceOf: ValueError });
});

test('a storage is made of a size or of bytes, and prints as in Python', (t) => {
  t.is(new UntypedStorage().nbytes(), 0);
  t.is(new UntypedStorage(5).nbytes(), 5);
  t.is(new UntypedStorage(5, { device: 'meta' }).device.type, 'meta');
  const storage = new torch.UntypedStorage([1, 255]);
  t.deepEqual(storage.tolist(), [1, 255]);
  t.is(String(storage), ' 1\n 255\n[torch.storage.UntypedStorage(device=cpu) of size 2]');
  t.throws(() => new UntypedStorage(-1), { instanceOf: ValueError });
  t.throws(() => new UntypedStorage('2' as never), { instanceOf: TypeError });
  t.throws(() => new UntypedStorage(1, { devise: 'cpu' } as never), { message: /device/ });
});

test('resize_ keeps what fits, and a tensor sees the memory that is there', (t) => {
  const x = torch.tensor([1, 2, 3]);
  const storage = x.untypedStorage();
  t.true(storage.resizable());
  storage.resize_(4);
  t.is(storage.nbytes(), 4);
  t.deepEqual(storage.tolist(), [0, 0, 128, 63]);
  storage.resize_(0).resize_(12);
  t.is(x.untypedStorage().nbytes(), 12);
  x.fill_(2);
  t.deepEqual(x.tolist(), [2, 2, 2]);
  t.throws(() => storage.resize_(-1), { instanceOf: ValueError });
  t.throws(() => storage.resize_(0.5), { instanceOf: ValueError });
});

test('memory that JavaScript shares stays where it is', (t) => {
  const x = torch.zeros(2);
  x.asTypedArray();
  t.false(x.untypedStorage().resizable());
  t.throws(() => x.untypedStorage().resize_(100), {
    instanceOf: TorchError,
    message: /shared with JS/,
  });
});

test('a sparse tensor has no storage', (t) => {
  t.throws(() => torch.eye(2).toSparse().untypedStorage(), { instanceOf: NotImplementedError });
});

test('set_ puts a tensor on a storage as Python does', (t) => {
  for (const row of golden.placements) {
    const [dtype, offset, size, stride, shape, strides, storageOffset, nbytes, bytes] = row;
    const storage = torch.arange(24, { dtype: torch.uint8 }).untypedStorage();
    const empty = torch.empty(0, { dtype: dtypeOf(dtype) });
    const placed: Tensor =
      offset === null ? empty.set_(storage) : empty.set_(storage, offset, size as number[], stride);
    t.true(placed === empty);
    t.deepEqual(placed.shape, shape, String(row));
    t.deepEqual(placed.stride(), strides, String(row));
    t.is(placed.storageOffset(), storageOffset);
    t.is(placed.untypedStorage().nbytes(), nbytes);
    t.deepEqual([...new Uint8Array(placed.toTypedArray().buffer)], bytes, String(row));
  }
  t.true(golden.placements.length > 20);
});

test('set_ puts a tensor on the memory of another', (t) => {
  const source = torch.arange(6).view(2, 3);
  const x = torch.empty(0, { dtype: torch.int64 });
  t.true(x.set_(source) === x);
  t.true(x.isSetTo(source));
  x.set_(source, 1, [2, 2], [3, 1]);
  t.deepEqual(x.tolist(), [
    [1, 2],
    [4, 5],
  ]);
  x.set_(source, { storageOffset: 2, size: [4] });
  t.deepEqual(x.tolist(), [2, 3, 4, 5]);
  x.fill_(9);
  t.deepEqual(source.tolist(), [
    [0, 1, 9],
    [9, 9, 9],
  ]);
  t.deepEqual(x.set_().shape, [0]);
  t.throws(() => torch.empty(0).set_(source), { instanceOf: TorchError });
  t.throws(() => x.set_({} as never), { instanceOf: TypeError });
  t.throws(() => x.set_(source, { size: [1], offset: 0 } as never), { message: /storageOffset/ });
});
