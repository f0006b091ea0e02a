import { join } from 'node:path';
import test from 'ava';
import torch, { nn, type Tensor } from 'sconce';
import { scratch } from '../_helpers/scratch.js';

class Small extends nn.Module {
  fc1 = new nn.Linear(3, 4);
  bn = new nn.BatchNorm1d(4);
  fc2 = new nn.Linear(4, 2);

  forward(x: Tensor): Tensor {
    return this.fc2(nn.functional.relu(this.bn(this.fc1(x))));
  }
}

test('a module is a function that runs forward', (t) => {
  const model = new Small();
  const x = torch.randn(5, 3);
  model.eval();
  t.is(typeof model, 'function');
  t.true(model instanceof Small);
  t.true(model instanceof nn.Module);
  t.deepEqual(model(x).tolist(), model.forward(x).tolist());
});

test('forward gets all arguments, and this', (t) => {
  class Sum extends nn.Module {
    start = 10;
    forward(...terms: number[]): number {
      return terms.reduce((sum, term) => sum + term, this.start);
    }
  }
  t.is(new Sum()(), 10);
  t.is(new Sum()(1), 11);
  t.is(new Sum()(1, 2, 3, 4, 5), 25);
});

test('nothing of a function is seen of a module', (t) => {
  const module = new nn.Module();
  t.deepEqual(Object.getOwnPropertyNames(module), ['training']);
  t.deepEqual(Object.keys(module), ['training']);
  const bare = module as unknown as Record<string, unknown>;
  for (const name of ['name', 'length', 'prototype', 'call', 'bind', 'caller', 'arguments']) {
    t.is(bare[name], undefined);
  }
});

test('fields may be called name and length', (t) => {
  class Named extends nn.Module {
    override name = 'mine';
    override length = 7;
    call = new nn.Linear(1, 1);
  }
  const module = new Named();
  module.name += '!';
  t.is(module.name, 'mine!');
  t.is(module.length, 7);
  t.deepEqual([...module.namedChildren()], [['call', module.call]]);

  class Assigned extends nn.Module {
    constructor() {
      super();
      (this as Record<string, unknown>).name = new nn.Linear(1, 1);
    }
  }
  t.deepEqual(Object.keys(new Assigned().stateDict()), ['name.weight', 'name.bias']);
});

test('private fields, getters, statics and inheritance work as in any class', (t) => {
  class Base extends nn.Module {
    static kind = 'base';
    #calls = 0;
    #double(x: number) {
      return 2 * x;
    }
    get calls() {
      return this.#calls;
    }
    set calls(calls: number) {
      this.#calls = calls;
    }
    override forward(x: number): number {
      this.#calls++;
      return this.#double(x);
    }
  }
  class Derived extends Base {
    #offset: number;
    constructor(offset: number) {
      super();
      this.#offset = offset;
    }
    override forward(x: number): number {
      return super.forward(x) + this.#offset;
    }
  }
  const module = new Derived(5);
  t.is(module(3), 11);
  t.is(module.calls, 1);
  module.calls = 9;
  t.is(module.calls, 9);
  t.is((module.constructor as typeof Base).kind, 'base');
  t.deepEqual(Object.keys(module), ['training']);
});

test('a module without forward says so', (t) => {
  class Unfinished extends nn.Module {}
  t.throws(() => new Unfinished()(torch.zeros(1)), {
    instanceOf: torch.NotImplementedError,
    message: 'Module [Unfinished] is missing the required "forward" function',
  });
});

test("Python's names of methods throw a hint, everywhere", (t) => {
  const model = new Small() as unknown as Record<string, () => unknown>;
  for (const [python, ours] of [
    ['zero_grad', 'zeroGrad'],
    ['state_dict', 'stateDict'],
    ['load_state_dict', 'loadStateDict'],
    ['named_parameters', 'namedParameters'],
    ['requires_grad_', 'requiresGrad_'],
    ['register_buffer', 'registerBuffer'],
    ['extra_repr', 'extraRepr'],
    ['_get_name', '_getName'],
  ] as const) {
    t.throws(() => model[python]?.(), {
      instanceOf: TypeError,
      message: `\`${python}\` is called \`${ours}\` in sconce`,
    });
  }
  const layer = new nn.BatchNorm2d(2) as unknown as Record<string, () => unknown>;
  t.throws(() => layer.reset_running_stats?.(), { message: /`resetRunningStats`/ });
});

