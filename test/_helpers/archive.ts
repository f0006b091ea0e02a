import { readFileSync } from 'node:fs';
import { fromBufferPromise } from 'yauzl';

/** The records of an archive by their names without its folder. */
export async function recordsOf(path: string): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(readFileSync(path), { lazyEntries: true });
  const records = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    records.set(entry.fileName.replace(/^[^/]*\//, ''), Buffer.concat(chunks));
  }
  return records;
}
