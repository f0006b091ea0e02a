import type { Evaluation, Job } from '../jobs/queue.js';
import type { Runner } from '../jobs/runner.js';
import { stepsOf } from '../jobs/settings.js';

/** A job as clients see it: where it is now, not where it was last saved. */
export function viewOf(job: Job, runner: Runner) {
  const { checkpoint: _file, step: savedStep, ...rest } = job;
  const run = runner.current?.job.id === job.id ? runner.current : undefined;
  return {
    ...rest,
    step: run?.losses.length ?? savedStep,
    savedStep,
    steps: stepsOf(job.settings),
  };
}

/** All losses and evaluations of a job, saved or not yet. */
export function historyOf(
  job: Job,
  runner: Runner,
): { losses: readonly number[]; evaluations: readonly Evaluation[] } {
  if (runner.latest?.job.id === job.id) return runner.latest;
  return { losses: runner.queue.losses(job.id), evaluations: runner.queue.evaluations(job.id) };
}
