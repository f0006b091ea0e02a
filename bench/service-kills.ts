import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import torch from 'sconce';
import { Queue } from '../examples/service/jobs/queue.js';
import { Service, serviceFolder } from '../test/_helpers/service/process.js';
import type { Bench } from './_helpers/bench.js';
import { alone } from './_helpers/report.js';

const options = ['--checkpoint-seconds', '0.2'];
const settings = { batchSize: 64, epochs: 20, evaluateEvery: 100, seed: 1 };

/** What the killed process left on the disk, read before another one touches it. */
function inspect(folder: string): { jobs: number; torn: boolean; starts: number; step: number } {
  const queue = new Queue(join(folder, 'service', 'queue.db'));
  try {
    const jobs = queue.list(10);
    const job = queue.get(1);
    if (!job?.checkpoint)
      return { jobs: jobs.length, torn: false, starts: job?.starts ?? 0, step: 0 };
    const file = join(folder, 'service', 'checkpoints', job.checkpoint);
    const { step } = torch.load(file) as { step: number };
    const whole = step === job.step && queue.losses(1).length === step;
    return { jobs: jobs.length, torn: !whole, starts: job.starts, step };
  } finally {
    queue.close();
  }
}

/** The losses of the same training, which nothing interrupts. */
async function unbroken(maxSteps: number): Promise<number[]> {
  const { folder, remove } = serviceFolder();
  const service = await Service.start(folder);
  try {
    const { id } = await service.queue({ ...settings, maxSteps });
    await service.waitFor(id, ({ status }) => status === 'done');
    return (await service.history(id)).losses;
  } finally {
    await service.end('SIGKILL');
    remove();
  }
}

const bench: Bench = {
  title: 'The service example: killed in mid-training, again and again',
  async run({ quick }) {
    const kills = quick ? 2 : 20;
    const { folder, remove } = serviceFolder();
    let service = await Service.start(folder, ...options);
    try {
      let [lost, torn, step] = [0, 0, 0];
      await service.queue(settings);
      await service.queue(settings); // waits all the while
      for (let kill = 0; kill < kills; kill++) {
        await sleep(3000 * Math.random());
        await service.end('SIGKILL');
        const found = inspect(folder);
        lost += 2 - found.jobs;
        torn += Number(found.torn);
        if (found.step < step) lost++;
        step = found.step;
        service = await Service.start(folder, ...options);
      }
      await service.waitFor(1, ({ savedStep }) => savedStep > step);
      await service.end('SIGTERM');
      const { starts } = inspect(folder);
      const queue = new Queue(join(folder, 'service', 'queue.db'));
      const losses = queue.losses(1);
      queue.close();

      const expected = await unbroken(losses.length);
      const different = losses.filter((loss, i) => loss !== expected[i]).length;
      return [
        alone('kill -9 at random moments', 'times', [kills]),
        alone('times that the job was taken up', 'times', [starts]),
        alone('jobs lost, or set back', 'times', [lost], 0),
        alone('checkpoints torn', 'times', [torn], 0),
        alone('steps trained', 'steps', [losses.length]),
        alone("losses other than an unbroken run's", 'steps', [different], 0),
      ];
    } finally {
      await service.end('SIGKILL');
      remove();
    }
  },
};

export default bench;