test('other names of snake_case are free', (t) => {
  class Snake extends nn.Module {
    my_layer = new nn.Linear(1, 1);
    _norm_layer = nn.BatchNorm2d;
    load_state_dict = 3;
    constructor() {
      super();
      (this as Record<string, unknown>).other_layer = new nn.Linear(1, 1);
    }
  }
  const model = new Snake();
  t.is(model.load_state_dict, 3);
  t.is((model as unknown as Record<string, unknown>).not_there, undefined);
  t.false('not_there' in model);
  t.false('zero_grad' in model);
  t.is(`${(model as unknown as { then: unknown }).then}`, 'undefined');
  t.deepEqual(
    [...model.namedChildren()].map(([name]) => name),
    ['my_layer', 'other_layer'],
  );
});

test('a null member is none, and may become one', (t) => {
  class Optional extends nn.Module {
    bias: nn.Parameter | null = null;
    layer: nn.Module | null = null;
  }
  const module = new Optional();
  t.deepEqual(module.stateDict(), {});
  module.bias = new nn.Parameter(torch.ones(1));
  module.layer = new nn.Linear(1, 1);
  t.deepEqual(Object.keys(module.stateDict()), ['bias', 'layer.weight', 'layer.bias']);
  module.layer = null;
  t.deepEqual(Object.keys(module.stateDict()), ['bias']);
});

test('a shared parameter comes once, and loads through both names', (t) => {
  class Tied extends nn.Module {
    encoder = new nn.Linear(2, 2, { bias: false });
    decoder = new nn.Linear(2, 2, { bias: false });
    constructor() {
      super();
      this.decoder.weight = this.encoder.weight;
    }
  }
  const model = new Tied();
  t.is([...model.parameters()].length, 1);
  t.is([...model.modules()].length, 3);
  const state = model.stateDict();
  t.deepEqual(Object.keys(state), ['encoder.weight', 'decoder.weight']);
  model.loadStateDict({ 'encoder.weight': torch.ones(2, 2), 'decoder.weight': torch.ones(2, 2) });
  t.is(model.encoder.weight.sum().item(), 4);
});

test('buffers: instances, registered names, and plain tensors', (t) => {
  class Buffers extends nn.Module {
    mean = new nn.Buffer(torch.zeros(2));
    cache = new nn.Buffer(torch.zeros(2), { persistent: false });
    plain = torch.zeros(2);
    declare steps: Tensor;
    declare scratch: Tensor | null;
    constructor() {
      super();
      this.registerBuffer('steps', torch.tensor(0n));
      this.registerBuffer('scratch', null, { persistent: false });
    }
  }
  const module = new Buffers();
  const names = () => [...module.namedBuffers()].map(([name]) => name);
  t.deepEqual(names(), ['mean', 'cache', 'steps']);
  t.deepEqual(Object.keys(module.stateDict()), ['mean', 'steps']);

  module.steps = torch.tensor(5n);
  module.scratch = torch.ones(3);
  (module as { cache: Tensor }).cache = torch.ones(4);
  t.deepEqual(names(), ['mean', 'cache', 'steps', 'scratch']);
  t.deepEqual(Object.keys(module.stateDict()), ['mean', 'steps']);
  t.is(module.getBuffer('steps').item(), 5);
  t.throws(() => module.getBuffer('plain'), { message: '`plain` is not a buffer' });
});

