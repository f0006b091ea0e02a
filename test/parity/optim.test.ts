import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { nn, optim, type Tensor } from 'sconce';
import { cpuCapability } from '../_helpers/cpu.js';

interface Case {
  optimizer: 'SGD' | 'Adam' | 'AdamW';
  options: Record<string, unknown>;
  second: Record<string, unknown> | null;
  dtype: 'float32' | 'float64';
  missing: boolean;
  parameters: string[];
  state: Record<string, Record<string, string>>;
  param_groups: Record<string, unknown>[];
  repr: string;
}

interface Golden {
  capability: string;
  shapes: number[][];
  missing: { index: number; period: number; phase: number };
  parameters: string[];
  gradients: string[];
  differentiable: (Pick<Case, 'optimizer' | 'options'> & { end: string; gradient: string })[];
  cases: Case[];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/optim.json', import.meta.url), 'utf8'),
);

// Without AVX2's fused multiply-add, libtorch rounds differently; with it, AVX512 or not, equally.
const fused = ['AVX2', 'AVX512'];
const isExact = fused.includes(golden.capability) && fused.includes(cpuCapability());

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

function renamed(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [camelCase(key), value]));
}

function decode(text: string): Buffer {
  return Buffer.from(text, 'base64');
}

/** The float32 tensors that lie one after the other in a base64 text. */
function tensors(text: string): Tensor[] {
  const bytes = decode(text);
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let start = 0;
  return golden.shapes.map((shape) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const elements = floats.slice(start, start + count);
    start += count;
    return torch.tensor(elements).view(shape);
  });
}

const start = tensors(Buffer.concat(golden.parameters.map(decode)).toString('base64'));
const gradients = golden.gradients.map(tensors);

function bytesOf(tensor: Tensor): Buffer {
  const array = tensor.toTypedArray();
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** Whether a tensor has the bytes that Python had, or nearly its numbers where they round apart. */
function agrees(tensor: Tensor, expected: string): boolean {
  const bytes = decode(expected);
  if (isExact) return bytesOf(tensor).equals(bytes);
  const Elements = tensor.dtype === torch.float64 ? Float64Array : Float32Array;
  const numbers = new Elements(new Uint8Array(bytes).buffer);
  const ours = tensor.toTypedArray();
  return numbers.every((number, i) => Math.abs(Number(ours[i]) - number) <= 1e-4);
}

function makeOptimizer(name: Case['optimizer'], params: unknown, options: object): optim.Optimizer {
  const make = optim[name] as new (params: unknown, options: object) => optim.Optimizer;
  return new make(params, options);
}

function run(entry: Case): { parameters: nn.Parameter[]; optimizer: optim.Optimizer } {
  const dtype = torch[entry.dtype];
  const parameters = start.map((tensor) => new nn.Parameter(tensor.clone().to(dtype)));
  const params = entry.second
    ? [
        { params: parameters.slice(0, 2) },
        { params: parameters.slice(2), ...renamed(entry.second) },
      ]
    : parameters;
  const optimizer = makeOptimizer(entry.optimizer, params, renamed(entry.options));
  gradients.forEach((ofStep, step) => {
    parameters.forEach((parameter, i) => {
      parameter.grad = (ofStep[i] as Tensor).to(dtype, { copy: true });
    });
    const { index, period, phase } = golden.missing;
    if (entry.missing && step % period === phase) {
      (parameters[index] as nn.Parameter).grad = null;
    }
    optimizer.step();
  });
  return { parameters, optimizer };
}

/** Python keeps a float apart from an int that is equal to it; JavaScript does not. */
function withoutFloats(text: string): string {
  return text.replaceAll(/(\d)\.0\b/g, '$1');
}

golden.cases.forEach((entry, number) => {
  const { optimizer: name, options, second, dtype, missing } = entry;
  const details = [JSON.stringify(options), second && `then ${JSON.stringify(second)}`, dtype];
  if (missing) details.push('gradients missing');
  test(`${number}: ${name} ${details.filter(Boolean).join(', ')}`, (t) => {
    const { parameters, optimizer } = run(entry);
    parameters.forEach((parameter, i) => {
      t.true(agrees(parameter, entry.parameters[i] as string), `parameter ${i}`);
    });
    const { state, param_groups: groups } = optimizer.stateDict();
    t.deepEqual([...state.keys()].map(String).sort(), Object.keys(entry.state).sort());
    for (const [key, tensorsOfKey] of state) {
      const expected = entry.state[key] as Record<string, string>;
      t.deepEqual(Object.keys(tensorsOfKey), Object.keys(expected));
      for (const [name, value] of Object.entries(tensorsOfKey)) {
        t.true(agrees(value as Tensor, expected[name] as string), `state ${key}.${name}`);
      }
    }
    t.deepEqual(groups, entry.param_groups as typeof groups);
    t.is(String(optimizer), withoutFloats(entry.repr));
  });
});

for (const { optimizer: name, options, ...expected } of golden.differentiable) {
  test(`differentiable ${name} ${JSON.stringify(options)}`, (t) => {
    const begin = (start[2] as Tensor).clone().requiresGrad_();
    const end = begin.clone();
    const optimizer = makeOptimizer(name, [end], { ...renamed(options), differentiable: true });
    for (let i = 0; i < 4; i++) {
      const loss = end.clone().pow(3).sum();
      end.grad = torch.autograd.grad(loss, [end], { createGraph: true })[0] as Tensor;
      optimizer.step();
    }
    const [gradient] = torch.autograd.grad(end.sum(), [begin]);
    t.true(agrees(end.detach(), expected.end), 'the end');
    t.true(agrees(gradient as Tensor, expected.gradient), 'its gradient');
  });
}
