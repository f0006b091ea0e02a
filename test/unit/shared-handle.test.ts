/** Tensors go from thread to thread, and their memory stays where it is. */
import { once } from 'node:events';
import { BroadcastChannel, MessageChannel, Worker } from 'node:worker_threads';
import test from 'ava';
import torch, { nn, type SharedHandle, type Tensor, TorchError, ValueError } from 'sconce';
import { inWorker } from '../_helpers/in-worker.js';

const dataPtr = (tensor: Tensor) => tensor.dataPtr();

/** What `body` throws: a DOMException, which AVA takes for no error. */
function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    return String(error);
  }
  return 'nothing';
}

/** What comes out of a MessageChannel. */
async function posted<T>(value: T): Promise<T> {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value);
  const [received] = await once(port2, 'message');
  port1.close();
  return received;
}

test('a handle opens to the same memory, by every way that data takes', async (t) => {
  const x = torch.arange(6).view(2, 3);
  const handle = torch.toHandle(x);
  const channels = [new BroadcastChannel('sconce'), new BroadcastChannel('sconce')] as const;
  const heard = new Promise<SharedHandle<Tensor>>((resolve) => {
    channels[1].onmessage = (event) => resolve((event as { data: SharedHandle<Tensor> }).data);
  });
  channels[0].postMessage(handle);
  for (const received of [handle, structuredClone(handle), await posted(handle), await heard]) {
    const y = torch.fromHandle(received);
    t.not(y, x);
    t.is(y.dataPtr(), x.dataPtr());
    t.deepEqual(y.tolist(), [
      [0, 1, 2],
      [3, 4, 5],
    ]);
  }
  for (const channel of channels) channel.close();
});

test('what a Worker writes is read here, and the other way round', async (t) => {
  const x = torch.zeros(3);
  const address = await inWorker<bigint>(
    '(torch, handle) => { const x = torch.fromHandle(handle); x.add_(2); return x.dataPtr(); }',
    torch.toHandle(x),
  );
  t.is(address, x.dataPtr());
  t.deepEqual(x.tolist(), [2, 2, 2]);
});

test('what a Worker made outlives it', async (t) => {
  const handle = await inWorker<SharedHandle<Tensor>>(
    '(torch) => torch.toHandle(torch.arange(5).mul(3), { move: true })',
    null,
  );
  t.deepEqual(torch.fromHandle(handle).toTypedArray(), new BigInt64Array([0n, 3n, 6n, 9n, 12n]));
});

test('a state dict crosses, and a model of another thread computes with the same weights', async (t) => {
  const model = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.Linear(4, 2));
  model.eval();
  const input = torch.randn(5, 3);
  const handle = torch.toHandle({ state: model.stateDict(), input });
  const answer = await inWorker<SharedHandle<Tensor>>(
    `(torch, handle, nn) => {
      const { state, input } = torch.fromHandle(handle);
      const first = new nn.Linear(3, 4);
      const model = new nn.Sequential(first, new nn.BatchNorm1d(4), new nn.Linear(4, 2));
      model.loadStateDict(state, { assign: true });
      model.eval();
      if (first.weight.dataPtr() !== state['0.weight'].dataPtr()) throw new Error('a copy');
      return torch.toHandle(model(input).detach());
    }`,
    handle,
  );
  t.true(torch.fromHandle(answer).equal(model(input)));
});

test('containers, and tensors that are given twice or lie on one memory, come as they went', (t) => {
  const x = torch.randn(4, 6);
  const column = x.t().narrow(0, 1, 2);
  const value = {
    list: [x, [x, 'text', 3n, null, undefined]],
    map: new Map<unknown, unknown>([[1, column]]),
    set: new Set([x]),
    bytes: new Uint8Array([1, 2]),
    odd: JSON.parse('{ "__proto__": 7 }') as object,
  };
  const opened = torch.fromHandle(structuredClone(torch.toHandle(value)));
  const [first, [second, ...rest]] = opened.list as [Tensor, [Tensor, ...unknown[]]];
  t.is(first, second);
  t.is([...opened.set][0], first);
  t.deepEqual(rest, ['text', 3n, null, undefined]);
  t.deepEqual(Object.entries(opened.odd), [['__proto__', 7]]);
  t.deepEqual(opened.bytes, new Uint8Array([1, 2]));
  const view = opened.map.get(1) as Tensor;
  t.deepEqual(view.stride(), column.stride());
  t.is(view.storageOffset(), column.storageOffset());
  t.is(view.untypedStorage().dataPtr(), first.untypedStorage().dataPtr());
  t.true(view.equal(column));
});

