import test from 'ava';
import torch, { nn, type Tensor } from 'sconce';

class Add extends nn.Module {
  forward(x: number, y = 1): number {
    return x + y;
  }
}

test('hooks run around forward, in order', (t) => {
  const module = new Add();
  const log: unknown[] = [];
  module.registerForwardPreHook((self, args) => {
    log.push(['before', self === module, [...args]]);
  });
  module.registerForwardHook((self, args, output) => {
    log.push(['after', self === module, [...args], output]);
  });
  module.registerForwardHook(() => log.push('last') && undefined);
  module.registerForwardHook(() => log.push('first') && undefined, { prepend: true });
  module.registerForwardPreHook(() => log.push('earliest') && undefined, { prepend: true });
  t.is(module(2, 3), 5);
  t.deepEqual(log, [
    'earliest',
    ['before', true, [2, 3]],
    'first',
    ['after', true, [2, 3], 5],
    'last',
  ]);
  log.length = 0;
  t.is(module.forward(2, 3), 5);
  t.deepEqual(log, []);
});

test('hooks replace arguments and results', (t) => {
  const module = new Add();
  module.registerForwardPreHook((_, [x]) => 10 * x);
  t.is(module(2, 3), 21);
  module.registerForwardPreHook((_, [x]) => [x, 100]);
  t.is(module(2, 3), 120);
  module.registerForwardHook((_, __, output) => -output);
  module.registerForwardHook(() => null);
  t.is(module(2, 3), -120);
});

test('a handle takes its hook away, once', (t) => {
  const module = new Add();
  const handle = module.registerForwardHook(() => 0);
  const other = module.registerForwardHook((_, __, output) => output + 7);
  t.is(module(1), 7);
  handle.remove();
  handle.remove();
  t.is(module(1), 9);
  other[Symbol.dispose]();
  t.is(module(1), 2);
});

test('hooks that are added or removed while hooks run wait for the next call', (t) => {
  const module = new Add();
  let calls = 0;
  const handle = module.registerForwardHook(() => {
    handle.remove();
    module.registerForwardHook(() => {
      calls++;
    });
  });
  module(1);
  t.is(calls, 0);
  module(1);
  t.is(calls, 1);
});

test('alwaysCall runs where forward throws, and its own error does not hide the first', (t) => {
  class Broken extends nn.Module {
    forward(): never {
      throw new RangeError('broken');
    }
  }
  const module = new Broken();
  const seen: unknown[] = [];
  module.registerForwardHook((_, __, output) => seen.push(output) && undefined, {
    alwaysCall: true,
  });
  module.registerForwardHook(() => seen.push('not me') && undefined);
  module.registerForwardHook(
    () => {
      throw new Error('second');
    },
    { alwaysCall: true },
  );
  t.throws(() => module(), { instanceOf: RangeError, message: 'broken' });
  t.deepEqual(seen, [undefined]);
});

test('what hooks do not take', (t) => {
  const module = new Add();
  t.throws(() => module.registerForwardHook('f' as never), { instanceOf: TypeError });
  t.throws(() => module.registerForwardHook(() => 1, { with_kwargs: true } as never), {
    instanceOf: TypeError,
    message: /unknown option `with_kwargs`; did you mean `withKwargs`/,
  });
  t.throws(() => module.registerForwardPreHook(() => 1, { alwaysCall: true } as never), {
    instanceOf: TypeError,
  });
});

test('a hook sees the layers of a model at work', (t) => {
  const model = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU(), new nn.Linear(3, 2));
  const shapes: number[][] = [];
  for (const layer of model) {
    layer.registerForwardHook((_, __, output: Tensor) => {
      shapes.push(output.shape);
    });
  }
  model(torch.zeros(5, 4));
  t.deepEqual(shapes, [
    [5, 3],
    [5, 3],
    [5, 2],
  ]);
});

test('hooks around the state dict', (t) => {
  const model = new nn.Sequential(new nn.Linear(1, 1));
  const log: string[] = [];
  const handles = [
    model.registerStateDictPreHook((_, prefix) => log.push(`save ${prefix}`)),
    model.registerStateDictPostHook((_, state, __, { version }) => {
      state.added = version;
    }),
    model.registerLoadStateDictPreHook((_, state) => {
      log.push('load');
      delete state.added;
    }),
    model.registerLoadStateDictPostHook((_, keys) => {
      log.push(`loaded ${keys.missingKeys}`);
      keys.missingKeys.length = 0;
    }),
  ];
  const state = model.stateDict();
  t.is(state.added, 1);
  delete state['0.bias'];
  t.deepEqual(model.loadStateDict(state), { missingKeys: [], unexpectedKeys: [] });
  t.deepEqual(log, ['save ', 'load', 'loaded 0.bias']);
  for (const handle of handles) handle.remove();
  t.deepEqual(Object.keys(model.stateDict()), ['0.weight', '0.bias']);
  t.is(log.length, 3);
});

