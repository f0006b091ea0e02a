import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import test from 'ava';
import torch, { nn } from 'sconce';

interface Facts {
  repr: string;
  metadata: Record<string, { version: number }>;
  stateDict: string[];
  namedParameters: string[];
  allNamedParameters: string[];
  ownParameters: string[];
  namedBuffers: string[];
  namedChildren: string[];
  namedModules: string[];
  allNamedModules: string[];
}

interface Golden {
  models: Record<string, Facts>;
  load: {
    messages: Record<string, string>;
    lenient: { missing: string[]; unexpected: string[] };
    shapesAnyway: string;
  };
  printed: Record<string, string>;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/module.json', import.meta.url), 'utf8'),
);

class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5);
  pool = new nn.MaxPool2d(2, 2);
  conv2 = new nn.Conv2d(6, 16, 5);
  fc1 = new nn.Linear(16 * 4 * 4, 120);
  fc2 = new nn.Linear(120, 84);
  fc3 = new nn.Linear(84, 10);
}

class Leaf extends nn.Module {
  override extraRepr() {
    return 'size=3, bias=False';
  }
}

class Talker extends nn.Module {
  first = new nn.Linear(2, 3, { bias: false });
  weight = new nn.Parameter(torch.zeros(2));
  mean = new nn.Buffer(torch.zeros(3));
  second = new Leaf();
  bias = null;
  scratch = new nn.Buffer(torch.zeros(4), { persistent: false });
  plain = torch.zeros(5);
  _hidden = new nn.Linear(1, 1);
  offset = new nn.Parameter(torch.zeros(1));

  constructor() {
    super();
    this.registerBuffer('steps', torch.zeros(1));
  }

  override extraRepr() {
    return 'one line\nand another';
  }
}

class Tied extends nn.Module {
  encoder = new nn.Linear(4, 4);
  decoder = new nn.Linear(4, 4);
  again: nn.Linear;

  constructor() {
    super();
    this.decoder.weight = this.encoder.weight;
    this.again = this.encoder;
  }
}

class Block extends nn.Module {
  norm: nn.BatchNorm1d;
  layers: nn.Sequential;

  constructor(width: number) {
    super();
    this.norm = new nn.BatchNorm1d(width);
    this.layers = new nn.Sequential(new nn.Linear(width, width), new nn.ReLU());
  }
}

const sequential = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 20, 5),
    new nn.ReLU(),
    new nn.Conv2d(20, 64, 5),
    new nn.ReLU(),
  );

const named = () => new nn.Sequential({ conv1: new nn.Conv2d(1, 20, 5), relu1: new nn.ReLU() });

function deleted() {
  const layers = sequential();
  layers.pop(1);
  return layers;
}

function twice() {
  const layer = new nn.Linear(2, 2);
  return new nn.Sequential(layer, new nn.ReLU(), layer);
}

function popped() {
  const layers = new nn.ModuleList([1, 2, 3, 4].map((i) => new nn.Linear(i, 1)));
  layers.pop(1);
  layers.pop();
  return layers;
}

function inserted() {
  const layers = new nn.ModuleList<nn.Module>([new nn.ReLU(), new nn.Tanh()]);
  layers.insert(1, new nn.Linear(1, 1));
  return layers;
}

const parameters = () =>
  new nn.ParameterList<unknown>([
    torch.zeros(2, 3),
    new nn.Parameter(torch.zeros(4)),
    3,
    'text',
    null,
  ]);

const parameterDict = () =>
  new nn.ParameterDict({
    right: torch.zeros(2),
    left: new nn.Parameter(torch.zeros(3, 1)),
    count: 2.5,
  });

const models: Record<string, () => nn.Module> = {
  lenet: () => new LeNet(),
  leaf: () => new Leaf(),
  talker: () => new Talker(),
  tied: () => new Tied(),
  block: () => new Block(3),
  bare: () => new nn.Module(),
  sequential,
  named,
  nested: () =>
    new nn.Sequential(new nn.Sequential(new nn.Linear(1, 2), new nn.Tanh()), new nn.Linear(2, 1)),
  empty: () => new nn.Sequential(),
  twice,
  slice: () => sequential().slice(1, 3),
  tail: () => sequential().slice(-2),
  'named slice': () => named().slice(0, 1),
  appended: () => named().append(new nn.ReLU()),
  extended: () => sequential().extend([new nn.Tanh(), new nn.ReLU()]),
  'inserted first': () => sequential().insert(0, new nn.Tanh()),
  'inserted last': () => sequential().insert(-1, new nn.Tanh()),
  deleted,
  joined: () => sequential().slice(2).concat(named()),
  list: () => new nn.ModuleList([new Block(2), new Block(2), new nn.ReLU(), new Block(2)]),
  repeated: () => new nn.ModuleList(Array.from({ length: 12 }, () => new nn.Linear(3, 3))),
  'empty list': () => new nn.ModuleList(),
  one: () => new nn.ModuleList([new nn.ReLU()]),
  'list slice': () =>
    new nn.ModuleList([new nn.ReLU(), new nn.Tanh(), new nn.Linear(1, 1)]).slice(1),
  popped,
  inserted,
  dict: () => new nn.ModuleDict({ conv: new nn.Conv2d(10, 10, 3), pool: new nn.MaxPool2d(3) }),
  pairs: () =>
    new nn.ModuleDict([
      ['lrelu', new nn.LeakyReLU()],
      ['prelu', new nn.PReLU()],
    ]),
  'empty dict': () => new nn.ModuleDict(),
  parameters,
  'parameter dict': parameterDict,
  'parameter pairs': () =>
    new nn.ParameterDict([
      ['b', torch.zeros(1)],
      ['a', torch.zeros(2)],
    ]),
  'no parameters': () => new nn.ParameterList(),
};

