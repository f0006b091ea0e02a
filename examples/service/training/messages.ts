import type { Evaluation, Job } from '../jobs/queue.js';
import type { Weights } from '../weights.js';

/** What the training thread is started with. */
export interface TrainingInput {
  job: Job;
  data: string;
  database: string;
  checkpoints: string;
  checkpointSeconds: number;
}

/** What it tells meanwhile. */
export type TrainingMessage =
  | { type: 'losses'; first: number; losses: number[] }
  | { type: 'evaluation'; evaluation: Evaluation }
  | { type: 'checkpoint'; step: number }
  | { type: 'weights'; weights: Weights };

/** What it is told: to save where it is, and end. */
export type TrainingOrder = 'stop';
