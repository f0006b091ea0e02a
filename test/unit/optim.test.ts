import test from 'ava';
import torch, { nn, optim, type Tensor, TorchError, ValueError } from 'sconce';

const { SGD, Adam, AdamW, Optimizer } = optim;

const parameter = (...values: number[]) => new nn.Parameter(torch.tensor(values));

/** A parameter that has a gradient of ones. */
function withGradient(...values: number[]): nn.Parameter {
  const result = parameter(...values);
  result.grad = torch.onesLike(result);
  return result;
}

/** The numbers of a float32 tensor, rounded to what is certain. */
const rounded = (tensor: Tensor) =>
  Array.from(tensor.detach().toTypedArray() as Float32Array, (x) => Number(x.toFixed(5)));

interface CommonOptions {
  lr: number | Tensor;
  weightDecay?: number;
  differentiable?: boolean;
}

const makers = [
  (params: Iterable<Tensor>, options: CommonOptions) => new SGD(params, options),
  (params: Iterable<Tensor>, options: CommonOptions) => new Adam(params, options),
  (params: Iterable<Tensor>, options: CommonOptions) => new AdamW(params, options),
];

test('SGD descends along the gradient', (t) => {
  const p = withGradient(1, 2);
  const optimizer = new SGD([p], 0.1);
  t.is(optimizer.step(), undefined);
  t.deepEqual(rounded(p), [0.9, 1.9]);
  t.true(p.requiresGrad);
  t.is(p.gradFn, null);
});

test('options are given by position or by name', (t) => {
  const p = parameter(1);
  const expected = { lr: 0.1, momentum: 0.9, dampening: 0, weightDecay: 0.5, nesterov: true };
  t.like(new SGD([p], 0.1, 0.9, 0, 0.5, true).defaults, expected);
  t.like(new SGD([p], expected).defaults, expected);
  t.like(new SGD([p], 0.1, 0.9, { weightDecay: 0.5, nesterov: true }).defaults, expected);
  t.deepEqual(new AdamW([p]).defaults, {
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 1e-2,
    amsgrad: false,
    maximize: false,
    foreach: null,
    capturable: false,
    differentiable: false,
    fused: null,
    decoupledWeightDecay: true,
  });
});

test('parameters come from a model, by name, or in groups', (t) => {
  const model = new nn.Linear(2, 1);
  const { weight } = model;
  const bias = model.bias as nn.Parameter;
  t.deepEqual(new SGD(model.parameters()).paramGroups[0]?.params, [weight, bias]);

  const named = new SGD(model.namedParameters()).paramGroups[0];
  t.deepEqual(named?.params, [weight, bias]);
  t.deepEqual(named?.paramNames, ['weight', 'bias']);

  const [first, second] = new SGD([{ params: weight }, { params: [bias], lr: 0.5 }], {
    momentum: 0.9,
  }).paramGroups;
  t.like(first, { lr: 1e-3, momentum: 0.9 });
  t.like(second, { lr: 0.5, momentum: 0.9 });
  t.is(first?.params[0], weight);
});

test('a changed option holds from the next step on', (t) => {
  const p = withGradient(1);
  const optimizer = new SGD([p], { lr: 0.1 });
  for (const group of optimizer.paramGroups) group.lr = 0.5;
  optimizer.step();
  t.deepEqual(rounded(p), [0.5]);
});

test('a parameter without a gradient stays as it is', (t) => {
  const still = parameter(1);
  const moving = withGradient(1);
  for (const make of makers) {
    const optimizer = make([still, moving], { lr: 0.1, weightDecay: 0.1 });
    optimizer.step();
    t.deepEqual(rounded(still), [1]);
    t.false(optimizer.state.has(still));
  }
  new SGD([still]).step();
  t.deepEqual(rounded(still), [1]);
});

test('zeroGrad takes gradients away, or fills them with zeros', (t) => {
  const p = withGradient(1, 2);
  const other = parameter(3);
  const optimizer = new SGD([p, other]);
  const gradient = p.grad as Tensor;
  optimizer.zeroGrad(false);
  t.is(p.grad, gradient);
  t.deepEqual(rounded(gradient), [0, 0]);
  t.is(other.grad, null);
  optimizer.zeroGrad({ setToNone: false });
  t.is(p.grad, gradient);
  optimizer.zeroGrad();
  t.is(p.grad, null);
  p.mul(2).sum().backward();
  t.deepEqual(rounded(p.grad as unknown as Tensor), [2, 2]);
});

