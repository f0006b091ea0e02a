/** What the types of datasets and loaders must accept and refuse; `tsc` is the test. */
import torch, { type Tensor, utils } from 'sconce';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where the value is of exactly that type. */
function is<Wanted>() {
  return <Found>(_value: Found, ..._proof: Equal<Found, Wanted> extends true ? [] : [never]) => {};
}

const isTensor = is<Tensor>();
const { DataLoader, Dataset, IterableDataset, TensorDataset } = utils.data;
const x = torch.zeros(4, 2);
const y = torch.zeros(4);

// A dataset of tensors gives tensors, and as many as it was made of.
const pairs = new TensorDataset(x, y);
const [input, label] = pairs.getItem(0);
isTensor(input);
isTensor(label);
// @ts-expect-error: there is no third
pairs.getItem(0)[2];

// The batches follow from the samples.
const loader = new DataLoader(pairs, { batchSize: 2, shuffle: true });
for (const [inputs, labels] of loader) {
  isTensor(inputs);
  isTensor(labels);
}
export async function train(): Promise<void> {
  for await (const [inputs, labels] of loader) {
    isTensor(inputs);
    isTensor(labels);
  }
}
is<number>()(loader.length);
const same: utils.data.DataLoader<[Tensor, Tensor]> = loader;
void same;

class Named extends Dataset<{ image: Tensor; label: number; name: string }> {
  get length(): number {
    return 2;
  }

  getItem(index: number): { image: Tensor; label: number; name: string } {
    return { image: x, label: index, name: 'x' };
  }
}
for (const batch of new DataLoader(new Named(), 2, true)) {
  isTensor(batch.image);
  isTensor(batch.label);
  is<string[]>()(batch.name);
  // @ts-expect-error: no such field
  batch.target;
}

class Numbers extends IterableDataset<[number, Float32Array]> {
  *[Symbol.iterator](): Iterator<[number, Float32Array]> {
    yield [1, new Float32Array(2)];
  }
}
for (const [count, row] of new DataLoader(new Numbers())) {
  isTensor(count);
  isTensor(row);
}
for (const [count, row] of new DataLoader(new Numbers(), { batchSize: null })) {
  is<number>()(count);
  isTensor(row);
}
for (const batch of new DataLoader([1, 2, 3], { batchSize: 2 })) isTensor(batch);

// A function of one's own decides what a batch is.
const counted = new DataLoader(new Named(), {
  batchSize: 2,
  collateFn: (samples) => samples.map((sample) => sample.name).join(),
});
for (const batch of counted) is<string>()(batch);
for (const item of new DataLoader(['a'], { batchSize: null, collateFn: (name) => name.length })) {
  is<number>()(item);
}

const [training, validation] = utils.data.randomSplit(pairs, [3, 1]);
for (const [inputs] of new DataLoader(training as NonNullable<typeof training>)) isTensor(inputs);
void validation;

// @ts-expect-error: Python's spelling
new DataLoader(pairs, { batch_size: 2 });
// @ts-expect-error: a number
new DataLoader(pairs, { batchSize: 'two' });
// @ts-expect-error: a tensor is made a dataset by TensorDataset
new DataLoader(3);
// @ts-expect-error: a flag
new DataLoader(pairs, { shuffle: 1 });
// @ts-expect-error: samplers give indices
new DataLoader(pairs, { sampler: ['a'] });
// @ts-expect-error: tensors only
new TensorDataset([1, 2]);
// @ts-expect-error: getItem is missing
class Wrong extends Dataset<number> {
  get length(): number {
    return 1;
  }
}
void Wrong;
