import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kindOf } from './describe.js';
import { TorchError, ValueError } from './errors.js';
import { idOf } from './handle.js';
import { native } from './native.js';
import { Module } from './nn/modules/module.js';
import { type Call, required, Signature } from './options.js';
import { UnpicklingError } from './pickle/errors.js';
import { allowedGlobals } from './pickle/globals.js';
import { toJavaScript } from './pickle/javascript.js';
import { Pickler } from './pickle/pickler.js';
import { Reducer } from './pickle/reduce.js';
import { type MapLocation, StorageLoader } from './pickle/storages.js';
import { Unpickler } from './pickle/unpickler.js';

export type { MapLocation } from './pickle/storages.js';

/** The path of a file, or its `file:` URL. */
export type FilePath = string | URL;

/** The options of {@link load}. */
export interface LoadOptions {
  /** Where to put the tensors. Default: on the devices that they were saved from. */
  mapLocation?: MapLocation | null;
  /** True, and no other: no code of a file is ever run. */
  weightsOnly?: boolean;
  /**
   * Whether the tensors' memory is the file itself, read when it is touched, rather than a copy.
   * Changes to the tensors stay in memory. Default: false.
   */
  mmap?: boolean;
}

function pathOf(where: string, file: unknown): string {
  if (file instanceof URL) return fileURLToPath(file);
  if (typeof file === 'string' && file !== '') return file;
  throw new TypeError(`${where}: the file must be a path or a file: URL, got ${typeof file}`);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function refuse(value: unknown, path: string): never {
  const where = path === '' ? 'the value' : `obj${path}`;
  if (value instanceof Module) {
    throw new TypeError(
      `torch.save: ${where} is a module; modules are code, save their stateDict() instead`,
    );
  }
  throw new TypeError(
    `torch.save: ${where} is ${kindOf(value)}; only tensors, numbers, bigints, strings, booleans, null, Uint8Arrays, and arrays, plain objects, Maps and Sets of these can be saved`,
  );
}

/** Has `write` make the file under another name, and gives it its own once it is whole. */
function writeWhole(path: string, write: (temporary: string) => void): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const name = `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`;
  const temporary = join(dirname(target), name);
  try {
    write(temporary);
    const file = openSync(temporary, 'r+');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new TorchError(`torch.save: '${path}' could not be written: ${messageOf(cause)}`, {
      code: 'ERR_SAVE',
      cause,
    });
  }
}

/**
 * Writes a value to a file that Python reads with `torch.load(path, weights_only=True)`, and
 * {@link load} here. The file is written under another name and takes its own when it is whole.
 *
 * | JavaScript | in the file |
 * | --- | --- |
 * | plain object, Map | `dict`; a module's state dict an `OrderedDict` |
 * | array, Set, Uint8Array | `list`, `set`, `bytes` |
 * | number, integral (below 2^53) or not | `int` or `float` |
 * | bigint, string, boolean, Complex | `int`, `str`, `bool`, `complex` |
 * | null, undefined | `None` |
 * | Tensor, Parameter, DType, Device, Layout, QScheme | the same |
 *
 * A plain object's keys are strings: where Python is to find numbers, give a Map. Tensors that
 * share memory do so after loading; their memory is written once, and whole.
 *
 * @param obj - A state dict, or any such value.
 * @param file - The path, or a `file:` URL.
 * @throws TypeError for a value that cannot be saved; it says where that value stands.
 * @throws TorchError where the file cannot be written.
 * @example
 * ```ts
 * torch.save(model.stateDict(), 'model.pt');
 * torch.save({ model: model.stateDict(), optimizer: optimizer.stateDict(), epoch: 3 }, 'all.pt');
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.save.html
 */
export function save(obj: unknown, file: FilePath): void {
  const path = pathOf('torch.save', file);
  const reducer = new Reducer();
  const pickler = new Pickler({
    reduce: (value) => reducer.reduce(value),
    entries: (value) => Object.entries(value),
    refuse,
  });
  const pickle = pickler.dump(obj);
  const { storages } = reducer;
  // The records that Python writes, in its order.
  const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');
  const records: [name: string, payload: Uint8Array | number][] = [
    ['data.pkl', pickle],
    ['.format_version', text('1')],
    ['.storage_alignment', text('64')],
    ['byteorder', text('little')],
    ...storages.map((tensor, key): [string, number] => [`data/${key}`, idOf(tensor)]),
  ];
  writeWhole(path, (temporary) => {
    native.archiveWrite(
      temporary,
      records.map(([name]) => name),
      records.map(([, payload]) => payload),
    );
  });
}

/** What the first bytes of a file say that it is, where that is no archive of torch.save. */
function strangerOf(head: Uint8Array): string | undefined {
  const text = Buffer.from(head).toString('latin1');
  if (text.startsWith('PK\x03\x04')) return undefined;
  const legacy =
    'in the format of PyTorch before 1.6, which is not supported: load it in Python and save it again with torch.save(obj, path)';
  if (text.startsWith('\x80') || text.slice(257, 262) === 'ustar') return `is ${legacy}`;
  if (head.length === 0) return 'is empty';
  return 'is not a file of torch.save: it is no zip archive';
}

