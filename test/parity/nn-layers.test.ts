import test, { type ExecutionContext } from 'ava';
import torch, { nn, Tensor } from 'sconce';
import { cases } from '../_helpers/module-info.js';
import {
  argument,
  asList,
  backward,
  callArguments,
  compare,
  floating,
  golden,
  type Run,
} from '../_helpers/nn-golden.js';

type Layer = nn.Module & ((...inputs: unknown[]) => Tensor | Tensor[]);
type LayerClass = new (...args: unknown[]) => Layer;

const classes = nn as unknown as Record<string, LayerClass>;

const clone = (value: unknown) => (value instanceof Tensor ? value.clone() : value);

function runMode(t: ExecutionContext, layer: Layer, recorded: unknown[], run: Run, mode: string) {
  const inputs = recorded.map(argument);
  const leaves = floating(inputs);
  for (const leaf of leaves) leaf.requiresGrad = true;
  const { index } = t.context as { index: number };
  torch.manualSeed(1000 + index);
  // An in-place layer must not meet a leaf.
  const outputs = asList(layer(...inputs.map(clone)));
  t.is(outputs.length, run.outputs.length);
  for (const [i, output] of outputs.entries()) {
    compare(t, output, run.outputs[i] ?? null, `${mode} output ${i}`);
  }
  const gradients = backward(outputs, [...leaves, ...layer.parameters()]);
  for (const [i, gradient] of gradients.entries()) {
    compare(t, gradient, run.gradients?.[i] ?? null, `${mode} gradient ${i}`);
  }
}

for (const [index, recorded] of golden.layers.entries()) {
  test(`${index}: ${recorded.repr}`, (t) => {
    t.context = { index };
    const LayerOf = classes[recorded.layer] as LayerClass;
    const args = callArguments(recorded.args, recorded.options);
    torch.manualSeed(index);
    const layer = new LayerOf(...args);
    t.is(String(layer), recorded.repr);
    const state = layer.stateDict();
    t.deepEqual(Object.keys(state), Object.keys(recorded.state));
    for (const [key, tensor] of Object.entries(recorded.state)) {
      compare(t, state[key], tensor, `initial ${key}`, 0);
    }
    runMode(t, layer, recorded.inputs, recorded.train, 'train');
    layer.eval();
    const run = recorded.eval === 'same' ? recorded.train : recorded.eval;
    runMode(t, layer, recorded.inputs, run, 'eval');
    for (const [key, tensor] of Object.entries({ ...recorded.state, ...recorded.stateAfter })) {
      compare(t, layer.stateDict()[key], tensor, `later ${key}`);
    }
  });
}

// The bases and containers have tests of their own; a decoder is part of a transformer.
const elsewhere =
  /^(Module|Sequential|Parameter|Buffer|ModuleList|ModuleDict|Parameter(List|Dict)|RNN(Cell)?Base|TransformerDecoder|CrossMapLRN2d|Container|DataParallel|Lazy.*|Uninitialized.*|LinearCrossEntropyOptions)$/;

test('every layer has a case, here or among the samples of PyTorch', (t) => {
  const sampled = cases.map(({ module }) => module);
  const covered = new Set([...golden.layers.map(({ layer }) => layer), ...sampled]);
  const names = Object.keys(nn).filter((name) => /^[A-Z]/.test(name) && !elsewhere.test(name));
  t.deepEqual(
    names.filter((name) => !covered.has(name)),
    [],
  );
});