test('a wrong value in the place of a member throws', (t) => {
  const model = new Small();
  const loose = model as unknown as Record<string, unknown>;
  t.is([...model.parameters()].length, 6);
  const { weight } = model.fc1;
  (model.fc1 as { weight: Tensor }).weight = torch.zeros(4, 3);
  t.throws(() => [...model.parameters()], {
    instanceOf: TypeError,
    message:
      "Linear: cannot assign an object of class Tensor as parameter 'weight' (nn.Parameter or null expected)",
  });
  model.fc1.weight = weight;
  loose.fc2 = 3;
  t.throws(() => model.train(), {
    instanceOf: TypeError,
    message: "Small: cannot assign 3 as child module 'fc2' (nn.Module or null expected)",
  });
  loose.fc2 = nn.Linear;
  t.throws(() => model.stateDict(), { message: /the function Linear as child module/ });
});

test('a class in the place of a module is hard to miss', async (t) => {
  class Forgetful extends nn.Module {
    conv = nn.Conv2d;
    _kept = nn.Conv2d;
    forward(x: Tensor): Tensor {
      return (this.conv as unknown as (x: Tensor) => Tensor)(x);
    }
  }
  const warnings: string[] = [];
  const listener = (warning: Error) => warnings.push(warning.message);
  process.on('warning', listener);
  const module = new Forgetful();
  t.deepEqual([...module.parameters()], []);
  t.deepEqual([...module.children()], []);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  t.is(warnings.length, 1);
  t.regex(String(warnings[0]), /Forgetful\.conv is the class Conv2d.*`new Conv2d\(\.\.\.\)`/);
  t.throws(() => module(torch.zeros(1)), { instanceOf: TypeError, message: /new/ });
  t.throws(() => new nn.Module().addModule('conv', nn.Conv2d as never), {
    instanceOf: TypeError,
    message: 'Conv2d is a class, not a module; write `new Conv2d(...)`',
  });
});

test('registering checks names and values', (t) => {
  const { ValueError } = torch;
  const module = new Small();
  const parameter = new nn.Parameter(torch.zeros(1));
  module.registerParameter('scale', parameter);
  module.registerModule('extra', new nn.ReLU());
  module.addModule('extra', new nn.Tanh());
  t.is(module.getParameter('scale'), parameter);
  t.true(module.getSubmodule('extra') instanceof nn.Tanh);
  t.throws(() => module.registerParameter('a.b', parameter), {
    instanceOf: ValueError,
    message: 'parameter name can\'t contain ".", got: a.b',
  });
  t.throws(() => module.registerBuffer('', torch.zeros(1)), {
    instanceOf: ValueError,
    message: 'buffer name can\'t be empty string ""',
  });
  t.throws(() => module.addModule('train', new nn.ReLU()), {
    instanceOf: ValueError,
    message: "attribute 'train' already exists",
  });
  t.throws(() => module.registerBuffer('scale', torch.zeros(1)), { instanceOf: ValueError });
  t.throws(() => module.registerParameter('p', torch.zeros(1) as nn.Parameter), {
    instanceOf: TypeError,
    message:
      "Small: cannot assign an object of class Tensor as parameter 'p' (nn.Parameter or null expected)",
  });
  t.throws(() => module.addModule('m', {} as nn.Module), { instanceOf: TypeError });
  t.throws(() => module.addModule(3 as unknown as string, new nn.ReLU()), {
    instanceOf: TypeError,
    message: /name should be a string/,
  });
});

test('members are found by their paths', (t) => {
  const model = new nn.Sequential({ body: new nn.Sequential(new nn.Linear(1, 2), new Small()) });
  t.is(model.getSubmodule(''), model);
  t.is(
    String(model.getSubmodule('body.1.fc1')),
    'Linear(in_features=3, out_features=4, bias=True)',
  );
  t.deepEqual(model.getParameter('body.0.weight').shape, [2, 1]);
  t.deepEqual(model.getBuffer('body.1.bn.running_mean').shape, [4]);
  t.throws(() => model.getSubmodule('body.7'), {
    instanceOf: torch.ValueError,
    message: 'Sequential has no attribute `7`',
  });
  t.throws(() => model.getSubmodule('body.0.weight'), { message: '`weight` is not an nn.Module' });
  t.throws(() => model.getParameter('body.0.training'), {
    message: '`training` is not an nn.Parameter',
  });
});

