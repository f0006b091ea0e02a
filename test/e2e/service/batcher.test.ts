import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { Batcher, Overloaded } from '../../../examples/service/prediction/batcher.js';

/** A batcher that doubles numbers, the batches it ran, and a gate that holds them back. */
function doubling(options: { maxBatch?: number; maxDelayMs?: number; maxWaiting?: number } = {}) {
  const batches: number[][] = [];
  let gate = Promise.resolve();
  const batcher = new Batcher<number, number>(
    { maxBatch: 4, maxDelayMs: 5, maxWaiting: 100, ...options },
    async (items) => {
      batches.push(items);
      await gate;
      return items.map((item) => 2 * item);
    },
  );
  const hold = () => {
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  };
  return { batcher, batches, hold };
}

test('one item waits no longer than the bound, and is answered alone', async (t) => {
  const { batcher, batches } = doubling();
  t.is(await batcher.submit(3), 6);
  t.deepEqual(batches, [[3]]);
});

test('a full batch leaves at once, and each item gets its own answer', async (t) => {
  const { batcher, batches } = doubling({ maxDelayMs: 60_000 });
  const answers = await Promise.all([1, 2, 3, 4].map((item) => batcher.submit(item)));
  t.deepEqual(answers, [2, 4, 6, 8]);
  t.deepEqual(batches, [[1, 2, 3, 4]]);
});

test('while a batch runs, the next one gathers', async (t) => {
  const { batcher, batches, hold } = doubling({ maxDelayMs: 0 });
  const open = hold();
  const first = batcher.submit(1);
  await sleep(5);
  const others = [2, 3, 4, 5, 6].map((item) => batcher.submit(item));
  await sleep(20);
  t.deepEqual(batches, [[1]]);
  t.is(batcher.waiting, 5);
  open();
  t.deepEqual(await Promise.all([first, ...others]), [2, 4, 6, 8, 10, 12]);
  t.deepEqual(batches, [[1], [2, 3, 4, 5], [6]]);
});

test('with a batch of one, nothing is batched', async (t) => {
  const { batcher, batches } = doubling({ maxBatch: 1 });
  t.deepEqual(await Promise.all([1, 2, 3].map((item) => batcher.submit(item))), [2, 4, 6]);
  t.deepEqual(batches, [[1], [2], [3]]);
});

test('too many are refused, and those that wait are answered all the same', async (t) => {
  const { batcher, hold } = doubling({ maxWaiting: 2, maxDelayMs: 0 });
  const open = hold();
  const first = batcher.submit(1);
  await sleep(5);
  const waiting = [batcher.submit(2), batcher.submit(3)];
  await t.throwsAsync(() => batcher.submit(4), { instanceOf: Overloaded });
  open();
  t.deepEqual(await Promise.all([first, ...waiting]), [2, 4, 6]);
});

test('a batch that fails fails its items only', async (t) => {
  const batcher = new Batcher<number, number>(
    { maxBatch: 2, maxDelayMs: 5, maxWaiting: 10 },
    async (items) => {
      if (items.includes(13)) throw new Error('unlucky');
      return items;
    },
  );
  const answers = await Promise.allSettled([13, 1, 2].map((item) => batcher.submit(item)));
  t.deepEqual(
    answers.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  );
});
