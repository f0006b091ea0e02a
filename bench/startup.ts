import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Bench } from './_helpers/bench.js';
import { root } from './_helpers/paths.js';
import { compare } from './_helpers/report.js';

/** What one run from nothing to a first result tells. */
interface Start {
  /** Seconds from before the import to the result, in the process itself. */
  seconds: number;
  /** The same with the start and the end of the process. */
  whole: number;
  /** Its highest resident set size, in MB. */
  peak: number;
}

function start(command: string, args: readonly string[]): Start {
  const begin = performance.now();
  const answer = execFileSync(command, args, { cwd: root, encoding: 'utf8' });
  return { ...JSON.parse(answer), whole: (performance.now() - begin) / 1000 };
}

const bench: Bench = {
  title: 'From import to a first result',
  async run({ interpreter, quick }) {
    const ours: Start[] = [];
    const python: Start[] = [];
    const script = join(root, '.bench', 'javascript', 'typescript', 'startup.js');
    const pythonScript = join(root, 'bench', 'python', 'startup.py');
    for (let round = quick ? 0 : -1; round < (quick ? 1 : 7); round++) {
      const pair = [start(process.execPath, [script]), start(interpreter, [pythonScript])] as const;
      // The round before the first one brings the libraries into the system's file cache.
      if (round < 0) continue;
      ours.push(pair[0]);
      python.push(pair[1]);
    }
    const row = (what: string, unit: string, key: keyof Start, most?: number) =>
      compare(
        what,
        unit,
        ours.map((run) => run[key]),
        python.map((run) => run[key]),
        most === undefined ? {} : { ours: most },
      );
    return [
      row('import to first result', 's', 'seconds', 0.4),
      row('whole process', 's', 'whole'),
      row('peak memory', 'MB', 'peak', 200),
    ];
  },
};

export default bench;
