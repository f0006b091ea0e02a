import test from 'ava';
import torch, { ModeGuard, nn, type Tensor, TorchError, ValueError } from 'sconce';
import { summaryOf } from '../../lib/cuda/summary-table.js';
import { camelCase } from '../../lib/naming.js';
import { readGolden } from '../_helpers/golden.js';

type Result = { value: unknown } | { object: string } | { error: string; message: string };
type Row = [name: string, args: unknown[], result: Result];
const { calls, summary } = readGolden<{
  calls: Row[];
  summary: { stats: Record<string, number>; whole: string; abbreviated: string };
}>('devices.json');

// What Python's CPU build answers is what is compared: a libtorch with CUDA and a GPU says more.
const onCpu = torch.backends.cuda.isBuilt() ? test.skip : test;

/** Python's errors for what its CPU build lacks altogether; ours is the one for the lack of CUDA. */
const isLack = (error: string, message: string) =>
  error === 'AttributeError' || /dummy base class|not compiled with CUDA/.test(message);
/** What needs a package of Python's there, and the driver's own library here. */
const isSensor = (error: string) => error === 'ModuleNotFoundError';

/** Without CUDA nothing is being captured; Python stumbles over what it has not compiled. */
const answersMore = new Set(['cuda.is_current_stream_capturing']);

function find(name: string): ((...args: unknown[]) => unknown) | undefined {
  const path = name.split('.');
  const last = camelCase(path.pop() as string);
  let owner: Record<string, unknown> = torch as unknown as Record<string, unknown>;
  for (const part of path) owner = owner?.[part] as Record<string, unknown>;
  return owner && last in owner ? (owner[last] as () => unknown) : undefined;
}

const construct = (value: (...args: unknown[]) => unknown, args: unknown[]) =>
  /^class\b/.test(value.toString())
    ? new (value as unknown as new (...args: unknown[]) => unknown)(...args)
    : value(...args);

