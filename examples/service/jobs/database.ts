import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';

const schema = `
  CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    status TEXT NOT NULL DEFAULT 'queued'
      CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    settings TEXT NOT NULL,
    created TEXT NOT NULL,
    started TEXT,
    finished TEXT,
    starts INTEGER NOT NULL DEFAULT 0, -- more than one: it went on after an interruption
    step INTEGER NOT NULL DEFAULT 0,   -- of the checkpoint
    checkpoint TEXT,                   -- the file, which was whole before it was named here
    error TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, id);
  CREATE TABLE IF NOT EXISTS losses (  -- a row holds the steps from one checkpoint to the next
    job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    first_step INTEGER NOT NULL,
    losses BLOB NOT NULL,              -- float64
    PRIMARY KEY (job, first_step)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS evaluations (
    job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    step INTEGER NOT NULL,
    images INTEGER NOT NULL,
    loss REAL NOT NULL,
    accuracy REAL NOT NULL,
    PRIMARY KEY (job, step, images)
  ) STRICT;
`;

export type { Database };

/** Opens the database of the queue. Each thread opens it for itself. */
export function openDatabase(file: string): Database.Database {
  mkdirSync(dirname(file), { recursive: true });
  const database = new Database(file);
  // A commit is on the disk when it returns, and readers never wait for a writer.
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('busy_timeout = 5000');
  database.pragma('foreign_keys = ON');
  database.exec(schema);
  return database;
}

/**
 * Keeps a second service out of the folder, for two would run the same job. The lock is the
 * kernel's and ends with the process, however it ends.
 */
export function lockFolder(file: string): () => void {
  mkdirSync(dirname(file), { recursive: true });
  const database = new Database(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new Error(`another service uses ${dirname(file)}; give this one its own --state`, {
      cause,
    });
  }
  return () => database.close();
}