test('apply goes through children first', (t) => {
  const model = new nn.Sequential(new nn.Linear(1, 1), new nn.Sequential(new nn.ReLU()));
  const seen: string[] = [];
  t.is(
    model.apply((module) => seen.push(module.constructor.name)),
    model,
  );
  t.deepEqual(seen, ['Linear', 'ReLU', 'Sequential', 'Sequential']);
});

test('train and eval reach every module', (t) => {
  const model = new nn.Sequential(new Small(), new nn.Dropout());
  t.is(model.eval(), model);
  t.true([...model.modules()].every((module) => !module.training));
  model.train();
  t.true([...model.modules()].every((module) => module.training));
  model.train(false);
  t.false(model.training);
  t.throws(() => model.train('yes' as unknown as boolean), {
    instanceOf: TypeError,
    message: "Module.train: mode must be a boolean, got 'yes'",
  });
});

test('requiresGrad_ freezes, zeroGrad clears', (t) => {
  const model = new Small();
  const parameters = [...model.parameters()];
  model(torch.randn(5, 3)).sum().backward();
  t.true(parameters.every((parameter) => parameter.grad !== null));
  model.zeroGrad({ setToNone: false });
  t.true(parameters.every((parameter) => parameter.grad?.abs().sum().item() === 0));
  model.zeroGrad();
  t.true(parameters.every((parameter) => parameter.grad === null));
  t.is(model.requiresGrad_(false), model);
  t.false(model(torch.randn(5, 3)).requiresGrad);
  t.throws(() => model.requiresGrad_(1 as unknown as boolean), {
    instanceOf: TypeError,
    message: 'Module.requiresGrad_: requiresGrad must be a boolean, got 1',
  });
});

test('to converts in place: parameters stay the same objects, gradients go along', (t) => {
  const model = new Small();
  const { weight } = model.fc1;
  model(torch.randn(5, 3)).sum().backward();
  t.is(model.to(torch.float64), model);
  t.is(model.fc1.weight, weight);
  t.is(weight.dtype, torch.float64);
  t.is(weight.grad?.dtype, torch.float64);
  t.true(weight.isLeaf && weight.requiresGrad);
  t.true(model.bn.running_mean instanceof nn.Buffer);
  t.is(model.bn.running_mean?.dtype, torch.float64);
  t.is(model.bn.num_batches_tracked?.dtype, torch.int64);
  t.is(model(torch.randn(5, 3, { dtype: torch.float64 })).dtype, torch.float64);

  t.is(model.float().fc1.bias?.dtype, torch.float32);
  t.is(model.half().fc1.bias?.dtype, torch.float16);
  t.is(model.bfloat16().fc1.bias?.dtype, torch.bfloat16);
  t.is(model.double().fc1.bias?.dtype, torch.float64);
  t.is(model.to({ dtype: torch.float32, device: 'cpu' }).fc1.bias?.dtype, torch.float32);
  t.is(model.to('cpu', torch.float64).fc1.bias?.dtype, torch.float64);
  t.is(model.to(torch.zeros(1), { nonBlocking: true }).fc1.bias?.dtype, torch.float32);
  t.is(model.cpu(), model);
  t.is(model.type(torch.float64).bn.num_batches_tracked?.dtype, torch.float64);
});

test('to changes the memory format of 4D tensors only', (t) => {
  const conv = new nn.Conv2d(4, 4, 3).to({ memoryFormat: torch.channelsLast });
  t.true(conv.weight.isContiguous({ memoryFormat: torch.channelsLast }));
  t.deepEqual(conv.bias?.shape, [4]);
});

test('toEmpty moves without values', (t) => {
  const model = new Small().toEmpty({ device: 'meta' });
  t.true([...model.parameters(), ...model.buffers()].every((tensor) => tensor.isMeta));
  const real = model.toEmpty({ device: 'cpu' });
  t.true([...real.parameters(), ...real.buffers()].every((tensor) => tensor.isCpu));
  t.true([...real.parameters()].every((parameter) => parameter.requiresGrad));
  t.throws(() => model.toEmpty({} as { device: string }), { message: /`device`/ });
});

