import test from 'ava';
import torch, { type Tensor, utils } from 'sconce';

const { BatchSampler, DataLoader, Dataset, IterableDataset, Sampler, Subset, TensorDataset } =
  utils.data;

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const lists = (loader: Iterable<Tensor>) => Array.from(loader, (batch) => batch.tolist());

test('gives batches in order, the last one smaller', (t) => {
  const loader = new DataLoader(range(5), { batchSize: 2 });
  t.deepEqual(lists(loader), [[0, 1], [2, 3], [4]]);
  t.deepEqual(lists(loader), [[0, 1], [2, 3], [4]], 'and again');
  t.is(loader.length, 3);
  t.deepEqual(lists(new DataLoader(range(5), 2, { dropLast: true })), [
    [0, 1],
    [2, 3],
  ]);
});

test('types: inputs and labels of a TensorDataset are tensors', (t) => {
  const loader = new DataLoader(new TensorDataset(torch.randn(10, 3), torch.arange(10)), 4);
  const shapes: number[][][] = [];
  for (const [inputs, labels] of loader) {
    const pair: [Tensor, Tensor] = [inputs, labels];
    shapes.push(pair.map((part) => part.shape));
  }
  t.deepEqual(shapes, [
    [[4, 3], [4]],
    [[4, 3], [4]],
    [[2, 3], [2]],
  ]);
  const train = (batches: utils.data.DataLoader<[Tensor, Tensor]>) => batches.dataset.length;
  t.is(train(loader), 10);
  t.is(loader.dataset.tensors[0].size(1), 3);
});

test('types: a labelled dataset of images and numbers gives pairs of tensors', (t) => {
  class Labelled extends Dataset<[Tensor, number]> {
    readonly length = 3;
    getItem(index: number): [Tensor, number] {
      return [torch.full([2], index), index];
    }
  }
  const loader: utils.data.DataLoader<[Tensor, Tensor]> = new DataLoader(new Labelled(), 2);
  const [[inputs, labels]] = [...loader] as [[Tensor, Tensor]];
  t.deepEqual(inputs.tolist(), [
    [0, 0],
    [1, 1],
  ]);
  t.is(labels.dtype, torch.int64);
});

test('for await gives the same batches, and the event loop turns between', async (t) => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const loader = new DataLoader(range(200), { batchSize: 2, shuffle: true });
  torch.manualSeed(1);
  const expected = lists(loader);
  torch.manualSeed(1);
  const seen: unknown[] = [];
  for await (const batch of loader) {
    seen.push(batch.tolist());
    const until = performance.now() + 0.2;
    while (performance.now() < until);
  }
  clearInterval(timer);
  t.deepEqual(seen, expected);
  t.true(turns > 0);
});

test('collateFn makes the batches', (t) => {
  const words = ['a', 'bb', 'ccc'];
  const loader = new DataLoader(words, {
    batchSize: 2,
    collateFn: (samples) => samples.map((word) => word.length),
  });
  const batches: number[][] = [...loader];
  t.deepEqual(batches, [[1, 2], [3]]);
});

test('without batches it gives samples', (t) => {
  t.deepEqual([...new DataLoader(['a', 'b'], { batchSize: null })], ['a', 'b']);
  const loader = new DataLoader([new Float32Array([1]), new Float32Array([2])], {
    batchSize: null,
  });
  t.is(loader.length, 2);
  t.deepEqual(lists(loader), [[1], [2]]);
  const doubled = new DataLoader([1, 2], { batchSize: null, collateFn: (x) => x * 2 });
  t.deepEqual([...doubled], [2, 4]);
});

test('takes samplers of one’s own', (t) => {
  class Backwards extends Sampler {
    constructor(readonly length: number) {
      super();
    }
    *[Symbol.iterator]() {
      for (let i = this.length - 1; i >= 0; i--) yield i;
    }
  }
  const loader = new DataLoader(range(5), 2, { sampler: new Backwards(5) });
  t.deepEqual(lists(loader), [[4, 3], [2, 1], [0]]);
  t.is(loader.length, 3);
  t.deepEqual(lists(new DataLoader(range(5), 2, { sampler: [1, 2, 3] })), [[1, 2], [3]]);
  const batches = new DataLoader(range(5), { batchSampler: [[0, 4], new Set([1, 2, 3])] as never });
  t.deepEqual(lists(batches), [
    [0, 4],
    [1, 2, 3],
  ]);
  const endless = new DataLoader(range(5), {
    sampler: (function* () {
      yield 1;
    })(),
  });
  t.throws(() => endless.length, { message: /no length/ });
});

test('a stream is batched as it comes', (t) => {
  class Stream extends IterableDataset<number> {
    *[Symbol.iterator]() {
      yield* range(5);
    }
  }
  t.deepEqual(lists(new DataLoader(new Stream(), 2)), [[0, 1], [2, 3], [4]]);
  t.deepEqual(lists(new DataLoader(new Stream(), 2, { dropLast: true })), [
    [0, 1],
    [2, 3],
  ]);
  t.deepEqual([...new DataLoader(new Stream(), { batchSize: null })], range(5));
  t.throws(() => new DataLoader(new Stream()).length, { message: /no length/ });
  const sized = Object.assign(new Stream(), { length: 5 });
  t.is(new DataLoader(sized, 2).length, 3);
  t.is(new DataLoader(sized, 2, { dropLast: true }).length, 2);
  t.is(new DataLoader(sized, { batchSize: null }).length, 5);
});

