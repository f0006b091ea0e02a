import test from 'ava';
import torch, { nn, type Tensor } from 'sconce';

const { IndexError, ValueError } = torch;

const layers = () => [new nn.Linear(4, 3), new nn.ReLU(), new nn.Linear(3, 2)] as const;
const keys = (module: nn.Module) => [...module.namedChildren()].map(([name]) => name);

test('Sequential chains its modules', (t) => {
  const [first, relu, last] = layers();
  const model = new nn.Sequential(first, relu, last);
  const x = torch.randn(5, 4);
  t.deepEqual(model(x).tolist(), last(relu(first(x))).tolist());
  t.is(new nn.Sequential()(x), x);
});

test('Sequential is indexed, iterated and measured', (t) => {
  const [first, relu, last] = layers();
  const model = new nn.Sequential(first, relu, last);
  t.is(model.length, 3);
  t.is(model[0], first);
  t.is(model[-1], last);
  t.is(model.at(-2), relu);
  t.deepEqual([...model], [first, relu, last]);
  t.deepEqual(
    [...model.entries()],
    [
      [0, first],
      [1, relu],
      [2, last],
    ],
  );
  t.throws(() => model[3], { instanceOf: IndexError, message: 'index 3 is out of range' });
  t.throws(() => model.at(-4), { instanceOf: IndexError });
});

test('the indices of a Sequential with names go by place', (t) => {
  const [first, relu, last] = layers();
  const model = new nn.Sequential({ a: first, b: relu });
  t.is(model[1], relu);
  t.is(model[-2], first);
  t.is((model as unknown as { a: nn.Linear }).a, first);
  model[-1] = last;
  t.deepEqual(
    [...model.namedChildren()],
    [
      ['a', first],
      ['b', last],
    ],
  );
  t.deepEqual(Object.keys(model.stateDict()), ['a.weight', 'a.bias', 'b.weight', 'b.bias']);
});

test('Sequential changes in place', (t) => {
  const [first, relu, last] = layers();
  const model = new nn.Sequential(first);
  t.is(model.append(relu), model);
  t.is(model.extend([last]), model);
  const tanh = new nn.Tanh();
  model[1] = tanh;
  t.deepEqual([...model], [first, tanh, last]);
  t.is(model.pop(), last);
  t.is(model.pop(0), first);
  t.deepEqual(keys(model), ['0']);
  model.insert(0, relu);
  t.deepEqual([...model], [relu, tanh]);
  t.throws(() => model.insert(5, relu), { instanceOf: IndexError });
  t.throws(() => new nn.Sequential({ a: relu }).insert(0, tanh), { instanceOf: ValueError });
  t.throws(
    () => {
      model[2] = relu;
    },
    { instanceOf: IndexError },
  );
});

test('a module twice in a Sequential runs twice, and is one', (t) => {
  const layer = new nn.Linear(2, 2);
  const model = new nn.Sequential(layer, layer);
  const x = torch.randn(1, 2);
  t.deepEqual(model(x).tolist(), layer(layer(x)).tolist());
  t.is(model.length, 2);
  t.is([...model.parameters()].length, 2);
  t.is(Object.keys(model.stateDict()).length, 4);
});

test('modules run in the order in which they came, whatever their names', (t) => {
  class Append extends nn.Module {
    constructor(readonly letter: string) {
      super();
    }
    forward(text: string): string {
      return text + this.letter;
    }
  }
  const model = new nn.Sequential<string, string>({ b: new Append('b'), a: new Append('a') });
  model.append(new Append('2'));
  model.addModule('z', new Append('z'));
  model.addModule('1', new Append('1'));
  t.is(model(''), 'ba2z1');
  t.deepEqual(keys(model), ['b', 'a', '2', 'z', '1']);
  t.is((model[2] as Append).letter, '2');
  t.is((model.pop(1) as Append).letter, 'a');
  t.deepEqual(keys(model), ['0', '1', '2', '3']);
  t.is(model(''), 'b2z1');
});

