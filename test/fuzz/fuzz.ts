import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Calls of one process: what it may take along when it dies. */
const BATCH = 20_000;
/** A process that does not come to another call within this time hangs, in milliseconds. */
const PATIENCE = 60_000;

/** A call that took its process down, or held it up. */
export interface Failure {
  call: number;
  how: string;
  output: string;
}

export interface Outcome {
  returned: number;
  threw: number;
  failures: Failure[];
}

interface Exit {
  how: string | null;
  output: string;
}

const child = fileURLToPath(new URL('child.ts', import.meta.url));

function start(journal: string, seed: number, first: number, last: number, verbose = false) {
  const loader = `--import=${import.meta.resolve('tsx')}`;
  // The modules that operators.ts looks into are those of the package: two would be two addons.
  const modules = '--conditions=sconce-modules';
  const args = [loader, modules, child, journal, String(seed), String(first), String(last)];
  return spawn(process.execPath, [...args, ...(verbose ? ['verbose'] : [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // One call that is made again to be told: it may hang as it did before.
    timeout: verbose ? PATIENCE : undefined,
    // Operators that take the name of a file may write one.
    cwd: tmpdir(),
  });
}

/** Runs calls in a process of their own, and watches that it comes on. */
function watch(journal: string, ...range: [seed: number, first: number, last: number]) {
  return new Promise<Exit>((resolve) => {
    const process = start(journal, ...range);
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    };
    process.stdout.on('data', keep);
    process.stderr.on('data', keep);
    let seen = '';
    const timer = setInterval(() => {
      const now = readFileSync(journal, { encoding: 'utf8', flag: 'a+' });
      if (now === seen) process.kill('SIGKILL');
      seen = now;
    }, PATIENCE);
    process.on('close', (code, signal) => {
      clearInterval(timer);
      const hung = signal === 'SIGKILL' ? 'hung' : signal;
      resolve({ how: code === 0 ? null : (hung ?? `exit ${code}`), output });
    });
  });
}

/**
 * Makes `count` random calls of a seed, in processes of their own; one that dies is followed by
 * another, which goes on behind the call that killed it.
 */
export async function fuzz(seed: number, count: number, first = 0): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'sconce-fuzz-'));
  const journal = join(folder, 'call');
  const outcome: Outcome = { returned: 0, threw: 0, failures: [] };
  try {
    for (let next = first; next < first + count; ) {
      const last = Math.min(next + BATCH, first + count);
      const { how, output } = await watch(journal, seed, next, last);
      const [call, returned, threw] = readFileSync(journal, 'utf8').trim().split(' ').map(Number);
      if (threw === undefined) throw new Error(`no call was made: ${how}\n${output}`);
      outcome.returned += returned as number;
      outcome.threw += threw as number;
      next = call as number;
      if (how !== null) outcome.failures.push({ call: next++, how, output });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return outcome;
}

/** What a call was, told by making it once more. */
export async function describeCall(seed: number, call: number): Promise<string> {
  const process = start('/dev/null', seed, call, call + 1, true);
  let output = '';
  process.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await new Promise((resolve) => process.on('close', resolve));
  return output.trim();
}
