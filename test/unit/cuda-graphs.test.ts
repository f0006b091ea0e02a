import test from 'ava';
import torch from 'sconce';
import { parseSnapshot } from '../../dist/lib/cuda/snapshot.js';

const { cuda, TorchError, ValueError } = torch;
/** Of a libtorch without CUDA, and of one without a GPU. */
const ABSENT = /Torch not compiled with CUDA enabled|NVIDIA driver|No CUDA GPUs/;
const withoutGpu = cuda.isAvailable() ? test.skip : test;

withoutGpu('without CUDA, graphs and snapshots throw', (t) => {
  const calls: (() => unknown)[] = [
    () => new cuda.CUDAGraph(),
    () => cuda.memory._recordMemoryHistory(),
    () => cuda.memory._recordMemoryHistory(null),
  ];
  for (const call of calls) t.throws(call, { instanceOf: TorchError, message: ABSENT });
  t.false(cuda.isCurrentStreamCapturing());
});

withoutGpu('the CPU goes on as ever after that', (t) => {
  t.throws(() => new cuda.CUDAGraph({ keepGraph: true }), { instanceOf: TorchError });
  t.deepEqual(torch.ones(2).add(1).tolist(), [2, 2]);
});

test('wrong arguments are told before anything is asked of CUDA', (t) => {
  t.throws(() => new cuda.CUDAGraph(1 as never), { message: /keepGraph must be a boolean/ });
  t.throws(() => new cuda.CUDAGraph({ keep: true } as object), { message: /keepGraph/ });
  t.throws(() => cuda.memorySnapshot([1, 2] as never), { message: /pool must be what/ });
  t.throws(() => cuda.memory._recordMemoryHistory('some' as never), {
    instanceOf: ValueError,
    message: /enabled must be one of null, 'state', 'all'/,
  });
  t.throws(() => cuda.memory._recordMemoryHistory({ maxEntries: -1 }), { message: /maxEntries/ });
  t.throws(() => cuda.memory._recordMemoryHistory({ skipActions: [1] as never }), {
    message: /skipActions/,
  });
  t.throws(() => cuda.memory._dumpSnapshot(1 as never), { message: /filename must be a string/ });
});

test("a snapshot's stacks become PyTorch's frames", (t) => {
  const stack = [
    '    at Net.forward (file:///home/me/net.ts:12:7)',
    '    at file:///home/me/train.ts:40:3',
    '    at async Promise.all (index 0)',
  ].join('\n');
  const block = { address: 4096, size: 512, requested_size: 12, state: 'active_allocated', stack };
  const snapshot = parseSnapshot(
    JSON.stringify({
      segments: [{ device: 0, address: 4096, segment_type: 'small', stack: '', blocks: [block] }],
      device_traces: [[{ action: 'alloc', addr: 4096, size: 512, stack }]],
    }),
  );
  const frames = [
    { name: 'Net.forward', filename: 'file:///home/me/net.ts', line: 12 },
    { name: '<anonymous>', filename: 'file:///home/me/train.ts', line: 40 },
  ];
  t.deepEqual(snapshot.segments[0]?.frames, []);
  t.deepEqual(snapshot.segments[0]?.blocks[0]?.frames, frames);
  t.deepEqual(snapshot.device_traces[0]?.[0]?.frames, frames);
  t.false(JSON.stringify(snapshot).includes('stack'));
});
