import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { TorchError } from '../errors.js';
import { findPython } from '../utils/python.js';

/** A Python that torch has wheels for, should the user's own be too old or too new. */
const OTHER_PYTHON = '3.12';

/** pip's words for a spelling that no index has, or that the user's constraints exclude. */
const ABSENT = /No matching distribution|ResolutionImpossible/;

/** Runs pip; null where it succeeded, else the line in which it says why not. */
async function runPip(python: string, args: string[], env: NodeJS.ProcessEnv) {
  const terminal = process.stderr.isTTY;
  const child = spawn(python, ['-m', 'pip', ...args, ...(terminal ? [] : ['--quiet'])], {
    env,
    stdio: ['ignore', terminal ? process.stderr : 'ignore', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [errors, status] = await Promise.all([text(child.stderr as NodeJS.ReadableStream), closed]);
  if (status === 0) return null;
  if (/No space left on device/.test(errors)) {
    throw new TorchError('no space is left on the disk, says pip', { code: 'ENOSPC' });
  }
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  // Above a traceback stands no more than that there is one.
  const said = lines.findLast((line) => line.startsWith('ERROR') && !line.endsWith('Exception:'));
  return said ?? lines.at(-1) ?? `status ${status}`;
}

function requirePython(env: NodeJS.ProcessEnv): string {
  const python = findPython(env);
  if (python === null) throw new Error('no python3 is on the PATH');
  return python;
}

const shared = (folder: string) => [
  ...['download', '--no-input', '--disable-pip-version-check'],
  ...['--only-binary=:all:', '--retries=1', `--dest=${folder}`],
];

/**
 * Downloads a torch wheel as the user's own pip is configured to.
 *
 * @param requirements - Spellings of the wanted version, tried in this order.
 * @param folder - The folder to put the wheel into.
 * @param index - A further package index to ask.
 * @returns the wheel's path.
 * @throws Error with pip's own words.
 */
export async function downloadWheel(
  requirements: readonly string[],
  folder: string,
  index: string | null,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const python = requirePython(env);
  const args = [...shared(folder), '--no-deps'];
  if (index !== null) args.push(`--extra-index-url=${index}`);
  let reason: string | null = null;
  for (const target of [[], [`--python-version=${OTHER_PYTHON}`]]) {
    for (const requirement of requirements) {
      reason = await runPip(python, [...args, ...target, requirement], env);
      if (reason === null) {
        const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
        if (wheel !== undefined) return join(folder, wheel);
        reason = 'pip has put no wheel there';
      }
      if (!ABSENT.test(reason)) throw new Error(`pip: ${reason}`);
    }
  }
  throw new Error(`pip: ${reason}`);
}

/**
 * Downloads packages and what they need, as wheels.
 *
 * @throws Error with pip's own words.
 */
export async function downloadWheels(
  requirements: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const reason = await runPip(requirePython(env), [...shared(folder), ...requirements], env);
  if (reason !== null) throw new Error(`pip: ${reason}`);
}
