import { type Database, openDatabase } from './database.js';
import type { Settings } from './settings.js';

export type Status = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Job {
  id: number;
  status: Status;
  settings: Settings;
  created: string;
  started: string | null;
  finished: string | null;
  starts: number;
  step: number;
  checkpoint: string | null;
  error: string | null;
}

/** How well the model did on so many test images. */
export interface Evaluation {
  step: number;
  images: number;
  loss: number;
  accuracy: number;
}

/** What a checkpoint adds to what is known of a job. */
export interface Progress {
  file: string;
  step: number;
  /** The losses of the steps since the last checkpoint. */
  losses: readonly number[];
  evaluations: readonly Evaluation[];
}

const now = () => new Date().toISOString();

function toJob(row: unknown): Job {
  const { _metadata, settings, ...job } = row as Omit<Job, 'settings'> & {
    settings: string;
    _metadata?: unknown;
  };
  return { ...job, settings: JSON.parse(settings) };
}

/** The jobs, in SQLite: what it says is on the disk, and is all that a restart needs. */
export class Queue {
  readonly #database: Database.Database;

  constructor(file: string) {
    this.#database = openDatabase(file);
  }

  add(settings: Settings): Job {
    const row = this.#database
      .prepare('INSERT INTO jobs (settings, created) VALUES (?, ?) RETURNING *')
      .get(JSON.stringify(settings), now());
    return toJob(row);
  }

  get(id: number): Job | undefined {
    const row = this.#database.prepare('SELECT * FROM jobs WHERE id = ?').get(id);
    return row ? toJob(row) : undefined;
  }

  /** The newest jobs, newest first. */
  list(limit: number): Job[] {
    return this.#database
      .prepare('SELECT * FROM jobs ORDER BY id DESC LIMIT ?')
      .all(limit)
      .map(toJob);
  }

  count(status: Status): number {
    const row = this.#database
      .prepare('SELECT count(*) AS count FROM jobs WHERE status = ?')
      .get(status);
    return (row as { count: number }).count;
  }

  /** Puts back what was running when the last process ended, however it ended. */
  recover(): number {
    return this.#database
      .prepare(`UPDATE jobs SET status = 'queued' WHERE status = 'running'`)
      .run().changes;
  }

  /** Takes the oldest waiting job; one that was interrupted is the oldest. */
  claim(): Job | undefined {
    const row = this.#database
      .prepare(
        `UPDATE jobs SET status = 'running', started = coalesce(started, ?), starts = starts + 1
         WHERE id = (SELECT id FROM jobs WHERE status = 'queued' ORDER BY id LIMIT 1)
         RETURNING *`,
      )
      .get(now());
    return row ? toJob(row) : undefined;
  }

  /**
   * Makes a checkpoint the one that a restart goes on from, together with the losses up to it: all
   * or nothing. False where the job is no longer running, as when it was cancelled meanwhile.
   */
  checkpoint(id: number, progress: Progress, status: 'running' | 'done' = 'running'): boolean {
    const { file, step, losses, evaluations } = progress;
    const write = this.#database.transaction((): boolean => {
      const { changes } = this.#database
        .prepare(
          `UPDATE jobs SET checkpoint = ?, step = ?, status = ?, finished = ?
           WHERE id = ? AND status = 'running'`,
        )
        .run(file, step, status, status === 'done' ? now() : null, id);
      if (changes === 0) return false;
      if (losses.length > 0) {
        this.#database
          .prepare('INSERT INTO losses (job, first_step, losses) VALUES (?, ?, ?)')
          .run(id, step - losses.length + 1, Buffer.from(Float64Array.from(losses).buffer));
      }
      const evaluation = this.#database.prepare(
        'INSERT INTO evaluations (job, step, images, loss, accuracy) VALUES (?, ?, ?, ?, ?)',
      );
      for (const { step, images, loss, accuracy } of evaluations) {
        evaluation.run(id, step, images, loss, accuracy);
      }
      return true;
    });
    return write.immediate();
  }

  /** Ends a job that is not over; false where it is. */
  end(id: number, status: 'failed' | 'cancelled', error: string | null = null): boolean {
    const { changes } = this.#database
      .prepare(
        `UPDATE jobs SET status = ?, error = ?, finished = ?
         WHERE id = ? AND status IN ('queued', 'running')`,
      )
      .run(status, error, now(), id);
    return changes > 0;
  }

  /** The loss of every step up to the checkpoint. */
  losses(id: number): number[] {
    const rows = this.#database
      .prepare('SELECT losses FROM losses WHERE job = ? ORDER BY first_step')
      .all(id) as { losses: ArrayBuffer | Buffer }[];
    return rows.flatMap(({ losses }) => {
      // A copy, for a Buffer may begin where no float64 can.
      const bytes = Uint8Array.from(new Uint8Array(losses));
      return Array.from(new Float64Array(bytes.buffer));
    });
  }

  evaluations(id: number): Evaluation[] {
    const rows = this.#database
      .prepare(
        'SELECT step, images, loss, accuracy FROM evaluations WHERE job = ? ORDER BY step, images',
      )
      .all(id) as (Evaluation & { _metadata?: unknown })[];
    return rows.map(({ _metadata, ...evaluation }) => evaluation);
  }

  /** The newest job that has a checkpoint: the one to predict with until another trains. */
  latestTrained(): Job | undefined {
    return this.#newest('checkpoint IS NOT NULL');
  }

  /** The newest job that has begun. */
  latestStarted(): Job | undefined {
    return this.#newest('started IS NOT NULL');
  }

  #newest(condition: string): Job | undefined {
    const row = this.#database
      .prepare(`SELECT * FROM jobs WHERE ${condition} ORDER BY id DESC LIMIT 1`)
      .get();
    return row ? toJob(row) : undefined;
  }

  /** Forgets the oldest jobs that are over, and returns the files of those that are left. */
  prune(keep: number): Set<string> {
    this.#database
      .prepare(
        `DELETE FROM jobs WHERE status IN ('done', 'failed', 'cancelled') AND id NOT IN
         (SELECT id FROM jobs ORDER BY id DESC LIMIT ?)`,
      )
      .run(keep);
    const rows = this.#database
      .prepare('SELECT checkpoint FROM jobs WHERE checkpoint IS NOT NULL')
      .all() as { checkpoint: string }[];
    return new Set(rows.map(({ checkpoint }) => checkpoint));
  }

  close(): void {
    this.#database.close();
  }
}
