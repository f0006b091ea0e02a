// Wrong calls of modules, optimizers, files and loaders.
import torch, {
  IndexError,
  NotImplementedError,
  nn,
  optim,
  TorchError,
  utils,
  ValueError,
} from 'sconce';
import { any, cast, read, testMisuse, UsersError, type Wrong } from '../_helpers/misuse.js';

const x = torch.ones(2, 3);
const ids = torch.tensor([1n, 2n]);
const leaf = () => torch.ones(2, { requiresGrad: true });
const model = new nn.Sequential(new nn.Linear(3, 2));
const { DataLoader } = utils.data;

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
    /the value is the function \(anonymous\)/,
  ],
];

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

testMisuse({ module: modules, optimizer: optimizers, file: files, DataLoader: loaders });
