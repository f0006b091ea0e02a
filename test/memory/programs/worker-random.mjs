/**
 * Workers that are terminated anywhere: while they load, work, collect garbage, end. Arguments: how
 * many, and the seed of their tasks and moments.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import torch from 'sconce';
import { report } from './meter.mjs';

const [count, seed] = process.argv.slice(2).map(Number);
const tasks = ['endless', 'views', 'functions', 'graphs', 'files', 'idle', 'errors', 'work'];

const folder = mkdtempSync(join(tmpdir(), 'sconce-worker-'));
const begin = (task) =>
  new Worker(new URL('task.mjs', import.meta.url), { workerData: { task, folder } });

// How long one takes from its start to its end.
const start = performance.now();
await once(begin('work'), 'exit');
const whole = performance.now() - start;

torch.manualSeed(seed);
const task = torch.randint(0, tasks.length, [count]).tolist();
const moment = torch
  .rand(count)
  .mul(2 * whole)
  .tolist();
const ends = { terminated: 0, ended: 0, failed: 0 };
for (let i = 0; i < count; i++) {
  const worker = begin(tasks[task[i]]);
  let isAlive = true;
  const exit = once(worker, 'exit').then(
    () => {
      isAlive = false;
    },
    () => {
      ends.failed++;
    },
  );
  await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, moment[i]))]);
  if (isAlive) ends.terminated++;
  else ends.ended++;
  await worker.terminate();
}
rmSync(folder, { recursive: true });
report({ sum: torch.ones(10).sum().item(), ...ends });