const names = (entries: Iterable<[string, unknown]>) => [...entries].map(([name]) => name);

test('every model of the golden file is built here', (t) => {
  t.deepEqual(Object.keys(models), Object.keys(golden.models));
});

for (const [name, facts] of Object.entries(golden.models)) {
  const build = models[name] as () => nn.Module;

  test(`${name}: prints as in Python`, (t) => {
    const model = build();
    t.is(String(model), facts.repr);
    t.is(inspect(model), facts.repr);
  });

  test(`${name}: names what it holds as in Python`, (t) => {
    const model = build();
    const stateDict = model.stateDict();
    t.deepEqual(Object.keys(stateDict), facts.stateDict);
    t.deepEqual(stateDict._metadata, facts.metadata);
    t.deepEqual(names(model.namedParameters()), facts.namedParameters);
    t.deepEqual(names(model.namedParameters({ removeDuplicate: false })), facts.allNamedParameters);
    t.deepEqual(names(model.namedParameters('top', { recurse: false })), facts.ownParameters);
    t.deepEqual(names(model.namedBuffers()), facts.namedBuffers);
    t.deepEqual(names(model.namedChildren()), facts.namedChildren);
    t.deepEqual(names(model.namedModules()), facts.namedModules);
    t.deepEqual(names(model.namedModules(null, 'top', false)), facts.allNamedModules);
  });
}

function loadCases(): Record<string, nn.StateDict> {
  const state = (changes: nn.StateDict = {}) => ({ ...new LeNet().stateDict(), ...changes });
  const missing: nn.StateDict = state();
  delete missing['conv1.weight'];
  delete missing['fc3.bias'];
  const both: nn.StateDict = state({
    extra: torch.zeros(1),
    'conv1.scale': torch.zeros(1),
    'fc9.weight': torch.zeros(1),
  });
  delete both['fc2.weight'];
  const shapes = state({ 'conv1.weight': torch.zeros(6, 1, 3, 3), 'fc1.bias': torch.zeros(3) });
  return { missing, shapes, both, empty: {} };
}

test('loadStateDict explains what is wrong as Python does', (t) => {
  const cases = loadCases();
  t.deepEqual(Object.keys(cases), Object.keys(golden.load.messages));
  for (const [name, stateDict] of Object.entries(cases)) {
    t.throws(() => new LeNet().loadStateDict(stateDict), {
      instanceOf: torch.TorchError,
      message: golden.load.messages[name] as string,
    });
  }
});

test('loadStateDict without strict reports names, and still checks shapes', (t) => {
  const { both, shapes } = loadCases() as { both: nn.StateDict; shapes: nn.StateDict };
  t.deepEqual(new LeNet().loadStateDict(both, { strict: false }), {
    missingKeys: golden.load.lenient.missing,
    unexpectedKeys: golden.load.lenient.unexpected,
  });
  t.throws(() => new LeNet().loadStateDict(shapes, false), { message: golden.load.shapesAnyway });
});

test('parameters and buffers print as in Python', (t) => {
  const { float64 } = torch;
  const printed = {
    parameter: new nn.Parameter(
      torch.tensor([
        [1, 2.5],
        [-3, 0],
      ]),
    ),
    frozen: new nn.Parameter(torch.tensor([1, 2]), { requiresGrad: false }),
    double: new nn.Parameter(torch.tensor([1], { dtype: float64 })),
    empty: new nn.Parameter(),
    buffer: new nn.Buffer(torch.tensor([1, 2])),
    detached: new nn.Parameter(torch.tensor([1])).detach(),
  };
  for (const [name, tensor] of Object.entries(printed)) {
    t.is(String(tensor), golden.printed[name] as string);
    t.is(inspect(tensor), golden.printed[name] as string);
  }
});
