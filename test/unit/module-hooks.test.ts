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
  t.throws(() => module.registerForwardHook(() => 1, { withKwargs: true } as never), {
    instanceOf: TypeError,
    message: /unknown option `withKwargs`/,
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