test('to explains what it does not take', (t) => {
  const model = new Small();
  t.throws(() => model.to(torch.int64), {
    instanceOf: TypeError,
    message:
      'nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.int64',
  });
  t.throws(() => model.to('gpu'), {
    instanceOf: torch.ValueError,
    message: /invalid device 'gpu'/,
  });
  t.throws(() => model.to({ dtype: 'float32' } as never), {
    instanceOf: TypeError,
    message: "Module.to: dtype must be a dtype, torch.float32 say, got 'float32'",
  });
  t.throws(() => model.to({ non_blocking: true } as never), {
    message: 'Module.to: unknown option `non_blocking`; did you mean `nonBlocking`?',
  });
  t.throws(() => model.to(Symbol('x') as never), { instanceOf: TypeError });
});

test('a state dict shares memory, and has no history', (t) => {
  const model = new Small();
  const state = model.stateDict();
  t.false(state['fc1.weight'].requiresGrad);
  t.false(state['fc1.weight'] instanceof nn.Parameter);
  state['fc1.weight'].fill_(3);
  t.is(model.fc1.weight.sum().item(), 36);
  t.is(model.stateDict({ keepVars: true })['fc1.weight'], model.fc1.weight);
  const destination = {};
  t.is(model.stateDict({ destination, prefix: 'net.' }), destination);
  t.is(Object.keys(destination)[0], 'net.fc1.weight');
  t.throws(() => model.stateDict({ keep_vars: true } as never), { message: /`keepVars`/ });
});

test('a state dict goes into another model, bit for bit', (t) => {
  const from = new Small();
  const to = new Small();
  from(torch.randn(5, 3));
  const found = to.loadStateDict(from.stateDict());
  t.deepEqual(found, { missingKeys: [], unexpectedKeys: [] });
  for (const [name, tensor] of Object.entries(from.stateDict())) {
    t.deepEqual(to.stateDict()[name].tolist(), tensor.tolist());
  }
  t.is(to.bn.num_batches_tracked?.item(), 1);
  t.throws(() => to.loadStateDict(null as never), { instanceOf: TypeError });
  t.throws(() => to.loadStateDict(torch.zeros(1) as never), { instanceOf: TypeError });
});

test('loadStateDict copies into the dtype there is, or assigns', (t) => {
  const state = new Small().double().stateDict();
  const copied = new Small();
  const { weight } = copied.fc1;
  copied.loadStateDict(state);
  t.is(copied.fc1.weight, weight);
  t.is(weight.dtype, torch.float32);

  const assigned = new Small().requiresGrad_(false);
  assigned.loadStateDict(state, { assign: true });
  t.is(assigned.fc1.weight.dtype, torch.float64);
  t.true(assigned.fc1.weight instanceof nn.Parameter);
  t.false(assigned.fc1.weight.requiresGrad);
  t.true(assigned.bn.running_mean instanceof nn.Buffer);
  t.is([...assigned.buffers()].length, 3);
});

test('loadStateDict names what is no tensor, and what cannot be copied', (t) => {
  const state = new Small().stateDict();
  t.throws(() => new Small().loadStateDict({ ...state, 'fc1.bias': [1, 2, 3, 4] }), {
    message: /named "fc1.bias", expected a Tensor from checkpoint but received an array/,
  });
  const sparse = torch.eye(4, 3).toSparse();
  t.throws(() => new Small().loadStateDict({ ...state, 'fc1.weight': sparse }), {
    message: /While copying the parameter named "fc1.weight".*torch\.Size\(\[4, 3\]\).*exception/s,
  });
});

test('a tensor of one element goes into a scalar', (t) => {
  class Scalar extends nn.Module {
    steps = new nn.Buffer(torch.tensor(0));
  }
  const module = new Scalar();
  module.loadStateDict({ steps: torch.tensor([7]) });
  t.is(module.steps.item(), 7);
});

