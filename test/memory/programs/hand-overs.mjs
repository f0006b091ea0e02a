/** Tensors that one thread hands to another. Arguments: how many, of how many floats. */
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import torch from 'sconce';
import { native } from '../../../dist/lib/native.js';
import { report, sample } from './meter.mjs';

const [count, size] = process.argv.slice(2).map(Number);
const worker = new Worker(new URL('task.mjs', import.meta.url), { workerData: { task: 'echo' } });
await once(worker, 'message');

/** Half are moved, half are kept; of those that are kept, one in ten is dropped unopened. */
async function handOver(rounds) {
  let sum = 0;
  for (let i = 0; i < rounds; i += 100) {
    const handles = Array.from({ length: 100 }, (_, k) =>
      torch.toHandle(torch.ones(size), { move: k % 2 === 0 }),
    );
    const dropped = new MessageChannel();
    dropped.port1.postMessage(torch.toHandle(torch.ones(size)));
    // A port that is closed drops what was not read.
    dropped.port2.close();
    worker.postMessage(handles);
    const [back] = await once(worker, 'message');
    for (const handle of back) sum += torch.fromHandle(handle).select(0, 0).item();
    sample();
  }
  return sum;
}

await handOver(count / 5);
const level = sample();
const sum = await handOver(count);
const growth = sample() - level;
worker.postMessage(null);
await once(worker, 'exit');
for (let i = 0; i < 20 && native.sweepHandles() > 0; i++) {
  native.collect(false);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
report({ growth, sum, handles: native.sweepHandles(), liveBytes: native.liveBytes() });
