// Wrong arguments, receivers, shapes and options.
import { inspect } from 'node:util';
import test from 'ava';
import torch, {
  IndexError,
  nn,
  OutOfMemoryError,
  optim,
  Tensor,
  TorchError,
  utils,
  ValueError,
} from 'sconce';
import {
  any,
  call,
  read,
  testMisuse,
  throwing,
  UsersError,
  type Wrong,
} from '../_helpers/misuse.js';

const x = torch.ones(2, 3);
const leaf = () => torch.ones(2, { requiresGrad: true });
const model = new nn.Sequential(new nn.Linear(3, 2));
const gone = torch.ones(2, 3, { requiresGrad: true });
gone.dispose();

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const wrongTypes: Wrong[] = [
  ['a string for a number', () => x.add(any('1')), TypeError, /add\(\).*string/s],
  ['a symbol', () => x.add(any(Symbol('s'))), TypeError, /add\(\): a symbol/],
  ['a function', () => x.add(any(Math.max)), TypeError, /the function max/],
  ['a module', () => x.add(any(model)), TypeError, /an object of class Sequential/],
  ['a Date', () => x.add(any(new Date())), TypeError, /an object of class Date/],
  ['a bare object', () => x.add(any(Object.create({}))), TypeError, /add\(\)/],
  ['a revoked Proxy', () => x.add(any(revoked())), TypeError, /revoked/],
  ['an array of mixed things', () => x.sum(any([0, 'a'])), TypeError, /mixes numbers and a string/],
  ['tensors and numbers in a list', () => torch.cat(any([x, 1])), TypeError, /with a number in it/],
  ['numbers for tensors', () => torch.cat(any([1, 2])), TypeError, /tensors.*Tensor\[\]/s],
  ['one tensor for a list', () => torch.cat(any(x)), TypeError, /Tensor\[\].*not Tensor/s],
  [
    'no argument',
    () => call(torch, 'mm', x),
    TypeError,
    /no form of it takes \(Tensor\).*mat2: Tensor/s,
  ],
  ['too many arguments', () => call(x, 'relu', 1, 2), TypeError, /at most 0 positional/],
  ['a fraction for an int', () => x.sum(0.5), TypeError, /sum\(\).*0\.5/s],
  ['NaN for an int', () => x.sum(Number.NaN), TypeError, /sum\(\).*nan/is],
  ['a boolean for an int', () => x.select(any(true), 0), TypeError, /`dim` must be int, not bool/],
  ['a bigint beyond int64', () => x.add(2n ** 64n), ValueError, /does not fit into 64/],
  [
    'a bigint beyond int64 for a size',
    () => torch.zeros([any(2n ** 70n)]),
    TypeError,
    /`size`: element 0 must be an integer/,
  ],
  ['a string for a dtype', () => torch.zeros(2, any({ dtype: 'float32' })), TypeError, /dtype/],
  ['a dtype by name in to()', () => x.to('float64'), ValueError, /invalid device 'float64'/],
  [
    'a number for a flag',
    () => torch.zeros(2, any({ requiresGrad: 1 })),
    TypeError,
    /requiresGrad/,
  ],
  [
    'a number for requiresGrad',
    () => any(Object.assign(leaf(), { requiresGrad: 1 })),
    TypeError,
    /requiresGrad must be a boolean/,
  ],
  [
    'a number for a gradient',
    () => any(Object.assign(leaf(), { grad: 1 })),
    TypeError,
    /a gradient must be a Tensor/,
  ],
  [
    'an array for data',
    () => any(Object.assign(leaf(), { data: [1] })),
    TypeError,
    /data must be a Tensor/,
  ],
  [
    'a string for a seed',
    () => torch.manualSeed(any('1')),
    TypeError,
    /seed must be an integer, got string/,
  ],
  ['a fraction for a seed', () => torch.manualSeed(1.5), TypeError, /seed.*1\.5/],
  ['no thread', () => torch.setNumThreads(0), TypeError, /from 1 to 1024, got 0/],
  [
    'a dtype of integers by default',
    () => torch.setDefaultDtype(torch.int64),
    TypeError,
    /floating-point dtype, got torch\.int64/,
  ],
  ['a state that is no tensor', () => torch.setRngState(any([1])), TypeError, /expected a Tensor/],
  ['new Tensor', () => new Tensor(any([1])), TypeError, /call torch\.tensor/],
  [
    'a callback that is none',
    () => call(torch, 'noGrad', 1),
    TypeError,
    /expected a function, got number/,
  ],
];

