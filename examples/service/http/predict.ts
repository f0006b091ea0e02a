import type { FastifyInstance } from 'fastify';
import { toDigit } from '../prediction/image.js';
import { PIXELS } from '../prediction/messages.js';
import { HttpError } from './errors.js';
import type { Parts } from './parts.js';

const MOST_BYTES = 256 * 1024;
const PICTURES = ['image/png', 'image/jpeg'];
const RAW = 'application/octet-stream';

/** `POST /api/predict`: a picture of a digit, or 28 by 28 bytes as MNIST has them. */
export async function predictRoutes(
  app: FastifyInstance,
  { predictor, metrics }: Parts,
): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    [...PICTURES, RAW],
    { parseAs: 'buffer', bodyLimit: MOST_BYTES },
    (_request, body, done) => done(null, body),
  );

  app.post('/api/predict', async (request) => {
    const body = request.body as Buffer | undefined;
    if (!body?.length) {
      throw new HttpError(400, 'empty', `send a picture (${PICTURES.join(', ')}), or ${RAW}`);
    }
    const raw = request.headers['content-type'] === RAW;
    if (raw && body.length !== PIXELS) {
      throw new HttpError(422, 'bad_image', `${RAW} takes ${PIXELS} bytes, got ${body.length}`);
    }
    const image = raw ? body : await toDigit(body);
    const end = metrics.predictionSeconds.startTimer();
    const prediction = await predictor.predict(image);
    end();
    return prediction;
  });
}