test('parameters and buffers keep their class and requiresGrad; gradients stay behind', (t) => {
  const weight = new nn.Parameter(torch.tensor([1, 2]));
  weight.sum().backward();
  const frozen = new nn.Parameter(torch.zeros(1), false);
  const mean = new nn.Buffer(torch.ones(1), { persistent: false });
  const leaf = torch.ones(2, { requiresGrad: true });
  const opened = torch.fromHandle(torch.toHandle({ weight, frozen, mean, leaf }));
  t.true(opened.weight instanceof nn.Parameter);
  t.true(opened.weight.requiresGrad);
  t.is(opened.weight.grad, null);
  t.false(opened.frozen.requiresGrad);
  t.true(opened.mean instanceof nn.Buffer);
  t.false(opened.mean.persistent);
  t.true(opened.leaf.requiresGrad && opened.leaf.isLeaf);
  t.false(opened.leaf instanceof nn.Parameter);
  opened.weight.pow(2).sum().backward();
  t.deepEqual(opened.weight.grad?.tolist(), [2, 4]);
  t.deepEqual(weight.grad?.tolist(), [1, 1]);
  t.throws(() => torch.toHandle(leaf.mul(2)), { instanceOf: ValueError, message: /detach/ });
});

test('shapes are of each thread alone', (t) => {
  const x = torch.zeros(2, 3);
  const y = torch.fromHandle(torch.toHandle(x));
  y.unsqueeze_(0).t;
  y.requiresGrad_();
  t.deepEqual(
    [x.shape, y.shape],
    [
      [2, 3],
      [1, 2, 3],
    ],
  );
  t.false(x.requiresGrad);
  // Larger memory would lie elsewhere, and the other thread would read what is gone.
  t.throws(() => x.resize_([100]), { instanceOf: TorchError, message: /not resizable/ });
});

test('every dtype, layout and kind of tensor crosses', (t) => {
  const dtypes = Object.values(torch).filter((one) => one instanceof torch.DType);
  t.true(dtypes.length > 15);
  for (const dtype of new Set(dtypes)) {
    if (/q|bits|float4|uint[1-7]$|int[1-7]$/.test(dtype.name)) continue;
    const x = torch.empty([3], { dtype });
    const y = torch.fromHandle(torch.toHandle(x));
    t.is(y.dtype, dtype);
    t.is(dataPtr(y), dataPtr(x));
  }
  const dense = torch.tensor([
    [0, 5, 0],
    [7, 0, 0],
  ]);
  const quantized = torch.quantizePerTensor(dense, 0.5, 3, torch.qint8);
  const all = {
    coo: dense.toSparse(),
    csr: dense.toSparseCsr(),
    csc: dense.toSparseCsc(),
    bsr: dense.toSparseBsr([1, 3]),
    conj: torch.tensor([1, 2]).to(torch.complex64).conj(),
    quantized,
    nested: torch.nested.nestedTensor([torch.ones(2), torch.ones(3)]),
    inference: torch.inferenceMode(() => torch.ones(2)),
    meta: torch.ones(2, { device: 'meta' }),
    empty: torch.ones(0),
    number: torch.tensor(4),
  };
  const opened = torch.fromHandle(structuredClone(torch.toHandle(all)));
  for (const [name, x] of Object.entries(all)) {
    const y = opened[name as keyof typeof all];
    t.is(`${y}`, `${x}`, name);
    t.is(y.layout, x.layout, name);
  }
  t.true(opened.conj.isConj());
  t.is(opened.coo.values().dataPtr(), all.coo.values().dataPtr());
  t.is(opened.csr.values().dataPtr(), all.csr.values().dataPtr());
  t.is(opened.quantized.qScale(), 0.5);
});

