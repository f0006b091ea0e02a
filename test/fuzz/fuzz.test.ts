import test from 'ava';
import { describeCall, fuzz } from './fuzz.js';

/** Which calls: each seed makes others, and `npm run fuzz` makes as many as one likes. */
const SEED = 1;
const CALLS = 20_000;

// What is claimed is that the process lives: the kernel says which signal took it down.
test('every operator, called at random with right and wrong arguments, returns or throws', async (t) => {
  t.timeout(600_000);
  const outcome = await fuzz(SEED, CALLS);
  const failures = outcome.failures.map(async ({ call, how, output }) => {
    return `call ${call}: ${how}\n${await describeCall(SEED, call)}\n${output}`;
  });
  t.deepEqual(await Promise.all(failures), []);
  t.true(outcome.returned > CALLS / 5, `only ${outcome.returned} calls got through to a kernel`);
  t.true(outcome.threw > CALLS / 5, `only ${outcome.threw} calls were refused`);
});
