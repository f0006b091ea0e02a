/** What the service sends, as far as the page looks at it. */
export interface Job {
  id: number;
  status: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  settings: { epochs: number; batchSize: number; lr: number; momentum: number; seed: number };
  step: number;
  steps: number;
  starts: number;
  error: string | null;
}

export interface Evaluation {
  step: number;
  images: number;
  loss: number;
  accuracy: number;
}

export interface Prediction {
  digit: number;
  probabilities: number[];
  job: number;
  step: number;
}