function checkHead(path: string): void {
  const head = Buffer.alloc(512);
  let length: number;
  try {
    const file = openSync(path, 'r');
    try {
      length = readSync(file, head);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new TorchError(`torch.load: '${path}' could not be read: ${messageOf(cause)}`, {
      code: 'ERR_LOAD',
      cause,
    });
  }
  const stranger = strangerOf(head.subarray(0, length));
  if (stranger) throw new TorchError(`torch.load: '${path}' ${stranger}`, { code: 'ERR_FORMAT' });
}

function checkRecords(archive: number): void {
  const names = new Set(native.archiveNames(archive));
  if (names.has('constants.pkl')) {
    throw new UnpicklingError(
      'it is a TorchScript archive, which holds a program; only weights are read',
    );
  }
  if (!names.has('data.pkl')) {
    throw new UnpicklingError('it is a zip archive, but not one of torch.save: it has no data.pkl');
  }
  if (!names.has('byteorder')) return;
  const order = Buffer.from(native.archiveBytes(archive, 'byteorder')).toString('latin1');
  if (order !== 'little') {
    throw new UnpicklingError(`its numbers are ${order}-endian, and only little-endian is read`);
  }
}

interface LoadArguments {
  f: unknown;
  mapLocation: MapLocation | null;
  weightsOnly: boolean;
  mmap: boolean;
}

const loadSignature = new Signature<LoadArguments>(
  'torch.load',
  { f: required, mapLocation: null },
  { weightsOnly: true, mmap: false },
);

/**
 * Reads a file of `torch.save`, Python's or ours. What a file may hold is an allow-list of tensors,
 * parameters, numbers, texts and containers; no code of a file is run, whatever it says.
 *
 * | Python | JavaScript |
 * | --- | --- |
 * | `dict`, `OrderedDict` with strings for keys | plain object |
 * | `dict` with any other key, such as an optimizer's `state` | Map |
 * | `list`, `tuple`, `torch.Size` | array |
 * | `int` | number; bigint where no number holds it exactly |
 * | `float`, `str`, `bool`, `None` | number, string, boolean, null |
 * | `set`, `bytes`, `complex` | Set, Uint8Array, Complex |
 * | `Tensor`, `Parameter`, `dtype`, `device`, `qscheme` | Tensor, Parameter, DType, Device, QScheme |
 *
 * Tensors that shared memory when they were saved share it again, but for quantized ones.
 *
 * @param f - The path, or a `file:` URL.
 * @param mapLocation - Where to put the tensors: {@link MapLocation}.
 *
 * Further arguments, by name: {@link LoadOptions}.
 *
 * @throws UnpicklingError where the file names a Python class or function that is not allowed.
 * @throws TorchError where it cannot be read, is damaged, or is no file of `torch.save`.
 * @example
 * ```ts
 * torch.save(model.stateDict(), 'model.pt');
 * model.loadStateDict(torch.load('model.pt'));
 * const state = torch.load('model.pt', { mapLocation: 'cpu', mmap: true });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.load.html
 */
// biome-ignore lint/suspicious/noExplicitAny: a file holds what was saved, and only the caller knows
export function load<T = any>(
  ...args: Call<[f: FilePath], [mapLocation: MapLocation | null], LoadOptions>
): T {
  const { f, mapLocation, weightsOnly, mmap } = loadSignature.bind(args);
  const path = pathOf('torch.load', f);
  if (weightsOnly !== true) {
    throw new ValueError(
      'torch.load: `weightsOnly` must be true: anything else would run Python code of the file, and there is no Python here',
    );
  }
  checkHead(path);
  try {
    const archive = native.archiveOpen(path);
    try {
      return readArchive(archive, mapLocation, mmap) as T;
    } finally {
      native.archiveClose(archive);
    }
  } catch (cause) {
    throw loadError(path, cause);
  }
}

function readArchive(archive: number, mapLocation: MapLocation | null, mmap: boolean): unknown {
  checkRecords(archive);
  const storages = new StorageLoader(archive, mapLocation, mmap);
  try {
    const pickle = new Uint8Array(native.archiveBytes(archive, 'data.pkl'));
    const unpickler = new Unpickler(pickle, {
      global: allowedGlobals(storages),
      persistent: (id) => storages.load(id),
    });
    return toJavaScript(unpickler.load());
  } finally {
    storages.release();
  }
}

/** The error with the file's name before it, where the file is at fault. */
function loadError(path: string, cause: unknown): unknown {
  if (cause instanceof UnpicklingError) {
    return new UnpicklingError(`torch.load: '${path}' cannot be loaded: ${cause.message}`);
  }
  if (
    cause instanceof TorchError &&
    /PytorchStreamReader|ERR_ARCHIVE/.test(`${cause.message} ${cause.code}`)
  ) {
    return new TorchError(`torch.load: '${path}' is truncated or damaged: ${cause.message}`, {
      code: 'ERR_DAMAGED',
      cause,
    });
  }
  return cause;
}
