import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test from 'ava';
import torch, { Complex, Device, DType, nn, optim, QScheme, Tensor } from 'sconce';
import { recordsOf } from '../_helpers/archive.js';
import { makeZip } from '../_helpers/zip.js';

const golden = JSON.parse(
  readFileSync(new URL('../golden/serialization.json', import.meta.url), 'utf8'),
) as { torch: string; files: Record<string, unknown> };

const script = fileURLToPath(new URL('../golden/serialization.py', import.meta.url));
const goldenFile = (name: string) =>
  fileURLToPath(new URL(`../golden/serialization/${name}.pt`, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'sconce-serialization-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function archiveOf(records: Record<string, string | Buffer>): Buffer {
  const entries = Object.entries(records);
  return makeZip(entries.map(([name, content]) => ({ name: `archive/${name}`, content })));
}

let files = 0;
const newFile = () => join(folder, `${files++}.pt`);

/** Says in JSON what a value is, as `Describer` of test/golden/serialization.py does. */
class Describer {
  readonly #storages = new Map<unknown, number>();

  describe(value: unknown): unknown {
    if (value instanceof Tensor) return { tensor: this.#tensor(value) };
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'bigint') return { bigint: String(value) };
    if (typeof value === 'number') return Number.isFinite(value) ? value : nonfinite(value);
    if (value instanceof Complex) return { complex: [value.real, value.imag] };
    if (Array.isArray(value)) return { list: value.map((item) => this.describe(item)) };
    if (value instanceof Set) return { set: [...value].sort() };
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
    if (value instanceof DType) return { dtype: String(value) };
    if (value instanceof QScheme) return { qscheme: String(value) };
    if (value instanceof Device) return { device: String(value) };
    const entries = value instanceof Map ? [...value] : Object.entries(value as object);
    return { dict: entries.map(([key, item]) => [this.describe(key), this.describe(item)]) };
  }

  #tensor(tensor: Tensor): Record<string, unknown> {
    if (tensor.isNested) return { nested: tensor.unbind().map((part) => this.#tensor(part)) };
    const { dtype, layout, device } = tensor;
    const said: Record<string, unknown> = {
      dtype: dtype.name,
      layout: layout.name,
      device: String(device),
      shape: tensor.shape,
      requiresGrad: tensor.requiresGrad,
      parameter: tensor instanceof nn.Parameter,
    };
    let dense = tensor.detach();
    if (tensor.isQuantized) {
      const isWhole = tensor.qscheme() === torch.perTensorAffine;
      return {
        ...said,
        qscheme: tensor.qscheme().name,
        quantizer: isWhole
          ? [tensor.qScale(), tensor.qZeroPoint()]
          : [
              tensor.qPerChannelScales().tolist(),
              tensor.qPerChannelZeroPoints().tolist(),
              tensor.qPerChannelAxis(),
            ],
        integers: tensor.intRepr().tolist(),
      };
    }
    if (layout === torch.strided) {
      said.stride = tensor.stride();
      said.offset = tensor.storageOffset();
    } else {
      dense = dense.toDense();
    }
    if (tensor.isMeta) return said;
    if (layout === torch.strided) {
      // Where the storage begins; those of empty tensors begin nowhere.
      const start = tensor.dataPtr() - BigInt(tensor.storageOffset() * tensor.itemsize);
      const identity = tensor.dataPtr() === 0n ? Symbol() : start;
      const storage = this.#storages.get(identity) ?? this.#storages.size;
      this.#storages.set(identity, storage);
      said.storage = storage;
      said.bits = [tensor.isConj(), tensor.isNeg()];
    }
    const bytes = Buffer.from(dense.toTypedArray().buffer);
    const isLarge = bytes.length > 256;
    said.data = isLarge
      ? createHash('sha256').update(bytes).digest('hex')
      : bytes.toString('base64');
    return said;
  }
}

function nonfinite(value: number): unknown {
  if (Number.isNaN(value)) return { float: 'nan' };
  return { float: value > 0 ? 'inf' : '-inf' };
}

const describe = (value: unknown) => new Describer().describe(value);

for (const [name, expected] of Object.entries(golden.files)) {
  test(`reads ${name}.pt of Python`, (t) => {
    t.deepEqual(describe(torch.load(goldenFile(name))), expected);
  });

  test(`reads ${name}.pt of Python as a map of the file`, (t) => {
    t.deepEqual(describe(torch.load(goldenFile(name), { mmap: true })), expected);
  });

  test(`writes ${name}.pt, and reads it again`, (t) => {
    const file = newFile();
    torch.save(torch.load(goldenFile(name)), file);
    t.deepEqual(describe(torch.load(file)), expected);
  });
}

for (const name of ['lenet', 'dtypes', 'views']) {
  test(`writes ${name}.pt byte for byte as Python does`, async (t) => {
    const file = newFile();
    torch.save(torch.load(goldenFile(name)), file);
    const ours = await recordsOf(file);
    const theirs = await recordsOf(goldenFile(name));
    t.deepEqual([...ours.keys()], [...theirs.keys()]);
    for (const [record, bytes] of theirs) {
      // The id is a hash over the names too, and the folder's is another.
      if (record !== '.data/serialization_id') t.true(ours.get(record)?.equals(bytes), record);
    }
  });
}

class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5);
  pool = new nn.MaxPool2d(2, 2);
  conv2 = new nn.Conv2d(6, 16, 5);
  fc1 = new nn.Linear(16 * 4 * 4, 120);
  fc2 = new nn.Linear(120, 84);
  fc3 = new nn.Linear(84, 10);

  forward(x: Tensor): Tensor {
    let y = this.pool(torch.relu(this.conv1(x)));
    y = this.pool(torch.relu(this.conv2(y))).view(-1, 16 * 4 * 4);
    return this.fc3(torch.relu(this.fc2(torch.relu(this.fc1(y)))));
  }
}