test('hooks with withKwargs get the named arguments apart', (t) => {
  class Scale extends nn.Module {
    forward(x: number, { by = 1, plus = 0 }: { by?: number; plus?: number } = {}): number {
      return x * by + plus;
    }
  }
  const module = new Scale();
  const log: unknown[] = [];
  const pre = module.registerForwardPreHook(
    (_, [x], kwargs) => {
      log.push({ ...kwargs });
      return [[x + 1], { ...kwargs, plus: 100 }];
    },
    { withKwargs: true },
  );
  module.registerForwardHook(
    (_, args, kwargs, output) => {
      log.push([args, kwargs, output]);
      return output + 0.5;
    },
    { withKwargs: true },
  );
  t.is(module(2, { by: 10 }), 130.5);
  t.is(module(2), 103.5);
  t.deepEqual(log, [{ by: 10 }, [[3], { by: 10, plus: 100 }, 130], {}, [[3], { plus: 100 }, 103]]);
  pre.remove();
  module.registerForwardPreHook(() => [1] as never, { withKwargs: true });
  t.throws(() => module(2), { instanceOf: torch.TorchError, message: /\[newArgs, newKwargs\]/ });
});

test('hooks of all modules run before those of each', (t) => {
  const { registerModuleForwardHook, registerModuleForwardPreHook } = nn.modules.module;
  const log: string[] = [];
  const note = (what: string) => (module: nn.Module) => {
    log.push(`${what} ${module._getName()}`);
  };
  const model = new nn.Sequential(new nn.ReLU());
  model.registerForwardPreHook(note('own pre'));
  model.registerForwardHook(note('own'));
  const handles = [
    registerModuleForwardPreHook(note('pre')),
    registerModuleForwardHook(note('all')),
    registerModuleForwardHook(note('all again'), { alwaysCall: true, withKwargs: true }),
  ];
  model(torch.zeros(1));
  t.deepEqual(log, [
    'pre Sequential',
    'own pre Sequential',
    'pre ReLU',
    'all ReLU',
    'all again ReLU',
    'all Sequential',
    'all again Sequential',
    'own Sequential',
  ]);
  log.length = 0;
  t.throws(() => new nn.Linear(1, 1)(torch.zeros(2)));
  t.deepEqual(log, ['pre Linear', 'all again Linear']);
  for (const handle of handles) handle.remove();
  log.length = 0;
  new nn.ReLU()(torch.zeros(1));
  t.deepEqual(log, []);
  t.throws(() => registerModuleForwardHook(3 as never), { instanceOf: TypeError });
});

test('registration hooks see each member once, and may replace it', (t) => {
  const {
    registerModuleBufferRegistrationHook,
    registerModuleModuleRegistrationHook,
    registerModuleParameterRegistrationHook,
  } = nn.modules.module;
  const seen: string[] = [];
  const handles = [
    registerModuleParameterRegistrationHook((module, name) => {
      seen.push(`${module._getName()}.${name}`);
    }),
    registerModuleBufferRegistrationHook((_, name, buffer) => {
      seen.push(name);
      return new nn.Buffer(buffer.add(1));
    }),
    registerModuleModuleRegistrationHook((_, name, module) => {
      seen.push(`${name}: ${module._getName()}`);
      return module instanceof nn.ReLU ? new nn.Tanh() : module;
    }),
  ];
  class Model extends nn.Module {
    layer = new nn.Linear(1, 1, { bias: false });
    act: nn.Module = new nn.ReLU();
    count = new nn.Buffer(torch.zeros(1));
  }
  const model = new Model();
  model.registerBuffer('more', torch.ones(1));
  t.deepEqual(
    [...model.namedBuffers()].map(([name, x]) => [name, x.item()]),
    [
      ['count', 1],
      ['more', 2],
    ],
  );
  t.true(model.act instanceof nn.Tanh);
  t.is(String([...model.children()][1]), 'Tanh()');
  [...model.parameters()];
  model.stateDict();
  t.deepEqual(seen, ['more', 'layer: Linear', 'act: ReLU', 'count', 'Linear.weight']);
  for (const handle of handles) handle.remove();
  t.is([...new Model().buffers()][0]?.item(), 0);
});
