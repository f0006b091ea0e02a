import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { type Settings, settingsSchema } from '../jobs/settings.js';
import { HttpError } from './errors.js';
import type { Parts } from './parts.js';
import { historyOf, viewOf } from './views.js';

const LISTED_JOBS = 50;
const HISTORY_STEPS = 10_000;

/** Routes below `/api/jobs/:id`. */
type OfJob = { Params: { id: string } };
const ofJob = {
  schema: {
    params: {
      type: 'object',
      properties: { id: { type: 'string', pattern: '^[1-9][0-9]{0,9}$' } },
    },
  },
};

/** After which step to begin. */
const historyQuery = {
  type: 'object',
  properties: { after: { type: 'string', pattern: '^[0-9]{1,9}$', default: '0' } },
  additionalProperties: false,
};

/** `/api/jobs`: to queue a training, to look at it, and to cancel it. */
export async function jobRoutes(
  app: FastifyInstance,
  { config, queue, runner }: Parts,
): Promise<void> {
  await app.register(rateLimit, { global: false });
  app.removeContentTypeParser('text/plain');

  const find = (id: string) => {
    const job = queue.get(Number(id));
    if (!job) throw new HttpError(404, 'not_found', `there is no job ${id}`);
    return job;
  };

  app.post<{ Body: Settings }>(
    '/api/jobs',
    {
      schema: { body: settingsSchema },
      config: {
        rateLimit: {
          max: config.jobsPerMinute,
          timeWindow: 60_000,
          errorResponseBuilder: (_request, { after }) =>
            new HttpError(429, 'too_many_requests', `too many jobs from here; again in ${after}`),
        },
      },
    },
    async (request, reply) => {
      if (queue.count('queued') >= config.maxQueuedJobs) {
        throw new HttpError(429, 'queue_full', `${config.maxQueuedJobs} jobs wait already`);
      }
      const job = queue.add(request.body);
      runner.wake();
      reply.code(202).header('location', `/api/jobs/${job.id}`);
      return viewOf(find(String(job.id)), runner);
    },
  );

  app.get('/api/jobs', async () => queue.list(LISTED_JOBS).map((job) => viewOf(job, runner)));

  app.get<OfJob>('/api/jobs/:id', ofJob, async (request) =>
    viewOf(find(request.params.id), runner),
  );

  // Losses with all their digits, so that two runs can be held against each other; so many at a
  // time, for writing them as text is done in this thread.
  app.get<OfJob & { Querystring: { after: string } }>(
    '/api/jobs/:id/history',
    { schema: { ...ofJob.schema, querystring: historyQuery } },
    async (request) => {
      const { losses, evaluations } = historyOf(find(request.params.id), runner);
      const after = Number(request.query.after);
      const last = after + HISTORY_STEPS;
      return {
        losses: losses.slice(after, last),
        evaluations: evaluations.filter(({ step }) => step > after && step <= last),
      };
    },
  );

  app.delete<OfJob>('/api/jobs/:id', ofJob, async (request) => {
    const { id, status } = find(request.params.id);
    if (!runner.cancel(id)) throw new HttpError(409, 'over', `job ${id} is over: ${status}`);
    return viewOf(find(request.params.id), runner);
  });
}