test.serial('the state dict of a LeNet is the one that Python saved, and loads', (t) => {
  torch.manualSeed(0);
  const model = new LeNet();
  t.deepEqual(describe(model.stateDict()), golden.files.lenet);
  const file = newFile();
  torch.save(model.stateDict(), file);
  torch.manualSeed(1);
  const other = new LeNet();
  t.false(other.fc3.weight.equal(model.fc3.weight));
  other.loadStateDict(torch.load(file));
  const image = torch.randn(2, 1, 28, 28);
  t.true(torch.noGrad(() => other(image).equal(model(image))));
  other.loadStateDict(torch.load(goldenFile('lenet'), { mmap: true }));
  t.true(torch.noGrad(() => other(image).equal(model(image))));
});

function train(model: LeNet, optimizer: optim.SGD, steps: number): void {
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    model(torch.randn(4, 1, 28, 28))
      .pow(2)
      .sum()
      .backward();
    optimizer.step();
  }
}

test.serial('an optimizer goes on where it was saved', (t) => {
  torch.manualSeed(0);
  const model = new LeNet();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.001, momentum: 0.9 });
  train(model, optimizer, 2);
  const file = newFile();
  torch.save({ model: model.stateDict(), optimizer: optimizer.stateDict() }, file);

  const other = new LeNet();
  const resumed = new optim.SGD(other.parameters(), { lr: 1, momentum: 0.9 });
  const saved = torch.load(file);
  other.loadStateDict(saved.model);
  resumed.loadStateDict(saved.optimizer);
  torch.manualSeed(7);
  train(model, optimizer, 2);
  torch.manualSeed(7);
  train(other, resumed, 2);
  t.deepEqual(describe(other.stateDict()), describe(model.stateDict()));
});

test("an optimizer takes the state that Python's saved", (t) => {
  const { sgd } = torch.load(goldenFile('optimizers'));
  t.true(sgd.state instanceof Map);
  t.deepEqual([...sgd.state.keys()], [0, 1, 2, 3]);
  const model = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
  const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
  optimizer.loadStateDict(sgd);
  t.deepEqual(describe(optimizer.stateDict().state), describe(sgd.state));
  t.is(optimizer.paramGroups[0]?.momentum, 0.9);
});

test('a state dict carries the versions of its modules', (t) => {
  const state = torch.load(goldenFile('optimizers')).model;
  t.false(Object.keys(state).includes('_metadata'));
  t.deepEqual(state._metadata, { '': { version: 1 }, '0': { version: 1 }, '1': { version: 2 } });
  const file = newFile();
  torch.save(state, file);
  t.deepEqual(torch.load(file)._metadata, state._metadata);
});

