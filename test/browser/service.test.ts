/** The page in a real browser: what a person sees and does. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Page } from 'puppeteer-core';
import sharp from 'sharp';
import { type RunningBrowser, startBrowser } from '../_helpers/service/browser.js';
import { testImages } from '../_helpers/service/mnist.js';
import { type Job, Service, serviceFolder } from '../_helpers/service/process.js';

const { folder, remove } = serviceFolder();
/** Where to put pictures of the page, to be looked at. */
const pictures = process.env.SCONCE_SCREENSHOTS;
const faults: string[] = [];

let service: Service;
let running: RunningBrowser;
let page: Page;

test.before(async (t) => {
  t.timeout(120_000);
  [service, running] = await Promise.all([
    Service.start(folder, '--checkpoint-seconds', '0.5'),
    startBrowser(),
  ]);
  page = await running.browser.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  page.setDefaultTimeout(60_000);
  await page.setViewport({ width: 1100, height: 1000 });
  await page.goto(service.url);
});

test.after.always(async () => {
  await running?.close();
  await service?.end('SIGKILL');
  remove();
});

const text = (selector: string) => page.$eval(selector, (element) => element.textContent ?? '');

/** Waits until an element's text is as asked. */
async function shows(selector: string, pattern: RegExp): Promise<void> {
  await page.waitForFunction(
    (selector, source) =>
      new RegExp(source).test(document.querySelector(selector)?.textContent ?? ''),
    {},
    selector,
    pattern.source,
  );
}

async function photograph(name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

/** How many pixels of a chart have the colour of its line. */
function coloured(chart: string, variable: string): number {
  const canvas = document.querySelector(`${chart} canvas`) as HTMLCanvasElement;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const colour = getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] === r && data[i + 1] === g && data[i + 2] === b) count++;
  }
  return count;
}

/** The step that the page shows; runs in the page. */
function shownStep(): number {
  const text = document.querySelector('#summary')?.textContent ?? '';
  return Number(/step ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', ''));
}

/** Draws lines from corner to corner, each corner in the canvas's own 280 by 280. */
async function drawLine(corners: readonly (readonly [number, number])[]): Promise<void> {
  const box = await (await page.$('#canvas'))?.boundingBox();
  if (!box) throw new Error('the canvas is not shown');
  const at = ([x, y]: readonly [number, number]): [number, number] => [
    box.x + (box.width * x) / 280,
    box.y + (box.height * y) / 280,
  ];
  const [first, ...rest] = corners as [[number, number], ...[number, number][]];
  await page.mouse.move(...at(first));
  await page.mouse.down();
  for (const corner of rest) await page.mouse.move(...at(corner), { steps: 8 });
  await page.mouse.up();
}

test.serial(
  'a training is queued from the page, and its curves are drawn as it goes',
  async (t) => {
    await shows('#status', /^idle$/);
    t.is(await page.evaluate(coloured, '#loss-chart', '--accent'), 0);
    await page.$eval('[name=batchSize]', (input) => {
      (input as HTMLInputElement).value = '64';
    });
    await page.click('#job button');
    await shows('#status', /^training job 1$/);
    await shows('#jobs', /running.*batch 64/);
    await shows('#summary', /^job 1, step [\d,]+ of 4,690, accuracy (8[5-9]|9\d)\.\d%$/);
    t.true((await page.evaluate(coloured, '#loss-chart', '--accent')) > 100);
    // A second look at the test images makes a line of the first point.
    await page.waitForFunction(`(${coloured})('#accuracy-chart', '--second') > 30`);
    t.true(await page.$eval('progress', ({ value }) => value > 0 && value < 1));
  },
);

test.serial('a drawn digit is recognized by the model that is being trained', async (t) => {
  await drawLine([
    [80, 60],
    [200, 60],
    [125, 230],
  ]);
  await shows('#digit', /^7$/);
  t.regex(await text('#asked'), /^Answered by job 1 after step [\d,]+\.$/);
  t.is((await page.$$('#bars li')).length, 10);
  await photograph('desktop');

  await page.click('#clear');
  t.is(await text('#digit'), '?');
  await drawLine([
    [140, 50],
    [140, 230],
  ]);
  await shows('#digit', /^1$/);
});

test.serial('a picture is uploaded', async (t) => {
  const sample = testImages(10).find(({ label }) => label === 0);
  const file = join(folder, 'zero.png');
  await sharp(sample?.image, { raw: { width: 28, height: 28, channels: 1 } })
    .resize(200, 200)
    .png()
    .toFile(file);
  const input = await page.$('input[type=file]');
  await (input as Awaited<ReturnType<typeof page.$<'input'>>>)?.uploadFile(file);
  await shows('#digit', /^0$/);
  t.pass();
});

test.serial('a phone shows it all, in one column', async (t) => {
  await page.setViewport({ width: 360, height: 740, isMobile: true, hasTouch: true });
  await page.waitForFunction(() => (document.querySelector('.u-wrap')?.clientWidth ?? 999) < 320);
  const [wide, columns] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    getComputedStyle(document.querySelector('main') as Element).gridTemplateColumns.split(' ')
      .length,
  ]);
  t.is(wide, 360);
  t.is(columns, 1);
  await photograph('phone');
  await page.setViewport({ width: 1100, height: 1000 });
});

test.serial('a killed service comes back to the same page, with the whole curve', async (t) => {
  const before = await service.waitFor(1, ({ savedStep }) => savedStep > 0);
  await service.end('SIGKILL');
  await shows('#status', /^connection lost/);
  const { port } = new URL(service.url);
  service = await Service.start(folder, '--port', port);
  await shows('#status', /^training job 1$/);
  await shows('#jobs', /seed 0\s*2\s*Cancel/);
  await page.waitForFunction(`(${shownStep})() > ${before.savedStep}`);
  await page.click('[aria-label="Cancel job 1"]');
  await shows('#jobs', /cancelled/);
  t.is((await service.json<Job>('/api/jobs/1')).status, 'cancelled');
});

test.serial('a wrong setting is told by the service', async (t) => {
  await page.$eval('#job', (form) => {
    (form as HTMLFormElement).noValidate = true;
  });
  await page.$eval('[name=epochs]', (input) => {
    (input as HTMLInputElement).value = '500';
  });
  await page.click('#job button[type=submit]');
  await shows('#problem', /epochs must be <= 20/);
  t.deepEqual(faults, [`400 ${service.url}/api/jobs`]);
});
