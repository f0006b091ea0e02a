import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * What a Worker answers: `body` is the code of a function of (torch, workerData, nn), which sees
 * nothing else.
 */
export async function inWorker<T>(body: string, workerData: unknown = null): Promise<T> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${JSON.stringify(import.meta.resolve('sconce'))}).then(async ({ default: torch, nn }) => {
      parentPort.postMessage(await (${body})(torch, workerData, nn));
    });`;
  const worker = new Worker(code, { eval: true, workerData });
  const [answer] = await once(worker, 'message');
  await once(worker, 'exit');
  return answer as T;
}
