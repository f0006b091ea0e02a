/** The limit of tensors' memory, what holds it, and who allocated it. */
import test from 'ava';
import torch, { memory, OutOfMemoryError, type Tensor, TorchError, utils } from 'sconce';
import { native } from '../../dist/lib/native.js';
import { inWorker } from '../_helpers/in-worker.js';

const MB = 1e6;
const FLOATS_OF_4_MB = 1e6;

torch.setNumThreads(1);

test.beforeEach(() => native.collect(false));
test.afterEach.always(() => {
  memory.setLimit(null);
  memory.stop();
});

test.serial('beyond the limit an allocation throws, can be caught, and changes nothing', (t) => {
  t.is(memory.getLimit(), null);
  const held = native.liveBytes();
  memory.setLimit(held + 10 * MB);
  t.is(memory.getLimit(), held + 10 * MB);
  const error = t.throws(() => torch.zeros(10 * FLOATS_OF_4_MB), { instanceOf: OutOfMemoryError });
  t.is(error.code, 'ERR_OUT_OF_MEMORY');
  t.regex(error.message, /allocation of 40\.0 MB would exceed the limit of 1\d\.\d MB/);
  t.regex(error.message, /memory\.start\(\) traces/);
  t.is(native.liveBytes(), held);
  t.is(torch.ones(FLOATS_OF_4_MB).sum().item(), 1e6);
  memory.setLimit(null);
  t.is(torch.zeros(10 * FLOATS_OF_4_MB).numel(), 10 * FLOATS_OF_4_MB);
});

test.serial('what is garbage is collected before anything throws', (t) => {
  const weight = torch.ones(FLOATS_OF_4_MB);
  memory.setLimit(native.liveBytes() + 30 * MB);
  // 1.2 GB in all, of which 12 MB are in use at a time; by the plain way of operators, the general
  // one, and within backward.
  for (let i = 0; i < 100; i++) {
    const x = weight.add(1);
    torch.cat([x.narrow(0, 0, 10), x.narrow(0, 0, FLOATS_OF_4_MB - 10)]);
  }
  const parameter = torch.ones(FLOATS_OF_4_MB, { requiresGrad: true });
  for (let i = 0; i < 30; i++) {
    parameter.grad = null;
    parameter.mul(2).sum().backward();
  }
  t.is(parameter.grad?.select(0, 0).item(), 2);
  // Old objects are garbage too, after a while.
  const kept: Tensor[] = [];
  for (let i = 0; i < 4; i++) kept.push(weight.add(i));
  native.collect(true);
  native.collect(true);
  native.collect(true);
  kept.length = 0;
  t.is(torch.empty(3 * FLOATS_OF_4_MB).dim(), 1);
});

test.serial('an error tells how much is held, and from where', (t) => {
  memory.start();
  const kept: Tensor[] = [];
  memory.setLimit(native.liveBytes() + 30 * MB);
  const error = t.throws(
    () => {
      for (;;) kept.push(torch.ones(FLOATS_OF_4_MB));
    },
    { instanceOf: OutOfMemoryError },
  );
  t.true(kept.length >= 6);
  t.regex(
    error.message,
    /MB are live; most were allocated at:\n {2}\d+\.\d MB in [67] blocks: .*memory\.test\.ts:\d+:\d+/,
  );
});

test.serial('a Worker is held to the limit of the process', async (t) => {
  memory.setLimit(native.liveBytes() + 30 * MB);
  const name = await inWorker<string>(`(torch) => {
    try {
      torch.zeros(1e8);
    } catch (error) {
      return error.name;
    }
  }`);
  t.is(name, 'OutOfMemoryError');
});

test.serial('stats() counts tensors, bytes and handles', (t) => {
  const before = memory.stats();
  t.is(before.limit, null);
  t.is(before.sites, null);
  const x = torch.zeros(FLOATS_OF_4_MB);
  const handle = torch.toHandle(x);
  const after = memory.stats();
  t.is(after.tensors, before.tensors + 1);
  t.true(after.bytes - before.bytes >= 4 * MB && after.bytes - before.bytes < 5 * MB);
  t.is(after.handles, before.handles + 1);
  t.is(after.handleBytes, before.handleBytes + 4 * MB);
  torch.closeHandle(handle);
  x.dispose();
  t.deepEqual(memory.stats(), before);
});

