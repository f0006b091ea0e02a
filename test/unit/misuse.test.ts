// Wrong calls: each throws an error of the right class that says what is wrong, and none of them
// leaves the process, the generator of results or autograd in another state than before.
import { inspect } from 'node:util';
import test from 'ava';
import torch, {
  IndexError,
  NotImplementedError,
  nn,
  OutOfMemoryError,
  optim,
  Tensor,
  TorchError,
  utils,
  ValueError,
} from 'sconce';

type ErrorClass = abstract new (...args: never[]) => Error;
type Wrong = readonly [name: string, call: () => unknown, errorClass: ErrorClass, message: RegExp];

/** Whatever it is, as what the types ask for. */
const any = (value: unknown) => value as never;
const cast = <T>(value: unknown): T => value as T;

/** A member that the types do not know, or know of other values. */
const read = (owner: unknown, name: string): unknown => (owner as Record<string, unknown>)[name];

/** A call that the types would refuse. */
const call = (owner: unknown, name: string, ...args: unknown[]): unknown =>
  (read(owner, name) as (...args: unknown[]) => unknown).apply(owner, args);

const x = torch.ones(2, 3);
const ids = torch.tensor([1n, 2n]);
const leaf = () => torch.ones(2, { requiresGrad: true });
const model = new nn.Sequential(new nn.Linear(3, 2));
const gone = torch.ones(2, 3, { requiresGrad: true });
gone.dispose();

const circular: unknown[] = [];
circular.push(circular);

class UsersError extends Error {}
const throwing = (name: string) => ({
  get [name]() {
    throw new UsersError("the user's own");
  },
});

