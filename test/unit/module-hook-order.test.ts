import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { nn, Tensor } from 'sconce';

// Python's log of the same hooks on the same modules: test/golden/module-hooks.py.
const golden = JSON.parse(
  readFileSync(new URL('../golden/module-hooks.json', import.meta.url), 'utf8'),
);

interface Named {
  scale?: number;
}

class Block extends nn.Module {
  weight: nn.Parameter;

  constructor(weight: number[]) {
    super();
    this.weight = new nn.Parameter(torch.tensor(weight));
  }

  forward(x: Tensor, { scale = 1 }: Named = {}): Tensor {
    return x.mul(this.weight).mul(scale);
  }
}

class Pair extends nn.Module {
  inner = new Block([2, 3]);

  forward(a: Tensor, label: string, b: Tensor): [Tensor, Tensor, string] {
    return [this.inner(a), a.add(b.mul(2)), label];
  }
}

class Model extends nn.Module {
  first = new Block([1, 2]);
  second = new Block([3, 4]);

  forward(x: Tensor, { scale = 1 }: Named = {}): Tensor {
    return this.second(this.first(x, { scale }));
  }
}

const isNamed = (value: unknown) =>
  typeof value === 'object' && value !== null && value.constructor === Object;

function plain(value: unknown): unknown {
  if (value instanceof Tensor) return value.tolist();
  if (Array.isArray(value)) return value.map(plain);
  if (isNamed(value)) {
    return Object.fromEntries(Object.entries(value as object).map(([k, v]) => [k, plain(v)]));
  }
  return value;
}

class Log {
  readonly lines: unknown[] = [];

  /** Without `withKwargs` Python's hooks do not see named arguments; ours see them as the last. */
  hook(name: string, answer?: (...given: never[]) => unknown) {
    return (module: nn.Module, ...given: unknown[]): never => {
      const shown = given.map((part, i) =>
        i === 0 && Array.isArray(part) && isNamed(part.at(-1)) ? part.slice(0, -1) : part,
      );
      this.lines.push([name, module._getName(), ...shown.map(plain)]);
      return answer?.(...(given as never[])) as never;
    };
  }
}

const x = (...values: number[]) => torch.tensor(values, { requiresGrad: true });
const withKwargs = { withKwargs: true } as const;
const { module: all } = nn.modules;

test('forward hooks run in the order of Python, with the same arguments', (t) => {
  const log = new Log();
  const model = new Model();
  model.registerForwardPreHook(log.hook('pre'));
  model.registerForwardPreHook(
    log.hook('pre kwargs', (args) => [args, { scale: 2 }]),
    withKwargs,
  );
  model.registerForwardPreHook(log.hook('pre first'), { prepend: true });
  model.registerForwardHook(log.hook('hook', (_, output: Tensor) => output.add(1)));
  model.registerForwardHook(
    log.hook('hook kwargs', (_, __, output: Tensor) => output.mul(10)),
    withKwargs,
  );
  model.registerForwardHook(log.hook('hook first'), { prepend: true });
  model.first.registerForwardPreHook(
    log.hook('inner pre', ([input, named]: [Tensor, Named]) => [input.add(1), named]),
  );
  const handles = [
    all.registerModuleForwardPreHook(log.hook('global pre')),
    all.registerModuleForwardHook(log.hook('global')),
    all.registerModuleForwardHook(log.hook('global kwargs'), withKwargs),
  ];
  const out = model(x(1, 2));
  for (const handle of handles) handle.remove();
  t.deepEqual(log.lines, golden.forward.log);
  t.deepEqual(out.tolist(), golden.forward.out);
});

test('backward hooks run in the order of Python, and change gradients as there', (t) => {
  const log = new Log();
  const model = new Model();
  model.registerFullBackwardHook(log.hook('backward'));
  model.registerFullBackwardHook(log.hook('backward first'), { prepend: true });
  model.registerFullBackwardPreHook(log.hook('backward pre'));
  model.second.registerFullBackwardPreHook(log.hook('inner pre', ([g]: [Tensor]) => [g.mul(2)]));
  model.second.registerFullBackwardHook(log.hook('inner'));
  model.first.registerFullBackwardHook(log.hook('inner', ([g]: [Tensor]) => [g.mul(10)]));
  const handles = [
    all.registerModuleFullBackwardPreHook(log.hook('global pre')),
    all.registerModuleFullBackwardHook(log.hook('global')),
  ];
  const given = x(1, 2);
  const out = model(given);
  out.sum().backward();
  for (const handle of handles) handle.remove();
  t.deepEqual(log.lines, golden.backward.log);
  const grads = [given.grad, model.first.weight.grad, model.second.weight.grad];
  t.deepEqual(grads.map(plain), golden.backward.gradients);
  t.is(out.gradFn?.name(), golden.backward.gradFn);
});

