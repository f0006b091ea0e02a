import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config.js';
import { addRoutes, createApp } from './http/app.js';
import { EventStreams } from './http/event-streams.js';
import { lockFolder } from './jobs/database.js';
import { Queue } from './jobs/queue.js';
import { Runner } from './jobs/runner.js';
import { Metrics } from './metrics.js';
import { Predictor } from './prediction/predictor.js';
import { loadCheckpoint } from './training/checkpoint.js';
import { pack } from './weights.js';

export interface Service {
  /** Where it listens. */
  url: string;
  /** Stops taking requests, finishes those it has, saves the training, and ends. */
  stop(): Promise<void>;
}

/** Puts the parts together and starts them. */
export async function startService(config: Config): Promise<Service> {
  const unlock = lockFolder(config.lock);
  const app = createApp(config);
  const queue = new Queue(config.database);
  const runner = new Runner(queue, config, app.log);
  const predictor = new Predictor(config, app.log);
  const streams = new EventStreams(runner);
  const metrics = new Metrics(runner, predictor, () => streams.size);
  let closing = false;
  await addRoutes(app, {
    config,
    queue,
    runner,
    predictor,
    streams,
    metrics,
    closing: () => closing,
  });
  app.addHook('preClose', async () => streams.close());

  runner.on('weights', (weights) => predictor.use(weights));
  const last = queue.latestTrained();
  if (last?.checkpoint) {
    const { step, model } = loadCheckpoint(config.checkpoints, last.checkpoint);
    predictor.use(pack(last.id, step, model));
  }

  const url = await app.listen({ host: config.host, port: config.port });
  runner.start();

  async function stop() {
    closing = true;
    await sleep(1000 * config.drainSeconds);
    // Once it closes, the server no longer looks for requests that are late.
    const late = setTimeout(() => app.server.closeAllConnections(), 1000 * config.timeoutSeconds);
    await Promise.all([app.close(), runner.stop()]);
    clearTimeout(late);
    await predictor.close();
    queue.close();
    unlock();
  }
  return { url, stop };
}
