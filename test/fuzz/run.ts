import { parseArgs } from 'node:util';
import { describeCall, fuzz } from './fuzz.js';

const help = `npm run fuzz -- [--seed N] [--calls N] [--first N]

Calls operators at random, by all their public names, with random arguments, right and wrong ones;
each must return or throw. Prints the calls that took their process down; exits 1 where there are.
--seed N   which calls (default: 0)
--calls N  how many (default: 1000000)
--first N  the first of them (default: 0)`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    calls: { type: 'string', default: '1000000' },
    first: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(help);
} else {
  const seed = Number(values.seed);
  const outcome = await fuzz(seed, Number(values.calls), Number(values.first));
  for (const { call, how } of outcome.failures) {
    console.log(`call ${call}: ${how}\n  ${await describeCall(seed, call)}`);
  }
  console.log(
    `${outcome.returned} calls returned, ${outcome.threw} threw, ${outcome.failures.length} took the process down`,
  );
  process.exitCode = outcome.failures.length > 0 ? 1 : 0;
}
