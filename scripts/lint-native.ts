// Checks the layout of the C and C++ sources; `--fix` mends it.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../lib/package.js';

const folder = join(packageRoot(), 'binding', 'src');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(c|cc|h)$/.test(name))
  .map((name) => join(folder, name));
const formatter = createRequire(import.meta.url)('clang-format') as { location: string };
const mode = process.argv.includes('--fix') ? ['-i'] : ['--dry-run', '--Werror'];
const { status, error } = spawnSync(formatter.location, [...mode, ...sources], {
  stdio: 'inherit',
});
if (error) throw error;
process.exitCode = status ?? 1;
