import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';

/** Compiles our workers, so that they run in plain Node: a loader would count as our memory. */
export function compileWorkers(): void {
  rmSync(join(root, '.bench', 'javascript'), { recursive: true, force: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', join(root, 'bench')], { stdio: 'inherit' });
}