test('a closure is called with gradients on, the update happens with them off', (t) => {
  const p = parameter(3);
  for (const make of makers) {
    const optimizer = make([p], { lr: 0.1 });
    const loss = optimizer.step(() => {
      t.true(torch.isGradEnabled());
      optimizer.zeroGrad();
      const result = p.mul(p).sum();
      result.backward();
      return result;
    });
    t.true(loss.item() > 0);
    t.true(torch.isGradEnabled());
  }
  t.throws(
    () =>
      new SGD([p]).step(() => {
        throw new RangeError('no loss');
      }),
    {
      instanceOf: RangeError,
    },
  );
  t.true(torch.isGradEnabled());
});

test('hooks run around a step, and may replace its arguments', (t) => {
  const p = withGradient(1);
  const optimizer = new SGD([p]);
  const calls: string[] = [];
  const handles = [
    optim.registerOptimizerStepPreHook(() => calls.push('every pre')),
    optimizer.registerStepPreHook((own, args) => {
      t.is(own, optimizer);
      calls.push(`pre ${args.length}`);
      return [() => 'replaced'];
    }),
    optimizer.registerStepPostHook((_, args) => calls.push(`post ${args.length}`)),
    optim.registerOptimizerStepPostHook(() => calls.push('every post')),
  ];
  t.is(optimizer.step() as unknown, 'replaced');
  t.deepEqual(calls, ['every pre', 'pre 0', 'post 1', 'every post']);
  for (const handle of handles) handle.remove();
  t.is(optimizer.step(), undefined);
  t.is(calls.length, 4);
});

test('hooks run around saving and loading, and may replace the state dict', (t) => {
  const optimizer = new SGD([withGradient(1)], { lr: 0.1, momentum: 0.9 });
  optimizer.step();
  const calls: string[] = [];
  const handles = [
    optimizer.registerStateDictPreHook(() => calls.push('pre save')),
    optimizer.registerStateDictPostHook((own, stateDict) => {
      t.is(own, optimizer);
      calls.push('post save');
      return { ...stateDict, version: 2 } as typeof stateDict;
    }),
    optimizer.registerStateDictPreHook(() => calls.push('first'), { prepend: true }),
    optimizer.registerLoadStateDictPreHook((_, stateDict) => {
      calls.push('pre load');
      const [group] = stateDict.param_groups;
      return { ...stateDict, param_groups: [{ ...group, params: [0], lr: 7 }] };
    }),
    optimizer.registerLoadStateDictPostHook((own) => {
      calls.push(`post load ${own.paramGroups[0]?.lr}`);
    }),
  ];
  const saved = optimizer.stateDict();
  t.is((saved as unknown as { version: number }).version, 2);
  optimizer.loadStateDict(saved);
  t.deepEqual(calls, ['first', 'pre save', 'post save', 'pre load', 'post load 7']);
  t.is(saved.param_groups[0]?.lr, 0.1);
  for (const handle of handles) handle.remove();
  optimizer.loadStateDict(optimizer.stateDict());
  t.is(calls.length, 5);
  t.throws(() => optimizer.registerStateDictPreHook(() => {}, { first: true } as never), {
    instanceOf: TypeError,
  });
});

test('groups keep what schedulers put there', (t) => {
  const optimizer = new SGD([{ params: [parameter(1)], initialLr: 2, maxMomentum: 0.9, swaLr: 1 }]);
  t.like(optimizer.paramGroups[0], { initialLr: 2, maxMomentum: 0.9, swaLr: 1 });
  const [saved] = optimizer.stateDict().param_groups;
  t.like(saved, { initial_lr: 2, max_momentum: 0.9, swa_lr: 1 });
});

