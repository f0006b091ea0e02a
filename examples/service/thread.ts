import { extname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a module of this folder in a Worker thread.
 *
 * Compiled, that is `new Worker(url)`. Run from its TypeScript by tsx, the thread sets tsx up first:
 * Node 20 does not take over the hooks of the thread that starts it.
 */
export function startThread(path: string, base: string, options: WorkerOptions): Worker {
  const extension = extname(new URL(base).pathname);
  const url = new URL(`${path}${extension}`, base);
  if (extension !== '.ts') return new Worker(url, options);
  const tsx = import.meta.resolve('tsx/esm/api');
  const code = `import(${JSON.stringify(tsx)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(url.href)});
  });`;
  return new Worker(code, { ...options, eval: true });
}
