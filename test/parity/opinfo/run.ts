/**
 * Compares every sample of PyTorch's OpInfo tables, about ten minutes of Python and two of Node:
 *
 *     npm run parity:opinfo            exports with Python where that was not done, and compares
 *     npm run parity:opinfo -- add     these entries alone
 *
 * The whole run writes results.md beside this file; it fails where a miss is not on the list.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import torch from 'sconce';
import { preparePython } from '../../../bench/_helpers/python.js';
import { compareAll } from './compare-all.js';
import { render, summarize } from './summary.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = process.env.SCONCE_OPINFO ?? here('../../../.data/opinfo');
const names = process.argv.slice(2);

if (!existsSync(folder)) {
  const partial = `${folder}.part`;
  rmSync(partial, { recursive: true, force: true });
  execFileSync(preparePython(), [here('./export.py'), partial], { stdio: 'inherit' });
  renameSync(partial, folder);
}
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.bin.gz'))
  .map((file) => file.slice(0, -'.bin.gz'.length))
  .sort();
const chosen = names.length > 0 ? names : all;
const outcomes = await compareAll(folder, chosen);
const summary = summarize(outcomes);
const page = render(summary, { torch: torch.version.torch, node: process.version });
if (names.length === 0) writeFileSync(here('./results.md'), page);
console.log(page);
if (summary.misses.some(({ isListed }) => !isListed)) process.exitCode = 1;