test('every optimizer takes a closure, and names its parameters', (t) => {
  const classes = Object.entries(optim).filter(
    ([, value]) => typeof value === 'function' && value.prototype instanceof Optimizer,
  ) as unknown as [string, new (params: unknown) => optim.Optimizer][];
  t.is(classes.length, 15);
  for (const [name, Class] of classes) {
    const table = new nn.Parameter(torch.ones(3, 2));
    const optimizer = new Class([['table', table]]);
    const rows = torch.tensor([0n, 2n]);
    let calls = 0;
    const loss = optimizer.step(() => {
      t.true(torch.isGradEnabled());
      calls++;
      optimizer.zeroGrad();
      const result = nn.functional
        .embedding(rows, table, { sparse: name === 'SparseAdam' })
        .pow(2)
        .sum();
      result.backward();
      return result;
    });
    t.is(loss.item(), 4, name);
    t.true(name === 'LBFGS' ? calls > 1 : calls === 1, name);
    t.true(table.detach().index(rows).pow(2).sum().item() < 4, name);
    t.deepEqual(optimizer.stateDict().param_groups[0]?.param_names, ['table']);
  }
});

test('a state dict has names and numbers as in Python', (t) => {
  const [a, b] = [withGradient(1), withGradient(2)];
  const optimizer = new SGD([{ params: [a] }, { params: [b], lr: 0.2 }], {
    lr: 0.1,
    momentum: 0.9,
  });
  t.is(optimizer.stateDict().state.size, 0);
  optimizer.step();
  const { state, param_groups: groups } = optimizer.stateDict();
  t.deepEqual([...state.keys()], [0, 1]);
  t.is(state.get(1)?.momentum_buffer, optimizer.state.get(b)?.momentum_buffer);
  const options = {
    momentum: 0.9,
    dampening: 0,
    weight_decay: 0,
    nesterov: false,
    maximize: false,
    foreach: null,
    differentiable: false,
    fused: null,
  };
  t.deepEqual(groups, [
    { lr: 0.1, ...options, params: [0] },
    { lr: 0.2, ...options, params: [1] },
  ]);
});

for (const [name, make] of [
  ['SGD', (p: Tensor[]) => new SGD(p, { lr: 0.1, momentum: 0.9 })],
  ['Adam', (p: Tensor[]) => new Adam(p, { lr: 0.1, amsgrad: true })],
  ['AdamW', (p: Tensor[]) => new AdamW(p, { lr: 0.1 })],
] as const) {
  test(`${name} goes on from a state dict as if it had never stopped`, (t) => {
    const p = parameter(1, 2, 3);
    const step = (q: nn.Parameter, optimizer: optim.Optimizer) => {
      q.grad = q.detach().mul(0.3);
      optimizer.step();
    };
    const optimizer = make([p]);
    step(p, optimizer);
    const q = new nn.Parameter(p.detach().clone());
    const other = make([q]);
    for (const group of other.paramGroups) group.lr = 5;
    const saved = optimizer.stateDict();
    const copy = [...saved.state].map(
      ([key, entries]) =>
        [
          key,
          Object.fromEntries(Object.entries(entries).map(([k, v]) => [k, (v as Tensor).clone()])),
        ] as const,
    );
    other.loadStateDict({ ...saved, state: new Map(copy) });
    t.is(other.paramGroups[0]?.params[0], q);
    t.is(other.paramGroups[0]?.lr, 0.1);
    for (let i = 0; i < 3; i++) {
      step(p, optimizer);
      step(q, other);
    }
    t.deepEqual(p.tolist(), q.tolist());
  });
}

test('loading takes the dtype of the parameter, and leaves the count of steps as it is', (t) => {
  const p = withGradient(1);
  const optimizer = new Adam([p]);
  optimizer.step();
  const q = new nn.Parameter(torch.tensor([1], { dtype: torch.float64 }));
  const other = new Adam([q]);
  other.loadStateDict(optimizer.stateDict());
  t.is(other.state.get(q)?.exp_avg.dtype, torch.float64);
  t.is(other.state.get(q)?.step.dtype, torch.float32);
});

