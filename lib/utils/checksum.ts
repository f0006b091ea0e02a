import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What is known of a file before it is trusted; what is left out is not checked. */
export interface Checks {
  /** Its length in bytes. */
  size?: number;
  /** Its SHA-256 in hexadecimal. */
  sha256?: string;
  /** Its MD5 in hexadecimal. */
  md5?: string;
}

async function digest(path: string, algorithm: 'sha256' | 'md5'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Compares a file with what is known of it.
 *
 * @returns null where all agrees, else what differs, such as `its md5 is …, not …`.
 */
export async function findFault(path: string, checks: Checks): Promise<string | null> {
  const { size } = await stat(path);
  if (checks.size !== undefined && size !== checks.size) {
    return `it has ${size} bytes, not ${checks.size}`;
  }
  for (const algorithm of ['sha256', 'md5'] as const) {
    const expected = checks[algorithm]?.toLowerCase();
    if (expected === undefined) continue;
    const actual = await digest(path, algorithm);
    if (actual !== expected) return `its ${algorithm} is ${actual}, not ${expected}`;
  }
  return null;
}
