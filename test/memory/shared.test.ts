/** Memory that a tensor and a TypedArray share lives as long as either. */
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import torch, { type Tensor } from 'sconce';
import { native } from '../../dist/lib/native.js';

const LENGTH = 2 ** 20;
const BYTES = 4 * LENGTH;

/** Collects what this job no longer holds, and lets finalizers run. */
async function collect(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    native.collect(false);
    await setImmediate();
  }
}

/** Writes over memory of the same size that was freed by mistake. */
function overwrite(): void {
  for (let i = 0; i < 20; i++) {
    torch.full([LENGTH], 7).dispose();
    new Float32Array(LENGTH).fill(7);
  }
}

test.serial('a tensor keeps the memory of its TypedArray', async (t) => {
  let array: WeakRef<Float32Array> | undefined;
  const make = (): Tensor => {
    const ones = new Float32Array(LENGTH).fill(1);
    array = new WeakRef(ones);
    return torch.fromTypedArray(ones);
  };
  const x = make();
  await collect();
  overwrite();
  t.is(x.sum().item(), LENGTH);
  t.truthy(array?.deref());
  const view = x.view(2, -1);
  x.dispose();
  await collect();
  overwrite();
  t.is(view.sum().item(), LENGTH);

  view.dispose();
  await collect();
  t.is(array?.deref(), undefined);
});

test.serial('asTypedArray() outlives the tensor, and then frees the memory', async (t) => {
  const make = (): Float32Array => {
    const x = torch.ones(LENGTH);
    const array = x.asTypedArray() as Float32Array;
    x.dispose();
    return array;
  };
  await collect();
  const before = native.liveBytes();
  const check = async () => {
    const array = make();
    await collect();
    overwrite();
    t.true(array.every((element) => element === 1));
    t.true(native.liveBytes() >= before + BYTES);
  };
  await check();
  await collect();
  t.true(native.liveBytes() < before + BYTES);
});

test.serial('asTypedArray() outlives a tensor that the collector takes', async (t) => {
  const before = native.liveTensors();
  const array = (() => torch.ones(LENGTH).asTypedArray() as Float32Array)();
  await collect();
  overwrite();
  // The slot that holds the memory for the array is left.
  t.is(native.liveTensors(), before + 1);
  t.true(array.every((element) => element === 1));
});

test.serial('asTypedArray() outlives the tidy() in which it was made', async (t) => {
  const array = torch.tidy(() => torch.ones(LENGTH).asTypedArray() as Float32Array);
  await collect();
  overwrite();
  t.true(array.every((element) => element === 1));
});

test.serial('shared memory stays where it is', (t) => {
  const given = new Float32Array([1, 2]);
  const x = torch.fromTypedArray(given);
  const taken = x.mul(2).asTypedArray();
  // Of asTypedArray(), back again: Node 24 must not mark its buffer twice.
  const again = torch.fromTypedArray(taken);
  for (const { buffer } of [given, taken]) {
    const transfer = [buffer as ArrayBuffer];
    try {
      // Node 20 copies, later ones throw.
      structuredClone(buffer, { transfer });
    } catch (error) {
      t.regex(String(error), /DataCloneError/);
    }
    if ('transfer' in buffer) {
      t.throws(() => (buffer as unknown as { transfer(): void }).transfer(), {
        instanceOf: TypeError,
        message: /memory of a tensor/,
      });
    }
  }
  t.deepEqual([...given, ...taken], [1, 2, 2, 4]);
  t.deepEqual(
    [x.tolist(), again.tolist()],
    [
      [1, 2],
      [2, 4],
    ],
  );
});

test.serial('what is written on one side is seen on the other', (t) => {
  const array = new Float32Array([1, 2, 3]);
  const x = torch.fromTypedArray(array);
  array[0] = 5;
  x.mul_(2);
  t.deepEqual([...array], [10, 4, 6]);
  const shared = x.asTypedArray();
  shared[1] = 9;
  t.deepEqual(x.tolist(), [10, 9, 6]);
});
