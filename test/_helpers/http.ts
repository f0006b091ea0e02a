import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** A server on this machine that remembers what it was asked. */
export interface TestServer {
  url: string;
  requests: { method: string; url: string; range: string | undefined }[];
  /** Takes the requests for a tunnel, which a proxy gets. */
  onConnect(answer: (request: IncomingMessage, socket: Duplex) => void): void;
  close(): void;
}

/** Answers one request; `count` is 0 for the first. */
export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** Starts a server on a free port of 127.0.0.1; close it when done. */
export async function serve(answer: Answer): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const server = createServer((request, response) => {
    const count = requests.length;
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, range: headers.range });
    answer(request, response, count);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    onConnect: (answer) => server.on('connect', answer),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Sends the content as an honest server does, the asked-for range of it included. */
export function send(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start >= content.length && start > 0) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  response.writeHead(request.headers.range ? 206 : 200, {
    'content-length': content.length - start,
    ...(request.headers.range && {
      'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
    }),
  });
  response.end(content.subarray(start));
}

/** Promises the rest of the content, sends only `count` bytes of it, and hangs up. */
export function breakOff(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  count: number,
  headers: Record<string, string> = {},
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200, {
    ...headers,
    'content-length': content.length - start,
    ...(start > 0 && {
      'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
    }),
  });
  response.write(content.subarray(start, start + count), () => {
    // The client must have the bytes before the reset overtakes them.
    setTimeout(() => request.socket.destroy(), 50);
  });
}
