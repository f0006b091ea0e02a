import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fromBuffer } from 'yauzl';

/** The CRC-32 of zip. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A zip archive of stored records, for files that no writer would make. */
export function archiveOf(records: Record<string, Uint8Array>): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [path, bytes] of Object.entries(records)) {
    const name = Buffer.from(`archive/${path}`);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, bytes]);
    centrals.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, place, name);
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(locals.length, 8);
  end.writeUInt16LE(locals.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** The records of an archive by their names without its folder. */
export async function recordsOf(path: string): Promise<Map<string, Buffer>> {
  const zip = await promisify(fromBuffer)(readFileSync(path));
  if (!zip) throw new Error(`${path} is no zip archive`);
  const records = new Map<string, Buffer>();
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => resolve(records));
    zip.on('entry', (entry) => {
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        const chunks: Buffer[] = [];
        stream.on('data', (chunk) => chunks.push(chunk));
        stream.on('end', () =>
          records.set(entry.fileName.replace(/^[^/]*\//, ''), Buffer.concat(chunks)),
        );
      });
    });
  });
}
