import { readFileSync } from 'node:fs';
import test from 'ava';
import torch from 'sconce';
import { cpuCapability, cpuName } from '../_helpers/cpu.js';
import { isOnCpu, OTHER_DEVICE } from '../_helpers/device.js';
import { Archive, type Entry } from './opinfo/archive.js';
import { listed } from './opinfo/misses.js';
import { Player } from './opinfo/play.js';

/** What no two CPUs agree on: eigenvectors and singular vectors have a free sign. */
const FREE = /eig|svd|lstsq|lowrank|pinv|matrix_rank|_norm|norm\.nuc|qr|cond/;
/** How much further off the numbers of another CPU may be. */
const OTHER_CPU = 20;

interface Picked {
  cpu: string;
  capability: string;
  entries: Entry[];
}

function read(name: string): Archive<Picked> {
  const path = new URL(`../golden/opinfo/${name}.bin.br`, import.meta.url);
  return new Archive<Picked>(readFileSync(path), 'brotli');
}

test.before(() => torch.setNumThreads(1));

for (const dtype of ['float32', 'float64', 'complex64', 'int64', 'bool', 'bfloat16', 'sparse']) {
  test(`${dtype}: PyTorch's samples give PyTorch's results and gradients`, (t) => {
    const archive = read(dtype);
    const { cpu, capability, entries } = archive.header;
    const isSame = isOnCpu && cpu === cpuName() && capability === cpuCapability();
    const widen = isOnCpu ? OTHER_CPU : OTHER_DEVICE;
    const failures: string[] = [];
    let samples = 0;
    let passed = 0;
    for (const entry of entries) {
      const player = new Player(archive, isSame ? {} : { widen, loose: FREE.test(entry.name) });
      for (const sample of entry.samples) {
        samples++;
        const { result, gradients } = player.sample(entry, sample);
        const text = result ?? (gradients && `gradients: ${gradients}`);
        if (text === undefined) passed++;
        else if (!listed(entry.name, text)) {
          failures.push(`${entry.name}, sample ${sample.number}: ${text}`);
        }
      }
    }
    // Another device lacks a few operators, and draws other random numbers.
    if (isOnCpu) t.deepEqual(failures, []);
    else for (const failure of failures) t.log(failure);
    t.log(`${passed} of ${samples} samples of ${entries.length} operators`);
    t.true(passed / samples >= 0.97, `${passed} of ${samples}`);
  });
}

test("calls that PyTorch's tables say must fail do", (t) => {
  const archive = read('errors');
  const player = new Player(archive);
  const failures = archive.header.entries.flatMap((entry) =>
    entry.errors.flatMap((sample) => {
      const text = player.error(sample);
      if (text === undefined || listed(entry.name, text)) return [];
      return [`${entry.name}, ${sample.number} (Python: ${sample.error.join(': ')}): ${text}`];
    }),
  );
  t.deepEqual(failures, []);
});
