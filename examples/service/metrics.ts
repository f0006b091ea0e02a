import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Runner } from './jobs/runner.js';
import type { Predictor } from './prediction/predictor.js';

/** What Prometheus is told: of the process, of requests, of training and of predictions. */
export class Metrics {
  readonly registry = new Registry();

  readonly requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [this.registry],
  });
  readonly dropped = new Counter({
    name: 'http_connections_dropped_total',
    help: 'Connections refused because there were too many',
    registers: [this.registry],
  });
  readonly predictionSeconds = new Histogram({
    name: 'prediction_duration_seconds',
    help: 'From the image to its answer, waiting included',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1],
    registers: [this.registry],
  });

  constructor(runner: Runner, predictor: Predictor, streams: () => number) {
    const registers = [this.registry];
    // Every 2 ms a timer measures how late the event loop comes to it.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 2 });

    const steps = new Counter({
      name: 'training_steps_total',
      help: 'Steps trained since the service began',
      registers,
    });
    const checkpoints = new Counter({
      name: 'training_checkpoints_total',
      help: 'Checkpoints saved since the service began',
      registers,
    });
    const accuracy = new Gauge({
      name: 'training_accuracy',
      help: 'Of the last look at test images, from 0 to 1',
      registers,
    });
    runner.on('losses', (count) => steps.inc(count));
    runner.on('checkpoint', () => checkpoints.inc());
    runner.on('evaluation', (evaluation) => accuracy.set(evaluation.accuracy));

    const batches = new Histogram({
      name: 'prediction_batch_size',
      help: 'How many images were answered together',
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers,
    });
    predictor.on('batch', (size) => batches.observe(size));

    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    gauge('training_loss', 'Of the last step', () => runner.current?.losses.at(-1) ?? 0);
    gauge('training_step', 'Of the job at work', () => runner.current?.losses.length ?? 0);
    gauge('jobs_queued', 'Jobs that wait', () => runner.queue.count('queued'));
    gauge('jobs_running', 'Jobs at work', () => (runner.current ? 1 : 0));
    gauge('predictions_waiting', 'Images that wait', () => predictor.waiting);
    gauge('event_streams', 'Pages that watch', streams);
  }
}
