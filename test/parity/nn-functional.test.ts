import test from 'ava';
import torch, { nn, Tensor } from 'sconce';
import {
  asList,
  backward,
  callArguments,
  compare,
  floating,
  golden,
} from '../_helpers/nn-golden.js';

type AnyFunction = (...args: unknown[]) => Tensor | Tensor[];

const functions = nn.functional as unknown as Record<string, AnyFunction>;

// Running statistics and most losses' weights have no gradient.
const onlyInput = [
  'batchNorm',
  'instanceNorm',
  'nllLoss',
  'crossEntropy',
  'binaryCrossEntropy',
  'binaryCrossEntropyWithLogits',
  'multiMarginLoss',
];

for (const [index, recorded] of golden.functions.entries()) {
  const { args, options } = recorded;
  const shown = JSON.stringify([...args, options]).slice(0, 120);
  test(`${index}: ${recorded.function}(${shown})`, (t) => {
    const given = callArguments(args, options);
    const positional = given.slice(0, args.length);
    const differentiable = onlyInput.includes(recorded.function)
      ? positional.slice(0, 1)
      : positional;
    const leaves = floating(differentiable);
    for (const leaf of leaves) leaf.requiresGrad = true;
    torch.manualSeed(index);
    const call = functions[recorded.function] as AnyFunction;
    // An in-place function must not meet a leaf.
    const clones = given.map((value) => (value instanceof Tensor ? value.clone() : value));
    const outputs = asList(call(...clones));
    t.is(outputs.length, recorded.outputs.length);
    for (const [i, output] of outputs.entries()) {
      compare(t, output, recorded.outputs[i] ?? null, `output ${i}`);
    }
    for (const [i, gradient] of backward(outputs, leaves).entries()) {
      compare(t, gradient, recorded.gradients[i] ?? null, `gradient ${i}`);
    }
  });
}

// Those of matrices of few bits have tests of their own.
const elsewhere = ['groupedMm', 'scaledMm', 'scaledGroupedMm'];

test('every function has a case', (t) => {
  const covered = new Set([...golden.functions.map((recorded) => recorded.function), ...elsewhere]);
  const names = Object.entries(functions).filter(([, value]) => typeof value === 'function');
  t.deepEqual(
    names.map(([name]) => name).filter((name) => !covered.has(name)),
    [],
  );
});
