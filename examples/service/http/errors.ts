import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance } from 'fastify';
import { Overloaded } from '../prediction/batcher.js';
import { BadImage } from '../prediction/image.js';
import { NoModel } from '../prediction/predictor.js';
import { closeSoon, lingerAfterAnswer } from './linger.js';

/** An answer other than success: every one of them has this body. */
export class HttpError extends Error {
  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const bodyOf = (code: string, message: string) => ({ error: { code, message } });

/** What an error that the code threw says to the client. */
function answerTo(error: FastifyError | Error): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof BadImage) return new HttpError(422, 'bad_image', error.message);
  if (error instanceof NoModel) return new HttpError(503, 'no_model', error.message);
  if (error instanceof Overloaded) return new HttpError(503, 'overloaded', error.message);
  const { statusCode = 500, code, validation, message } = error as FastifyError;
  if (validation) return new HttpError(400, 'invalid', message);
  if (statusCode < 500) {
    const name = (code ?? STATUS_CODES[statusCode] ?? 'error').replace(/^FST_ERR_(CTP_)?/, '');
    return new HttpError(statusCode, name.toLowerCase().replaceAll(' ', '_'), message);
  }
  return new HttpError(500, 'internal', 'something went wrong here; the log says what');
}

export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const answer = answerTo(error);
    if (answer.statusCode === 500) request.log.error({ err: error }, 'request failed');
    if (answer.statusCode === 503) reply.header('retry-after', '1');
    if (answer.statusCode === 413) {
      request.raw.resume(); // the rest of what is too much
      lingerAfterAnswer(request.raw.socket);
    }
    return reply.code(answer.statusCode).send(bodyOf(answer.code, answer.message));
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(bodyOf('not_found', `there is no ${request.method} ${request.url}`)),
  );
}

const parserErrors: Record<string, [status: number, code: string, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout', 'the request took too long to arrive'],
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large', 'the headers are too large'],
};

/** Answers what is no HTTP, or came too slowly, where there is no request to answer yet. */
export function answerParserError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, message] = parserErrors[error.code ?? ''] ?? [
    400,
    'malformed',
    'the request is not well-formed HTTP',
  ];
  const body = JSON.stringify(bodyOf(code, message));
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  closeSoon(socket);
}
