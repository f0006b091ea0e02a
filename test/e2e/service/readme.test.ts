import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { Service, serviceFolder } from '../../_helpers/service/process.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const readme = readFileSync(`${root}examples/service/README.md`, 'utf8');

test('the commands of its README do what they say', async (t) => {
  const { folder, remove } = serviceFolder();
  t.teardown(remove);
  const service = await Service.start(folder);
  t.teardown(() => service.end('SIGKILL'));

  const commands = readme.split('\n').filter((line) => line.startsWith('curl '));
  const answers: string[] = [];
  for (const command of commands) {
    const here = command.replace('http://127.0.0.1:3000', service.url);
    const { stdout } = await promisify(execFile)('sh', ['-c', here], { cwd: root });
    answers.push(stdout);
    if (answers.length === 1) await service.waitFor(1, ({ step }) => step > 400);
  }
  const [queued, job, history, prediction, cancelled, metrics] = answers as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  t.like(JSON.parse(queued), { id: 1, steps: 938 });
  t.like(JSON.parse(job), { id: 1, settings: { epochs: 1, batchSize: 64 } });
  t.true(JSON.parse(history).losses.length > 400);
  t.like(JSON.parse(prediction), { digit: 7, job: 1 });
  t.is(JSON.parse(cancelled).status, 'cancelled');
  t.regex(metrics, /^training_steps_total \d+$/m);
});

test('the files that its README names are there', (t) => {
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path as string);
  t.true(links.length > 15);
  for (const path of links) t.true(existsSync(`${root}examples/service/${path}`), path);
});