test('an epoch that is broken off closes the sampler and the stream', (t) => {
  let closed = 0;
  class Stream extends IterableDataset<number> {
    *[Symbol.iterator]() {
      try {
        yield* range(100);
      } finally {
        closed++;
      }
    }
  }
  for (const batch of new DataLoader(new Stream(), 2)) if (batch) break;
  const sampler = { [Symbol.iterator]: () => new Stream()[Symbol.iterator]() };
  for (const batch of new DataLoader(range(100), 2, { sampler })) if (batch) break;
  t.is(closed, 2);
});

class Counted extends Dataset<number> {
  readonly length: number = 10;
  asked: string[] = [];

  getItem(index: number): number {
    this.asked.push(`item ${index}`);
    return index;
  }

  override getItems(indices: readonly number[]): Tensor {
    this.asked.push(`items ${indices}`);
    return torch.tensor(BigInt64Array.from(indices, BigInt));
  }
}

test('asks for whole batches where it may', (t) => {
  const dataset = new Counted();
  t.deepEqual(lists(new DataLoader(dataset, 4)), [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ]);
  t.deepEqual(dataset.asked, ['items 0,1,2,3', 'items 4,5,6,7', 'items 8,9']);
  dataset.asked = [];
  t.deepEqual(lists(new DataLoader(new Subset(dataset, [7, 8, 9]), 2)), [[7, 8], [9]]);
  t.deepEqual(dataset.asked, ['items 7,8', 'items 9']);
});

test('asks for samples where the collation is not the default one', (t) => {
  const dataset = new Counted();
  const [batch] = new DataLoader(dataset, 2, { collateFn: (samples) => samples });
  t.deepEqual(batch, [0, 1]);
  t.deepEqual(dataset.asked.slice(0, 2), ['item 0', 'item 1']);
});

test('asks for samples where a subclass overrides getItem alone', (t) => {
  class Negated extends Counted {
    override getItem(index: number): number {
      return -super.getItem(index);
    }
  }
  const dataset = new Negated();
  t.deepEqual(lists(new DataLoader(dataset, 5)), [
    [-0, -1, -2, -3, -4].map((x) => x + 0),
    [-5, -6, -7, -8, -9],
  ]);
  t.is(dataset.asked[0], 'item 0');
  const [subset] = lists(new DataLoader(new Subset(dataset, [3]), 1));
  t.deepEqual(subset, [-3]);
});

test('asks for samples where getItems gives undefined', (t) => {
  class Unable extends Counted {
    override getItems(): never {
      return undefined as never;
    }
  }
  t.deepEqual(lists(new DataLoader(new Unable(), 10)), [range(10)]);
});

const TEN = range(10);

for (const [name, make, message] of [
  ['workers', () => new DataLoader(TEN, { numWorkers: 4 }), /numWorkers is 4.*set it to 0/s],
  ['shuffle and sampler', () => new DataLoader(TEN, { shuffle: true, sampler: [1] }), /not both/],
  ['batchSampler and batchSize', () => new DataLoader(TEN, 2, { batchSampler: [[1]] }), /alone/],
  [
    'batchSampler and shuffle',
    () => new DataLoader(TEN, { shuffle: true, batchSampler: [[1]] }),
    /alone/,
  ],
  [
    'dropLast without batches',
    () => new DataLoader(TEN, { batchSize: null, dropLast: true }),
    /dropLast/,
  ],
  ['batchSize 0', () => new DataLoader(TEN, 0), /batchSize must be a positive integer, got 0/],
  ['batchSize 1.5', () => new DataLoader(TEN, 1.5), /got 1.5/],
  ['timeout', () => new DataLoader(TEN, { timeout: 5 }), /timeout is for workers only/],
  [
    'persistentWorkers',
    () => new DataLoader(TEN, { persistentWorkers: true as never }),
    /persistentWorkers/,
  ],
  ['an empty dataset to shuffle', () => new DataLoader([], { shuffle: true }), /numSamples/],
] as const) {
  test(`refuses ${name}`, (t) => {
    t.throws(make as () => unknown, { instanceOf: torch.TorchError, message });
  });
}

test('refuses what is no dataset, and unknown options', (t) => {
  t.throws(() => new DataLoader(torch.zeros(3) as never), { message: /TensorDataset/ });
  t.throws(() => new DataLoader(null as never), { message: /dataset must be/ });
  t.throws(() => new DataLoader(TEN, { batch_size: 2 } as never), { message: /`batchSize`/ });
  t.throws(() => new BatchSampler([1], 0, false), { instanceOf: torch.ValueError });
  t.throws(() => new utils.data.RandomSampler(TEN, 'yes' as never), { instanceOf: TypeError });
  t.throws(() => new utils.data.WeightedRandomSampler([[1], [2]] as never, 2), {
    message: /one dim/,
  });
});

test('pinMemory without an accelerator gives batches as they are', (t) => {
  if (torch.cuda.isAvailable()) return t.pass();
  t.deepEqual(lists(new DataLoader(range(3), 3, { pinMemory: true })), [[0, 1, 2]]);
});

test('an error of the dataset comes through', (t) => {
  class Broken extends Dataset<number> {
    readonly length = 3;
    getItem(): number {
      throw new RangeError('no such picture');
    }
  }
  t.throws(() => [...new DataLoader(new Broken())], { instanceOf: RangeError, message: /picture/ });
});
