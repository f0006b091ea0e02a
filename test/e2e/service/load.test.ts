/** A few seconds of the load that `npm run bench service-load` puts on the service for a minute. */
import test from 'ava';
import { load, loadOptions } from '../../_helpers/service/load.js';
import { Service, serviceFolder } from '../../_helpers/service/process.js';

test('slow, broken and wrong clients get clear errors, and the others their answers', async (t) => {
  t.timeout(120_000);
  const { folder, remove } = serviceFolder();
  t.teardown(remove);
  const service = await Service.start(folder, ...loadOptions);
  t.teardown(() => service.end('SIGKILL'));
  const { id } = await service.queue({ batchSize: 64, epochs: 20 });
  await service.waitFor(id, ({ step }) => step > 300);

  const report = await load(service, 4);
  t.deepEqual(report.faults, []);
  t.is(Object.keys(report.counts).length, 20);
  t.log(report.counts);

  t.true(report.accuracy > 0.8, String(report.accuracy));
  t.deepEqual(await service.json('/healthz'), { status: 'ok' });
  const end = await service.end();
  t.deepEqual({ ...end }, { code: 0, signal: null, output: '' });
});
