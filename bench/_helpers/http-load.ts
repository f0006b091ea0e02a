import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** How fast a server answered. */
export interface Answers {
  perSecond: number;
  /** Milliseconds from sending a request to having its whole answer. */
  p50: number;
  p99: number;
}

/** The value below which a part of the values lie. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number;
}

/**
 * So many clients ask one after the other, each again as soon as it is answered (or after a
 * pause), for so many seconds. Throws where an answer is not 200.
 */
export async function ask(
  url: string,
  init: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: Uint8Array },
  { clients, seconds, pauseMs = 0 }: { clients: number; seconds: number; pauseMs?: number },
): Promise<Answers> {
  const agent = new Agent({ connections: clients, pipelining: 1 });
  const latencies: number[] = [];
  const end = performance.now() + 1000 * seconds;
  async function client(): Promise<void> {
    while (performance.now() < end) {
      const start = performance.now();
      const { statusCode, body } = await request(url, { ...init, dispatcher: agent });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${url}: ${statusCode} ${text}`);
      latencies.push(performance.now() - start);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }
  await Promise.all(Array.from({ length: clients }, client));
  await agent.close();
  return {
    perSecond: latencies.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}
