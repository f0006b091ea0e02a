/** The service's answers, to good requests and to bad ones. */
import { join } from 'node:path';
import test from 'ava';
import torch, { type Tensor } from 'sconce';
import sharp from 'sharp';
import { LeNet } from '../../../examples/service/lenet.js';
import { readEvents, type ServerEvent } from '../../_helpers/service/events.js';
import { testImages } from '../../_helpers/service/mnist.js';
import { type Job, Service, serviceFolder } from '../../_helpers/service/process.js';

const { folder, remove } = serviceFolder();
const raw = { 'content-type': 'application/octet-stream' };
const png = { 'content-type': 'image/png' };
const json = { 'content-type': 'application/json' };
const quick = { batchSize: 64, maxSteps: 300, evaluateEvery: 100 };

interface Prediction {
  digit: number;
  probabilities: number[];
  job: number;
  step: number;
}

let service: Service;

test.before(async (t) => {
  t.timeout(60_000);
  const limits = ['--max-queued-jobs', '3', '--jobs-per-minute', '40', '--max-event-streams', '2'];
  service = await Service.start(folder, ...limits);
});

test.after.always(async () => {
  await service?.end('SIGKILL');
  remove();
});

async function predict(body: Buffer, headers: Record<string, string>): Promise<Prediction> {
  const response = await service.fetch('/api/predict', { method: 'POST', headers, body });
  if (response.status !== 200) throw new Error(await response.text());
  return response.json() as Promise<Prediction>;
}