onCpu("without a GPU, each function answers or throws as in Python's CPU build", (t) => {
  let compared = 0;
  for (const [name, args, result] of calls) {
    const found = find(name);
    if (!found || answersMore.has(name)) continue;
    compared++;
    const call = () => construct(found, args);
    const label = `${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
    if ('error' in result) {
      const error = t.throws(call, { instanceOf: Error }, label) as Error & { code?: string };
      if (isSensor(result.error)) t.is(error.code, 'ERR_NVIDIA', label);
      else if (isLack(result.error, result.message)) t.is(error.code, 'ERR_NO_CUDA', label);
      else if (result.error === 'ValueError') t.true(error instanceof ValueError, label);
      else t.true(error instanceof TorchError, label);
      if (/not compiled|Cannot access accelerator|requires CUDA/.test(result.message)) {
        t.true(error.message.startsWith(result.message.split('\n')[0] as string), label);
      }
    } else if ('object' in result) {
      t.true(call() instanceof ModeGuard, label);
    } else if (name === 'cuda.list_gpu_processes') {
      t.regex(String(call()), /NVIDIA/);
    } else {
      t.deepEqual(call() ?? null, result.value, label);
    }
  }
  t.true(compared > 80, `${compared}`);
});

onCpu('what needs a GPU throws, and nothing is left behind', (t) => {
  const lack = { instanceOf: TorchError, code: 'ERR_NO_CUDA' };
  t.throws(() => torch.zeros(1, { device: 'cuda' }), lack);
  t.throws(() => torch.zeros(1).cuda(), lack);
  t.throws(() => new torch.cuda.Event({ enableTiming: true }), lack);
  t.throws(() => torch.device('cuda', () => torch.zeros(1)), lack);
  t.throws(() => torch.zeros(1).pinMemory(), { message: /accelerator/ });
  t.false(torch.zeros(1).isPinned());
  t.throws(() => new torch.Stream(), { code: 'ERR_NO_ACCELERATOR' });
  t.throws(() => new torch.Event(), { code: 'ERR_NO_ACCELERATOR' });
  t.is(torch.zeros(1).device.type, 'cpu');
  t.false(torch.cuda.isInitialized());
});

test('guards that have nothing to do do nothing', (t) => {
  t.is(
    torch.cuda.device(-1, () => 3),
    3,
  );
  t.is(
    torch.cuda.deviceOf(torch.zeros(1), () => 4),
    4,
  );
  t.is(
    torch.cuda.stream(null, () => 5),
    5,
  );
  t.throws(() => torch.cuda.device('cpu'), { instanceOf: ValueError, message: /cuda device/ });
  t.throws(() => torch.cuda.setDevice('cuda'), { message: /specified index/ });
  t.throws(() => torch.cuda.setDevice(0.5), { instanceOf: TypeError });
});

test('a device is the place of what is made in a function', (t) => {
  const made = torch.device('meta', () => [torch.zeros(2), new nn.Linear(2, 2).weight]);
  t.deepEqual(
    made.map(({ device }) => device.type),
    ['meta', 'meta'],
  );
  t.is(torch.device('cuda', 1).index, 1);
  t.is(torch.device(2).toString(), 'cuda:2');
  t.is(torch.zeros(1).device.type, 'cpu');
});

test('modules of devices are found by the type', (t) => {
  t.is(torch.getDeviceModule('cuda:1'), torch.cuda);
  t.is(torch.getDeviceModule('mps'), torch.mps);
  t.throws(() => torch.getDeviceModule('meta'), { instanceOf: TorchError });
});

test('streams and events of the CPU are refused as in Python', (t) => {
  const event = new torch.Event('cpu');
  t.true(event.query());
  t.throws(() => event.record(), { message: /events/ });
  t.throws(() => torch.zeros(1).recordStream(new torch.Stream('cpu')), { instanceOf: TorchError });
  t.throws(() => torch.zeros(1).recordStream({} as never), { instanceOf: TypeError });
  t.throws(() => new torch.Event('cpu', { interprocess: true }), { message: /processes/ });
  t.throws(() => new torch.Event('cpu', { timing: true } as never), { message: /enableTiming/ });
});

test('an event that was never recorded is done', async (t) => {
  const event = new torch.Event('cpu');
  await event.done();
  event.synchronize();
  t.pass();
});

test('forkRng lets the sequence go on as if nothing was drawn', (t) => {
  torch.manualSeed(0);
  const inside = torch.random.forkRng(() => torch.rand(3));
  const after = torch.rand(3);
  t.true(inside.equal(after));
  const guard = torch.random.forkRng({ devices: [] });
  const drawn = torch.rand(2);
  guard[Symbol.dispose]();
  t.true(torch.rand(2).equal(drawn));
  torch.random.forkRng({ enabled: false }, () => torch.rand(2));
  t.false(torch.rand(2).equal(drawn));
  t.throws(() => torch.random.forkRng({ deviceType: 'tpu' }), { instanceOf: ValueError });
});

test('seeds of GPUs wait for CUDA and disturb nothing', (t) => {
  torch.manualSeed(3);
  const first = torch.rand(2);
  torch.manualSeed(3);
  torch.cuda.manualSeed(5);
  torch.cuda.manualSeedAll(-1);
  torch.cuda.seedAll();
  torch.cuda.setRngState(torch.zeros(16, { dtype: torch.uint8 }));
  t.true(torch.rand(2).equal(first));
  t.throws(() => torch.cuda.manualSeed(0.5), { instanceOf: TypeError });
});

test('an error of memory says what JavaScript holds', (t) => {
  const big: Tensor = torch.ones(1 << 20);
  const error = t.throws(() => torch.empty(2 ** 46), {
    instanceOf: torch.OutOfMemoryError,
  }) as Error;
  t.regex(error.message, /JavaScript holds \d+ tensors: [\d.]+ MiB on cpu.*the largest of [\d.]+/);
  t.is(big.numel(), 1 << 20);
});

test("the table of a GPU's memory is Python's to the letter", (t) => {
  const { stats, whole, abbreviated } = summary;
  t.is(summaryOf(stats, 3, false), whole);
  t.is(summaryOf(stats, 3, true), abbreviated);
});
