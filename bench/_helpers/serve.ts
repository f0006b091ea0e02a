import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A measurement that a worker makes when it is asked to; it returns what is to be recorded, or its Promise. */
export type Task = () => unknown;

/** The highest resident set size of this process so far, in MB. */
export function peakMegabytes(): number {
  if (process.platform === 'linux') {
    // Not getrusage, which counts what the parent had in memory when it forked.
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(line?.[1]) / 1024;
  }
  return process.resourceUsage().maxRSS / 1024;
}

/** Answers tasks that the driver names, one a line on standard input, as JSON lines. */
export async function serve(tasks: Record<string, Task>): Promise<void> {
  const answer = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
  answer('ready');
  for await (const name of createInterface({ input: process.stdin })) {
    const task = name === 'peak' ? peakMegabytes : tasks[name];
    if (!task) throw new Error(`no task named ${name}`);
    answer(await task());
  }
}

/** The mean time of a call in microseconds, after some calls to warm up. */
export function microseconds(calls: number, run: () => void): number {
  for (let i = 0; i < Math.min(calls, 50); i++) run();
  const start = performance.now();
  for (let i = 0; i < calls; i++) run();
  return ((performance.now() - start) * 1000) / calls;
}
