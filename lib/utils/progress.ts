import { requireDependency } from '../package.js';

/** Shows how far a long task is. */
export interface Progress {
  /** Tells the length, in bytes, once it is known. */
  begin(total: number | undefined, done: number): void;
  update(done: number): void;
  stop(): void;
}

const SILENT: Progress = { begin() {}, update() {}, stop() {} };

/** A number of bytes for people: `126.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(1)} ${units[unit]}`;
}

/**
 * A progress bar on the terminal (stderr); elsewhere one line when the task begins.
 *
 * @param label - What is being done, such as `downloading train-images`.
 * @param enabled - false shows nothing at all.
 */
export function openProgress(label: string, enabled = true): Progress {
  if (!enabled) return SILENT;
  if (!process.stderr.isTTY) {
    let told = false;
    return {
      ...SILENT,
      begin(total) {
        if (!told) console.error(total === undefined ? label : `${label} (${formatBytes(total)})`);
        told = true;
      },
    };
  }
  const cliProgress = requireDependency<typeof import('cli-progress')>('cli-progress');
  const format = `${label} [{bar}] {percentage}% | {done} of {size} | {duration_formatted}`;
  const bar = new cliProgress.SingleBar({ format }, cliProgress.Presets.legacy);
  let started = false;
  return {
    begin(total, done) {
      const payload = { done: formatBytes(done), size: total ? formatBytes(total) : '?' };
      if (started) bar.setTotal(total ?? 0);
      else bar.start(total ?? 0, done, payload);
      started = true;
    },
    update(done) {
      bar.update(done, { done: formatBytes(done) });
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
