import type { Config } from '../config.js';
import type { Queue } from '../jobs/queue.js';
import type { Runner } from '../jobs/runner.js';
import type { Metrics } from '../metrics.js';
import type { Predictor } from '../prediction/predictor.js';
import type { EventStreams } from './event-streams.js';

/** What the routes answer from. */
export interface Parts {
  config: Config;
  queue: Queue;
  runner: Runner;
  predictor: Predictor;
  streams: EventStreams;
  metrics: Metrics;
  /** Whether the service is on its way out. */
  closing(): boolean;
}
