import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { fromArrayBuffer } from '../../creation.js';
import { type DType, float32, float64, int8, int16, int32, uint8 } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';

const dtypes = new Map<number, DType>([
  [0x08, uint8],
  [0x09, int8],
  [0x0b, int16],
  [0x0c, int32],
  [0x0d, float32],
  [0x0e, float64],
]);

/** What an IDX file's first bytes say. */
interface Header {
  dtype: DType;
  shape: number[];
  /** Where the values begin, and how many bytes they are. */
  start: number;
  size: number;
}

/** The error for a file that is not to be trusted. */
export function corrupt(path: string, problem: string): ValueError {
  return new ValueError(
    `${path} ${problem}. It is damaged or not the right file; \`download: true\` fetches it again`,
    { code: 'ERR_DATASET_CORRUPT' },
  );
}

/** Reads the header from a file's first bytes and holds the file's length against it. */
function parseHeader(bytes: Buffer, length: number, path: string): Header {
  const dtype = dtypes.get(bytes[2] ?? 0);
  const ndim = bytes[3] ?? 0;
  const start = 4 + 4 * ndim;
  if (bytes.length < start || bytes[0] !== 0 || bytes[1] !== 0 || !dtype || ndim < 1) {
    const found = bytes.subarray(0, 4).toString('hex') || 'nothing';
    throw corrupt(path, `begins with ${found} where an IDX header (0000TTDD) belongs`);
  }
  const shape = Array.from({ length: ndim }, (_, d) => bytes.readUInt32BE(4 + 4 * d));
  const size = shape.reduce((product, extent) => product * extent, dtype.itemsize);
  if (length !== start + size) {
    throw corrupt(
      path,
      `has ${length} bytes, and its header (${dtype.name} ${shape.join('x')}) asks for ${start + size}`,
    );
  }
  return { dtype, shape, start, size };
}

function toTensor(values: ArrayBuffer, { dtype, shape }: Header): Tensor {
  if (endianness() === 'LE') {
    if (dtype.itemsize === 2) Buffer.from(values).swap16();
    if (dtype.itemsize === 4) Buffer.from(values).swap32();
    if (dtype.itemsize === 8) Buffer.from(values).swap64();
  }
  return fromArrayBuffer(values, { dtype }).view(shape);
}

function readPacked(path: string): Tensor {
  let bytes: Buffer;
  try {
    bytes = gunzipSync(readFileSync(path));
  } catch (error) {
    throw corrupt(path, `cannot be unpacked (${(error as Error).message})`);
  }
  const header = parseHeader(bytes, bytes.length, path);
  const values = new Uint8Array(header.size);
  values.set(bytes.subarray(header.start));
  return toTensor(values.buffer, header);
}

/**
 * The tensor of an IDX file, packed by gzip or not. The format: two zeros, a byte for the dtype, a
 * byte for the number of dimensions, the dimensions and then the values, all big-endian.
 *
 * @param path - The file.
 * @throws ValueError `ERR_DATASET_CORRUPT` where the header is none of IDX's, or the file is
 *   shorter or longer than the header says.
 */
export function readIdx(path: string): Tensor {
  const file = openSync(path, 'r');
  try {
    const { size: length } = fstatSync(file);
    const head = Buffer.alloc(Math.min(length, 4 + 4 * 255));
    readSync(file, head, 0, head.length, 0);
    if (head[0] === 0x1f && head[1] === 0x8b) return readPacked(path);
    const header = parseHeader(head, length, path);
    const values = new Uint8Array(header.size);
    for (let done = 0; done < header.size; ) {
      const count = readSync(file, values, done, header.size - done, header.start + done);
      if (count === 0) throw corrupt(path, 'became shorter while it was read');
      done += count;
    }
    return toTensor(values.buffer, header);
  } finally {
    closeSync(file);
  }
}
