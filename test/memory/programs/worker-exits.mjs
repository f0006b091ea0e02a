/** Workers that come, work and go. Arguments: how many, and after how many memory has settled. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { report, sample } from './meter.mjs';

const [count, settled] = process.argv.slice(2).map(Number);
let level = 0;
const codes = new Set();
for (let i = 0; i < count; i++) {
  const worker = new Worker(new URL('task.mjs', import.meta.url), { workerData: { task: 'work' } });
  codes.add((await once(worker, 'exit'))[0]);
  sample();
  if (i + 1 === settled) level = sample();
}
report({ growth: sample() - level, codes: [...codes] });
