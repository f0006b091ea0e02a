import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { nn, type Tensor } from 'sconce';
import { cpuCapability, cpuName } from '../_helpers/cpu.js';

interface Case {
  name: string;
  shape: number[];
  args: unknown[];
  dtype: 'float32';
  data: string;
  after: number;
  generated?: string;
}

type Nonlinearity = Parameters<typeof nn.init.calculateGain>[0];

interface Golden {
  seed: number;
  cpu: string;
  capability: string;
  cases: Case[];
  gains: [Nonlinearity, number | null, number][];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/init.json', import.meta.url), 'utf8'),
);

/** Whether this machine rounds as the one did where Python ran. */
function isExact(name: string): boolean {
  if (golden.capability !== cpuCapability()) return false;
  // LAPACK has code of its own for each model of CPU.
  return name !== 'orthogonal_' || golden.cpu === cpuName();
}

type Initializer = (tensor: Tensor, ...rest: unknown[]) => Tensor;

const camelCase = (name: string) =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function initializer(name: string): Initializer {
  return nn.init[camelCase(name) as 'uniform_'] as unknown as Initializer;
}

/** Whether a tensor has the bytes that Python had, or nearly its numbers where they round apart. */
function agrees(tensor: Tensor, expected: string, name: string): boolean {
  const { buffer, byteOffset, byteLength } = tensor.toTypedArray();
  const bytes = Buffer.from(expected, 'base64');
  if (Buffer.from(buffer, byteOffset, byteLength).equals(bytes)) return true;
  if (isExact(name)) return false;
  const { dtype } = tensor;
  const other = torch.fromArrayBuffer(new Uint8Array(bytes).buffer, { dtype });
  const tolerance = dtype.itemsize === 2 ? 1e-2 : 1e-5;
  return tensor.flatten().allclose(other, { rtol: tolerance, atol: tolerance });
}

const blank = ({ shape, dtype }: Case) => torch.full(shape, -7, { dtype: torch[dtype] });

test.before(() => torch.setNumThreads(1));

for (const [i, facts] of golden.cases.entries()) {
  const title = `${facts.name} ${facts.shape.join('x')} ${facts.dtype} (${facts.args.join(', ')}) #${i}`;

  test(`${title} draws what Python draws`, (t) => {
    torch.manualSeed(golden.seed);
    const tensor = blank(facts);
    t.is(initializer(facts.name)(tensor, ...facts.args), tensor);
    t.true(agrees(tensor, facts.data, facts.name));
    t.is(torch.rand([], { dtype: torch.float64 }).item(), facts.after);
  });

  if (facts.generated !== undefined) {
    test(`${title} draws from a generator`, (t) => {
      // The zeros of sparse_ come from the default generator, which Python had left here.
      torch.manualSeed(golden.seed);
      initializer(facts.name)(blank(facts), ...facts.args);
      torch.rand([], { dtype: torch.float64 });
      const generator = new torch.Generator().manualSeed(golden.seed + 1);
      const tensor = initializer(facts.name)(blank(facts), ...facts.args, { generator });
      t.true(agrees(tensor, facts.generated as string, facts.name));
    });
  }
}

test('calculateGain gives what Python gives', (t) => {
  for (const [name, param, gain] of golden.gains) t.is(nn.init.calculateGain(name, param), gain);
});

test('parameters are filled without a history, and keep requiring gradients', (t) => {
  const layer = new nn.Linear(4, 4);
  for (const fill of [
    nn.init.ones_,
    nn.init.eye_,
    nn.init.orthogonal_,
    nn.init.xavierNormal_,
    nn.init.truncNormal_,
  ] as Initializer[]) {
    t.is(fill(layer.weight), layer.weight);
    t.true(layer.weight.requiresGrad);
    t.true(layer.weight.isLeaf);
  }
  nn.init.sparse_(layer.weight, 0.5);
  nn.init.dirac_(new nn.Parameter(torch.empty(2, 2, 3)));
  t.true(layer.weight.isLeaf);
});

test('arguments go by position or by name', (t) => {
  const byName = torch.empty(3);
  const byPosition = torch.empty(3);
  torch.manualSeed(1);
  nn.init.uniform_(byName, { b: 5, a: 4 });
  torch.manualSeed(1);
  nn.init.uniform_(byPosition, 4, 5);
  t.deepEqual(byName.tolist(), byPosition.tolist());
  t.throws(() => nn.init.uniform_(byName, { low: 1 } as never), {
    instanceOf: TypeError,
    message: /nn\.init\.uniform_: unknown option `low`/,
  });
});

test('a tensor without elements stays as it is', (t) => {
  t.deepEqual(nn.init.kaimingUniform_(torch.empty(0, 3)).shape, [0, 3]);
  t.deepEqual(nn.init.kaimingNormal_(torch.empty(3, 0)).shape, [3, 0]);
  t.deepEqual(nn.init.orthogonal_(torch.empty(0, 3)).shape, [0, 3]);
});

test('wrong calls throw', (t) => {
  const { ValueError } = torch;
  const vector = torch.empty(3);
  t.throws(() => nn.init.eye_(vector), { instanceOf: ValueError, message: /2 dimensions/ });
  t.throws(() => nn.init.sparse_(vector, 0.1), { instanceOf: ValueError, message: /2 dimensions/ });
  t.throws(() => nn.init.dirac_(vector), { instanceOf: ValueError, message: /3, 4, or 5/ });
  t.throws(() => nn.init.dirac_(torch.empty(3, 2, 2), 2), {
    instanceOf: ValueError,
    message: 'dim 0 must be divisible by groups',
  });
  t.throws(() => nn.init.xavierUniform_(vector), { instanceOf: ValueError, message: /fan out/ });
  t.throws(() => nn.init.orthogonal_(vector), { instanceOf: ValueError, message: /2 or more/ });
  t.throws(() => nn.init.kaimingNormal_(torch.empty(2, 2), 0, 'fan' as 'fan_in'), {
    instanceOf: ValueError,
    message: /Mode fan not supported/,
  });
  t.throws(() => nn.init.calculateGain('leakyRelu' as 'relu'), {
    instanceOf: ValueError,
    message: "Unsupported nonlinearity leakyRelu; did you mean 'leaky_relu'?",
  });
  t.throws(() => nn.init.calculateGain('leaky_relu', '1' as unknown as number), {
    instanceOf: ValueError,
    message: /not a valid number/,
  });
  t.throws(() => nn.init.ones_([1, 2] as unknown as Tensor), {
    instanceOf: TypeError,
    message: 'nn.init.constant_ fills a Tensor, got object',
  });
  t.throws(() => nn.init.constant_(vector, undefined as unknown as number), {
    instanceOf: TypeError,
    message: /missing required argument `val`/,
  });
});

test('the names without an underscore do what those with one do', (t) => {
  torch.manualSeed(3);
  const expected = nn.init.kaimingUniform_(torch.empty(4, 3), { a: 1 });
  torch.manualSeed(3);
  t.true(nn.init.kaimingUniform(torch.empty(4, 3), { a: 1 }).equal(expected));
  t.deepEqual(nn.init.constant(torch.empty(2), 0.5).tolist(), [0.5, 0.5]);
});
