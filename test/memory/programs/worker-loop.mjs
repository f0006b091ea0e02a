/** The loop of loop.mjs in a Worker. Arguments: how many, of how many floats. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const [count, size] = process.argv.slice(2).map(Number);
const workerData = { task: 'loop', count, size };
const worker = new Worker(new URL('task.mjs', import.meta.url), { workerData });
const [peak] = await once(worker, 'message');
const [code] = await once(worker, 'exit');
console.log(JSON.stringify({ peak, code }));