test('extra state is saved and loaded', (t) => {
  class Counter extends nn.Module {
    count = 0;
    override getExtraState() {
      return { count: this.count };
    }
    override setExtraState(state: { count: number }) {
      this.count = state.count;
    }
  }
  const model = new nn.Sequential(new Counter());
  (model[0] as Counter).count = 3;
  const state = model.stateDict();
  t.deepEqual(Object.keys(state), ['0._extra_state']);
  const other = new nn.Sequential(new Counter());
  other.loadStateDict(state);
  t.is((other[0] as Counter).count, 3);
  t.throws(() => other.loadStateDict({}), { message: /Missing key.*"0\._extra_state"/ });
  t.throws(() => new nn.Sequential(new nn.ReLU()).loadStateDict(state), {
    message: /Unexpected key.*"0\._extra_state"/,
  });
});

test('a user class prints its own extraRepr, over its children', (t) => {
  class Scaled extends nn.Module {
    inner = new nn.ReLU();
    override extraRepr() {
      return 'factor=2';
    }
  }
  t.is(String(new Scaled()), 'Scaled(\n  factor=2\n  (inner): ReLU()\n)');
  t.is(`${new nn.ReLU()}`, 'ReLU()');
});

test('a parameter shares the memory of its tensor, and not the history', (t) => {
  const data = torch.ones(2);
  const parameter = new nn.Parameter(data);
  parameter.data.mul_(3);
  t.deepEqual(data.tolist(), [3, 3]);
  t.false(data.requiresGrad);
  t.true(parameter.requiresGrad && parameter.isLeaf);
  const computed = torch.ones(2, { requiresGrad: true }).mul(2);
  t.true(new nn.Parameter(computed).isLeaf);
  t.true(torch.noGrad(() => new nn.Parameter(data)).requiresGrad);
  t.false(new nn.Parameter(torch.tensor([1n]), false).requiresGrad);
  t.throws(() => new nn.Parameter(torch.tensor([1n])), { message: /floating point/ });
  t.throws(() => new nn.Parameter([1, 2] as unknown as Tensor), {
    instanceOf: TypeError,
    message: /nn\.Parameter: data must be a Tensor/,
  });
  t.false(parameter.mul(2) instanceof nn.Parameter);
});

test('setSubmodule puts a module at a path', (t) => {
  const model = new nn.Sequential(new nn.Sequential(new nn.ReLU(), new nn.Linear(1, 1)));
  model.setSubmodule('0.0', new nn.Tanh());
  t.is(String(model.getSubmodule('0.0')), 'Tanh()');
  model.setSubmodule('1', new nn.Identity());
  t.is(model.length, 2);
  const value = (message: RegExp) => ({ instanceOf: torch.ValueError, message });
  t.throws(() => model.setSubmodule('', new nn.ReLU()), value(/target name/));
  t.throws(() => model.setSubmodule('0', 3 as never), value(/not an nn.Module, found/));
  t.throws(() => model.setSubmodule('0.1.weight', new nn.ReLU()), value(/`weight` is not/));
  t.throws(() => model.setSubmodule('5.0', new nn.ReLU()), value(/has no attribute `5`/));
  t.throws(() => model.setSubmodule('7', new nn.ReLU(), { strict: true }), value(/attribute `7`/));
});

test('shared weights stay shared through a state dict that is saved and loaded', (t) => {
  class Tied extends nn.Module {
    encoder = new nn.Linear(3, 3);
    decoder = new nn.Linear(3, 3);
    constructor() {
      super();
      this.decoder.weight = this.encoder.weight;
    }
  }
  const { folder, remove } = scratch();
  t.teardown(remove);
  const path = join(folder, 'tied.pt');
  const model = new Tied();
  torch.save(model.stateDict(), path);
  const state = torch.load(path) as nn.StateDict;
  t.is(state['encoder.weight'].dataPtr(), state['decoder.weight'].dataPtr());
  const other = new Tied();
  other.loadStateDict(state);
  t.is(other.encoder.weight, other.decoder.weight);
  t.true(other.encoder.weight.equal(model.encoder.weight));
  // Assigned, each name gets a parameter of its own, on memory that both share.
  const assigned = new Tied();
  assigned.loadStateDict(state, { assign: true });
  assigned.encoder.weight.data.fill_(5);
  t.is(assigned.decoder.weight.min().item(), 5);
});
