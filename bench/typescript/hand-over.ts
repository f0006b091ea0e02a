import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import torch, { type SharedHandle, type Tensor } from 'sconce';
import { serve } from '../_helpers/serve.js';

torch.setNumThreads(1);

const FLOATS_OF_100_MB = 25_000_000;
const TRIPS = 200;

/** The median of so many measurements, in microseconds. */
async function median(measure: () => Promise<void> | void): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < TRIPS; i++) {
    const begin = performance.now();
    await measure();
    times.push(performance.now() - begin);
  }
  return 1000 * (times.sort((a, b) => a - b)[TRIPS / 2] as number);
}

if (!isMainThread) {
  // Opens what comes, and hands it back.
  parentPort?.on('message', (handle: SharedHandle<Tensor>) =>
    parentPort?.postMessage(torch.toHandle(torch.fromHandle(handle))),
  );
} else {
  const tensor = torch.ones(FLOATS_OF_100_MB);
  const worker = new Worker(new URL(import.meta.url));
  worker.unref();
  const handle = () => median(() => torch.fromHandle(torch.toHandle(tensor)).dispose());
  const thereAndBack = async () => {
    worker.postMessage(torch.toHandle(tensor));
    const [back] = await once(worker, 'message');
    torch.fromHandle(back as SharedHandle<Tensor>).dispose();
  };
  await thereAndBack();
  await serve({
    handle,
    trip: async () => (await median(thereAndBack)) / 2,
    async memory() {
      const before = process.memoryUsage.rss();
      const held: Tensor[] = [];
      for (let i = 0; i < 10; i++) held.push(torch.fromHandle(torch.toHandle(tensor)));
      await thereAndBack();
      return (process.memoryUsage.rss() - before) / 1e6;
    },
  });
}