const choices: Record<string, (out: [Tensor, Tensor, string]) => Tensor> = {
  both: ([first, second]) => first.add(second),
  one: ([first]) => first,
  other: ([, second]) => second,
  frozen: ([first, second]) => first.add(second),
};

for (const [name, choose] of Object.entries(choices)) {
  test(`backward hooks see a gradient for each argument and result: ${name}`, (t) => {
    const log = new Log();
    const model = new Pair();
    model.registerFullBackwardPreHook(log.hook('pre'));
    model.registerFullBackwardHook(log.hook('backward'));
    const a = x(1, 2);
    const b = name === 'frozen' ? x(3, 4).detach() : x(3, 4);
    const out = model(a, 'label', b);
    choose(out).sum().backward();
    t.deepEqual(log.lines, golden[name].log);
    t.deepEqual([a.grad, b.grad].map(plain), golden[name].gradients);
    t.is(out[2], golden[name].label);
  });
}

test('backward hooks run without arguments that have gradients, and not without recording', (t) => {
  const log = new Log();
  const model = new Block([2, 3]);
  model.registerFullBackwardHook(log.hook('backward'));
  model.registerFullBackwardPreHook(log.hook('pre', ([g]: [Tensor]) => [g.mul(3)]));
  model(torch.tensor([1, 2]))
    .sum()
    .backward();
  t.deepEqual(log.lines, golden.withoutInputs.log);
  t.deepEqual(plain([model.weight.grad]), golden.withoutInputs.gradients);

  log.lines.length = 0;
  const out = torch.noGrad(() => model(x(1, 2)));
  t.is(out.requiresGrad, golden.withoutGrad.requiresGrad);
  t.deepEqual(log.lines, golden.withoutGrad.log);
});

test('backward hooks that return too little are told of', (t) => {
  const run = (register: (model: Pair) => void) => {
    const model = new Pair();
    register(model);
    model(x(1, 2), 'label', x(3, 4))[0].sum().backward();
  };
  t.throws(() => run((m) => m.registerFullBackwardHook(() => [null])), {
    instanceOf: torch.TorchError,
    message: golden.errors.input,
  });
  t.throws(() => run((m) => m.registerFullBackwardPreHook(() => [null])), {
    instanceOf: torch.TorchError,
    message: golden.errors.output,
  });
  t.throws(() => run((m) => m.registerFullBackwardHook(() => 3 as never)), {
    instanceOf: TypeError,
  });
  t.throws(() => new Pair().registerFullBackwardHook('f' as never), { instanceOf: TypeError });
});

test('a backward hook can be differentiated through, and is removed', (t) => {
  const model = new Block([2, 3]);
  const handle = model.registerFullBackwardHook((_, [grad]) => [grad?.mul(grad) ?? null]);
  const given = x(1, 2);
  const [first] = torch.autograd.grad(model(given).pow(2).sum(), given, { createGraph: true });
  const [second] = torch.autograd.grad(first.sum(), given);
  handle.remove();
  const [without] = torch.autograd.grad(model(given).pow(2).sum(), given);
  t.deepEqual([first, second, without].map(plain), golden.twice.gradients);
});

test('the hooks around state dicts run in the order of Python', (t) => {
  const lines: unknown[] = [];
  const note =
    (name: string) =>
    (module: nn.Module, ...given: unknown[]) => {
      const known = given.filter((part) => typeof part === 'string' || typeof part === 'boolean');
      lines.push([name, module._getName(), ...known]);
    };
  const model = new Model();
  for (const [name, part] of [
    ['model', model],
    ['first', model.first],
  ] as const) {
    part.registerStateDictPreHook(note(`${name} pre`));
    part.registerStateDictPostHook(note(`${name} post`));
    part.registerLoadStateDictPreHook(note(`${name} load pre`));
    part.registerLoadStateDictPostHook(note(`${name} load post`));
  }
  model.loadStateDict(model.stateDict({ prefix: '', keepVars: false }), { strict: false });
  model.loadStateDict(model.stateDict({ keepVars: true }));
  t.deepEqual(lines, golden.state.log);
});
