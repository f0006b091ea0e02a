import test from 'ava';
import torch, { func, nn, type Tensor } from 'sconce';
import { gradients, Player, readGolden } from '../_helpers/golden.js';

interface Golden {
  seed: number;
  cases: {
    name: string;
    out?: unknown;
    gradients?: unknown;
    given?: Record<string, unknown>;
    state?: Record<string, unknown>;
    params?: Record<string, unknown>;
    buffers?: Record<string, unknown>;
    messages?: Record<string, string>;
  }[];
}

const golden = readGolden<Golden>('functional-call.json');
const player = new Player(golden);
const caseOf = (name: string) =>
  golden.cases.find((one) => one.name === name) as Golden['cases'][number];

class Tied extends nn.Module {
  encoder = new nn.Linear(3, 3);
  decoder = new nn.Linear(3, 3, { bias: false });
  norm = new nn.BatchNorm1d(3);

  constructor() {
    super();
    this.decoder.weight = this.encoder.weight;
  }

  forward(x: Tensor, { scale = 1 }: { scale?: number } = {}): Tensor {
    x = this.decoder(this.encoder(x));
    return this.norm(x).add(x.square()).mul(scale);
  }
}

function build() {
  torch.manualSeed(golden.seed);
  const model = new Tied();
  const x = torch.randn(4, 3);
  const weight = torch.randn(3, 3, { requiresGrad: true });
  const bias = torch.randn(3, { requiresGrad: true });
  const given = {
    'encoder.weight': weight,
    'encoder.bias': bias,
    'norm.running_mean': torch.randn(3),
    'norm.num_batches_tracked': torch.tensor(7n),
  };
  return { model, x, weight, bias, given };
}

test('functionalCall computes with the tensors that it is given, as in Python', (t) => {
  const { model, x, weight, bias, given } = build();
  const check = (name: string, tensors: Record<string, Tensor>, out: Tensor) => {
    const found = caseOf(name);
    player.compare(t, out, found.out, { what: name, isStable: false });
    const leaves = [weight, bias, model.encoder.weight];
    player.compare(t, gradients(out, leaves), found.gradients, {
      what: `${name}: gradients`,
      isStable: false,
    });
    t.deepEqual(Object.keys(tensors), Object.keys(found.given as object));
    for (const [key, value] of Object.entries(found.given as object)) {
      player.compare(t, tensors[key], value, { what: `${name}: ${key}`, isStable: false });
    }
  };
  check('tied', given, func.functionalCall(model, given, x));
  const untied = { 'encoder.weight': weight };
  check('untied', untied, func.functionalCall(model, untied, [x], { tieWeights: false }));
  const onlyBias = { 'encoder.bias': bias };
  const kwargs = { scale: 2 };
  check('kwargs', onlyBias, func.functionalCall(model, onlyBias, [x], { kwargs }));
  model.eval();
  check('eval', given, func.functionalCall(model, given, x));

  const state = model.stateDict();
  for (const [key, value] of Object.entries(caseOf('after').state as object)) {
    player.compare(t, state[key], value, { what: `afterwards: ${key}`, isStable: false });
  }
  t.true(model.encoder.weight instanceof nn.Parameter);
  t.is(model.encoder.weight, model.decoder.weight);
});

test('functionalCall lets the module see what it has for the while', (t) => {
  class Own extends nn.Module {
    weight = new nn.Parameter(torch.ones(1));
    bias: nn.Parameter | null = null;
    count = new nn.Buffer(torch.zeros(1));

    forward(): [string[], number] {
      this.count = this.count.add(1) as nn.Buffer;
      const names = [...this.namedParameters()].map(([name]) => name);
      return [names, this.weight.item()];
    }
  }
  const module = new Own();
  const given = { weight: torch.tensor([5]), bias: torch.zeros(1), count: torch.tensor([2]) };
  const inner = torch.tensor([6]);
  t.deepEqual(func.functionalCall(module, given), [['weight'], 5]);
  t.is(given.count.item(), 3);
  t.is(module.count.item(), 0);
  t.is(module.bias, null);
  t.is(module.weight.item(), 1);

  const outer = new nn.Module();
  outer.addModule('own', module);
  outer.forward = () => {
    const result = func.functionalCall(module, { weight: inner });
    return [result, module.weight.item(), [...outer.parameters()].length];
  };
  const nested = func.functionalCall(outer, { 'own.weight': torch.tensor([8]) });
  t.deepEqual(nested, [[['weight'], 6], 8, 1]);
  module.weight = torch.zeros(1) as nn.Parameter;
  t.throws(() => [...module.parameters()], { instanceOf: TypeError });
});

