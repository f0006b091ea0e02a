/** Whatever ends the service, a job goes on as if nothing had been. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { cpuCapability, cpuName } from '../../_helpers/cpu.js';
import { type History, type Job, Service, serviceFolder } from '../../_helpers/service/process.js';

const golden = JSON.parse(
  readFileSync(new URL('../../golden/lenet.json', import.meta.url), 'utf8'),
);

/** More than an epoch, which has 59 steps. */
const settings = { batchSize: 1024, maxSteps: 80, seed: 3, evaluateEvery: 10 };

const unbroken = serviceFolder();
const broken = serviceFolder();
let expected: History;

test.before(async (t) => {
  t.timeout(120_000);
  const service = await Service.start(unbroken.folder);
  const { id } = await service.queue(settings);
  const job = await service.waitFor(id, ({ status }) => status === 'done');
  t.is(job.starts, 1);
  expected = await service.history(id);
  t.is(expected.losses.length, settings.maxSteps);

  const { batchSize, lr, momentum, seed, steps } = golden;
  const second = await service.queue({ batchSize, lr, momentum, seed, maxSteps: steps });
  await service.waitFor(second.id, ({ status }) => status === 'done');
  const { losses } = await service.history(second.id);
  const same = cpuName() === golden.cpu && cpuCapability() === golden.capability;
  if (same) t.deepEqual(losses, golden.losses, "they are Python's");
  const { code } = await service.end();
  t.is(code, 0);
});

test.after.always(() => {
  unbroken.remove();
  broken.remove();
});

test.serial(
  'killed in the middle, a job goes on, and its losses are the same to the bit',
  async (t) => {
    const { folder } = broken;
    const start = () => Service.start(folder, '--checkpoint-seconds', '0.2');
    let service = await start();
    const first = await service.queue(settings);
    const second = await service.queue({ ...settings, maxSteps: 50 });

    for (const [signal, after] of [
      ['SIGKILL', 0],
      ['SIGTERM', 0],
      ['SIGKILL', 60], // in the second epoch
    ] as const) {
      const { savedStep } = await service.json<Job>(`/api/jobs/${first.id}`);
      await service.waitFor(first.id, (job) => job.savedStep > Math.max(savedStep, after));
      await sleep(200 * Math.random());
      const { code } = await service.end(signal);
      t.is(code, signal === 'SIGKILL' ? null : 0);
      service = await start();
    }
    // What a kill in the middle of a write leaves is nothing that anyone reads.
    writeFileSync(join(folder, 'service', 'checkpoints', '.job-1-step-9.pt.0a1b2c.tmp'), 'torn');

    const job = await service.waitFor(first.id, ({ status }) => status === 'done');
    t.is(job.starts, 4);
    t.deepEqual(await service.history(first.id), expected);

    await service.waitFor(second.id, ({ status }) => status === 'done');
    t.deepEqual((await service.history(second.id)).losses, expected.losses.slice(0, 50));
    t.is((await service.end()).code, 0);
    const files = readdirSync(join(folder, 'service', 'checkpoints'));
    t.deepEqual(files.sort(), ['job-1-step-80.pt', 'job-2-step-50.pt']);
  },
);

test.serial('a second service keeps out of the folder', async (t) => {
  const service = await Service.start(broken.folder);
  await t.throwsAsync(() => Service.start(broken.folder), { message: /another service uses/ });
  t.is((await service.end()).code, 0);
});
