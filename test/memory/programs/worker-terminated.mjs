/** Workers that are terminated in the middle of their work. Arguments: how many, and the task. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import torch from 'sconce';
import { report } from './meter.mjs';

const count = Number(process.argv[2]);
const task = process.argv[3];
for (let i = 0; i < count; i++) {
  const workerData = { task };
  const worker = new Worker(new URL('task.mjs', import.meta.url), { workerData });
  await once(worker, 'message');
  // Each at another moment of its loop.
  await new Promise((resolve) => setTimeout(resolve, i % 7));
  await worker.terminate();
}
report({ sum: torch.ones(10).sum().item() });
