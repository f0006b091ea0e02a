import type { Socket } from 'node:net';

const LINGER_MS = 1000;

/**
 * Closes a connection for writing, and a moment later altogether; what still comes is thrown away.
 * A connection that is closed while its client sends is reset, and the client may never see why.
 */
export function closeSoon(socket: Socket): void {
  socket.end();
  socket.resume();
  const late = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(late));
}

/** Has Node close a connection that way when the answer is sent, instead of at once. */
export function lingerAfterAnswer(socket: Socket): void {
  socket.destroySoon = () => closeSoon(socket);
}
