/** Workers and processes come to their end with tensors alive. */
import test from 'ava';
import { measure, start } from './_run.js';

test.serial('100 Workers that come and go leave no memory behind', async (t) => {
  const { peak, growth, codes } = await measure('worker-exits', 100, 20);
  t.log({ peak, growth });
  t.deepEqual(codes, [0]);
  t.true(growth < 60, `${growth} MB`);
});

test.serial('30 Workers are terminated in the middle of their operations', async (t) => {
  const { peak, sum } = await measure('worker-terminated', 30, 'endless');
  t.log({ peak });
  t.is(sum, 10);
});

test.serial('20 Workers are terminated in the middle of replays', async (t) => {
  const { peak, sum } = await measure('worker-terminated', 20, 'replays');
  t.log({ peak });
  t.is(sum, 10);
});

test.serial('20,000 tensors go to a Worker and back, or are dropped on the way', async (t) => {
  const { peak, growth, ...report } = await measure('hand-overs', 20_000, 1000);
  t.log({ peak, growth });
  t.is(report.sum, 40_000);
  t.deepEqual([report.handles, report.liveTensors, report.liveBytes], [0, 0, 0]);
  t.true(growth < 60, `${growth} MB`);
});

// `npm run stress:workers` does it with 1,000.
test.serial('40 Workers are terminated at random points of tensor work', async (t) => {
  const { peak, growth, ...report } = await measure('worker-stress', 40, 20, 1);
  t.log({ peak, growth, opened: report.opened });
  t.true(report.opened > 40, `${report.opened} handles opened`);
  t.deepEqual([report.handles, report.liveBytes, report.sum], [0, 0, 10]);
  t.true(growth < 60, `${growth} MB`);
});

for (const [way, title] of Object.entries({
  end: 'with tensors alive',
  exit: 'by process.exit() in the middle of a loop',
  exitInHook: 'by process.exit() in a hook',
  replay: 'by process.exit() in the middle of a replay',
  replayAtEnd: 'once its replays are done',
  worker: 'by process.exit() with a Worker at work',
})) {
  test.serial(`a process ends well ${title}`, async (t) => {
    t.deepEqual(await start('exit', way), { code: 0, signal: null, stdout: '', stderr: '' });
  });
}
