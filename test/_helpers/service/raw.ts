import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A connection on which anything can be sent; what comes back is gathered until it is closed. */
export class RawConnection {
  received = '';
  readonly closed: Promise<void>;
  readonly socket: Socket;
  #open = true;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text) => {
      this.received += text;
    });
    // The other side may close while this one still sends: that is an answer, not a failure.
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('end', () => this.socket.end());
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => {
        this.#open = false;
        resolve();
      });
    });
  }

  send(data: string | Uint8Array): void {
    if (this.#open) this.socket.write(data);
  }

  /** Sends a text byte by byte, so slowly that it never ends. */
  async trickle(text: string, pause: number): Promise<void> {
    for (let i = 0; this.#open; i++) {
      this.send(text.charAt(i % text.length));
      await sleep(pause);
    }
  }

  /** What came until the other side closed, or a complaint that it did not in time. */
  async answer(withinMs: number): Promise<string> {
    const late = new AbortController();
    const timeout = sleep(withinMs, 'late', { signal: late.signal }).catch(() => 'closed');
    const outcome = await Promise.race([this.closed, timeout]);
    late.abort();
    if (outcome !== 'late') return this.received;
    this.socket.destroy();
    return `still open after ${withinMs} ms: ${this.received.slice(0, 200)}`;
  }
}
