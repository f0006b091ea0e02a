import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import torch from 'sconce';
import { Archive, type Entry } from './archive.js';
import { Player, type Verdict } from './play.js';

/** What one entry of the tables came to. */
export interface Outcome {
  name: string;
  verdicts: Verdict[];
  errors: { number: number; difference?: string }[];
  leftOut: Entry['leftOut'];
  /** The signal or code that the process died of. */
  died?: string;
}

function runEntry(folder: string, name: string): Outcome {
  const archive = new Archive<Entry>(readFileSync(`${folder}/${name}.bin.gz`), 'gzip');
  const entry = archive.header;
  const player = new Player(archive);
  return {
    name,
    verdicts: entry.samples.map((sample) => player.sample(entry, sample)),
    errors: entry.errors.map((sample) => ({
      number: sample.number,
      difference: player.error(sample),
    })),
    leftOut: entry.leftOut,
  };
}

/** Runs entries in one child process, until none waits or the child dies. */
function runChild(folder: string, waiting: string[], outcomes: Outcome[]): Promise<void> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(import.meta.url), [folder], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
    });
    let current: string | undefined;
    const next = () => {
      current = waiting.shift();
      if (current === undefined) child.disconnect();
      else child.send(current);
    };
    child.on('message', (outcome: Outcome) => {
      outcomes.push(outcome);
      next();
    });
    child.on('exit', (code, signal) => {
      if (current !== undefined) {
        const died = String(signal ?? code);
        outcomes.push({ name: current, verdicts: [], errors: [], leftOut: [], died });
      }
      resolve();
    });
    next();
  });
}

/** Compares all samples of the named archives; a child process that dies is told, not fatal. */
export async function compareAll(folder: string, names: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = [...names];
  while (waiting.length > 0) await runChild(folder, waiting, outcomes);
  return outcomes;
}

if (process.send) {
  const folder = process.argv[2] as string;
  torch.setNumThreads(1);
  process.on('message', (name: string) => process.send?.(runEntry(folder, name)));
}
