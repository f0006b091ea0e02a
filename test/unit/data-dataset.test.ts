import test from 'ava';
import torch, { type Tensor, utils } from 'sconce';

const {
  ChainDataset,
  ConcatDataset,
  Dataset,
  IterableDataset,
  StackDataset,
  Subset,
  TensorDataset,
} = utils.data;

class Squares extends Dataset<number> {
  constructor(readonly length: number) {
    super();
  }

  getItem(index: number): number {
    return index ** 2;
  }
}

class Countdown extends IterableDataset<number> {
  constructor(readonly from: number) {
    super();
  }

  *[Symbol.iterator]() {
    for (let i = this.from; i > 0; i--) yield i;
  }
}

test('a dataset is iterable by its length and items', (t) => {
  t.deepEqual([...new Squares(4)], [0, 1, 4, 9]);
});

test('TensorDataset gives rows', (t) => {
  const dataset = new TensorDataset(torch.arange(6).view(3, 2), torch.tensor([1n, 2n, 3n]));
  t.is(dataset.length, 3);
  const [x, y] = dataset.getItem(1);
  const [row, label]: [Tensor, Tensor] = [x, y];
  t.deepEqual(row.tolist(), [2, 3]);
  t.is(label.item(), 2);
  t.deepEqual(dataset.getItem(-1)[0].tolist(), [4, 5]);
  t.throws(() => dataset.getItem(3), { instanceOf: torch.IndexError });
});

test('TensorDataset gives a whole batch as its rows collated', (t) => {
  const dataset = new TensorDataset(torch.randn(5, 3), torch.arange(5));
  const [x, y] = dataset.getItems([4, 0, -1, 2]);
  const [rows, labels] = utils.data.defaultCollate([4, 0, -1, 2].map((i) => dataset.getItem(i)));
  t.true(torch.equal(x as Tensor, rows as Tensor));
  t.true(torch.equal(y as Tensor, labels as Tensor));
  for (const index of [5, -6, 0.5, Number.NaN]) {
    t.throws(() => dataset.getItems([index]), { instanceOf: torch.IndexError }, `${index}`);
  }
});

test('TensorDataset refuses tensors of unequal length', (t) => {
  const error = { instanceOf: torch.ValueError, message: /3, 4/ };
  t.throws(() => new TensorDataset(torch.zeros(3), torch.zeros(4)), error);
  t.throws(() => new TensorDataset(), { instanceOf: torch.ValueError });
});

test('StackDataset holds datasets side by side', (t) => {
  const byPlace = new StackDataset(new Squares(3), ['a', 'b', 'c']);
  const [square, letter]: [number, string] = byPlace.getItem(2);
  t.deepEqual([square, letter], [4, 'c']);
  t.is(byPlace.length, 3);
  const byName = new StackDataset({ square: new Squares(3), letter: ['a', 'b', 'c'] });
  const sample: { square: number; letter: string } = byName.getItem(1);
  t.deepEqual(sample, { square: 1, letter: 'b' });
  t.throws(() => new StackDataset(new Squares(3), ['a']), { instanceOf: torch.ValueError });
});

test('StackDataset gives a whole batch where all its datasets do', (t) => {
  const x = new TensorDataset(torch.arange(4));
  const y = new TensorDataset(torch.arange(4).neg());
  const batch = new StackDataset({ x, y }).getItems([1, 3]);
  t.deepEqual(
    batch?.y.map((part: Tensor) => part.tolist()),
    [[-1, -3]],
  );
  t.is(new StackDataset(x, new Squares(4)).getItems([1, 3]), undefined);
});

test('ConcatDataset holds datasets one after another', (t) => {
  const dataset = new ConcatDataset([new Squares(3), [10, 11], new Squares(1)]);
  t.deepEqual([...dataset], [0, 1, 4, 10, 11, 0]);
  t.deepEqual(dataset.cumulativeSizes, [3, 5, 6]);
  t.is(dataset.getItem(-2), 11);
  t.throws(() => dataset.getItem(6), { instanceOf: torch.IndexError });
  t.throws(() => new ConcatDataset([]), { instanceOf: torch.ValueError });
  t.throws(() => new ConcatDataset([new Countdown(2) as never]), { message: /ChainDataset/ });
});

test('ChainDataset holds streams one after another', (t) => {
  t.deepEqual([...new ChainDataset([new Countdown(2), new Countdown(3)])], [2, 1, 3, 2, 1]);
  t.throws(() => new ChainDataset([new Countdown(2)]).length, { message: /no length/ });
  t.throws(() => [...new ChainDataset([[1] as never])], { instanceOf: TypeError });
});

test('Subset holds some samples', (t) => {
  const subset = new Subset(new Squares(10), [2, 5, 9]);
  t.deepEqual([...subset], [4, 25, 81]);
  t.is(subset.getItem(-1), 81);
  t.throws(() => subset.getItem(3), { instanceOf: torch.IndexError });
  t.is(subset.getItems([0, 1]), undefined);
  const rows = new Subset(new TensorDataset(torch.arange(10)), new Float64Array([2, 5, 9]));
  t.deepEqual(
    rows.getItems([2, 0])?.map((part: Tensor) => part.tolist()),
    [[9, 2]],
  );
});

test('randomSplit refuses lengths that do not sum up', (t) => {
  const split = (lengths: number[]) => () => utils.data.randomSplit(new Squares(10), lengths);
  t.throws(split([5, 4]), { instanceOf: torch.ValueError, message: /sum up to 9.*10 samples/ });
  t.throws(split([1.2, -0.2]), { instanceOf: torch.ValueError, message: /from 0 to 1/ });
});

test('randomSplit gives as many parts as there are lengths', (t) => {
  const [training, validation] = utils.data.randomSplit(new Squares(10), [0.9, 0.1]);
  const sizes: number[] = [training.length, validation.length];
  t.deepEqual(sizes, [9, 1]);
  t.deepEqual(
    [...training, ...validation].sort((a, b) => a - b),
    [...new Squares(10)],
  );
  t.is(utils.data.randomSplit(new Squares(1), [1, 0]).length, 2);
});
