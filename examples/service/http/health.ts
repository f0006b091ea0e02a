import type { FastifyInstance } from 'fastify';
import type { Parts } from './parts.js';

/** What an orchestrator asks: does the process live, may it be sent requests; and its metrics. */
export async function healthRoutes(app: FastifyInstance, parts: Parts): Promise<void> {
  const { queue, predictor, metrics, closing } = parts;

  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const checks = { accepting: !closing(), predictions: predictor.alive, queue: true };
    try {
      queue.count('queued');
    } catch {
      checks.queue = false;
    }
    const ready = Object.values(checks).every(Boolean);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks });
  });

  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}
