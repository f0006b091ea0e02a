import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { copy, nn, type Tensor } from 'sconce';

const golden = JSON.parse(
  readFileSync(new URL('../golden/deepcopy.json', import.meta.url), 'utf8'),
);

class Model extends nn.Module {
  encoder = new nn.Linear(2, 2);
  decoder = new nn.Linear(2, 2);
  again: nn.Linear;
  norm = new nn.BatchNorm1d(2);
  scratch = new nn.Buffer(torch.tensor([1, 2]), { persistent: false });
  base = torch.arange(6).float();
  row = this.base['2:4'] as Tensor;
  frozen = new nn.Parameter(torch.ones(1), { requiresGrad: false });
  empty = null;
  list: [nn.Parameter, { norm: nn.Module }] = [this.frozen, { norm: this.norm }];
  params = new nn.ParameterList([this.frozen, torch.zeros(2)]);
  calls: string[] = [];

  constructor() {
    super();
    this.decoder.weight = this.encoder.weight;
    this.again = this.encoder;
  }

  forward(x: Tensor): Tensor {
    return this.norm(this.decoder(this.encoder(x)));
  }
}

function shared(model: nn.Module): Record<string, string> {
  const first = new Map<Tensor, string>();
  const tensors: [string, Tensor][] = [
    ...model.namedParameters({ removeDuplicate: false }),
    ...model.namedBuffers(),
  ];
  return Object.fromEntries(
    tensors.map(([name, tensor]) => {
      if (!first.has(tensor)) first.set(tensor, name);
      return [name, first.get(tensor) as string];
    }),
  );
}

test('a module is copied as by Python', (t) => {
  torch.manualSeed(3);
  const model = new Model();
  const handle = model.registerForwardHook(({ calls }) => void calls.push('forward'));
  model.registerForwardPreHook(({ calls }) => void calls.push('pre'));
  model.registerStateDictPostHook((module) => void (module as Model).calls.push('state'));
  model(torch.ones(3, 2)).sum().backward();
  model.scratch.requiresGrad_();
  model.scratch.sum().backward();
  model.norm.eval();
  const twin = copy.deepcopy(model);
  twin.row[0]?.fill_(50);
  handle.remove();
  twin(torch.ones(3, 2));
  twin.stateDict();
  const pair = copy.deepcopy([model.encoder.weight, model.encoder] as const);
  const transposed = torch.arange(6).float().reshape(2, 3).t();
  const expanded = torch.ones(1, 3).expand(2, 3);
  t.true(twin instanceof Model);
  t.deepEqual(
    {
      torch: golden.torch,
      shared: shared(twin),
      stateDict: Object.keys(twin.stateDict()),
      class: twin.constructor.name,
      again: twin.again === twin.encoder,
      list: [twin.list[0] === twin.frozen, twin.list[1].norm === twin.norm],
      params: [twin.params[0] === twin.frozen, twin.params.length],
      apart: [
        twin.encoder !== model.encoder,
        twin.frozen !== model.frozen,
        twin.norm.running_mean !== model.norm.running_mean,
      ],
      gradients: [model.encoder.weight.grad === null, twin.encoder.weight.grad === null],
      bufferGradient: twin.scratch.grad?.tolist(),
      requiresGrad: Object.fromEntries(
        [...twin.namedParameters()].map(([name, { requiresGrad }]) => [name, requiresGrad]),
      ),
      training: [twin.training, twin.norm.training],
      base: [twin.base.tolist(), model.base.tolist()],
      calls: [model.calls, twin.calls],
      pair: pair[0] === pair[1].weight,
      strides: [copy.deepcopy(transposed).stride(), copy.deepcopy(expanded).stride()],
    },
    golden,
  );
  t.is(String(twin), String(model));
  t.true(twin.encoder.weight.equal(model.encoder.weight));
  twin.params.append(torch.ones(1));
  t.is(twin.params.length, 3);
  t.is(model.params.length, 2);
});

