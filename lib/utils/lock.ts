import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often a waiting process looks again, in milliseconds. */
const POLL = 200;
/** How often the holder shows that it lives, and after how long a silent one is taken for dead. */
const HEARTBEAT = 5_000;
const SILENCE = 60_000;

interface Holder {
  pid: number;
  host: string;
  token: string;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function parseHolder(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

/** Takes the lock; false where somebody has it. */
async function tryAcquire(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a process that was killed; leaves one that lives. */
async function removeStale(path: string, token: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => null);
  const facts = await stat(path).catch(() => null);
  if (text === null || facts === null) return;
  const holder = parseHolder(text);
  const dead = holder?.host === hostname() && !isAlive(holder.pid);
  if (!dead && Date.now() - facts.mtimeMs < SILENCE) return;
  // Renaming picks one remover; what it caught is checked, for another may have been first.
  const aside = `${path}.${token}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8').catch(() => null)) === text) await rm(aside, { force: true });
  else await rename(aside, path);
}

/**
 * Runs `task` while no other process holds the lock file `path`, and removes the file after.
 *
 * The lock of a killed process does not block: on the same machine its process id is asked, and
 * on another one (a shared home) the file's time, which a living holder renews.
 *
 * @param path - The lock file; its folder must exist.
 * @param task - What to run alone.
 * @param onWait - Called once, with the holder's process id, where the lock is taken.
 */
export async function withLock<T>(
  path: string,
  task: () => Promise<T>,
  onWait?: (pid: number | undefined) => void,
): Promise<T> {
  const token = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  const text = JSON.stringify({ pid: process.pid, host: hostname(), token } satisfies Holder);
  for (let waits = 0; !(await tryAcquire(path, text)); waits++) {
    await removeStale(path, token);
    if (waits === 1) {
      onWait?.(parseHolder(await readFile(path, 'utf8').catch(() => ''))?.pid);
    }
    if (waits > 0) await sleep(POLL);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, HEARTBEAT).unref();
  try {
    return await task();
  } finally {
    clearInterval(heartbeat);
    const current = await readFile(path, 'utf8').catch(() => null);
    if (current === text) await rm(path, { force: true });
  }
}
