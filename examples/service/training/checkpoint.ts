import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import torch from 'sconce';
import type { TrainingState } from './training.js';

/**
 * Writes a checkpoint under a name of its own, and returns that name once the file is on the disk.
 * `torch.save` writes beside it, flushes, and renames; the folder holds the name, and is flushed too.
 * The file of the checkpoint before stays, whatever happens here.
 */
export function saveCheckpoint(folder: string, job: number, state: TrainingState): string {
  mkdirSync(folder, { recursive: true });
  const file = `job-${job}-step-${state.step}.pt`;
  torch.save(state, join(folder, file));
  if (process.platform !== 'win32') {
    const directory = openSync(folder, 'r');
    fsyncSync(directory);
    closeSync(directory);
  }
  return file;
}

export function loadCheckpoint(folder: string, file: string): TrainingState {
  return torch.load(join(folder, file)) as TrainingState;
}

/** Removes the files that the queue does not name: older ones, and what an interruption left. */
export async function removeStrays(folder: string, named: ReadonlySet<string>): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  for (const file of files) {
    if (!named.has(file)) await rm(join(folder, file), { force: true });
  }
}