test('what is shared stays shared', (t) => {
  const views = torch.load(goldenFile('views'));
  t.is(views.row, views['row again']);
  views.base[1] = 7;
  t.deepEqual(views.flat.tolist().slice(6, 12), [7, 7, 7, 7, 7, 7]);
  const { shared, tuples } = torch.load(goldenFile('containers'));
  t.is(shared[0], shared[1]);
  t.deepEqual(tuples, [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
});

test('a part of a large storage brings all of it, a clone does not', async (t) => {
  const base = torch.arange(1000).float();
  const [part, clone] = [newFile(), newFile()];
  torch.save({ x: base.narrow(0, 10, 2) }, part);
  torch.save({ x: base.narrow(0, 10, 2).clone() }, clone);
  t.is((await recordsOf(part)).get('data/0')?.length, 4000);
  t.is((await recordsOf(clone)).get('data/0')?.length, 8);
});

test('circles are kept', (t) => {
  const list: unknown[] = [1];
  list.push(list, { list });
  const file = newFile();
  torch.save(list, file);
  const loaded = torch.load<[number, unknown, { list: unknown }]>(file);
  t.is(loaded[1], loaded);
  t.is(loaded[2].list, loaded);
});

test('numbers, and what is nothing', (t) => {
  const file = newFile();
  const values = [0, -0, 1, -1, 0.5, 2 ** 53, 1e300, 2n ** 70n, -(2n ** 63n), 5n, undefined, null];
  torch.save(values, file);
  t.deepEqual(torch.load(file), [
    ...[0, -0, 1, -1, 0.5, 2 ** 53, 1e300],
    ...[2n ** 70n, -(2n ** 63n), 5, null, null],
  ]);
});

test('a key named __proto__ is a key', (t) => {
  const loaded = torch.load(goldenFile('containers'));
  t.is(Object.getPrototypeOf(loaded), Object.prototype);
  t.deepEqual(Object.getOwnPropertyDescriptor(loaded, '__proto__')?.value, { polluted: true });
  t.is(({} as { polluted?: boolean }).polluted, undefined);
});

test('a mapped file is changed in memory only', (t) => {
  const file = newFile();
  torch.save({ x: torch.zeros(4), y: torch.ones(4) }, file);
  const before = readFileSync(file);
  const { x, y } = torch.load(file, { mmap: true });
  x.add_(1);
  t.true(x.equal(y));
  t.deepEqual(readFileSync(file), before);
  rmSync(file);
  t.deepEqual(y.tolist(), [1, 1, 1, 1]);
});

test('the file may be a URL', (t) => {
  const url = pathToFileURL(newFile());
  torch.save([torch.ones(1)], url);
  t.is(torch.load(url)[0].item(), 1);
  t.throws(() => torch.save({}, 7 as unknown as string), { instanceOf: TypeError });
  t.throws(() => torch.load(undefined as unknown as string), { message: /required argument `f`/ });
});

test('mapLocation', (t) => {
  const file = goldenFile('cuda');
  if (!torch.cuda.isAvailable()) {
    t.throws(() => torch.load(file), { message: /cuda:1.*no CUDA device.*mapLocation: 'cpu'/ });
  }
  const wanted = describe({ x: torch.ones(2), y: torch.zeros(3) });
  t.deepEqual(describe(torch.load(file, 'cpu')), wanted);
  t.deepEqual(describe(torch.load(file, { mapLocation: torch.device('cpu') })), wanted);
  t.deepEqual(describe(torch.load(file, { mapLocation: { 'cuda:1': 'cpu' } })), wanted);
  t.deepEqual(describe(torch.load(file, { mapLocation: new Map([['cuda:1', 'cpu']]) })), wanted);
  const seen: unknown[] = [];
  const mapLocation = (storage: Tensor, location: string) => {
    seen.push([storage.dtype, storage.shape, location]);
    return storage;
  };
  t.deepEqual(describe(torch.load(file, { mapLocation })), wanted);
  t.deepEqual(seen, [
    [torch.uint8, [8], 'cuda:1'],
    [torch.uint8, [12], 'cuda:1'],
  ]);
  const { y } = torch.load(file, 'meta');
  t.is(String(y), "tensor(..., device='meta', size=(3,))");
  t.throws(() => torch.load(file, 'nowhere'), { name: 'ValueError' });
  t.throws(() => torch.load(file, { mapLocation: () => torch.ones(1) }), { message: /storage/ });
});

// What a file may not hold.

test('a global that is not allowed is named, and never called', (t) => {
  t.throws(() => torch.load(goldenFile('command')), {
    name: 'UnpicklingError',
    message: /command\.pt.*`posix\.system`/,
  });
  t.throws(() => torch.load(goldenFile('namespace')), { message: /`argparse\.Namespace`/ });
  t.throws(() => torch.load(goldenFile('command'), { weightsOnly: false }), {
    name: 'ValueError',
    message: /`weightsOnly` must be true/,
  });
  t.throws(() => torch.load(goldenFile('lenet'), { map_location: 'cpu' } as object), {
    message: /did you mean `mapLocation`/,
  });
});

test('files that are none of torch.save', (t) => {
  const wrong = (bytes: Uint8Array | string, message: RegExp) => {
    const file = newFile();
    writeFileSync(file, bytes);
    t.throws(() => torch.load(file), { message }, String(message));
  };
  t.throws(() => torch.load(join(folder, 'missing.pt')), { message: /ENOENT/ });
  t.throws(() => torch.load(folder), { message: /EISDIR/ });
  t.throws(() => torch.load(goldenFile('legacy')), { message: /before 1\.6.*not supported/ });
  t.throws(() => torch.load(goldenFile('script')), { message: /TorchScript/ });
  wrong('', /is empty/);
  wrong('hello', /no zip archive/);
  wrong('PK\x03\x04', /truncated or damaged/);
  wrong(archiveOf({ 'a.txt': 'a', version: '3' }), /no data\.pkl/);
  const big = { 'data.pkl': Buffer.from('\x80\x02N.', 'latin1'), byteorder: 'big', version: '3' };
  wrong(archiveOf(big), /big-endian/);
});

const PROTOCOL = '\x80\x02';
const storage = (key: string, numel: string, type = 'torch\nFloatStorage') =>
  `(X\x07\x00\x00\x00storagec${type}\nX\x01\x00\x00\x00${key}X\x03\x00\x00\x00cpu${numel}tQ`;
const rebuild = (stored: string, rest: string) =>
  `${PROTOCOL}ctorch._utils\n_rebuild_tensor_v2\n(${stored}${rest}\x89}tR.`;

test('compressed records are read, and not mapped', (t) => {
  const file = newFile();
  const pickle = rebuild(storage('0', 'K\x02'), 'K\x00K\x02\x85K\x01\x85');
  const floats = Buffer.from(new Float32Array([1.5, -2]).buffer);
  const records = { 'data.pkl': Buffer.from(pickle, 'latin1'), 'data/0': floats, version: '3\n' };
  writeFileSync(file, archiveOf(records));
  t.deepEqual(torch.load(file).tolist(), [1.5, -2]);
  t.deepEqual(torch.load(file, { mmap: true }).tolist(), [1.5, -2]);
});

const damaged: [name: string, pickle: string, message: RegExp][] = [
  ['nothing', '', /ends in the middle/],
  ['no end', PROTOCOL, /ends in the middle/],
  ['nothing left', `${PROTOCOL}.`, /empty stack/],
  ['a protocol of the future', '\x80\x09N.', /protocol 9/],
  ['a protocol of old', 'I1\n.', /opcode 0x49/],
  ['an unknown opcode', `${PROTOCOL}\xff.`, /opcode 0xff/],
  ['a text that is too long', `${PROTOCOL}X\xff\xff\xff\xffa.`, /ends in the middle/],
  [
    'bytes that are too long',
    `\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xffa.`,
    /ends in the middle/,
  ],
  ['a name without end', `${PROTOCOL}ctorch`, /ends in the middle/],
  ['no mark', `${PROTOCOL}t.`, /no mark/],
  ['a reference to nothing', `${PROTOCOL}h\x05.`, /refers to its value 5/],
  ['a call of a number', `${PROTOCOL}K\x01)R.`, /calls number/],
  ['an item of a list', `${PROTOCOL}]K\x01K\x02s.`, /Array, which is no dict/],
  ['an appended dict', `${PROTOCOL}}K\x01a.`, /no list/],
  ['a key without value', `${PROTOCOL}}(K\x01u.`, /key without a value/],
  ['attributes of a list', `${PROTOCOL}]}b.`, /attributes to Array/],
  ['a function as a value', `${PROTOCOL}ctorch._utils\n_rebuild_tensor_v2\n.`, /itself/],
  ['eval', `${PROTOCOL}c__builtin__\neval\n.`, /`builtins\.eval`/],
  ['getattr', `${PROTOCOL}cbuiltins\ngetattr\n.`, /`builtins\.getattr`/],
  ['toString of the table', `${PROTOCOL}ctorch\ntoString\n.`, /`torch\.toString`/],
  ['a dynamic name', '\x80\x04\x8c\x02os\x8c\x06system\x93.', /`os\.system`/],
  ['a persistent id that is none', `${PROTOCOL}K\x01Q.`, /must be a tuple/],
  ['a persistent id of another kind', `${PROTOCOL}X\x04\x00\x00\x00evil\x85Q.`, /no storage/],
  [
    'a storage that is not there',
    rebuild(storage('9', 'K\x02'), 'K\x00K\x02\x85K\x01\x85'),
    /data\/9/,
  ],
  [
    'a path out of the archive',
    rebuild(storage('/', 'K\x02'), 'K\x00K\x02\x85K\x01\x85'),
    /damaged/,
  ],
  [
    'a storage of another size',
    rebuild(storage('0', 'K\x03'), 'K\x00K\x02\x85K\x01\x85'),
    /8 bytes.*12/,
  ],
  ['a negative storage', rebuild(storage('0', 'J\xff\xff\xff\xff'), 'K\x00)'), /no storage/],
  [
    'a tensor past the end',
    rebuild(storage('0', 'K\x02'), 'K\x00K\x03\x85K\x01\x85'),
    /byte 12.*8/,
  ],
  [
    'an offset past the end',
    rebuild(storage('0', 'K\x02'), 'K\x02K\x01\x85K\x01\x85'),
    /byte 12.*8/,
  ],
  [
    'a stride past the end',
    rebuild(storage('0', 'K\x02'), 'K\x00K\x02\x85K\x02\x85'),
    /byte 12.*8/,
  ],
  [
    'a negative offset',
    rebuild(storage('0', 'K\x02'), 'J\xff\xff\xff\xffK\x01\x85K\x01\x85'),
    /offset/,
  ],
  [
    'a negative size',
    rebuild(storage('0', 'K\x02'), 'K\x00J\xff\xff\xff\xff\x85K\x01\x85'),
    /negative/,
  ],
  [
    'a negative stride',
    rebuild(storage('0', 'K\x02'), 'K\x01K\x02\x85J\xff\xff\xff\xff\x85'),
    /negative/,
  ],
  ['sizes without strides', rebuild(storage('0', 'K\x02'), 'K\x00K\x02\x85)'), /as many strides/],
  [
    'an endless tensor',
    rebuild(
      storage('0', 'K\x02'),
      'K\x00\x8a\x06\xff\xff\xff\xff\xff\x0f\x8a\x06\xff\xff\xff\xff\xff\x0f\x86\x8a\x06\xff\xff\xff\xff\xff\x0fK\x01\x86',
    ),
    /overflow|reaches/,
  ],
  [
    'a size of text',
    rebuild(storage('0', 'K\x02'), 'K\x00X\x01\x00\x00\x00a\x85K\x01\x85'),
    /a size/,
  ],
  [
    'a gradient of integers',
    rebuild(storage('0', 'K\x01', 'torch\nLongStorage'), 'K\x00K\x01\x85K\x01\x85').replace(
      '\x89',
      '\x88',
    ),
    /gradient/,
  ],
];

for (const [name, pickle, message] of damaged) {
  test(`a damaged pickle: ${name}`, (t) => {
    const file = newFile();
    const records = {
      'data.pkl': Buffer.from(pickle, 'latin1'),
      'data/0': Buffer.alloc(8),
      version: '3\n',
    };
    writeFileSync(file, archiveOf(records));
    t.throws(() => torch.load(file), { message });
  });
}

test('a truncated file is an error, wherever it ends', (t) => {
  const whole = readFileSync(goldenFile('parameters'));
  const file = newFile();
  for (let length = 4; length < whole.length; length += 41) {
    writeFileSync(file, whole.subarray(0, length));
    t.throws(() => torch.load(file), { instanceOf: torch.TorchError, message: /truncated/ });
  }
});

test('a file with a flipped bit loads or throws', (t) => {
  const whole = readFileSync(goldenFile('parameters'));
  const file = newFile();
  let errors = 0;
  for (let i = 0; i < whole.length * 8; i += 53) {
    const bytes = Buffer.from(whole);
    const at = Math.floor(i / 8);
    bytes[at] = (bytes[at] as number) ^ (1 << (i % 8));
    writeFileSync(file, bytes);
    try {
      describe(torch.load(file));
    } catch (error) {
      t.true(error instanceof Error);
      errors++;
    }
  }
  t.true(errors > 0);
});

// What cannot be saved.

test('what cannot be saved is named, and no file is made', (t) => {
  const file = newFile();
  const wrong = (value: unknown, message: RegExp) => {
    t.throws(() => torch.save(value, file), { instanceOf: TypeError, message }, String(message));
  };
  wrong(() => 1, /the value is the function \(anonymous\)/);
  wrong({ a: [1, { b: Symbol('s') }] }, /obj\["a"\]\[1\]\["b"\] is a symbol/);
  wrong({ when: new Date() }, /obj\["when"\] is an object of class Date/);
  wrong([new Float32Array(2)], /obj\[0\] is an object of class Float32Array/);
  wrong(new Map([[3, new WeakMap()]]), /obj\[3\] is an object of class WeakMap/);
  wrong(new Map([[{}, 1]]), /obj\[\[object Object\]\] is an object of class Object/);
  wrong({ model: new nn.Linear(1, 1) }, /obj\["model"\] is a module.*stateDict/);
  const x = torch.ones(2);
  const y = torch.randn(2, { dtype: torch.complex64 });
  t.throws(() => torch.save([y, torch.viewAsReal(y)], file), { message: /share memory/ });
  x.dispose();
  t.throws(() => torch.save([x], file), { message: /disposed/ });
  t.throws(() => readFileSync(file), { code: 'ENOENT' });
});

test('a file that cannot be written is an error, and leaves nothing behind', (t) => {
  const inner = mkdtempSync(join(folder, 'inner-'));
  t.throws(() => torch.save({}, join(inner, 'missing', 'a.pt')), {
    message: /a\.pt.*No such file/,
  });
  t.throws(() => torch.save({}, inner), { message: /could not be written/ });
  t.deepEqual(readdirSync(inner), []);
});

test('saving replaces a file, and follows a link', (t) => {
  const inner = mkdtempSync(join(folder, 'inner-'));
  const [file, link] = [join(inner, 'a.pt'), join(inner, 'latest.pt')];
  copyFileSync(goldenFile('lenet'), file);
  const { weight } = { weight: torch.load(file, { mmap: true })['conv1.weight'] };
  const before = weight.tolist();
  symlinkSync(file, link);
  torch.save([1], link);
  t.deepEqual(torch.load(file), [1]);
  t.deepEqual(readdirSync(inner).sort(), ['a.pt', 'latest.pt']);
  // A map of the file of before goes on showing that one.
  t.deepEqual(weight.tolist(), before);
});

// Python itself, where there is one.

const python = process.env.SCONCE_PYTHON;

function asPythonSees(file: string): unknown {
  const { stdout, stderr, status } = spawnSync(python as string, [script, '--describe', file], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

test('Python reads what is written here', (t) => {
  if (!python) {
    t.log('SCONCE_PYTHON is not set: passed over');
    return t.pass();
  }
  for (const name of Object.keys(golden.files)) {
    const file = newFile();
    torch.save(torch.load(goldenFile(name)), file);
    t.deepEqual(asPythonSees(file), golden.files[name], name);
  }
  const file = newFile();
  const model = new LeNet();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.001, momentum: 0.9 });
  train(model, optimizer, 1);
  const value = { model: model.stateDict(), optimizer: optimizer.stateDict(), epoch: 1 };
  torch.save(value, file);
  t.deepEqual(asPythonSees(file), describe(value));
});
