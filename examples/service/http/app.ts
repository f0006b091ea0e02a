import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Config } from '../config.js';
import { answerErrors, answerParserError } from './errors.js';
import { eventRoutes } from './events.js';
import { healthRoutes } from './health.js';
import { jobRoutes } from './jobs.js';
import { pageRoutes } from './pages.js';
import type { Parts } from './parts.js';
import { predictRoutes } from './predict.js';

/** A server that waits for nobody for ever, and takes no more than it can hold. */
export function createApp(config: Config): FastifyInstance {
  const timeout = 1000 * config.timeoutSeconds;
  const app: FastifyInstance = Fastify({
    logger: { level: config.logLevel },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 16 * 1024,
    requestTimeout: timeout,
    connectionTimeout: 60_000,
    keepAliveTimeout: 5000,
    forceCloseConnections: 'idle',
    http: {
      headersTimeout: timeout,
      // Node looks for requests that are late only so often.
      connectionsCheckingInterval: Math.min(1000, timeout),
      maxHeaderSize: 8 * 1024,
    },
    clientErrorHandler: answerParserError,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
  });
  app.server.maxConnections = config.maxConnections;
  return app;
}

/** The answers to all requests. */
export async function addRoutes(app: FastifyInstance, parts: Parts): Promise<void> {
  const { metrics } = parts;
  answerErrors(app);
  app.server.on('drop', () => metrics.dropped.inc());
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, route, status: reply.statusCode };
    metrics.requests.observe(labels, reply.elapsedTime / 1000);
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('content-security-policy', "default-src 'self'; img-src 'self' data:");
  });
  for (const routes of [healthRoutes, jobRoutes, predictRoutes, eventRoutes]) {
    await app.register(async (scope) => routes(scope, parts));
  }
  await app.register(async (scope) => pageRoutes(scope));
}
