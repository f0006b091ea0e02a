/**
 * Workers that are terminated at random points of whatever they do: while they load, in backward,
 * hooks, custom Functions, a DataLoader, with handles on their way in both directions. Arguments:
 * how many, after how many memory has settled, and a seed.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import torch from 'sconce';
import { native } from '../../../dist/lib/native.js';
import { report, sample } from './meter.mjs';

const [count, settled, seed] = process.argv.slice(2).map(Number);

let state = seed;
/** Numbers from 0 to 1, the same for the same seed. */
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let opened = 0;

async function one() {
  const handle = torch.toHandle(torch.ones(50_000));
  const worker = new Worker(new URL('task.mjs', import.meta.url), {
    workerData: { task: 'churn', handle, turn: Math.floor(random() * 6) },
  });
  const exit = once(worker, 'exit');
  worker.on('message', (message) => {
    if (message === 'started') return;
    // One in three is never opened.
    if (random() < 0.33) return;
    const sum = torch.fromHandle(message).sum().item();
    if (sum !== 1000) throw new Error(`a tensor of ${sum}`);
    opened++;
  });
  if (random() < 0.25) {
    await sleep(random() * 400);
  } else {
    await Promise.race([once(worker, 'message'), exit]);
    for (let i = 0; i < 3; i++) worker.postMessage(torch.toHandle(torch.ones(10_000)));
    await sleep(random() * 40);
  }
  await worker.terminate();
  await exit;
}

async function rest() {
  for (let i = 0; i < 40; i++) {
    native.collect(false);
    if (native.sweepHandles() === 0 && native.liveBytes() === 0) return;
    await sleep(50);
  }
}

let level = 0;
for (let i = 0; i < count; i += 2) {
  await Promise.all([one(), one()]);
  sample();
  if (i + 2 === settled) {
    await rest();
    level = sample();
  }
}
await rest();
const growth = sample() - level;
const [handles, liveBytes] = [native.sweepHandles(), native.liveBytes()];
report({ growth, opened, handles, liveBytes, sum: torch.ones(10).sum().item() });
