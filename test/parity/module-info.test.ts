import test from 'ava';
import torch, { TorchError } from 'sconce';
import { cases, errorCases, run, runError } from '../_helpers/module-info.js';

torch.setNumThreads(1);

/** The modules whose samples do not pass, and why. */
const misses: Record<string, string> = {};

const names = [...new Set(cases.map(({ module }) => module))];
const failed: string[] = [];

for (const name of names) {
  test(`PyTorch's samples of ${name}`, (t) => {
    const samples = cases.filter(({ module }) => module === name);
    const faults = samples.flatMap((sample, i) => {
      try {
        const fault = run(sample);
        return fault === undefined ? [] : [`sample ${i}: ${fault}`];
      } catch (error) {
        return [`sample ${i}: ${(error as Error).message}`];
      }
    });
    failed.push(...faults);
    if (name in misses) t.true(faults.length > 0, 'it passes: take it off the list');
    else t.is(faults.length, 0, `${faults.length} of ${samples.length}: ${faults[0]}`);
  });
}

test("PyTorch's error inputs of modules throw", (t) => {
  for (const [i, sample] of errorCases.entries()) {
    const what = `${i}: ${sample.module} does not throw as Python's ${sample.error}`;
    const error = t.throws(() => runError(sample), undefined, what);
    // An error of ours, and not one of the code that went on with wrong arguments.
    const isOurs = error instanceof TorchError || /^nn\.|must be/.test(error?.message ?? '');
    t.true(isOurs, `${what}, but: ${error}`);
  }
});

test.after.always('at least 97% of the samples pass', (t) => {
  t.true(failed.length <= 0.03 * cases.length, `${failed.length} of ${cases.length} fail`);
});
