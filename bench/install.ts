import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ESM,
  installInto,
  libtorchEnvironment,
  makeConsumer,
  RESULT,
  runNode,
} from '../test/_helpers/consumer.js';
import { packTarball } from '../test/_helpers/package.js';
import type { Bench } from './_helpers/bench.js';
import { alone } from './_helpers/report.js';

const bench: Bench = {
  title: 'From the tarball to the first tensor',
  async run({ quick }) {
    const folder = mkdtempSync(join(tmpdir(), 'sconce-bench-'));
    const environment = { ...libtorchEnvironment(), PATH: process.env.PATH };
    const install: number[] = [];
    const first: number[] = [];
    try {
      const tarball = packTarball(folder);
      for (let round = -1; round < (quick ? 1 : 5); round++) {
        const app = join(folder, `app${round}`);
        makeConsumer(app);
        writeFileSync(join(app, 'main.mjs'), ESM);
        const begin = performance.now();
        installInto(app, [tarball]);
        const installed = performance.now();
        const result = runNode(process.execPath, ['main.mjs'], app, environment);
        if (result !== RESULT) throw new Error(result);
        // The round before the first one brings the dependencies into npm's cache.
        if (round < 0) continue;
        install.push((installed - begin) / 1000);
        first.push((performance.now() - installed) / 1000);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const whole = install.map((seconds, i) => seconds + (first[i] as number));
    return [
      alone('npm install of the tarball', 's', install),
      alone('a process to its first tensor', 's', first),
      alone('both', 's', whole, 5),
    ];
  },
};

export default bench;