const wrongThis: Wrong[] = [
  [
    'a method on an object',
    () => Tensor.prototype.add.call(any({}), any(1)),
    TypeError,
    /add\(\) is a method of Tensor/,
  ],
  [
    'a method on nothing',
    () => Tensor.prototype.add.call(any(undefined), any(1)),
    TypeError,
    /a method of Tensor/,
  ],
  ['a method of a prototype', () => Tensor.prototype.add(1), TypeError, /a method of Tensor/],
  ['a getter on an heir', () => Object.create(Tensor.prototype).shape, TypeError, /Tensor/],
  ['a getter on a live heir', () => Object.create(x).shape, TypeError, /Tensor/],
  ['item() on an heir', () => Object.create(x).item(), TypeError, /Tensor/],
  ['an index on an heir', () => Object.create(x)[0], TypeError, /Tensor/],
  ['a slice on an heir', () => Object.create(x)['0:1'], TypeError, /Tensor/],
  ['printing an heir', () => `${Object.create(x)}`, TypeError, /Tensor/],
  ['a method of a Proxy', () => new Proxy(x, {}).add(1), TypeError, /a method of Tensor/],
  ['a getter of a Proxy', () => new Proxy(x, {}).shape, TypeError, /Tensor/],
  [
    'a Proxy as an argument',
    () => x.add(new Proxy(x, {})),
    TypeError,
    /add\(\): an object of class Tensor/,
  ],
  [
    'a Proxy as a gradient',
    () => leaf().backward(new Proxy(torch.ones(2), {})),
    TypeError,
    /Tensor/,
  ],
  ['a Proxy to optimize', () => new optim.SGD([new Proxy(leaf(), {})], 0.1), TypeError, /Tensor/],
  [
    "a generator's method elsewhere",
    () => torch.Generator.prototype.seed.call(any({})),
    TypeError,
    /private member|Generator/,
  ],
];

const disposed: Wrong[] = [
  ['an operator', () => gone.add(1), TorchError, /disposed/],
  ['an argument', () => x.add(gone), TorchError, /disposed/],
  ['an item of a list', () => torch.cat([x, gone]), TorchError, /disposed/],
  ['out', () => torch.add(x, x, { out: gone }), TorchError, /disposed/],
  ['shape', () => gone.shape, TorchError, /disposed/],
  ['dtype', () => gone.dtype, TorchError, /disposed/],
  ['grad', () => gone.grad, TorchError, /disposed/],
  ['data', () => gone.data, TorchError, /disposed/],
  ['requiresGrad', () => gone.requiresGrad, TorchError, /disposed/],
  ['item()', () => gone.item(), TorchError, /disposed/],
  ['tolist()', () => gone.tolist(), TorchError, /disposed/],
  ['toTypedArray()', () => gone.toTypedArray(), TorchError, /disposed/],
  ['asTypedArray()', () => gone.asTypedArray(), TorchError, /disposed/],
  ['backward()', () => gone.backward(), TorchError, /disposed/],
  ['a gradient', () => leaf().backward(gone), TorchError, /disposed/],
  ['an index', () => gone[0], TorchError, /disposed/],
  ['a slice', () => gone['0:1'], TorchError, /disposed/],
  ['a mask', () => x.index(gone), TorchError, /disposed/],
  ['an assigned value', () => any(Object.assign(x.clone(), { 0: gone })), TorchError, /disposed/],
  ['iteration', () => [...gone], TorchError, /disposed/],
  ['a number of it', () => +gone, TorchError, /disposed/],
  ['a hook', () => gone.registerHook(() => {}), TorchError, /disposed/],
  ['to()', () => gone.to(torch.float64), TorchError, /disposed/],
  ["a module's input", () => new nn.ReLU()(gone), TorchError, /disposed/],
  ['a Parameter of it', () => new nn.Parameter(gone), TorchError, /disposed/],
  ['autograd.grad', () => torch.autograd.grad(gone, leaf()), TorchError, /disposed/],
  ["an optimizer's parameter", () => new optim.SGD([gone], 0.1), TorchError, /disposed/],
  ['torch.tensor of it', () => torch.tensor([gone]), TorchError, /disposed/],
  ["a generator's state", () => torch.setRngState(gone), TorchError, /disposed/],
];

