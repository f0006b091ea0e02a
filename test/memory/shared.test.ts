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
  // References that are given up are deleted when the next is made.
  torch.fromTypedArray(new Float32Array(1)).dispose();
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
  t.is(native.liveTensors(), before);
  t.true(array.every((element) => element === 1));
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