/** A sample of a metric that has no labels. */
async function metric(name: string): Promise<number> {
  const text = await (await service.fetch('/metrics')).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

test.serial('it lives, is ready, and serves its page', async (t) => {
  t.deepEqual(await service.json('/healthz'), { status: 'ok' });
  const checks = { accepting: true, predictions: true, queue: true };
  t.deepEqual(await service.json('/readyz'), { status: 'ready', checks });
  const page = await service.fetch('/');
  t.is(page.headers.get('content-type'), 'text/html; charset=utf-8');
  t.regex(await page.text(), /<canvas/);
  t.is((await service.fetch('/uplot/uPlot.esm.js')).status, 200);
});

test.serial('before any training there is no model', async (t) => {
  const body = Buffer.alloc(784);
  const response = await service.fetch('/api/predict', { method: 'POST', headers: raw, body });
  t.is(response.status, 503);
  t.is(response.headers.get('retry-after'), '1');
  t.regex(await response.text(), /"no_model".*queue a job first/);
});

const post = (path: string, headers: Record<string, string>, body: string) =>
  [path, { method: 'POST', headers, body }] as const;
const jobs = (body: string) => post('/api/jobs', json, body);

const wrong: [what: string, request: readonly [string, RequestInit?], answer: RegExp][] = [
  ['no such path', ['/api/nothing'], /^404 .*"not_found"/],
  ['a path that climbs', ['/..%2f..%2fpackage.json'], /^40[34] /],
  ['no such job', ['/api/jobs/999'], /^404 .*there is no job 999/],
  ['a job that is no number', ['/api/jobs/one'], /^400 .*"invalid"/],
  ['a job of many digits', ['/api/jobs/99999999999999999999'], /^400 .*"invalid"/],
  ['a history after nothing', ['/api/jobs/1/history?after=-1'], /^400 .*querystring\/after/],
  ['text that is no JSON', jobs('{"epochs": '), /^400 .*JSON/],
  ['JSON that is no object', jobs('[1]'), /^400 .*must be object/],
  ['nothing', jobs(''), /^400 .*empty/i],
  ['an unknown setting', jobs('{"epoch": 1}'), /^400 .*must NOT have additional properties/],
  ['a prototype', jobs('{"__proto__": {"epochs": 1}}'), /^400 /],
  ['too many epochs', jobs('{"epochs": 1000}'), /^400 .*body\/epochs must be <= 20/],
  ['a number in quotes', jobs('{"epochs": "5"}'), /^400 .*body\/epochs must be integer/],
  ['a number that JSON lacks', jobs('{"lr": NaN}'), /^400 .*JSON/],
  ['two faults at once', jobs('{"lr": -1, "seed": 0.5}'), /^400 .*lr .*seed /],
  ['a body of 20 KB', jobs(`{"epochs": ${' '.repeat(20_000)}1}`), /^413 .*too large/],
  ['settings as text', post('/api/jobs', { 'content-type': 'text/plain' }, '{}'), /^415 /],
  ['an image as JSON', post('/api/predict', json, '{}'), /^415 .*"invalid_media_type"/],
  ['no image', post('/api/predict', png, ''), /^400 .*send a picture/],
  ['a picture that is none', post('/api/predict', png, 'PNG'), /^422 .*cannot be read/],
  ['too few pixels', post('/api/predict', raw, 'abc'), /^422 .*takes 784 bytes, got 3/],
  ['a picture of 300 KB', post('/api/predict', png, 'x'.repeat(300_000)), /^413 /],
];

for (const [what, request, answer] of wrong) {
  test.serial(`refused with a reason: ${what}`, async (t) => {
    const response = await service.fetch(...request);
    const text = await response.text();
    t.regex(`${response.status} ${text}`, answer);
    const { error } = JSON.parse(text);
    t.deepEqual(Object.keys(error), ['code', 'message']);
  });
}

test.serial('pictures that cannot be a digit are refused with a reason', async (t) => {
  const plain = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
  await t.throwsAsync(predict(await plain(100, 100), png), { message: /blank: draw a digit/ });
  const bomb = await plain(6000, 6000);
  t.true(bomb.length < 256 * 1024);
  await t.throwsAsync(predict(bomb, png), { message: /cannot be read: .*exceeds pixel limit/ });
  const [torn] = testImages(1);
  const cut = (
    await sharp(torn?.image, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toBuffer()
  ).subarray(0, 100);
  await t.throwsAsync(predict(cut, png), { message: /bad_image.*cannot be read/ });
});

test.serial('a job is trained, and its events tell every loss once', async (t) => {
  const { id, status, steps } = await service.queue(quick);
  t.is(steps, 300);
  t.true(['queued', 'running'].includes(status));
  const lossesOf = (events: readonly ServerEvent[]): number[] =>
    events.filter(({ event }) => event === 'losses').flatMap(({ data }) => data.losses);
  const evaluationsOf = (events: readonly ServerEvent[]) =>
    events.filter(({ event }) => event === 'evaluations').flatMap(({ data }) => data.evaluations);
  const some = await readEvents(service, (events) => lossesOf(events).length >= 50);
  const before = lossesOf(some);

  // One that comes back goes on where it was.
  const rest = await readEvents(
    service,
    (events) => lossesOf(events).length >= 300 - before.length && evaluationsOf(events).length > 0,
    some.at(-1)?.id,
  );
  const told = [...before, ...lossesOf(rest)];
  await service.waitFor(id, (job) => job.status === 'done');
  const { losses, evaluations } = await service.history(id);
  t.is(losses.length, 300);
  t.deepEqual(
    told,
    losses.map((loss) => Number(loss.toPrecision(5))),
  );
  t.deepEqual(
    evaluations.map(({ step, images }) => [step, images]),
    [
      [100, 1000],
      [200, 1000],
      [300, 10_000],
    ],
  );
  t.true((evaluations.at(-1)?.accuracy as number) > 0.85);
  t.is(await metric('training_steps_total'), 300);
});

test.serial(
  'predictions are those of the saved model, and concurrent ones share a batch',
  async (t) => {
    const samples = testImages(200);
    const answers = await Promise.all(samples.map(({ image }) => predict(image, raw)));

    torch.setNumThreads(1);
    const file = join(folder, 'service', 'checkpoints', 'job-1-step-300.pt');
    const model = new LeNet();
    model.loadStateDict((torch.load(file) as { model: Record<string, Tensor> }).model);
    const pixels = torch.tensor(Buffer.concat(samples.map(({ image }) => image)));
    const inputs = pixels.view(-1, 1, 28, 28).float().div(255).sub(0.5).div(0.5);
    const expected = torch.noGrad(() => model(inputs).softmax(1)).tolist() as number[][];

    for (const [i, { digit, probabilities, job, step }] of answers.entries()) {
      const row = expected[i] as number[];
      t.deepEqual([job, step, digit], [1, 300, row.indexOf(Math.max(...row))]);
      for (const [j, probability] of probabilities.entries()) {
        t.true(Math.abs(probability - (row[j] as number)) < 1e-5);
      }
    }
    t.is(await metric('prediction_batch_size_sum'), 200);
    t.true((await metric('prediction_batch_size_count')) <= 100);
  },
);

test.serial(
  'drawings of any size, dark on light or light on dark, are read as digits',
  async (t) => {
    const samples = testImages(60);
    let right = 0;
    for (const [i, { image, label }] of samples.entries()) {
      const drawing = sharp(image, { raw: { width: 28, height: 28, channels: 1 } })
        .extend({ top: 3 * (i % 4), left: 20, background: 'black' })
        .resize(i % 3 === 0 ? 500 : 120, null, { kernel: 'cubic' })
        .negate(i % 2 === 0);
      const jpeg = i % 5 === 0;
      const picture = await (jpeg ? drawing.jpeg() : drawing.png()).toBuffer();
      const type = { 'content-type': jpeg ? 'image/jpeg' : 'image/png' };
      if ((await predict(picture, type)).digit === label) right++;
    }
    t.true(right >= 51, `${right} of 60 are right`);
  },
);

test.serial('a diverging job fails, and says why', async (t) => {
  const { id } = await service.queue({ ...quick, lr: 10, momentum: 0.99 });
  await t.throwsAsync(() => service.waitFor(id, ({ status }) => status === 'done'), {
    message: /the loss is NaN at step \d+; a smaller lr may help/,
  });
  t.deepEqual(await service.json('/healthz'), { status: 'ok' });
});

test.serial('jobs are cancelled, at work or waiting, and a full queue takes no more', async (t) => {
  const epochs = 20;
  const running = await service.queue({ epochs });
  const waiting = [];
  for (let i = 0; i < 3; i++) waiting.push(await service.queue({ epochs }));
  const refused = await service.post('/api/jobs', { epochs });
  t.is(refused.status, 429);
  t.regex(await refused.text(), /3 jobs wait already/);

  await service.waitFor(running.id, ({ step }) => step > 0);
  for (const { id } of [...waiting, running]) {
    const response = await service.fetch(`/api/jobs/${id}`, { method: 'DELETE' });
    t.is(((await response.json()) as Job).status, 'cancelled');
  }
  const again = await service.fetch(`/api/jobs/${running.id}`, { method: 'DELETE' });
  t.is(again.status, 409);
  t.regex(await again.text(), /is over: cancelled/);
  // The next job finds the thread free.
  const next = await service.queue({ ...quick, maxSteps: 20 });
  await service.waitFor(next.id, ({ status }) => status === 'done');
});

test.serial('no more pages watch than may', async (t) => {
  const watching = [await service.fetch('/api/events'), await service.fetch('/api/events')];
  const refused = await service.fetch('/api/events');
  t.is(refused.status, 503);
  t.regex(await refused.text(), /2 pages are watching already/);
  for (const { body } of watching) await body?.cancel();
  while ((await metric('event_streams')) > 0);
  await readEvents(service, (events) => events.length > 0);
});

test.serial('one address queues only so many jobs in a minute', async (t) => {
  let response = await service.post('/api/jobs', { epochs: 'many' });
  for (let i = 0; i < 60 && response.status === 400; i++) {
    response = await service.post('/api/jobs', { epochs: 'many' });
  }
  t.is(response.status, 429);
  t.regex(await response.text(), /too_many_requests.*too many jobs from here/);
});
