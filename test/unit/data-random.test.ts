// What is drawn, from which generator and when: all of it held against Python's, from data.json.
import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { type Generator, type Tensor, utils } from 'sconce';

const {
  BatchSampler,
  DataLoader,
  IterableDataset,
  RandomSampler,
  randomSplit,
  SequentialSampler,
  SubsetRandomSampler,
  TensorDataset,
  WeightedRandomSampler,
} = utils.data;

const golden = JSON.parse(readFileSync(new URL('../golden/data.json', import.meta.url), 'utf8'));

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const ownGenerator = (seed = 7) => new torch.Generator().manualSeed(seed);
const draws = (generator?: Generator) => torch.rand(3, { generator }).tolist();

interface Split {
  size: number;
  lengths: number[];
  default: number[][];
  after: number[];
  generator: number[][];
}

for (const [name, expected] of Object.entries<Split>(golden.splits)) {
  test(`randomSplit splits as Python: ${name}`, (t) => {
    const { size, lengths } = expected;
    torch.manualSeed(golden.seed);
    const byDefault = randomSplit(range(size), lengths);
    t.deepEqual(
      byDefault.map((part) => [...part]),
      expected.default,
    );
    t.deepEqual(draws(), expected.after);
    const given = randomSplit(range(size), lengths, { generator: ownGenerator(42) });
    t.deepEqual(
      given.map((part) => [...part]),
      expected.generator,
    );
  });
}

const weights = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6];

const samplers: Record<string, (generator: Generator | null) => Iterable<number | number[]>> = {
  random: (g) => new RandomSampler(range(10), { generator: g }),
  random_more: (g) => new RandomSampler(range(10), { numSamples: 25, generator: g }),
  random_fewer: (g) => new RandomSampler(range(10), false, 4, g),
  replacement: (g) => new RandomSampler(range(10), true, 70, { generator: g }),
  replacement_64: (g) => new RandomSampler(range(64), { replacement: true, generator: g }),
  subset: (g) => new SubsetRandomSampler([3, 1, 4, 15, 9, 2, 6], g),
  weighted: (g) => new WeightedRandomSampler(weights, 8, { generator: g }),
  weighted_once: (g) => new WeightedRandomSampler(weights, 5, false, g),
  batches: (g) => new BatchSampler(new RandomSampler(range(10), { generator: g }), 4, false),
  batches_dropped: (g) => new BatchSampler(new RandomSampler(range(10), { generator: g }), 4, true),
  batches_even: (g) => new BatchSampler(new RandomSampler(range(12), { generator: g }), 4, false),
};

test('every sampler of the golden file is tested', (t) => {
  t.deepEqual(Object.keys(samplers).sort(), Object.keys(golden.samplers).sort());
});

for (const [name, make] of Object.entries(samplers)) {
  test(`a sampler draws as Python: ${name}`, (t) => {
    const expected = golden.samplers[name];
    torch.manualSeed(golden.seed);
    const byDefault = make(null);
    t.deepEqual([[...byDefault], [...byDefault]], expected.default);
    t.deepEqual(draws(), expected.after);
    const own = ownGenerator();
    const given = make(own);
    t.deepEqual([[...given], [...given]], expected.generator);
    t.deepEqual(draws(own), expected.generator_after);
  });
}

class Stream extends IterableDataset<number> {
  readonly length = 10;

  *[Symbol.iterator]() {
    for (let i = 0; i < 10; i++) yield i * Number(torch.randint(5, [1]).item());
  }
}

interface AnyLoader extends Iterable<unknown> {
  readonly length: number;
}

const loaders: Record<string, (generator: Generator | null) => AnyLoader> = {
  in_order: (generator) => new DataLoader(range(10), 4, { generator }),
  shuffled: (generator) => new DataLoader(range(23), 4, { shuffle: true, generator }),
  even: (generator) => new DataLoader(range(24), 4, true, { generator }),
  drop_last: (generator) =>
    new DataLoader(range(23), { batchSize: 4, shuffle: true, dropLast: true, generator }),
  singles: (generator) => new DataLoader(range(7), { batchSize: null, shuffle: true, generator }),
  sampler: (generator) =>
    new DataLoader(range(50), 8, { sampler: new SubsetRandomSampler(range(20), generator) }),
  batch_sampler: (generator) =>
    new DataLoader(range(10), {
      batchSampler: new BatchSampler(new SequentialSampler(range(10)), 3, true),
      generator,
    }),
  tensors: (generator) =>
    new DataLoader(new TensorDataset(torch.arange(10).square()), 4, {
      shuffle: true,
      collateFn: (samples) => torch.stack(samples.map(([x]) => x)),
      generator,
    }),
  stream: (generator) => new DataLoader(new Stream(), 4, { generator }),
};

test('every loader of the golden file is tested', (t) => {
  t.deepEqual(Object.keys(loaders).sort(), Object.keys(golden.loaders).sort());
});

const plain = (batch: unknown) => (batch instanceof torch.Tensor ? batch.tolist() : batch);

for (const [name, make] of Object.entries(loaders)) {
  test(`a loader draws as Python, with a draw in each step: ${name}`, (t) => {
    for (const own of [null, ownGenerator()]) {
      const expected = golden.loaders[name][own ? 'generator' : 'default'];
      torch.manualSeed(golden.seed);
      const loader = make(own);
      const epoch = () => Array.from(loader, (batch) => [plain(batch), torch.rand(1).item()]);
      t.deepEqual([epoch(), epoch()], expected.epochs);
      t.is(loader.length, expected.length);
      t.deepEqual(draws(), expected.after);
      if (own) t.deepEqual(draws(own), expected.generator_after);
    }
  });
}

test('an epoch that is broken off leaves the generators as in Python', (t) => {
  torch.manualSeed(golden.seed);
  const loader = new DataLoader(range(23), 4, { shuffle: true });
  const seen: unknown[] = [];
  for (const batch of loader) {
    seen.push(batch.tolist());
    if (seen.length === 2) break;
  }
  t.deepEqual(seen, golden.broken_off.seen);
  t.deepEqual(
    Array.from(loader, (batch: Tensor) => batch.tolist()),
    golden.broken_off.then,
  );
  t.deepEqual(draws(), golden.broken_off.after);
});

test('a dataset that answers whole batches draws as one that does not', (t) => {
  const x = torch.arange(50);
  const epoch = (dataset: utils.data.MapDataset<readonly Tensor[]>) => {
    torch.manualSeed(3);
    const loader = new DataLoader(dataset, 8, { shuffle: true });
    return [...Array.from(loader, ([batch]) => (batch as Tensor).tolist()), draws()];
  };
  const oneByOne = Array.from({ length: 50 }, (_, i) => [x.select(0, i)]);
  t.deepEqual(epoch(new TensorDataset(x)), epoch(oneByOne));
});
