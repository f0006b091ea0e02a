/**
 * Picks from the archives of export.py the samples that `npm test` runs, and writes them to
 * test/golden/opinfo, one archive for each dtype and one of the calls that must fail.
 *
 *     npx tsx test/parity/opinfo/pick.ts FOLDER
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { Archive, type Entry, type Row, type Sample } from './archive.js';

/** How many samples of an entry a dtype gets, and how many bytes of tensors they may need. */
const MOST_SAMPLES: Record<string, number> = { float32: 10 };
const FEW_SAMPLES = 4;
const MOST_BYTES = 6000;

/** The rows that a written value names. */
function rowsOf(written: unknown, archive: Archive<unknown>, found = new Set<number>()) {
  if (Array.isArray(written)) {
    for (const item of written) rowsOf(item, archive, found);
  } else if (typeof written === 'object' && written !== null) {
    const { t } = written as { t?: number };
    if (t !== undefined) {
      found.add(t);
      const { parts = [], nested = [] } = archive.row(t);
      for (const part of [...parts, ...nested]) rowsOf({ t: part }, archive, found);
    } else {
      for (const item of Object.values(written)) rowsOf(item, archive, found);
    }
  }
  return found;
}

function elementCount(row: Row): number {
  if (row.at === undefined) return 0;
  return row.span ?? row.shape.reduce((product, size) => product * size, 1);
}

function bytesOf(written: unknown, archive: Archive<unknown>): number {
  let bytes = 0;
  for (const index of rowsOf(written, archive)) {
    const row = archive.row(index);
    if (row.at !== undefined) bytes += archive.bytes(row, elementCount(row)).byteLength;
  }
  return bytes;
}

/** What kind of call it is: numbers of dimensions, names of options, flags and words. */
function kindOf(written: unknown, archive: Archive<unknown>): unknown {
  if (typeof written === 'number') return '#';
  if (typeof written !== 'object' || written === null) return written;
  if (Array.isArray(written)) return written.map((item) => kindOf(item, archive));
  const { t } = written as { t?: number };
  if (t !== undefined) {
    const { dtype, shape = [], conj, neg, layout, span } = archive.row(t);
    const isEmpty = shape.some((size) => size === 0);
    return [dtype, shape.length, isEmpty, conj, neg, layout, span === undefined];
  }
  return Object.entries(written).map(([key, value]) => [key, kindOf(value, archive)]);
}

/** The smallest sample of each kind, the plainest kinds first, spread over all that there are. */
function choose(samples: Sample[], most: number, archive: Archive<unknown>): Sample[] {
  const byKind = new Map<string, { sample: Sample; bytes: number }>();
  for (const sample of samples) {
    const kind = JSON.stringify(kindOf(sample.steps, archive));
    const bytes = bytesOf([sample.steps, sample.result, sample.gradients], archive);
    const known = byKind.get(kind);
    if (!known || bytes < known.bytes) byKind.set(kind, { sample, bytes });
  }
  const all = [...byKind.values()];
  const small = all.filter(({ bytes }) => bytes <= MOST_BYTES);
  const smallest = all.reduce((a, b) => (b.bytes < a.bytes ? b : a), all[0] as (typeof all)[0]);
  const usable = small.length > 0 ? small : smallest.bytes < 200_000 ? [smallest] : [];
  const step = Math.max(1, usable.length / most);
  const chosen: Sample[] = [];
  for (let i = 0; i < usable.length && chosen.length < most; i += step) {
    chosen.push((usable[Math.floor(i)] as (typeof all)[0]).sample);
  }
  return chosen;
}

/** An archive in the making, of parts of others. */
class Gathering {
  readonly entries: Partial<Entry>[] = [];
  readonly #rows: Row[] = [];
  readonly #known = new Map<string, number>();
  readonly #blocks: Buffer[] = [];
  readonly #places = new Map<string, number>();
  #size = 0;

  #bytes(block: Buffer): number {
    const key = block.toString('latin1');
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const at = this.#size;
    const padded = Buffer.alloc(Math.ceil(block.length / 16) * 16);
    block.copy(padded);
    this.#blocks.push(padded);
    this.#places.set(key, at);
    this.#size += padded.length;
    return at;
  }

  #row(index: number, archive: Archive<unknown>): number {
    const row = { ...archive.row(index) };
    if (row.at !== undefined) {
      row.at = this.#bytes(Buffer.from(archive.bytes(row, elementCount(row))));
    }
    if (row.parts) row.parts = row.parts.map((part) => this.#row(part, archive));
    if (row.nested) row.nested = row.nested.map((part) => this.#row(part, archive));
    const key = JSON.stringify(row);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#rows.push(row);
    this.#known.set(key, this.#rows.length - 1);
    return this.#rows.length - 1;
  }

  /** The same with the numbers of this archive's rows. */
  moved<T>(written: T, archive: Archive<unknown>): T {
    if (typeof written !== 'object' || written === null) return written;
    if (Array.isArray(written)) return written.map((item) => this.moved(item, archive)) as T;
    const entries = Object.entries(written).map(([key, value]) => [
      key,
      key === 't' ? this.#row(value, archive) : this.moved(value, archive),
    ]);
    return Object.fromEntries(entries);
  }

  write(path: string, madeOn: object): number {
    const header = { ...madeOn, entries: this.entries, tensors: this.#rows };
    let text = Buffer.from(JSON.stringify(header));
    text = Buffer.concat([text, Buffer.alloc((16 - ((text.length + 8) % 16)) % 16, ' ')]);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const plain = Buffer.concat([length, text, ...this.#blocks]);
    const packed = brotliCompressSync(plain, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 9,
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
      },
    });
    writeFileSync(path, packed);
    return packed.length;
  }
}

const [folder] = process.argv.slice(2) as [string];
const target = fileURLToPath(new URL('../../golden/opinfo', import.meta.url));
mkdirSync(target, { recursive: true });
const gatherings = new Map<string, Gathering>();
const gathering = (name: string) => {
  const made = gatherings.get(name) ?? new Gathering();
  gatherings.set(name, made);
  return made;
};

let madeOn = {};
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.bin.gz'))
  .sort()) {
  const archive = new Archive<Entry & Record<string, unknown>>(
    readFileSync(`${folder}/${file}`),
    'gzip',
  );
  const { name, method, inPlace, samples, errors, torch, cpu, capability } = archive.header;
  madeOn = { torch, cpu, capability };
  const group = ({ dtype, layout }: Sample) => (layout ? 'sparse' : dtype);
  for (const dtype of new Set(samples.map(group))) {
    const own = samples.filter((sample) => group(sample) === dtype);
    const chosen = choose(own, MOST_SAMPLES[dtype] ?? FEW_SAMPLES, archive);
    if (chosen.length === 0) continue;
    const made = gathering(dtype);
    made.entries.push({ name, method, inPlace, samples: made.moved(chosen, archive) });
  }
  if (errors.length > 0) {
    const made = gathering('errors');
    made.entries.push({ name, errors: made.moved(errors, archive) });
  }
}
for (const [name, made] of gatherings) {
  const bytes = made.write(`${target}/${name}.bin.br`, madeOn);
  console.log(`${name}: ${made.entries.length} entries, ${Math.round(bytes / 1024)} kB`);
}
