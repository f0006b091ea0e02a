import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { crc32, gunzipSync } from 'node:zlib';

/** Files found intact by this process, so that the same bytes are not hashed twice. */
const intact = new Set<string>();

/** The size of a file in bytes; undefined where there is none. */
export function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function* chunksOf(path: string): Iterable<Buffer> {
  const chunk = Buffer.allocUnsafe(1 << 20);
  const file = openSync(path, 'r');
  try {
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk)) {
      yield chunk.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
}

function md5Of(path: string): string {
  const hash = createHash('md5');
  for (const chunk of chunksOf(path)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Whether a file has this MD5. Hashing the 47 MB of MNIST's largest file takes about 0.08 s, so
 * that it is done anew in each process rather than noted on disk, where the note could be wrong.
 */
export function hasMd5(path: string, md5: string): boolean {
  const { size, mtimeMs, ino } = statSync(path);
  const key = [path, size, mtimeMs, ino, md5].join(':');
  if (!intact.has(key) && md5Of(path) === md5) intact.add(key);
  return intact.has(key);
}

/** Whether a file is what the gzip file of this MD5 unpacks to; true where that is not there. */
export function agreesWithPacked(path: string, packed: string, md5: string): boolean {
  if (!existsSync(packed) || !hasMd5(packed, md5)) return true;
  // A gzip file ends with the CRC-32 and the length of what was packed.
  const trailer = readFileSync(packed).subarray(-8);
  let crc = 0;
  for (const chunk of chunksOf(path)) crc = crc32(chunk, crc);
  return crc === trailer.readUInt32LE(0) && sizeOf(path) === trailer.readUInt32LE(4);
}

/** Makes a file whole or not at all: `write` fills one of another name, which is then renamed. */
export function writeWhole(path: string, write: (part: string) => void): void {
  // A name of its own, for another process may be writing the same file.
  const part = `${path}.${randomUUID()}.part`;
  try {
    write(part);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** Unpacks a gzip file. */
export function unpack(packed: string, path: string): void {
  writeWhole(path, (part) => writeFileSync(part, gunzipSync(readFileSync(packed))));
}

/** Copies a file. */
export function copy(source: string, path: string): void {
  writeWhole(path, (part) => copyFileSync(source, part));
}
