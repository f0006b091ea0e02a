import type { FastifyInstance } from 'fastify';
import { HttpError } from './errors.js';
import type { Parts } from './parts.js';

/** `GET /api/events`: what happens, as it happens. */
export async function eventRoutes(
  app: FastifyInstance,
  { config, streams, closing }: Parts,
): Promise<void> {
  app.get('/api/events', async (request, reply) => {
    if (closing()) throw new HttpError(503, 'closing', 'the service is being stopped');
    if (streams.size >= config.maxEventStreams) {
      throw new HttpError(503, 'too_many_streams', `${streams.size} pages are watching already`);
    }
    reply.hijack();
    const { 'last-event-id': id } = request.headers;
    streams.add(reply.raw, Array.isArray(id) ? id[0] : id);
  });
}