test('containers and other values are copied', (t) => {
  const dict = new nn.ParameterDict({ a: torch.ones(1), b: torch.zeros(1) });
  const dictTwin = copy.deepcopy(dict);
  t.deepEqual([...dictTwin.keys()], ['a', 'b']);
  dictTwin.set('c', torch.zeros(1));
  t.deepEqual([...dict.keys()], ['a', 'b']);
  t.not(dictTwin.a, dict.a);
  t.is((dictTwin as unknown as Record<string, Tensor>).a, dictTwin.get('a') as Tensor);

  const list = new nn.ModuleList<nn.Module>([new nn.ReLU(), new nn.Linear(1, 1)]);
  list.insert(0, new nn.Tanh());
  const listTwin = copy.deepcopy(list);
  t.is(String(listTwin), String(list));
  t.deepEqual(
    [...listTwin.namedChildren()].map(([name]) => name),
    ['0', '1', '2'],
  );

  class Point {
    constructor(readonly at: number[]) {}
    norm() {
      return Math.hypot(...this.at);
    }
  }
  const value = {
    point: new Point([3, 4]),
    map: new Map([[{ key: 1 }, new Set([torch.ones(1)])]]),
    bytes: new Uint8Array([1, 2]),
    dtype: torch.float64,
    device: torch.device('cpu'),
    self: null as unknown,
  };
  value.self = value;
  const twin = copy.deepcopy(value);
  t.is(twin.self, twin);
  t.is(twin.point.norm(), 5);
  t.not(twin.point.at, value.point.at);
  t.is([...twin.map.keys()][0]?.key, 1);
  t.deepEqual([...twin.bytes], [1, 2]);
  t.is(twin.dtype, torch.float64);
  t.is(twin.device, value.device);

  const generator = new torch.Generator().manualSeed(1);
  torch.rand(3, { generator });
  const generatorTwin = copy.deepcopy(generator);
  t.true(torch.rand(3, { generator }).equal(torch.rand(3, { generator: generatorTwin })));
});

test('tensors of every kind are copied', (t) => {
  const sparse = torch.eye(3).toSparse();
  t.true(copy.deepcopy(sparse).toDense().equal(torch.eye(3)));
  t.deepEqual(copy.deepcopy(torch.empty(2, 3, { device: 'meta' })).shape, [2, 3]);
  t.deepEqual(copy.deepcopy(torch.empty(0, 3)).shape, [0, 3]);
  const conjugate = torch.complex(torch.ones(2), torch.ones(2)).conj();
  t.true(copy.deepcopy(conjugate).equal(conjugate));
  const parameter = new nn.Parameter(torch.ones(2));
  t.throws(() => copy.deepcopy(parameter.mul(2)), {
    instanceOf: torch.TorchError,
    message: /graph leaves/,
  });
});

test('a class may say how it is copied, and must where it has private members', (t) => {
  class Secret extends nn.Module {
    #count = 0;
    weight = new nn.Parameter(torch.ones(1));
    forward() {
      return ++this.#count;
    }
  }
  t.throws(() => copy.deepcopy(new nn.Sequential(new Secret())), {
    instanceOf: TypeError,
    message: /class Secret has private members/,
  });
  class Open extends Secret {
    override __deepcopy__(memo: copy.Memo): this {
      const copied = new Open() as this;
      memo.set(this, copied);
      copied.weight = copy.deepcopy(this.weight, memo);
      return copied;
    }
  }
  const open = new Open();
  open();
  const [twin, again] = copy.deepcopy([open, open]);
  t.is(twin, again);
  t.is(twin?.(), 1);
  t.not(twin?.weight, open.weight);
});

test('no module of nn keeps what a deep copy cannot reach', (t) => {
  const hidden = Object.entries(nn).filter(
    ([, value]) =>
      typeof value === 'function' &&
      value !== nn.Module &&
      value.prototype instanceof nn.Module &&
      /\bthis\.#/.test(String(value)),
  );
  t.deepEqual(
    hidden.map(([name]) => name),
    [],
  );
});
