// The training thread: one job, from its checkpoint if it has one.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type Evaluation, Queue } from '../jobs/queue.js';
import { pack } from '../weights.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import type { TrainingInput, TrainingMessage, TrainingOrder } from './messages.js';
import { loadData, Training } from './training.js';

/** How often losses go to the page, and weights to the predictions. */
const REPORT_MS = 100;
const PUBLISH_MS = 250;

const { job, data, database, checkpoints, checkpointSeconds } = workerData as TrainingInput;
const port = parentPort as NonNullable<typeof parentPort>;
const tell = (message: TrainingMessage) => port.postMessage(message);

const stop = new AbortController();
port.on('message', (_order: TrainingOrder) => stop.abort());

const queue = new Queue(database);
const training = new Training(job.settings, loadData(data));
if (job.checkpoint) training.restore(loadCheckpoint(checkpoints, job.checkpoint));

// What came since the last report, and since the last checkpoint.
let unreported: number[] = [];
let losses: number[] = [];
let evaluations: Evaluation[] = [];
let file = job.checkpoint;

function report() {
  if (unreported.length === 0) return;
  tell({
    type: 'losses',
    first: training.step - unreported.length + 1,
    losses: unreported,
  });
  unreported = [];
}

function publish() {
  tell({ type: 'weights', weights: pack(job.id, training.step, training.model.stateDict()) });
}

function evaluate() {
  const evaluation = training.evaluate(training.atEnd);
  evaluations.push(evaluation);
  tell({ type: 'evaluation', evaluation });
}

/** The file first, then the row that names it; the file before is removed when no row does. */
function save(status: 'running' | 'done') {
  const saved = saveCheckpoint(checkpoints, job.id, training.state());
  const { step } = training;
  if (!queue.checkpoint(job.id, { file: saved, step, losses, evaluations }, status)) {
    stop.abort(); // cancelled meanwhile, and what the queue names stays
    return;
  }
  if (file && file !== saved) rmSync(join(checkpoints, file), { force: true });
  file = saved;
  losses = [];
  evaluations = [];
  tell({ type: 'checkpoint', step });
}

/** Calls `task` at most once in so many milliseconds. */
function every(milliseconds: number, task: () => void): () => void {
  let last = performance.now();
  return () => {
    if (performance.now() - last < milliseconds) return;
    task();
    last = performance.now();
  };
}

const reportSometimes = every(REPORT_MS, report);
const publishSometimes = every(PUBLISH_MS, publish);
const saveSometimes = every(1000 * checkpointSeconds, () => save('running'));

publish();
for await (const loss of training.steps()) {
  if (!Number.isFinite(loss)) {
    throw new Error(`the loss is ${loss} at step ${training.step}; a smaller lr may help`);
  }
  unreported.push(loss);
  losses.push(loss);
  if (training.atEnd || training.step % job.settings.evaluateEvery === 0) evaluate();
  reportSometimes();
  publishSometimes();
  saveSometimes();
  if (stop.signal.aborted) break;
}
report();
publish();
const done = training.step === training.lastStep;
if (done || losses.length > 0) save(done ? 'done' : 'running');
queue.close();
port.close();
