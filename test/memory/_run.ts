import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a program ended, and what it said. */
export interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Milliseconds after which a program is ended. */
let timeout = 240_000;

export function setTimeLimit(milliseconds: number): void {
  timeout = milliseconds;
}

/** Runs one of `programs/` to its end. */
export function start(program: string, ...args: (string | number)[]): Promise<Ended> {
  const path = fileURLToPath(new URL(`programs/${program}.mjs`, import.meta.url));
  // Not with the options of this process, which load tsx.
  const flags = ['--conditions=sconce-modules', path, ...args.map(String)];
  const child = spawn(process.execPath, flags, { timeout });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** What a program reports: resident memory in MB, and counts. */
export type Report = Record<
  | 'peak'
  | 'maxRss'
  | 'growth'
  | 'liveTensors'
  | 'liveBytes'
  | 'mostTensors'
  | 'handles'
  | 'loss'
  | 'opened'
  | 'sum'
  | 'code',
  number
> & { codes: number[] };

/** Runs a program that must end well, and reads its report. */
export async function measure(program: string, ...args: (string | number)[]): Promise<Report> {
  const { code, signal, stdout, stderr } = await start(program, ...args);
  if (code !== 0 || stderr !== '') throw new Error(`${program}: ${code ?? signal}\n${stderr}`);
  return JSON.parse(stdout) as Report;
}
