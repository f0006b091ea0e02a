/** Memory stays flat in synchronous loops that never await, dispose or tidy. */
import test from 'ava';
import { measure } from './_run.js';

const FLOATS_OF_1_MB = 262_144;

test.serial('100,000 tensors of 1 MB', async (t) => {
  const { peak, maxRss, mostTensors } = await measure('loop', 100_000, FLOATS_OF_1_MB);
  t.log({ peak, maxRss, mostTensors });
  t.true(peak < 600, `${peak} MB`);
  t.true(maxRss < 600, `${maxRss} MB`);
  t.true(mostTensors < 400, `${mostTensors} tensors`);
});

test.serial('200,000 operations of LeNet sizes', async (t) => {
  const { peak, maxRss, growth, liveTensors } = await measure('small', 200_000);
  t.log({ peak, maxRss, growth, liveTensors });
  t.true(peak < 400, `${peak} MB`);
  t.true(maxRss < 400, `${maxRss} MB`);
  t.true(growth < 40, `${growth} MB`);
  t.true(liveTensors < 10_000, `${liveTensors} tensors`);
});

test.serial('1,500 steps of training LeNet', async (t) => {
  const { peak, growth, liveTensors, loss } = await measure('training', 1500, 300);
  t.log({ peak, growth, liveTensors });
  t.true(loss > 0 && loss < 10, `a loss of ${loss}`);
  t.true(growth < 40, `${growth} MB`);
  t.true(peak < 500, `${peak} MB`);
  t.true(liveTensors < 10_000, `${liveTensors} tensors`);
});

test.serial('2,000 times memory of 1 MB that a tensor and a TypedArray share', async (t) => {
  const { peak, maxRss, sum } = await measure('arrays', 2000);
  t.log({ peak, maxRss });
  t.is(sum, 6000);
  t.true(maxRss < 600, `${maxRss} MB`);
});

test.serial('20,000 tensors of 1 MB in a Worker', async (t) => {
  const { peak, code } = await measure('worker-loop', 20_000, FLOATS_OF_1_MB);
  t.log({ peak });
  t.is(code, 0);
  t.true(peak < 600, `${peak} MB`);
});

test.serial('8,000 replays of a compiled step', async (t) => {
  const { peak, growth, liveTensors, loss, sum } = await measure('compile-step', 8000, 2000);
  t.log({ peak, growth, liveTensors });
  t.is(sum, 1, 'one tape');
  t.true(loss > 0 && loss < 10, `a loss of ${loss}`);
  t.true(growth < 20, `${growth} MB`);
  t.true(peak < 400, `${peak} MB`);
  t.true(liveTensors < 5000, `${liveTensors} tensors`);
});