const shapes: Wrong[] = [
  ['mm', () => x.mm(x), TorchError, /mat1 and mat2 shapes cannot be multiplied \(2x3 and 2x3\)/],
  ['matmul of scalars', () => torch.matmul(torch.tensor(1), x), TorchError, /at least 1D/],
  [
    'broadcasting',
    () => x.add(torch.ones(4)),
    TorchError,
    /size of tensor a \(3\) must match.*b \(4\)/,
  ],
  ['view', () => x.view(4), TorchError, /'\[4\]' is invalid for input of size 6/],
  ['view of two unknowns', () => x.view(-1, -1), TorchError, /only one dimension can be inferred/],
  ['cat', () => torch.cat([x, torch.ones(2)]), TorchError, /same number of dimensions/],
  ['stack of nothing', () => torch.stack([]), TorchError, /non-empty/],
  ['a dimension out of range', () => x.sum(2), IndexError, /range of \[-2, 1\], but got 2/],
  ['size() out of range', () => x.size(2), IndexError, /\[-2, 1\], got 2/],
  ['item() of many', () => x.item(), TorchError, /6 elements/],
  ["Linear's input", () => model(torch.ones(2, 4)), TorchError, /2x4 and 3x2/],
  ['conv2d of a matrix', () => new nn.Conv2d(1, 1, 3)(x), TorchError, /3D .*or 4D/],
  [
    'labels out of range',
    () => nn.functional.crossEntropy(x, torch.tensor([0n, 9n])),
    IndexError,
    /Target 9 is out of bounds/,
  ],
  ['iteration over a number', () => [...torch.tensor(1)], TypeError, /iteration over a 0-d tensor/],
  [
    'length of a number',
    () => torch.tensor(1).length,
    IndexError,
    /a 0-d tensor has no dimensions/,
  ],
  ['itemBigInt of a fraction', () => torch.tensor(1.5).itemBigInt(), TypeError, /integral/],
];

const options: Wrong[] = [
  [
    "an operator's",
    () => x.sum(any({ keepDim: true })),
    TypeError,
    /unknown option `keepDim`; did you mean `keepdim`/,
  ],
  [
    "a factory's",
    () => torch.zeros(2, any({ requires_grad: true })),
    TypeError,
    /did you mean `requiresGrad`/,
  ],
  ["tensor()'s", () => torch.tensor(1, any({ dtypes: 1 })), TypeError, /did you mean `dtype`/],
  [
    "a module's",
    () => new nn.Conv2d(1, 1, 3, any({ paddingMod: 1 })),
    TypeError,
    /nn\.Conv2d: .*did you mean `paddingMode`/,
  ],
  [
    "a module's in snake_case",
    () => new nn.Conv2d(1, 1, 3, any({ padding_mode: 1 })),
    TypeError,
    /did you mean `paddingMode`/,
  ],
  [
    "an optimizer's",
    () => new optim.SGD([leaf()], any({ lr: 1, weight_decay: 1 })),
    TypeError,
    /did you mean `weightDecay`/,
  ],
  [
    "backward()'s",
    () => x.sum().backward(any({ retain_graph: true })),
    TypeError,
    /did you mean `retainGraph`/,
  ],
  [
    "DataLoader's",
    () => new utils.data.DataLoader([1], any({ batch_size: 2 })),
    TypeError,
    /did you mean `batchSize`/,
  ],
  [
    "load()'s",
    () => torch.load('x.pt', any({ map_location: 'cpu' })),
    TypeError,
    /did you mean `mapLocation`/,
  ],
  [
    "indexPut_()'s",
    () => x.clone().indexPut_([0], 1, any({ accumulat: true })),
    TypeError,
    /did you mean `accumulate`/,
  ],
  [
    "zeroGrad()'s",
    () => new optim.SGD([leaf()], 0.1).zeroGrad(any({ set_to_none: true })),
    TypeError,
    /did you mean `setToNone`/,
  ],
  ['by position and by name', () => x.sum(0, any({ dim: 1 })), TypeError, /sum\(\)/],
  [
    'dtype that is none',
    () => torch.tensor(1, any({ dtype: 'float' })),
    TypeError,
    /torch\.float32, got float/,
  ],
  ['not in a plain object', () => torch.tensor(1, any(torch.float64)), TypeError, /plain object/],
  [
    'a getter that throws',
    () => torch.zeros(2, any(throwing('dtype'))),
    UsersError,
    /^the user's own$/,
  ],
  [
    "a module's getter that throws",
    () => new nn.Linear(1, 1, any(throwing('bias'))),
    UsersError,
    /^the user's own$/,
  ],
  [
    'an array whose getter throws',
    () =>
      x.sum(
        any(
          Object.defineProperty([0, 1], 1, {
            get: () => {
              throw new UsersError("the user's own");
            },
          }),
        ),
      ),
    UsersError,
    /^the user's own$/,
  ],
];