test('functionalCall leaves the module as it was when it throws', (t) => {
  const module = new nn.Linear(2, 2);
  const { weight } = module;
  const zeros = { weight: torch.zeros(2, 2), bias: torch.zeros(2) };
  t.throws(() => func.functionalCall(module, zeros, torch.zeros(3)));
  t.is(module.weight, weight);
  const wrong = { weight: torch.zeros(2, 2), inFeatures: torch.zeros(2) };
  t.throws(() => func.functionalCall(module, wrong, torch.zeros(2)), { instanceOf: TypeError });
  t.is(module.weight, weight);
  t.throws(() => func.functionalCall(module, { 'sub.weight': weight }, torch.zeros(2)), {
    instanceOf: torch.ValueError,
  });
  t.throws(() => func.functionalCall(module, { weight: 3 } as never, torch.zeros(2)), {
    instanceOf: TypeError,
    message: /'weight' must be a Tensor/,
  });
  t.throws(() => func.functionalCall(module, weight as never, torch.zeros(2)), {
    instanceOf: TypeError,
  });
});

test('functionalCall explains what is wrong', (t) => {
  const { messages = {} } = caseOf('messages');
  const { model, x, weight, bias } = build();
  const two = { 'encoder.weight': weight, a: torch.zeros(3, 3) };
  t.throws(() => func.functionalCall(model, two, x, { strict: true }), {
    instanceOf: torch.TorchError,
    message: messages.strict as string,
  });
  const dict = { 'encoder.bias': bias };
  t.throws(() => func.functionalCall(model, [dict, dict], x), {
    instanceOf: torch.ValueError,
    message: /'encoder.bias' appeared in multiple dictionaries/,
  });
  const apart = { 'encoder.weight': weight, 'decoder.weight': torch.zeros(3, 3) };
  t.throws(() => func.functionalCall(model, apart, x), {
    instanceOf: torch.ValueError,
    message: /'decoder.weight', 'encoder.weight', which are tied/,
  });
  const sleeper = new nn.Module();
  sleeper.forward = async () => 1;
  t.throws(() => func.functionalCall(sleeper, {}), { instanceOf: TypeError, message: /Promise/ });
});

test('stackModuleState stacks parameters and buffers as in Python', (t) => {
  const models = [0, 1, 2].map((seed) => {
    torch.manualSeed(seed);
    return new Tied();
  });
  const stacked = func.stackModuleState(models);
  const expected = caseOf('stacked');
  for (const [i, wanted] of [expected.params, expected.buffers].entries()) {
    const found = stacked[i] as Record<string, Tensor>;
    t.deepEqual(Object.keys(found), Object.keys(wanted as object));
    for (const [key, value] of Object.entries(wanted as object)) {
      player.compare(t, found[key], value, { what: key });
    }
  }
  for (const tensor of Object.values(stacked[0])) t.true(tensor.isLeaf && tensor.requiresGrad);

  const { messages = {} } = caseOf('messages');
  const frozen = new nn.Linear(1, 1).requiresGrad_(false);
  const bad: Record<string, nn.Module[]> = {
    none: [],
    modes: [new Tied(), new Tied().eval()],
    classes: [new Tied(), new nn.Linear(1, 1)],
    grad: [new nn.Linear(1, 1), frozen],
  };
  for (const [name, list] of Object.entries(bad)) {
    t.throws(() => func.stackModuleState(list), {
      instanceOf: torch.TorchError,
      message: (messages[name] as string).replace('stack_module_state', 'stackModuleState'),
    });
  }
});
