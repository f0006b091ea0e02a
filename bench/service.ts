import { setTimeout as sleep } from 'node:timers/promises';
import { testImages } from '../test/_helpers/service/mnist.js';
import { Service, serviceFolder } from '../test/_helpers/service/process.js';
import type { Bench } from './_helpers/bench.js';
import { ask } from './_helpers/http-load.js';
import { startOnnxServer } from './_helpers/onnx.js';
import { alone, type Row } from './_helpers/report.js';

const CLIENTS = 64;
const image = testImages(1)[0]?.image as Buffer;
const predict = {
  method: 'POST' as const,
  headers: { 'content-type': 'application/octet-stream' },
  body: image,
};
const training = { epochs: 20, batchSize: 64 };

/** A sample of the service's metrics. Reading the event loop's delay begins it anew. */
async function metric(service: Service, name: string): Promise<number> {
  const text = await (await service.fetch('/metrics')).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

const delayP99 = async (service: Service) =>
  1000 * (await metric(service, 'nodejs_eventloop_lag_p99_seconds'));

/** Runs a task on a service of its own, which has begun to train. */
async function whileTraining<T>(
  options: readonly string[],
  task: (service: Service, steps: () => Promise<number>) => Promise<T>,
): Promise<T> {
  const { folder, remove } = serviceFolder();
  const service = await Service.start(folder, ...options);
  try {
    const { id } = await service.queue(training);
    await service.waitFor(id, ({ step }) => step > 100);
    return await task(service, async () => (await service.waitFor(id, () => true)).step);
  } finally {
    await service.end('SIGKILL');
    remove();
  }
}

/** How the service answers its health check while it trains. */
function health(seconds: number): Promise<Row[]> {
  return whileTraining([], async (service, steps) => {
    const alonePart = Math.max(1, seconds / 6);
    const before = await steps();
    await sleep(1000 * alonePart);
    const between = await steps();
    await delayP99(service);
    const load = { clients: 1, seconds, pauseMs: 10 };
    const { p50, p99 } = await ask(`${service.url}/healthz`, {}, load);
    const delay = await delayP99(service);
    const after = await steps();
    return [
      alone("training: the event loop's p99 delay", 'ms', [delay], 10),
      alone('training: health check, p50', 'ms', [p50]),
      alone('training: health check, p99', 'ms', [p99], 25),
      alone('training steps/s at batch 64, nobody asking', '/s', [(between - before) / alonePart]),
      alone('training steps/s at batch 64, health asked', '/s', [(after - between) / seconds]),
    ];
  });
}

/** Predictions of the model that is being trained, with batches of at most so many. */
function predictions(maxBatch: number, seconds: number): Promise<Row[]> {
  return whileTraining(['--max-batch', String(maxBatch)], async (service) => {
    const url = `${service.url}/api/predict`;
    await ask(url, predict, { clients: CLIENTS, seconds: seconds / 4 });
    await delayP99(service);
    const { perSecond, p50, p99 } = await ask(url, predict, { clients: CLIENTS, seconds });
    const delay = await delayP99(service);
    const single = await ask(url, predict, { clients: 1, seconds: seconds / 2 });
    const what = maxBatch === 1 ? 'training, one by one' : `training, batches of ${maxBatch}`;
    return [
      alone(`${what}: predictions/s, ${CLIENTS} clients`, '/s', [perSecond]),
      alone(`${what}: p50`, 'ms', [p50]),
      alone(`${what}: p99`, 'ms', [p99]),
      alone(`${what}: event loop's p99 delay`, 'ms', [delay]),
      alone(`${what}: p50, one client`, 'ms', [single.p50]),
    ];
  });
}

/** The same without a training, beside onnxruntime-node, which cannot train. */
async function besideOnnx(interpreter: string, seconds: number): Promise<Row[]> {
  await using onnx = await startOnnxServer(interpreter);
  const { folder, remove } = serviceFolder();
  const service = await Service.start(folder);
  try {
    const { id } = await service.queue({ batchSize: 64, maxSteps: 50 });
    await service.waitFor(id, ({ status }) => status === 'done');
    const rows: Row[] = [];
    const measure = async (what: string, url: string, delay: () => Promise<number>) => {
      await ask(`${url}/api/predict`, predict, { clients: CLIENTS, seconds: seconds / 4 });
      await delay();
      const load = { clients: CLIENTS, seconds };
      const { perSecond, p50, p99 } = await ask(`${url}/api/predict`, predict, load);
      rows.push(
        alone(`${what}: predictions/s, ${CLIENTS} clients`, '/s', [perSecond]),
        alone(`${what}: p50`, 'ms', [p50]),
        alone(`${what}: p99`, 'ms', [p99]),
        alone(`${what}: event loop's p99 delay`, 'ms', [await delay()]),
      );
    };
    await measure('idle, batches of 32', service.url, () => delayP99(service));
    if (onnx) {
      const delay = async () =>
        ((await (await fetch(`${onnx.url}/delay`)).json()) as { p99: number }).p99;
      await measure('onnxruntime-node, idle', onnx.url, delay);
    }
    return rows;
  } finally {
    await service.end('SIGKILL');
    remove();
  }
}

const bench: Bench = {
  title: 'The service example: LeNet trains and answers in one process',
  async run({ interpreter, quick }) {
    return [
      ...(await health(quick ? 2 : 60)),
      ...(await predictions(32, quick ? 1 : 8)),
      ...(await predictions(1, quick ? 1 : 8)),
      ...(await besideOnnx(interpreter, quick ? 1 : 8)),
    ];
  },
};

export default bench;
