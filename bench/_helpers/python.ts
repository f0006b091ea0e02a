import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';

/** What the benchmarks measure against. */
const packages = ['torch==2.13.0', 'torchvision==0.28.0'];

/**
 * A Python interpreter with PyTorch: `SCONCE_PYTHON`, or that of a virtual environment in
 * `.bench/venv`, which is made on first use.
 */
export function preparePython(): string {
  const given = process.env.SCONCE_PYTHON;
  if (given) return given;
  const venv = join(root, '.bench', 'venv');
  const interpreter =
    process.platform === 'win32'
      ? join(venv, 'Scripts', 'python.exe')
      : join(venv, 'bin', 'python');
  const marker = join(venv, `${packages.join('-')}.installed`);
  if (!existsSync(marker)) {
    console.log(`Installing ${packages.join(' and ')} into .bench/venv`);
    rmSync(venv, { recursive: true, force: true });
    const python = process.platform === 'win32' ? 'python' : 'python3';
    execFileSync(python, ['-m', 'venv', venv], { stdio: 'inherit' });
    execFileSync(interpreter, ['-m', 'pip', 'install', '--quiet', ...packages], {
      stdio: 'inherit',
    });
    writeFileSync(marker, '');
  }
  return interpreter;
}