test('moved tensors are gone here, and arrive once', async (t) => {
  const x = torch.ones(3);
  const address = x.dataPtr();
  const handle = torch.toHandle({ x, again: x }, { move: true });
  t.true(x.isDisposed);
  const received = await posted(handle);
  const opened = torch.fromHandle(received);
  t.is(opened.x.dataPtr(), address);
  t.is(opened.x, opened.again);
  for (const spent of [handle, received]) {
    t.throws(() => torch.fromHandle(spent), {
      instanceOf: TorchError,
      code: 'ERR_HANDLE',
      message: /moved and it was opened before/,
    });
  }
  // No other thread has it: it may grow.
  t.deepEqual(opened.x.resize_([100]).shape, [100]);
});

test('wrong, forged, closed and changed handles throw', (t) => {
  const x = torch.ones(2);
  const handle = torch.toHandle(x);
  const wrong: unknown[] = [null, 3, 'handle', {}, [], { token: new ArrayBuffer(16) }, x];
  wrong.push({ token: new SharedArrayBuffer(8), value: 1 });
  for (const value of wrong) {
    t.throws(() => torch.fromHandle(value as never), {
      instanceOf: TypeError,
      message: /toHandle/,
    });
  }
  const forged = { token: new SharedArrayBuffer(16), value: handle.value };
  t.throws(() => torch.fromHandle(forged), { code: 'ERR_HANDLE' });
  for (const value of [
    [0, 7, 0],
    [0, -1, 0],
    [0, 'x', 0],
    [99, 1],
  ]) {
    t.throws(() => torch.fromHandle({ token: handle.token, value }), { message: /changed/ });
  }
  t.true(torch.closeHandle(structuredClone(handle)));
  t.false(torch.closeHandle(handle));
  t.throws(() => torch.fromHandle(handle), { code: 'ERR_HANDLE' });
  t.deepEqual(x.tolist(), [1, 1]);
});

test('what cannot cross is refused by name, and nothing is moved', (t) => {
  const x = torch.ones(2);
  const cycle: unknown[] = [x];
  cycle.push(cycle);
  const disposed = torch.ones(1);
  disposed.dispose();
  const model = new nn.Linear(1, 1);
  for (const [value, message] of [
    [model, /stateDict\(\)/],
    [[x, () => 1], /function/],
    [cycle, /contains itself/],
    [[x, disposed], /disposed/],
    [[x, new nn.UninitializedParameter()], /uninitialized/],
  ] as [unknown, RegExp][]) {
    t.throws(() => torch.toHandle(value, { move: true }), { message });
  }
  t.throws(() => torch.toHandle(x, { copy: true } as never), { message: /copy.*move/s });
  t.throws(() => torch.func.grad((y: Tensor) => torch.toHandle(y) as never)(torch.tensor(1)), {
    message: /torch\.func/,
  });
  t.false(x.isDisposed);
});

test('a tensor that is posted as it is, throws and names the way', (t) => {
  const x = torch.ones(2);
  const { port1 } = new MessageChannel();
  for (const post of [
    () => structuredClone(x),
    () => structuredClone({ deep: [x] }),
    () => structuredClone(new nn.Parameter(torch.ones(1))),
    () => port1.postMessage(x),
    () => new Worker('', { eval: true, workerData: x }),
  ]) {
    t.regex(refusal(post), /^DataCloneError: .*torch\.toHandle\(tensor\)/);
  }
  port1.close();
  // With a gradient too.
  const y = torch.ones(2, { requiresGrad: true });
  y.sum().backward();
  t.deepEqual(y.grad?.tolist(), [1, 1]);
  t.regex(
    refusal(() => structuredClone(y)),
    /^DataCloneError/,
  );
});