test('loading takes plain objects, checkpoints that lack options, and counts that are numbers', (t) => {
  const p = withGradient(1);
  const optimizer = new AdamW([p], { lr: 0.1 });
  optimizer.loadStateDict({
    state: { 0: { step: 3, exp_avg: torch.zeros(1), exp_avg_sq: torch.zeros(1) } },
    param_groups: [{ lr: 0.2, betas: [0.8, 0.9], weight_decay: 0, initial_lr: 1, params: [0] }],
  });
  t.like(optimizer.paramGroups[0], {
    lr: 0.2,
    betas: [0.8, 0.9],
    weightDecay: 0,
    eps: 1e-8,
    initialLr: 1,
    decoupledWeightDecay: true,
  });
  optimizer.step();
  t.is(optimizer.state.get(p)?.step.item(), 4);
});

test('loading refuses another number of groups or of parameters', (t) => {
  const optimizer = new SGD([parameter(1)]);
  const two = new SGD([parameter(1), parameter(2)]);
  const groups = new SGD([{ params: [parameter(1)] }, { params: [parameter(2)] }]);
  t.throws(() => optimizer.loadStateDict(two.stateDict()), {
    instanceOf: ValueError,
    message: /has 2 parameters, the optimizer's 1/,
  });
  t.throws(() => optimizer.loadStateDict(groups.stateDict()), {
    instanceOf: ValueError,
    message: /has 2 parameter groups, the optimizer 1/,
  });
  const { param_groups } = optimizer.stateDict();
  t.throws(() => optimizer.loadStateDict({ state: { 7: {} }, param_groups }), {
    instanceOf: ValueError,
    message: /state for parameter 7/,
  });
});

test('prints as Python does', (t) => {
  const optimizer = new Adam([{ params: [['w', parameter(1)]] }], { lr: 0.01 });
  const expected = `Adam (
Parameter Group 0
    amsgrad: False
    betas: (0.9, 0.999)
    capturable: False
    decoupled_weight_decay: False
    differentiable: False
    eps: 1e-08
    foreach: None
    fused: None
    lr: 0.01
    maximize: False
    param_names: ['w']
    weight_decay: 0
)`;
  t.is(`${optimizer}`, expected);
});

test("an optimizer of one's own overrides update", (t) => {
  class SignDescent extends Optimizer<{ lr: number }> {
    constructor(params: Iterable<Tensor>, lr = 0.5) {
      super(params, { lr });
    }
    protected override update({ params, lr }: optim.ParamGroup<{ lr: number }>): void {
      for (const param of params) {
        if (param.grad) param.sub_(param.grad.sign(), { alpha: lr });
      }
    }
  }
  const p = withGradient(1);
  new SignDescent([p]).step();
  t.deepEqual(rounded(p), [0.5]);
});

test('autograd records steps with `differentiable`', (t) => {
  const factor = torch.tensor(0.5, { requiresGrad: true });
  const start = torch.tensor([1, 2], { requiresGrad: true });
  for (const make of makers) {
    const p = start.clone();
    p.retainGrad();
    p.grad = factor.mul(torch.tensor([1, -1]));
    const optimizer = make([p], { lr: 0.1, differentiable: true, weightDecay: 0.1 });
    optimizer.step();
    optimizer.step();
    const [gradient] = torch.autograd.grad(p.sum(), [start], { retainGraph: true });
    t.true((gradient as Tensor).isfinite().all().item() as unknown as boolean);
    t.not(p.gradFn, null);
  }
});

test('a learning rate may be a tensor', (t) => {
  for (const make of makers) {
    const [p, q] = [withGradient(1), withGradient(1)];
    make([p], { lr: torch.tensor(0.125), weightDecay: 0.5 }).step();
    make([q], { lr: 0.125, weightDecay: 0.5 }).step();
    t.deepEqual(rounded(p), rounded(q));
  }
});

test('Adam works on complex parameters as on pairs of real ones', (t) => {
  const pair = new nn.Parameter(torch.tensor([[1, 2]]));
  pair.grad = torch.tensor([[0.5, -1]]);
  const complex = new nn.Parameter(torch.viewAsComplex(torch.tensor([[1, 2]])));
  complex.grad = torch.viewAsComplex(torch.tensor([[0.5, -1]]));
  for (const p of [pair, complex]) {
    const optimizer = new Adam([p], { lr: 0.1, amsgrad: true });
    optimizer.step();
    optimizer.step();
  }
  t.deepEqual(torch.viewAsReal(complex.detach()).tolist(), pair.tolist());
});

