import { createWriteStream } from 'node:fs';
import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { TorchError } from '../errors.js';
import { diskError } from '../utils/disk.js';
import { formatBytes, openProgress } from '../utils/progress.js';

/** Libraries that serve Python or PyTorch's own tests, and static ones: the addon needs none. */
const UNNEEDED = /torch_python|_test\b|^lib(shm|jitbackend|backend_with|aoti_custom)|\.a$/;

/** Entries up to this size are written in one go. */
const SMALL = 4 << 20;
const SYMBOLIC_LINK = 0o120000;

/**
 * Where an entry of a libtorch zip or of a torch wheel belongs, or null where it is not needed.
 *
 * A zip's `libtorch/` goes away; a wheel keeps its own layout (`torch/lib` beside `torch.libs` and
 * `nvidia`), for its libraries find each other by relative paths, and so do NVIDIA's own wheels.
 */
export function destinationOf(name: string): string | null {
  const path = name.startsWith('libtorch/') ? name.slice('libtorch/'.length) : name;
  const inside = path.startsWith('torch/') ? path.slice('torch/'.length) : path;
  if (/^(version\.py|build-version|build-hash)$/.test(inside)) return path;
  if (inside.startsWith('include/') || path.startsWith('torch.libs/')) return path;
  if (/^nvidia\/[^/]+\/lib\/[^/]+\.so[.\d]*$/.test(path)) return path;
  const library = /^lib\/([^/]+)$/.exec(inside)?.[1];
  return library !== undefined && !UNNEEDED.test(library) ? path : null;
}

async function readEntries(zip: ZipFile): Promise<[Entry, string][]> {
  const wanted: [Entry, string][] = [];
  for await (const entry of zip.eachEntry()) {
    const path = entry.fileName.endsWith('/') ? null : destinationOf(entry.fileName);
    if (path === null) continue;
    if (((entry.externalFileAttributes >>> 16) & 0o170000) === SYMBOLIC_LINK) {
      throw new Error(`${entry.fileName} is a symbolic link`);
    }
    wanted.push([entry, path]);
  }
  return wanted;
}

async function writeEntry(
  zip: ZipFile,
  entry: Entry,
  path: string,
  onBytes: (count: number) => void,
): Promise<void> {
  const source = await zip.openReadStreamPromise(entry);
  let sum = 0;
  if (entry.uncompressedSize <= SMALL) {
    const content = await buffer(source);
    sum = crc32(content);
    onBytes(content.length);
    await writeFile(path, content);
  } else {
    const count = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        sum = crc32(chunk, sum);
        onBytes(chunk.length);
        yield chunk;
      }
    };
    await pipeline(source, count, createWriteStream(path, { flush: true }));
  }
  if (sum !== entry.crc32) throw new Error(`${entry.fileName} does not match its checksum`);
}

/**
 * Extracts what the addon needs of a libtorch zip or of a torch wheel.
 *
 * @param archive - The zip or wheel.
 * @param folder - The folder to fill; it must exist.
 * @param label - How the archive is called in the progress bar.
 * @throws TorchError `ERR_ARCHIVE` for a damaged archive, `ENOSPC` where there is too little room.
 */
export async function extractLibtorch(
  archive: string,
  folder: string,
  label: string,
): Promise<void> {
  try {
    const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
    const progress = openProgress(`unpacking ${label}`);
    try {
      const entries = await readEntries(zip);
      const total = entries.reduce((sum, [entry]) => sum + entry.uncompressedSize, 0);
      await checkSpace(folder, total);
      progress.begin(total, 0);
      const folders = new Set(entries.map(([, path]) => dirname(join(folder, path))));
      for (const path of folders) await mkdir(path, { recursive: true });
      let done = 0;
      for (const [entry, path] of entries) {
        await writeEntry(zip, entry, join(folder, path), (count) => {
          done += count;
          progress.update(done);
        });
      }
    } finally {
      progress.stop();
      zip.close();
    }
  } catch (error) {
    const reason = diskError(folder, error);
    if (reason instanceof TorchError) throw reason;
    const message = `${archive} is damaged: ${(error as Error).message}`;
    throw new TorchError(message, { code: 'ERR_ARCHIVE', cause: error });
  }
}

/** The text of the one small entry whose name matches. */
export async function readEntry(archive: string, pattern: RegExp): Promise<string> {
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (!pattern.test(entry.fileName)) continue;
      return (await buffer(await zip.openReadStreamPromise(entry))).toString();
    }
  } finally {
    zip.close();
  }
  throw new TorchError(`${archive} has no ${pattern.source}`, { code: 'ERR_ARCHIVE' });
}

async function checkSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= needed) return;
  const message = `no space is left on the disk of ${folder}: ${formatBytes(needed)} are needed, ${formatBytes(free)} are free`;
  throw new TorchError(message, { code: 'ENOSPC' });
}
