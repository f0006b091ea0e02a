/** SIGTERM: what is under way is finished, whoever dawdles is left, and nothing is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { readEvents } from '../../_helpers/service/events.js';
import { Service, serviceFolder } from '../../_helpers/service/process.js';
import { RawConnection } from '../../_helpers/service/raw.js';

const { folder, remove } = serviceFolder();
test.after.always(remove);

test.serial('it says that it is not ready, finishes what it has, and ends well', async (t) => {
  // Batches that wait for long: a request is surely under way when the signal comes.
  const options = ['--timeout-seconds', '2', '--drain-seconds', '1', '--max-delay-ms', '1500'];
  const service = await Service.start(folder, ...options);
  const { id } = await service.queue({ batchSize: 64 });
  await service.waitFor(id, ({ step }) => step > 10);

  const watching = readEvents(service, () => false);
  const dawdling = new RawConnection(service.url);
  dawdling.send('POST /api/predict HTTP/1.1\r\nHost: test\r\nContent-Length: 784\r\n');
  const headers = { 'content-type': 'application/octet-stream' };
  const init = { method: 'POST', headers, body: Buffer.alloc(784) };
  const prediction = service.fetch('/api/predict', init);
  await sleep(100);

  const ended = service.end('SIGTERM');
  let ready = await service.fetch('/readyz');
  while (ready.status === 200) ready = await service.fetch('/readyz');
  t.is(ready.status, 503);
  t.like(await ready.json(), { checks: { accepting: false, queue: true } });
  t.is((await service.fetch('/healthz')).status, 200);
  t.is((await service.fetch('/api/events')).status, 503);

  t.is((await prediction).status, 200);
  t.true((await watching).length > 0, 'the stream was ended');
  t.deepEqual({ ...(await ended) }, { code: 0, signal: null, output: '' });
  await dawdling.closed;
});

test.serial('the next process goes on, and answers by the saved model at once', async (t) => {
  const service = await Service.start(folder);
  t.teardown(() => service.end('SIGKILL'));
  const job = await service.json<{ savedStep: number; starts: number }>('/api/jobs/1');
  t.true(job.savedStep > 10);
  t.is(job.starts, 2);
  const headers = { 'content-type': 'application/octet-stream' };
  const init = { method: 'POST', headers, body: Buffer.alloc(784) };
  const response = await service.fetch('/api/predict', init);
  t.is(response.status, 200);
  t.true(((await response.json()) as { step: number }).step >= job.savedStep);
});