test('a Sequential may be extended', (t) => {
  class Block extends nn.Sequential {
    constructor(width: number) {
      super(new nn.Linear(width, width), new nn.ReLU());
    }
  }
  const block = new Block(3);
  t.deepEqual(block(torch.zeros(1, 3)).shape, [1, 3]);
  t.regex(String(block), /^Block\(\n {2}\(0\): Linear/);
});

test('Sequential explains what it does not take', (t) => {
  const [first] = layers();
  t.throws(() => new nn.Sequential([first] as never), {
    instanceOf: TypeError,
    message: 'nn.Sequential takes modules, not an array: `new nn.Sequential(...layers)`',
  });
  t.throws(() => new nn.Sequential(nn.ReLU as never), {
    instanceOf: TypeError,
    message: 'ReLU is a class, not a module; write `new ReLU(...)`',
  });
  t.throws(() => new nn.Sequential(first, torch.relu as never), {
    instanceOf: TypeError,
    message: /as child module '1'/,
  });
});

test('ModuleList holds modules, and has no forward', (t) => {
  const [first, relu, last] = layers();
  const list = new nn.ModuleList<nn.Module>([first, relu]);
  list.append(last);
  t.is(list.length, 3);
  t.is(list[-1], last);
  t.deepEqual([...list], [first, relu, last]);
  t.deepEqual(
    list.map((module, i) => `${i}${module.constructor.name}`),
    ['0Linear', '1ReLU', '2Linear'],
  );
  list[-2] = last;
  list[0] = relu;
  t.deepEqual([...list], [relu, last, last]);
  list.insert(1, first);
  t.deepEqual([...list], [relu, first, last, last]);
  t.is(list.pop(), last);
  t.deepEqual([...list.slice(1)], [first, last]);
  t.deepEqual([...list.concat([relu])], [relu, first, last, relu]);
  t.deepEqual(keys(list), ['0', '1', '2']);
  t.throws(() => (list as unknown as () => void)(), { instanceOf: torch.NotImplementedError });
  t.throws(() => list.extend(3 as never), { instanceOf: TypeError });
  t.throws(() => list.append('x' as never), { instanceOf: TypeError });
});

test('a ModuleList extends itself once', (t) => {
  const list = new nn.ModuleList([new nn.ReLU()]);
  list.extend(list);
  t.is(list.length, 2);
});

test('more than ten modules keep their order', (t) => {
  const list = new nn.ModuleList(Array.from({ length: 12 }, (_, i) => new nn.Linear(1, i + 1)));
  t.deepEqual(
    [...list.parameters()].filter((_, i) => i % 2 === 0).map((weight) => weight.shape[0]),
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
});

test('ModuleDict holds modules by name', (t) => {
  const [first, relu, last] = layers();
  const dict = new nn.ModuleDict({ first, relu });
  const name: 'first' | 'relu' = 'relu';
  t.is(dict.first, first);
  t.is(dict[name], relu);
  t.deepEqual([...dict], ['first', 'relu']);
  t.deepEqual([...dict.keys()], ['first', 'relu']);
  t.deepEqual([...dict.values()], [first, relu]);
  t.true(dict.has('relu'));
  t.false(dict.has('train'));
  dict.update({ last, relu: last });
  t.deepEqual(
    [...dict.items()],
    [
      ['first', first],
      ['relu', last],
      ['last', last],
    ],
  );
  t.is(dict.length, 3);
  t.is(dict.pop('first'), first);
  t.throws(() => dict.pop('first'), { instanceOf: ValueError });
  const copied = new nn.ModuleDict(dict);
  t.deepEqual([...copied], ['relu', 'last']);
  dict.clear();
  t.is(dict.length, 0);
  t.true(dict instanceof nn.ModuleDict);
});

test('ModuleDict takes what Python takes', (t) => {
  const [first, relu] = layers();
  const pairs = [
    ['b', first],
    ['a', relu],
  ] as const;
  t.deepEqual([...new nn.ModuleDict(pairs)], ['b', 'a']);
  t.deepEqual([...new nn.ModuleDict(new Map<string, nn.Module>(pairs))], ['b', 'a']);
  t.deepEqual([...new nn.ModuleDict()], []);
  t.throws(() => new nn.ModuleDict({ train: relu }), {
    instanceOf: ValueError,
    message: "attribute 'train' already exists",
  });
  t.throws(() => new nn.ModuleDict('ab' as never), { instanceOf: TypeError });
  t.throws(() => new nn.ModuleDict([['a']] as never), {
    instanceOf: ValueError,
    message: /element 0 is not a \[name, value\] pair/,
  });
});

test('names that are whole numbers keep their place in a ModuleDict', (t) => {
  const dict = new nn.ModuleDict() as nn.ModuleDict<Record<string, nn.Module>>;
  for (const name of ['10', 'stem', '2', '7']) dict.addModule(name, new nn.ReLU());
  dict['1'] = new nn.ReLU();
  t.deepEqual([...dict], ['10', 'stem', '2', '7', '1']);
  dict.pop('2');
  dict.addModule('2', new nn.ReLU());
  t.deepEqual([...dict], ['10', 'stem', '7', '1', '2']);
});

test('ParameterList makes parameters of tensors', (t) => {
  const list = new nn.ParameterList([torch.zeros(1), new nn.Parameter(torch.ones(2))]);
  t.is(list.length, 2);
  t.true(list[0] instanceof nn.Parameter);
  t.is([...list.parameters()].length, 2);
  const replaced = torch.ones(3).mul(5);
  (list as nn.ParameterList<Tensor>)[0] = replaced;
  t.true(list[0] instanceof nn.Parameter);
  t.is(list[0]?.sum().item(), 15);
  t.is([...list.parameters()][0], list[0]);
  list.append(torch.zeros(4)).extend([torch.zeros(5)]);
  t.deepEqual(
    [...list].map((parameter) => parameter.shape[0]),
    [3, 2, 4, 5],
  );
  t.deepEqual(list.at(-1).shape, [5]);
  t.deepEqual(list[-2]?.shape, [4]);
  t.deepEqual([...list.slice(1, 3)].length, 2);
  t.deepEqual(
    [...list.entries()].map(([i]) => i),
    [0, 1, 2, 3],
  );
  list.loadStateDict({
    0: torch.zeros(3),
    1: torch.zeros(2),
    2: torch.zeros(4),
    3: torch.zeros(5),
  });
  t.is(list[0]?.sum().item(), 0);
  list.double();
  t.is(list[0]?.dtype, torch.float64);
  t.throws(() => list[9], { instanceOf: IndexError });
  t.throws(() => list.extend(torch.zeros(2)), { instanceOf: TypeError });
  t.throws(() => (list as unknown as () => void)(), {
    message: 'ParameterList should not be called.',
  });
});

test('ParameterDict makes parameters of tensors', (t) => {
  const dict = new nn.ParameterDict({ right: torch.zeros(1), left: torch.ones(2) });
  t.true(dict.right instanceof nn.Parameter);
  t.is(dict.right, dict.get('right') as nn.Parameter);
  t.deepEqual([...dict], ['left', 'right']);
  t.deepEqual(
    [...dict.parameters()].map((parameter) => parameter.shape[0]),
    [2, 1],
  );
  dict.set('extra', torch.zeros(3));
  t.true(dict.get('extra') instanceof nn.Parameter);
  t.is(dict.get('none'), null);
  t.is(dict.get('none', 7), 7);
  t.is(dict.setdefault('none', 8), 8);
  t.is(dict.setdefault('none', 9), 8);
  t.deepEqual([...dict.keys()], ['left', 'right', 'extra', 'none']);
  t.deepEqual(dict.popitem(), ['none', 8]);
  t.true(dict.has('extra'));
  dict.pop('extra');
  t.false(dict.has('extra'));
  t.throws(() => dict.pop('extra'), { instanceOf: ValueError });
  t.throws(() => dict.set('train', 1), { instanceOf: ValueError });
  const copy = dict.copy();
  t.is(copy.left, dict.left);
  dict.update([['left', torch.zeros(9)]]);
  t.deepEqual(dict.left.shape, [9]);
  t.deepEqual(
    [...dict.fromkeys(['x', 'y'], 1).items()],
    [
      ['x', 1],
      ['y', 1],
    ],
  );
  dict.clear();
  t.is(dict.length, 0);
  t.throws(() => dict.popitem(), { instanceOf: ValueError });
  t.throws(() => (dict as unknown as () => void)(), {
    message: 'ParameterDict should not be called.',
  });
});

test('a plain object of parameters is sorted by name, as in Python', (t) => {
  const values = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [i, torch.zeros(i + 1)]));
  const dict = new nn.ParameterDict(values);
  t.deepEqual(
    [...dict.namedParameters()].map(([name]) => name),
    [...dict],
  );
  t.deepEqual([...dict].slice(0, 4), ['0', '1', '10', '11']);
});
