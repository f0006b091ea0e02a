import test, { type ExecutionContext } from 'ava';
import torch, { type Index, IndexError, Slice, Tensor, TorchError, ValueError } from 'sconce';
import { gradients, Player, readGolden } from '../_helpers/golden.js';

interface Case {
  x: unknown;
  index: unknown[];
  /** The index as Python spells it, where it can be spelled. */
  text?: string;
  /** What is assigned. */
  value?: unknown;
  result?: unknown;
  gradients?: unknown[];
  /** The class of Python's error. */
  error?: string;
}

const golden = readGolden<{ cases: Case[] }>('indexing.json');
const player = new Player(golden);
type Indexable = Record<string, unknown>;

const classes: Record<string, unknown> = { IndexError, ValueError, RuntimeError: TorchError };

/** The ways in which sconce spells an index, as functions that read or write there. */
function* spellings({ index, text, value }: Case) {
  const items = index.map((item) => player.value(item)) as Index[];
  // Numbers alone in an array would be one list of indices, as in Python's x[[0, 1]].
  const isList = items.every((item) => typeof item === 'number' || typeof item === 'boolean');
  if (value === undefined) {
    yield (x: Tensor) => x.index(...items);
    if (text) yield (x: Tensor) => (x as unknown as Indexable)[text];
  } else {
    const given = isList && items.length > 0 ? [String(text)] : items;
    yield (x: Tensor, assigned: Tensor | number) => x.indexPut_(given, assigned);
    if (text) {
      yield (x: Tensor, assigned: Tensor | number) => {
        (x as unknown as Indexable)[text] = assigned;
      };
    }
  }
}

type Access = (x: Tensor, value: Tensor | number) => unknown;

function play(t: ExecutionContext, recorded: Case, access: Access): void {
  const leaves = [player.value(recorded.x) as Tensor];
  const value = player.value(recorded.value) as Tensor | number;
  if (value instanceof Tensor && value.dtype.isFloatingPoint) leaves.push(value);
  if (recorded.gradients) for (const leaf of leaves) leaf.requiresGrad_();
  const x = leaves[0] as Tensor;
  const target = recorded.value === undefined ? x : x.clone();
  if (recorded.error) {
    t.throws(() => access(target, value), { instanceOf: classes[recorded.error] as never });
    return;
  }
  const accessed = access(target, value);
  const result = recorded.value === undefined ? accessed : target;
  player.compare(t, result, recorded.result);
  if (recorded.gradients) {
    player.compare(t, gradients(result, leaves), recorded.gradients, { what: 'gradients' });
  }
}

for (const [i, recorded] of golden.cases.entries()) {
  const shown = recorded.text ?? JSON.stringify(recorded.index);
  const assigned = 'value' in recorded ? ` = ${JSON.stringify(recorded.value)}` : '';
  test(`${i}: x[${shown}]${assigned}`, (t) => {
    for (const access of spellings(recorded)) play(t, recorded, access as Access);
  });
}

test('the table is large', (t) => {
  t.true(golden.cases.length > 500);
  for (const key of ['value', 'gradients', 'error'] as const) {
    t.true(
      golden.cases.some((recorded) => key in recorded),
      key,
    );
  }
});

test('a number indexes directly, and in for...of', (t) => {
  const x = torch.arange(6).view(3, 2);
  t.deepEqual(x[0]?.tolist(), [0, 1]);
  t.deepEqual(x[-1]?.tolist(), [4, 5]);
  t.deepEqual(
    [...x].map((row) => row.tolist()),
    [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
  );
  x[1] = torch.tensor([8n, 9n]);
  (x as unknown as Indexable)[-1] = 7;
  t.deepEqual(x.tolist(), [
    [0, 1],
    [8, 9],
    [7, 7],
  ]);
  t.throws(() => x[3], { instanceOf: IndexError });
  t.throws(() => [...torch.tensor(1)], { instanceOf: TypeError });
});

test('what is read is a view, what a mask or a tensor picks is a copy', (t) => {
  const x = torch.zeros(2, 3);
  x[0]?.fill_(1);
  x['1, 1:']?.fill_(2);
  x.index(x.eq(0)).fill_(9);
  x.index([0]).fill_(9);
  t.deepEqual(x.tolist(), [
    [1, 1, 1],
    [0, 2, 2],
  ]);
});

test('a Slice stands for its string, and null for a new dimension', (t) => {
  const x = torch.arange(10);
  t.deepEqual(x.index(new Slice(2, null, 3)).tolist(), [2, 5, 8]);
  t.deepEqual(x.index(new Slice()).shape, [10]);
  t.deepEqual(x.index(null, new Slice(null, 2)).shape, [1, 2]);
  t.deepEqual(x.index(torch.newaxis, ':').shape, [1, 10]);
});

test('assignment goes into views and is recorded by autograd', (t) => {
  const x = torch.ones(2, 2, { requiresGrad: true });
  const y = x.mul(2);
  y['0, :'] = torch.tensor([5, 5]);
  y.sum().backward();
  t.deepEqual(x.grad?.tolist(), [
    [0, 0],
    [2, 2],
  ]);
  t.throws(
    () => {
      (x as unknown as Indexable)['0'] = 1;
    },
    { message: /leaf Variable that requires grad/ },
  );
});

test('indexPut_ accumulates where an index repeats', (t) => {
  const x = torch.zeros(3);
  const places = torch.tensor([0n, 0n, 2n]);
  x.indexPut_([places], torch.tensor([1, 2, 3]), { accumulate: true });
  t.deepEqual(x.tolist(), [3, 0, 3]);
  x.indexPut_([places], 1, true);
  t.deepEqual(x.tolist(), [5, 0, 4]);
  t.deepEqual(x.indexPut([places], 0).tolist(), [0, 0, 0]);
  t.deepEqual(x.tolist(), [5, 0, 4]);
});

test('what is no index throws, and says what is one', (t) => {
  const x = torch.zeros(3, 4);
  const index = x.index.bind(x) as (...items: unknown[]) => Tensor;
  t.throws(() => index(0.5), { instanceOf: IndexError, message: /integer/ });
  t.throws(() => index({}), { instanceOf: IndexError });
  t.throws(() => index(undefined), { instanceOf: IndexError });
  t.throws(() => index('a:b'), { instanceOf: IndexError, message: /'a:b'/ });
  t.throws(() => index('1:2:3:4'), { instanceOf: IndexError });
  t.throws(() => index('0,'), { instanceOf: IndexError });
  t.throws(() => (x as unknown as Indexable)['0:x'], { instanceOf: IndexError });
  t.throws(() => index(Number.NaN), { instanceOf: IndexError });
  t.throws(() => index(1e10), { instanceOf: IndexError });
  t.is((x as unknown as Indexable).noSuchMember, undefined);
});
