import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../_helpers/paths.js';
import type { Row } from '../_helpers/report.js';

/** A suite may take this long, in milliseconds. */
const TIMEOUT = 9 * 60_000;
/** How many failures are printed. */
const SHOWN = 20;

/**
 * Runs test files by AVA; a row of how many passed.
 *
 * @param least The share that must pass.
 */
export function runTests(
  what: string,
  files: readonly string[],
  env: NodeJS.ProcessEnv,
  least: number,
): Row {
  const program = join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs');
  const { stdout, stderr, error } = spawnSync(
    process.execPath,
    [program, '--tap', '--timeout=8m', ...files],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...env },
      timeout: TIMEOUT,
      maxBuffer: 2 ** 28,
    },
  );
  const lines = stdout.split('\n');
  const passed = lines.filter((line) => /^ok /.test(line) && !/# (SKIP|TODO)/.test(line));
  const failed = lines.flatMap((line, i) => (/^not ok /.test(line) ? [i] : []));
  for (const i of failed.slice(0, SHOWN)) console.error(lines.slice(i, i + 12).join('\n'));
  // What the tests tell: how many samples passed, say.
  for (const line of lines.filter((line) => /^#.* of \d+ samples/.test(line.trim()))) {
    console.log(line.trim());
  }
  if (error || lines.length < 3) console.error(error ?? stderr.slice(-2000));
  const total = passed.length + failed.length;
  const isSkipped = lines.some((line) => /^ok .*# SKIP/.test(line));
  if (total === 0 && isSkipped && !error) return { what: `${what}: skipped`, unit: '', ours: 0 };
  const bar = `>= ${100 * least} % of ${total}`;
  const holds = total > 0 && error === undefined && passed.length >= least * total;
  return { what, unit: 'passed', ours: passed.length, bar, holds };
}