const snakeCase: Wrong[] = [
  ['a method', () => read(x, 'log_softmax'), TypeError, /`log_softmax` is called `logSoftmax`/],
  ['a method in place', () => read(x, 'index_put_'), TypeError, /`indexPut_`/],
  ['a property', () => read(x, 'requires_grad'), TypeError, /`requiresGrad`/],
  [
    'a function',
    () => read(torch, 'manual_seed'),
    TypeError,
    /`manual_seed` is called `manualSeed`/,
  ],
  ['an operator', () => read(torch, 'zeros_like'), TypeError, /`zerosLike`/],
  ['a function of nn', () => read(nn.functional, 'max_pool2d'), TypeError, /`maxPool2d`/],
  ["a module's method", () => read(model, 'zero_grad'), TypeError, /`zeroGrad`/],
  [
    "an optimizer's method",
    () => read(new optim.SGD([leaf()], 0.1), 'zero_grad'),
    TypeError,
    /`zeroGrad`/,
  ],
  [
    'a name to assign',
    () => any(Object.assign(leaf(), { requires_grad: true })),
    TypeError,
    /`requiresGrad`/,
  ],
];

const sizes: Wrong[] = [
  ['2 ** 53', () => torch.zeros(2 ** 53), OutOfMemoryError, /can't allocate memory/],
  ['1e15', () => torch.empty([1e15]), OutOfMemoryError, /can't allocate memory/],
  ['a product beyond int64', () => torch.empty([2 ** 40, 2 ** 40]), TorchError, /overflow/i],
  ['2 ** 63', () => torch.zeros(2 ** 63), TypeError, /zeros\(\)/],
  ['NaN', () => torch.zeros(Number.NaN), TypeError, /zeros\(\)/],
  ['NaN in a list', () => torch.zeros([Number.NaN]), TypeError, /int.*NaN/i],
  ['Infinity', () => torch.zeros(Number.POSITIVE_INFINITY), TypeError, /zeros\(\)/],
  ['Infinity in a list', () => torch.zeros([Number.POSITIVE_INFINITY]), TypeError, /int.*inf/i],
  ['a negative one', () => torch.zeros(-1), TorchError, /must be non-negative/],
  ['a fraction', () => torch.zeros(1.5), TypeError, /1\.5/],
  ['a fraction in a list', () => torch.zeros([2, 1.5]), TypeError, /1\.5/],
  [
    'an endless arange',
    () => torch.arange(Number.POSITIVE_INFINITY),
    TorchError,
    /unsupported range|inf/,
  ],
  ['arange of NaN', () => torch.arange(Number.NaN), TorchError, /nan/i],
  ['arange without a step', () => torch.arange(0, 1, 0), TorchError, /step must be nonzero/],
  ['a repetition', () => x.repeat(2 ** 30, 2 ** 30), TorchError, /overflowed/],
  ['a huge eye', () => torch.eye(2 ** 31), TorchError, /overflowed/],
  ['randperm', () => torch.randperm(-1), TorchError, /-1|non-negative/],
  ['an array of holes', () => torch.tensor(any(new Array(2 ** 32 - 1))), TypeError, /undefined/],
  [
    'a list of holes',
    () => x.sum(any(new Array(2 ** 32 - 1))),
    TypeError,
    /sum\(\): an array of 4294967295 elements is too long/,
  ],
];

testMisuse({
  'wrong type': wrongTypes,
  'wrong this': wrongThis,
  disposed,
  shape: shapes,
  option: options,
  'snake_case name': snakeCase,
  size: sizes,
});

test('a disposed tensor prints as one', (t) => {
  t.is(`${gone}`, 'tensor(<disposed>)');
  t.is(inspect(gone), 'tensor(<disposed>)');
});

test('getters that call torch in the middle of a call do not disturb it', (t) => {
  const busy = <Value>(value: Value) => ({
    get: () => {
      torch.ones(4).view([2, 2]).sum([0, 1], { keepdim: true });
      return value;
    },
    enumerable: true,
  });
  const shape = Object.defineProperty([2, 0], 1, busy(3));
  t.deepEqual(torch.zeros(shape).shape, [2, 3]);
  const dims = Object.defineProperty([0, 0], 0, busy(1));
  t.deepEqual(x.permute(dims).shape, [3, 2]);
  const options = Object.defineProperties({}, { dtype: busy(torch.float64), keepdim: busy(true) });
  const sum = x.sum([1], any(options));
  t.is(sum.dtype, torch.float64);
  t.deepEqual(sum.tolist(), [[3], [3]]);
  const list = Object.defineProperty([x, x], 0, busy(x));
  t.deepEqual(torch.cat(list).shape, [4, 3]);
  t.deepEqual(torch.tensor(Object.defineProperty([1, 2], 1, busy(5))).tolist(), [1, 5]);
});