const p = parameter(1);
const wrongs: [
  what: string,
  make: () => unknown,
  error: new (...args: never[]) => Error,
  message: RegExp,
][] = [
  ['one tensor', () => new SGD(p as never), TypeError, /give \[tensor\]/],
  ['no iterable', () => new SGD(3 as never), TypeError, /must be an iterable/],
  ['nothing', () => new SGD([]), ValueError, /empty parameter list/],
  ['a number', () => new SGD([3 as never]), TypeError, /can only optimize tensors, not 3/],
  ['no leaf', () => new SGD([p.mul(2)]), ValueError, /non-leaf/],
  ['a group without params', () => new SGD([{ lr: 1 } as never]), TypeError, /with `params`/],
  ['a parameter twice', () => new SGD([{ params: p }, { params: p }]), ValueError, /more than one/],
  ['names for some', () => new SGD([['a', p], parameter(2)] as never), ValueError, /no name/],
  [
    'groups with and without names',
    () => new SGD([{ params: [['a', p]] }, { params: [parameter(2)] }]),
    ValueError,
    /cannot add a group without names/,
  ],
  [
    'an unknown option',
    () => new SGD([p], { weight_decay: 1 } as never),
    TypeError,
    /did you mean `weightDecay`/,
  ],
  [
    'an unknown option of a group',
    () => new SGD([{ params: [p], weight_decay: 1 } as never]),
    TypeError,
    /did you mean `weightDecay`/,
  ],
  ['a negative lr', () => new SGD([p], -1), ValueError, /learning rate: -1/],
  ['lr of two elements', () => new SGD([p], torch.ones(2)), ValueError, /one element/],
  ['a negative momentum', () => new SGD([p], 1, -1), ValueError, /momentum value: -1/],
  ['a negative decay', () => new SGD([p], { weightDecay: -1 }), ValueError, /weight_decay value/],
  ['nesterov alone', () => new SGD([p], { nesterov: true }), ValueError, /requires a momentum/],
  [
    'nesterov and dampening',
    () => new SGD([p], { momentum: 1, dampening: 0.1, nesterov: true }),
    ValueError,
    /zero dampening/,
  ],
  [
    'fused and differentiable',
    () => new SGD([p], { fused: true, differentiable: true }),
    TorchError,
    /`differentiable`/,
  ],
  [
    'fused and foreach',
    () => new Adam([p], { fused: true, foreach: true }),
    TorchError,
    /together/,
  ],
  ['a negative lr of Adam', () => new Adam([p], -1), ValueError, /learning rate: -1/],
  ['a negative eps', () => new Adam([p], { eps: -1 }), ValueError, /epsilon value: -1/],
  ['beta 1', () => new Adam([p], { betas: [1, 0.9] }), ValueError, /index 0: 1/],
  ['beta 2', () => new AdamW([p], { betas: [0.9, -1] }), ValueError, /index 1: -1/],
  ['no beta 2', () => new AdamW([p], { betas: [0.9] as never }), ValueError, /index 1/],
  ['a negative decay of Adam', () => new Adam([p], { weightDecay: -1 }), ValueError, /decay value/],
  [
    'a tensor lr with foreach',
    () => new Adam([p], { lr: torch.tensor(0.1), foreach: true }),
    ValueError,
    /lr as a Tensor/,
  ],
  [
    'decoupled decay, which AdamW always has',
    () => new AdamW([p], { decoupledWeightDecay: true } as never),
    TypeError,
    /unknown option/,
  ],
  [
    'a step that nothing defines',
    () => {
      class Empty extends Optimizer {}
      return new Empty([p], {}).step();
    },
    TypeError,
    /overrides neither/,
  ],
  [
    'capturable on the CPU',
    () => new Adam([withGradient(1)], { capturable: true }).step(),
    TorchError,
    /on a GPU/,
  ],
];

for (const [what, make, error, message] of wrongs) {
  test(`refuses ${what}`, (t) => {
    t.throws(make, { instanceOf: error, message });
  });
}