function afterHook(hook: () => unknown): () => void {
  return () => {
    const y = leaf();
    y.registerHook(any(hook));
    y.sum().backward();
  };
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

const data: Wrong[] = [
  ['a circle', () => torch.tensor(any(circular)), ValueError, /holds itself/],
  [
    'ragged rows',
    () => torch.tensor([[1, 2], [3]]),
    ValueError,
    /ragged.*length 2 at depth 1, got 1/,
  ],
  ['a row beside a number', () => torch.tensor([1, [2]]), ValueError, /ragged/],
  ['a number beside a row', () => torch.tensor([[1], 2]), ValueError, /ragged/],
  ['strings', () => torch.tensor(any(['1'])), TypeError, /got string/],
  [
    'strings for a dtype',
    () => torch.tensor(any(['1']), { dtype: torch.float32 }),
    TypeError,
    /got string/,
  ],
  [
    'undefined for a dtype',
    () => torch.tensor(any([1, undefined]), { dtype: torch.float32 }),
    TypeError,
    /got undefined/,
  ],
  [
    'a string beside a Complex',
    () => torch.tensor(any([new torch.Complex(1, 2), 'a'])),
    TypeError,
    /got string/,
  ],
  ['null', () => torch.tensor(any(null)), TypeError, /got null/],
  ['nothing', () => torch.tensor(any(undefined)), TypeError, /got undefined/],
  [
    'a symbol',
    () => torch.tensor(any(Symbol('s')), { dtype: torch.int64 }),
    TypeError,
    /got symbol/,
  ],
  ['a function', () => torch.tensor(any([Math.max])), TypeError, /got function/],
  ['an object', () => torch.tensor(any({ 0: 1, length: 1 })), TypeError, /got object/],
  ['a Set', () => torch.tensor(any(new Set([1]))), TypeError, /got object/],
  [
    'a bigint beyond int64',
    () => torch.tensor([2n ** 63n]),
    ValueError,
    /9223372036854775808 cannot be/,
  ],
  [
    'NaN as an integer',
    () => torch.tensor([Number.NaN], { dtype: torch.int64 }),
    ValueError,
    /NaN cannot be/,
  ],
  [
    'a number beyond int8',
    () => torch.tensor([128], { dtype: torch.int8 }),
    ValueError,
    /128 cannot be/,
  ],
  [
    'a Complex as a real',
    () => torch.tensor([new torch.Complex(1, 2)], { dtype: torch.float32 }),
    TypeError,
    /complex dtype/,
  ],
  ['a large tensor inside', () => torch.tensor([x]), TorchError, /6 elements/],
  [
    'a resizable buffer',
    () =>
      torch.fromTypedArray(
        any(
          new Uint8Array(
            new (cast<new (n: number, o: object) => ArrayBuffer>(ArrayBuffer))(4, {
              maxByteLength: 8,
            }),
          ),
        ),
      ),
    TypeError,
    /resizable/,
  ],
  [
    'bytes that do not suffice',
    () => torch.fromArrayBuffer(new ArrayBuffer(4), { dtype: torch.float32, count: 2 }),
    ValueError,
    /2 elements .* 4 bytes/,
  ],
  [
    'a count that is none',
    () => torch.fromArrayBuffer(new ArrayBuffer(4), { dtype: torch.float32, count: 0.5 }),
    ValueError,
    /0\.5 elements/,
  ],
  [
    'an offset that is none',
    () => torch.fromArrayBuffer(new ArrayBuffer(4), { dtype: torch.uint8, offset: Number.NaN }),
    ValueError,
    /NaN/,
  ],
  [
    'integers that shall have a gradient',
    () => torch.tensor([1n], { requiresGrad: true }),
    TorchError,
    /only.*floating point.*gradients/i,
  ],
  [
    'quantized bytes',
    () => torch.fromArrayBuffer(new ArrayBuffer(4), { dtype: torch.qint8 }),
    TypeError,
    /quantized/,
  ],
  ['arrays without end', () => torch.tensor(any(nested(100_000))), RangeError, /call stack/],
  [
    'an array that grows while it is read',
    () => torch.tensor(any(growing())),
    ValueError,
    /the buffer has 12 bytes/,
  ],
];

const dtypes: Wrong[] = [
  ['mm of other dtypes', () => x.mm(x.t().double()), TorchError, /same dtype/],
  ['a mean of integers', () => ids.mean(), TorchError, /floating point or complex/],
  ['integers with a gradient', () => ids.requiresGrad_(), TorchError, /floating point/],
  [
    'a fraction added to integers in place',
    () => ids.clone().add_(0.5),
    TorchError,
    /can't be cast/,
  ],
  ['an index of floats', () => x.index(torch.ones(2)), IndexError, /long|int|bool/],
  [
    'bitwise and of floats',
    () => x.bitwiseAnd(x),
    NotImplementedError,
    /not implemented for 'Float'/,
  ],
  [
    'loss of float labels',
    () => nn.functional.nllLoss(x, torch.ones(2)),
    TorchError,
    /target dtype to be Long/,
  ],
  ['embedding of floats', () => new nn.Embedding(2, 3)(torch.ones(2)), TorchError, /Long, Int/],
  [
    'finfo of integers',
    () => torch.finfo(torch.int8),
    TypeError,
    /floating-point dtype, got torch\.int8/,
  ],
];

const autograd: Wrong[] = [
  ['backward of many', () => leaf().mul(2).backward(), TorchError, /scalar outputs/],
  ['backward of what needs none', () => x.sum().backward(), TorchError, /does not require grad/],
  [
    'backward twice',
    () => {
      const y = leaf().pow(2).sum();
      y.backward();
      y.backward();
    },
    TorchError,
    /second time/,
  ],
  ['a gradient of another shape', () => leaf().mul(2).backward(torch.ones(3)), TorchError, /shape/],
  [
    'a gradient that is none',
    () =>
      leaf()
        .mul(2)
        .backward(any([1, 1])),
    TypeError,
    /backward\(\).*Tensor/,
  ],
  [
    'inputs that are none',
    () =>
      leaf()
        .sum()
        .backward({ inputs: any([1]) }),
    TypeError,
    /backward\(\).*Tensor/,
  ],
  [
    'inputs that are no list',
    () =>
      leaf()
        .sum()
        .backward({ inputs: any(1) }),
    TypeError,
    /backward\(\).*inputs/,
  ],
  [
    'a flag that is none',
    () =>
      leaf()
        .sum()
        .backward({ retainGraph: any('yes') }),
    TypeError,
    /backward\(\).*retainGraph.*boolean/,
  ],
  ['a leaf in place', () => leaf().add_(1), TorchError, /leaf Variable that requires grad/],
  ['a view of a leaf in place', () => leaf()[0]?.add_(1), TorchError, /view of a leaf/],
  [
    'what backward needs, in place',
    () => {
      const y = leaf().exp();
      const z = y.sum();
      y.add_(1);
      z.backward();
    },
    TorchError,
    /modified by an inplace operation/,
  ],
  [
    'grad with nothing to find',
    () => torch.autograd.grad(leaf().sum(), leaf()),
    TorchError,
    /do not depend on input 0/,
  ],
  ['grad of a number', () => torch.autograd.grad(any(1), leaf()), TypeError, /outputs/],
  [
    'requiresGrad of what is computed',
    () => leaf().mul(2).requiresGrad_(false),
    TorchError,
    /leaf.*x\.detach\(\)/s,
  ],
  [
    'a gradient of another shape assigned',
    () => any(Object.assign(leaf(), { grad: torch.ones(3) })),
    TorchError,
    /shape \[3\]/,
  ],
  ['retainGrad without a gradient', () => x.retainGrad(), TorchError, /retain_?grad/i],
  ['a hook where no gradient is', () => x.registerHook(() => {}), TorchError, /require/],
  [
    'a hook that is none',
    () => leaf().registerHook(any(1)),
    TypeError,
    /takes a function, got number/,
  ],
  [
    'a hook that throws',
    afterHook(() => {
      throw new UsersError('from the hook');
    }),
    UsersError,
    /^from the hook$/,
  ],
  [
    'a hook that returns a number',
    afterHook(() => 1),
    TypeError,
    /must return a Tensor or nothing, got number/,
  ],
  ['a hook that returns another shape', afterHook(() => torch.ones(5)), TorchError, /shape|size/],
  ['a hook that returns what is disposed', afterHook(() => gone), TorchError, /disposed/],
  [
    'a hook on a chain',
    () => {
      const y = leaf();
      const z = y.mul(2);
      z.registerHook(() => {
        throw new UsersError('deep');
      });
      z.sum().backward();
    },
    UsersError,
    /^deep$/,
  ],
];

const indices: Wrong[] = [
  ['out of range', () => x[2], IndexError, /index 2 is out of bounds.*size 2/],
  ['out of range from the end', () => x[-3], IndexError, /index -3 is out of bounds/],
  ['far out of range', () => x[100], IndexError, /index 100 is out of bounds/],
  ['beyond the integers', () => x.index(2 ** 60), IndexError, /out of bounds/],
  ['too many', () => x['0, 0, 0'], IndexError, /too many indices/],
  ['of a number', () => torch.tensor(1)[0], IndexError, /0-d tensor takes no index/],
  ['a slice backwards', () => x['::-1'], ValueError, /step must be (positive|greater than zero)/],
  ['a slice without a step', () => x['::0'], ValueError, /step/],
  ['a slice that is none', () => x['0:a'], IndexError, /cannot read '0:a'/],
  ['three colons', () => x['0:1:2:3'], IndexError, /expected Python's spelling/],
  ['a word', () => x.index('foo'), IndexError, /cannot read 'foo' as an index/],
  ['an empty string', () => x.index(''), IndexError, /cannot read ''/],
  ['a fraction', () => x.index(0.5), IndexError, /must be an integer, got 0\.5/],
  ['a fraction by brackets', () => x[0.5], IndexError, /cannot read '0\.5'/],
  ['a symbol', () => x.index(any(Symbol('s'))), IndexError, /not symbol/],
  ['a function', () => x.index(any(() => 0)), IndexError, /not function/],
  ['an object', () => x.index(any({})), IndexError, /not object/],
  ['nothing', () => x.index(any(undefined)), IndexError, /not undefined/],
  ['an array of fractions', () => x.index([0, 0.5]), IndexError, /integer, got 0\.5/],
  ['a Float32Array', () => x.index(any(new Float32Array(1))), IndexError, /got a Float32Array/],
  ['a ragged array', () => x.index([[0], [0, 1]]), ValueError, /ragged/],
  ['a mask in brackets', () => any(x)[any(x.gt(0))], TypeError, /x\.index\(mask\)/],
  ['a mask written in brackets', () => Reflect.set(x, String(x.gt(0)), 1), TypeError, /indexPut_/],
  ['an array that holds itself', () => x.index(any(circular)), ValueError, /holds itself/],
  ['a Slice of strings', () => x.index(new torch.Slice(any('a'))), TypeError, /Slice.*string/],
  ['a Slice of fractions', () => x.index(new torch.Slice(0.5)), TypeError, /Slice.*0\.5/],
  ['an array of mixed things', () => x.index(any([0, 'a'])), TypeError, /got string/],
  [
    'a mask of another shape',
    () => x.index(torch.ones(3, { dtype: torch.bool })),
    IndexError,
    /mask/,
  ],
  ['a tensor out of range', () => x.index(torch.tensor([5n])), IndexError, /5 is out of bounds/],
  [
    'a value that is none',
    () => any(Object.assign(x.clone(), { 0: 'a' })),
    TypeError,
    /got string/,
  ],
  [
    'a value of another shape',
    () => any(Object.assign(x.clone(), { 0: torch.ones(4) })),
    TorchError,
    /expand|shape|size/,
  ],
  ['indexPut_ of a word', () => x.clone().indexPut_('foo', 1), IndexError, /cannot read 'foo'/],
  [
    'gather out of range',
    () => x.gather(1, torch.tensor([[9n]])),
    TorchError,
    /index 9 is out of bounds/,
  ],
  ['indexSelect by floats', () => x.indexSelect(0, torch.ones(1)), TorchError, /index/],
];

const devices: Wrong[] = [
  [
    'a string that is none',
    () => torch.device('gpu'),
    ValueError,
    /invalid device 'gpu': expected cpu, cuda/,
  ],
  ['an index that is none', () => torch.device('cuda:x'), ValueError, /invalid device 'cuda:x'/],
  [
    'a string in options',
    () => torch.zeros(2, { device: 'gpu' }),
    TorchError,
    /one of cpu, cuda.*gpu/,
  ],
  [
    'of a symbol',
    () => torch.device(any(Symbol('s'))),
    TypeError,
    /a device is a string such as 'cuda:1', got symbol/,
  ],
  [
    'of an object',
    () => torch.device(any(Object.create(null))),
    TypeError,
    /such as 'cuda:1', got object/,
  ],
  ['to() of a symbol', () => x.to(any(Symbol('s'))), TypeError, /to\(\) takes a dtype, a device/],
  ['to() of nothing', () => x.to(any(null)), TypeError, /to\(\) takes a dtype, a device/],
  [
    'an index beyond all',
    () => x.to('cuda:999'),
    ValueError,
    /index is an integer from 0 to 127, got 999/,
  ],
  ['an index apart that is none', () => torch.device('cuda', 0.5), ValueError, /got 0\.5/],
  [
    'a number that is none',
    () => torch.zeros(2, any({ device: 1e30 })),
    TypeError,
    /`device` must be device/,
  ],
  ['a generator of an object', () => new torch.Generator(any({})), TypeError, /got object/],
];

const modules: Wrong[] = [
  [
    'a count that is a string',
    () => new nn.Linear(any('a'), 2),
    TypeError,
    /nn\.Linear: inFeatures.*/,
  ],
  ['a count that is negative', () => new nn.Linear(-1, 2), ValueError, /-1/],
  ['a fraction', () => new nn.Linear(1.5, 2), TypeError, /inFeatures.*1\.5/],
  [
    'a missing argument',
    () => new nn.Linear(...cast<[number, number]>([2])),
    TypeError,
    /missing required argument `outFeatures`; it is nn\.Linear\(/,
  ],
  [
    'too many arguments',
    () => new nn.Linear(...cast<[number, number]>([2, 2, true, 1, 2])),
    TypeError,
    /at most 3 positional arguments, got 5/,
  ],
  ['without new', () => cast<() => void>(nn.Linear)(), TypeError, /new/],
  [
    'a number as input',
    () => cast<(x: unknown) => void>(model)(1),
    TypeError,
    /linear\(\): .*`input` must be Tensor, not number/,
  ],
  ['no input', () => cast<() => void>(model)(), TypeError, /input/],
  ['a class in Sequential', () => new nn.Sequential(any(nn.ReLU)), TypeError, /new|Module/],
  ['a Parameter of an array', () => new nn.Parameter(any([1])), TypeError, /Tensor/],
  ['a Parameter of integers', () => new nn.Parameter(ids), TorchError, /floating point/],
  [
    'a missing key',
    () => model.loadStateDict({ '0.weight': torch.ones(2, 3) }),
    TorchError,
    /Missing key\(s\) in state_dict: "0\.bias"/,
  ],
  [
    'an unexpected key',
    () => model.loadStateDict({ ...model.stateDict(), a: x }),
    TorchError,
    /Unexpected key\(s\) in state_dict: "a"/,
  ],
  [
    'another size',
    () => model.loadStateDict({ ...model.stateDict(), '0.bias': torch.ones(5) }),
    TorchError,
    /size mismatch for 0\.bias: .*\[5\].*\[2\]/s,
  ],
  [
    'a number for a tensor',
    () => model.loadStateDict({ ...model.stateDict(), '0.bias': 1 }),
    TorchError,
    /0\.bias/,
  ],
  ['no state dict', () => model.loadStateDict(any(null)), TypeError, /state_?dict/i],
  ['to() of integers', () => new nn.Linear(1, 1).to(torch.int64), TypeError, /floating point/],
  ['a hook that is none', () => model.registerForwardHook(any(1)), TypeError, /function/],
  ['apply of nothing', () => model.apply(any(1)), TypeError, /function/],
  [
    'an activation by its Python name',
    () => read(nn.functional, 'log_softmax'),
    TypeError,
    /`logSoftmax`/,
  ],
  ['a negative probability', () => new nn.Dropout(-1), ValueError, /between 0 and 1.*-1/],
];

const optimizers: Wrong[] = [
  ['no parameters', () => new optim.SGD([], 0.1), ValueError, /empty parameter list/],
  ['one tensor', () => new optim.SGD(any(leaf()), 0.1), TypeError, /give \[tensor\]/],
  ['nothing', () => new optim.SGD(any(undefined), 0.1), TypeError, /params/],
  ['a module', () => new optim.SGD(any(new nn.Linear(1, 1)), 0.1), TypeError, /iterable/],
  ['numbers', () => new optim.SGD(any([1]), 0.1), TypeError, /only optimize tensors, not 1/],
  ['symbols', () => new optim.SGD(any([Symbol('s')]), 0.1), TypeError, /only optimize tensors/],
  ['what is computed', () => new optim.SGD([leaf().mul(2)], 0.1), ValueError, /non-leaf/],
  ['a negative rate', () => new optim.SGD([leaf()], -1), ValueError, /learning rate: -1/],
  ['NaN as a rate', () => new optim.SGD([leaf()], Number.NaN), ValueError, /learning rate: NaN/i],
  ['a string as a rate', () => new optim.Adam([leaf()], any('a')), ValueError, /learning rate: a/],
  [
    'a closure that is none',
    () => new optim.SGD([leaf()], 0.1).step(any(1)),
    TypeError,
    /closure|function/,
  ],
  [
    'a closure that throws',
    () =>
      new optim.SGD([leaf()], 0.1).step(() => {
        throw new UsersError('closure');
      }),
    UsersError,
    /^closure$/,
  ],
  [
    'a state dict of another',
    () => new optim.SGD([leaf()], 0.1).loadStateDict(any({ state: {}, param_groups: [] })),
    ValueError,
    /param.* groups/,
  ],
  [
    'a state dict that is none',
    () => new optim.SGD([leaf()], 0.1).loadStateDict(any({})),
    TypeError,
    /`state` and `param_groups`/,
  ],
];

const files: Wrong[] = [
  ['load of nothing', () => torch.load(any(undefined)), TypeError, /required argument/],
  ['load of a number', () => torch.load(any(7)), TypeError, /path|file|string/i],
  [
    'load of nonsense',
    () => torch.load(any(new TextEncoder().encode('nonsense'))),
    TypeError,
    /must be a path/,
  ],
  ['load of this file', () => torch.load('package.json'), TorchError, /package\.json/],
  ['load of no file', () => torch.load('no/such/file.pt'), TorchError, /ENOENT/],
  [
    'save of a function',
    () => torch.save(() => 1, '/nonexistent/x.pt'),
    TypeError,
    /the value is a function/,
  ],
];

const { DataLoader } = utils.data;
const loaders: Wrong[] = [
  ['no data set', () => new DataLoader(any(undefined)), TypeError, /dataset/],
  ['a number', () => new DataLoader(any(3)), TypeError, /dataset must be/],
  ['a tensor', () => new DataLoader(any(x)), TypeError, /new TensorDataset\(x\)/],
  ['batches of none', () => new DataLoader([1], 0), ValueError, /batchSize.*0/],
  ['batches of a fraction', () => new DataLoader([1], 1.5), ValueError, /batchSize.*1\.5/],
  [
    'two orders',
    () => new DataLoader([1], { shuffle: true, sampler: [0] }),
    ValueError,
    /either sampler or shuffle/,
  ],
  ['workers', () => new DataLoader([1], { numWorkers: 2 }), NotImplementedError, /numWorkers is 2/],
  [
    'a sampler out of range',
    () => [...new DataLoader([1], { sampler: [5] })],
    IndexError,
    /index 5 is out of range for a length of 1/,
  ],
  [
    'samples of other shapes',
    () => [...new DataLoader([torch.ones(2), torch.ones(3)], 2)],
    TorchError,
    /equal size, but got \[2\] at entry 0 and \[3\]/,
  ],
  [
    'a collateFn that is none',
    () => [...new DataLoader([1], any({ collateFn: 1 }))],
    TypeError,
    /collateFn/,
  ],
  [
    'a generator that is none',
    () => [...new DataLoader([1], any({ generator: 1, shuffle: true }))],
    TypeError,
    /generator/i,
  ],
  [
    'tensors of other lengths',
    () => new utils.data.TensorDataset(x, torch.ones(3)),
    ValueError,
    /first dimensions must be equal, got 2, 3/,
  ],
];

const tables: Record<string, Wrong[]> = {
  'wrong type': wrongTypes,
  'wrong this': wrongThis,
  disposed,
  shape: shapes,
  option: options,
  'snake_case name': snakeCase,
  size: sizes,
  'torch.tensor': data,
  dtype: dtypes,
  autograd,
  index: indices,
  device: devices,
  module: modules,
  optimizer: optimizers,
  file: files,
  DataLoader: loaders,
};

function nested(depth: number): unknown {
  let array: unknown = 1;
  for (let i = 0; i < depth; i++) array = [array];
  return array;
}

function growing(): unknown[] {
  const array: unknown[] = [1, 2];
  const get = () => array.push(3);
  return Object.defineProperty(array, 0, { get });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

for (const [kind, table] of Object.entries(tables)) {
  for (const [name, wrong, instanceOf, message] of table) {
    test(`${kind}: ${name}`, (t) => {
      t.throws(wrong, { instanceOf: any(instanceOf), message });
      t.true(torch.isGradEnabled());
      t.deepEqual(torch.ones(2).add([1, 2].length).tolist(), [3, 3]);
    });
  }
}

const cudaTest = torch.cuda.isAvailable() ? test.skip : test;
cudaTest('a GPU that is not there', (t) => {
  const expected = { instanceOf: TorchError, code: 'ERR_NO_CUDA' };
  t.throws(() => x.to('cuda'), expected);
  t.throws(() => x.cuda(), expected);
  t.throws(() => torch.zeros(2, { device: 'cuda:1' }), expected);
  t.throws(() => new nn.Linear(1, 1).to('cuda'), expected);
  t.throws(() => new torch.Generator('cuda'), expected);
});

test('a disposed tensor prints as one', (t) => {
  t.is(`${gone}`, 'tensor(<disposed>)');
  t.is(inspect(gone), 'tensor(<disposed>)');
});

test('whatever a hook throws comes out of backward() unchanged, and autograd goes on', (t) => {
  // More often than libtorch lets backward passes nest before it turns to other threads.
  for (const thrown of [null, undefined, 'text', 0, ...new Array(100).fill(new UsersError('it'))]) {
    let caught: unknown = 'nothing';
    try {
      afterHook(() => {
        throw thrown;
      })();
    } catch (error) {
      caught = error;
    }
    t.is(caught, thrown);
  }
  const y = leaf();
  y.registerHook((gradient) => gradient.mul(3));
  y.sum().backward();
  t.deepEqual(y.grad?.tolist(), [3, 3]);
});

test('a hook that runs backward() without end fails, and the next backward() works', (t) => {
  const y = leaf();
  const loss = y.sum();
  const handle = y.registerHook(() => loss.backward({ retainGraph: true }));
  t.throws(() => loss.backward({ retainGraph: true }), { instanceOf: TorchError });
  handle.remove();
  y.registerHook((gradient) => gradient.mul(2));
  y.grad = null;
  loss.backward();
  t.deepEqual(cast<Tensor>(y.grad).tolist(), [2, 2]);
});

test('a hook may dispose of what it is given', (t) => {
  const y = leaf();
  y.registerHook((gradient) => gradient.dispose());
  y.sum().backward();
  t.deepEqual(y.grad?.tolist(), [1, 1]);
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