test.serial('snapshots tell which line leaks, and what autograd keeps for it', (t) => {
  t.throws(() => memory.takeSnapshot(), { instanceOf: TorchError, code: 'ERR_NOT_TRACING' });
  t.false(memory.isTracing());
  memory.start();
  t.true(memory.isTracing());
  const weight = torch.ones(250_000, { requiresGrad: true });
  const losses: Tensor[] = [];
  const step = () => {
    const hidden = weight.exp();
    losses.push(hidden.sum());
  };
  step();
  const before = memory.takeSnapshot();
  for (let i = 0; i < 5; i++) step();
  const [most, next] = memory.takeSnapshot().compareTo(before);
  // The classic leak: a list of losses, each of which holds the graph that it came from.
  t.regex(most?.traceback[0] ?? '', /memory\.test\.ts:\d+:\d+$/);
  t.is(most?.countDiff, 5);
  t.true((most?.sizeDiff ?? 0) >= 5 * MB && (most?.sizeDiff ?? 0) < 5.5 * MB);
  t.is(next?.countDiff, 5);
  t.true((next?.sizeDiff ?? 0) < 1000);
  t.regex(`${most}`, /: size=\d+ KiB \(\+\d+ KiB\), count=6 \(\+5\), average=\d+ KiB$/);
  const [current, peak] = memory.getTracedMemory();
  t.true(current >= 7 * MB && peak >= current);
  losses.length = 0;
  const after = memory.takeSnapshot().statistics();
  t.is(after.length, 1);
  t.true((after[0]?.size ?? 0) >= MB);
  t.is(after[0]?.count, 1);
  memory.stop();
  t.deepEqual(memory.getTracedMemory(), [0, 0]);
});

test.serial('as many lines of the stack as asked for', (t) => {
  memory.start(2);
  const inner = () => torch.ones(1000);
  const outer = (): Tensor[] => {
    const a = inner();
    const b = inner();
    return [a, b];
  };
  const kept = outer();
  const snapshot = memory.takeSnapshot();
  t.deepEqual(
    snapshot.statistics().map(({ traceback, count }) => [traceback.length, count]),
    [
      [2, 1],
      [2, 1],
    ],
  );
  t.deepEqual(
    snapshot
      .statistics({ cumulative: true })
      .map(({ traceback, count }) => [traceback.length, count]),
    [[1, 2]],
  );
  t.is(kept.length, 2);
});

test.serial('wrong arguments', (t) => {
  for (const bytes of [-1, 1.5, Number.NaN, '1' as never, undefined as never]) {
    t.throws(() => memory.setLimit(bytes), { instanceOf: TypeError, message: /setLimit\(\)/ });
  }
  for (const nframe of [0, 31, 1.5, 'all' as never]) {
    t.throws(() => memory.start(nframe), { instanceOf: TypeError, message: /nframe/ });
  }
  memory.start();
  const snapshot = memory.takeSnapshot();
  t.throws(() => snapshot.compareTo({} as never), { message: /Snapshot/ });
  t.throws(() => snapshot.statistics({ key: 'lineno' } as never), { message: /key/ });
});

test.serial(
  'a tensor that outlives its tidy() unnoticed is warned of, once; a gradient is none',
  async (t) => {
    const warnings: (Error & { code?: string })[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const parameter = torch.ones(2, { requiresGrad: true });
    for (let i = 0; i < 3; i++) {
      torch.tidy(() => {
        parameter.mul(2).sum().backward();
        t.is(parameter.grad?.numel(), 2);
      });
      native.collect(false);
    }
    await new Promise(setImmediate);
    t.is(warnings.filter(({ code }) => code === 'SCONCE_FREED_TENSOR_HELD').length, 0);
    const held: Tensor[] = [];
    for (let i = 0; i < 3; i++) {
      torch.tidy(() => {
        held.push(torch.ones(2));
      });
      native.collect(false);
    }
    await new Promise(setImmediate);
    process.off('warning', listen);
    const found = warnings.filter(({ code }) => code === 'SCONCE_FREED_TENSOR_HELD');
    t.is(found.length, 1);
    t.regex(found[0]?.message ?? '', /torch\.keep\(\)/);
    t.true(held.every((tensor) => tensor.isDisposed));
  },
);

test.serial('a signal ends an epoch between two batches', async (t) => {
  const data = new utils.data.TensorDataset(torch.arange(10));
  const controller = new AbortController();
  const { signal } = controller;
  const loader = new utils.data.DataLoader(data, { batchSize: 2, signal });
  const seen: number[][] = [];
  const reason = new Error('enough');
  const run = () => {
    for (const [batch] of loader) {
      seen.push((batch as Tensor).tolist() as number[]);
      if (seen.length === 2) controller.abort(reason);
    }
  };
  t.is(t.throws(run), reason);
  t.deepEqual(seen, [
    [0, 1],
    [2, 3],
  ]);
  t.is(
    t.throws(() => [...loader]),
    reason,
  );
  const aborted = AbortSignal.abort();
  const told = await (async () => {
    for await (const _ of new utils.data.DataLoader(data, { signal: aborted })) t.fail();
  })().catch(String);
  t.regex(`${told}`, /^AbortError/);
  t.throws(() => new utils.data.DataLoader(data, { signal: {} as never }), {
    message: /AbortSignal/,
  });
});
