import test from 'ava';
import torch, { copy, nn, optim, type Tensor, ValueError } from 'sconce';

type Layer = nn.Module & ((input: Tensor) => Tensor);

/** Each lazy layer with the layer that it becomes, and an input. */
const pairs: [lazy: () => nn.Module, eager: () => nn.Module, input: () => Tensor][] = [
  [() => new nn.LazyLinear(3), () => new nn.Linear(5, 3), () => torch.randn(2, 5)],
  [
    () => new nn.LazyLinear(3, { bias: false }),
    () => new nn.Linear(5, 3, { bias: false }),
    () => torch.randn(5),
  ],
  [
    () => new nn.LazyConv2d(4, 3, { stride: 2, groups: 2 }),
    () => new nn.Conv2d(2, 4, 3, { stride: 2, groups: 2 }),
    () => torch.randn(2, 6, 6),
  ],
  [
    () => new nn.LazyConvTranspose1d(4, 3, { bias: false }),
    () => new nn.ConvTranspose1d(2, 4, 3, { bias: false }),
    () => torch.randn(1, 2, 6),
  ],
  [() => new nn.LazyBatchNorm1d(), () => new nn.BatchNorm1d(3), () => torch.randn(4, 3, 2)],
  [
    () => new nn.LazyBatchNorm2d({ affine: false, momentum: null }),
    () => new nn.BatchNorm2d(3, { affine: false, momentum: null }),
    () => torch.randn(4, 3, 2, 2),
  ],
  [
    () => new nn.LazyBatchNorm3d(1e-3, 0.2, true, false, { bias: false }),
    () => new nn.BatchNorm3d(3, 1e-3, 0.2, true, false, { bias: false }),
    () => torch.randn(4, 3, 2, 2, 2),
  ],
  [
    () => new nn.LazyInstanceNorm1d(),
    () => new nn.InstanceNorm1d(3, { affine: true, trackRunningStats: true }),
    () => torch.randn(4, 3, 5),
  ],
  [
    () => new nn.LazyInstanceNorm2d({ affine: false }),
    () => new nn.InstanceNorm2d(3, { trackRunningStats: true }),
    () => torch.randn(4, 3, 5, 2),
  ],
  [
    () => new nn.LazyInstanceNorm3d({ trackRunningStats: false }),
    () => new nn.InstanceNorm3d(3, { affine: true }),
    () => torch.randn(4, 3, 5, 2, 2),
  ],
];

for (const [makeLazy, makeEager, makeInput] of pairs) {
  test(`${makeEager()} is what a lazy one becomes`, (t) => {
    torch.manualSeed(0);
    const input = makeInput();
    torch.manualSeed(1);
    const eager = makeEager() as Layer;
    const lazy = makeLazy() as Layer;
    t.is(lazy._getName(), `Lazy${eager._getName()}`);
    t.deepEqual(Object.keys(lazy.stateDict()), Object.keys(eager.stateDict()));
    torch.manualSeed(1);
    const output = lazy(input);
    t.true(output.equal(eager(input)));
    t.is(String(lazy), String(eager));
    t.is(lazy.constructor, eager.constructor);
    for (const [name, tensor] of Object.entries(eager.stateDict())) {
      t.true(lazy.stateDict()[name].equal(tensor), name);
    }
  });
}

test('what is uninitialized has a dtype and a device, and nothing else', (t) => {
  const weight = new nn.UninitializedParameter({ dtype: torch.float64 });
  t.is(weight.dtype, torch.float64);
  t.is(String(weight.device), 'cpu');
  t.true(weight.requiresGrad);
  t.is(weight.grad, null);
  t.is(String(weight), '<UninitializedParameter>');
  t.is(weight.to(torch.float32).dtype, torch.float32);
  const uses = [
    () => weight.shape,
    () => weight.numel(),
    () => weight.add(1),
    () => torch.add(1, weight),
    () => weight.detach(),
    () => weight[0],
  ];
  for (const use of uses) {
    t.throws(use, { instanceOf: ValueError, code: 'ERR_UNINITIALIZED', message: /materialize/ });
  }
  weight.materialize([2, 3]);
  t.deepEqual(weight.shape, [2, 3]);
  t.is(weight.dtype, torch.float64);
  t.true(weight instanceof nn.Parameter);
  t.false((weight as object) instanceof nn.UninitializedParameter);
  const mean = new nn.UninitializedBuffer();
  t.false(mean.requiresGrad);
  mean.materialize([2], { dtype: torch.int64 });
  t.is(mean.dtype, torch.int64);
  t.true(mean instanceof nn.Buffer);
});

test('a lazy model is trained, converted and copied as any other', (t) => {
  torch.manualSeed(0);
  const model = new nn.Sequential(
    new nn.LazyConv2d(4, 3),
    new nn.LazyBatchNorm2d(),
    new nn.Flatten(),
    new nn.LazyLinear(2),
  );
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const twin = copy.deepcopy(model).to(torch.float64);
  const x = torch.randn(2, 3, 6, 6);
  const output = model(x);
  output.sum().backward();
  const before = model.stateDict()['3.bias'].clone();
  optimizer.step();
  t.true(model.stateDict()['3.bias'].allclose(before.sub(0.2)));
  t.is(twin(x.double()).dtype, torch.float64);
});

test('a state dict gives a lazy module its shapes', (t) => {
  const trained = new nn.Linear(5, 3);
  const lazy = new nn.LazyLinear(3);
  lazy.loadStateDict(trained.stateDict());
  t.is(lazy._getName(), 'LazyLinear');
  const x = torch.ones(2, 5);
  t.true(lazy(x).equal(trained(x)));
  t.is(String(lazy), String(trained));
  const uninitialized = new nn.LazyLinear(3);
  uninitialized.loadStateDict(new nn.LazyLinear(3).stateDict());
  t.true(uninitialized.hasUninitializedParams());
  t.throws(() => trained.loadStateDict(new nn.LazyLinear(3).stateDict()), {
    code: 'ERR_UNINITIALIZED',
  });
});

class Scale extends nn.modules.lazy.LazyModuleMixin(nn.Module) {
  weight = new nn.UninitializedParameter();
  shift = new nn.UninitializedBuffer();

  override initializeParameters(x: Tensor, known = true): void {
    if (!this.hasUninitializedParams()) return;
    this.weight.materialize([x.size(-1)]);
    nn.init.ones_(this.weight);
    if (known) this.shift.materialize([1]);
  }

  override forward(x: Tensor, _known?: boolean): Tensor {
    return x.mul(this.weight);
  }
}

test("a class of one's own may be lazy", (t) => {
  const scale = new Scale();
  const twin = copy.deepcopy(scale);
  const x = torch.ones(2, 3);
  t.true(scale(x).equal(x));
  t.true(scale(x).equal(x));
  t.true(scale instanceof Scale);
  t.deepEqual(Object.keys(scale.stateDict()), ['weight', 'shift']);
  t.throws(() => twin(x, false), { message: 'module Scale has not been fully initialized' });
});

test('wrong inputs of lazy modules throw', (t) => {
  t.throws(() => new nn.LazyConv2d(4, 3)(torch.ones(3)), { message: /Expected 3D.*or 4D/ });
  t.throws(() => new nn.LazyConv2d(4, 3, { groups: 2 })(torch.ones(3, 6, 6)), {
    message: /3 channels must be divisible by groups/,
  });
  const lazy = new nn.LazyLinear(3);
  lazy.loadStateDict(new nn.Linear(5, 3).stateDict());
  t.throws(() => lazy(torch.ones(2, 4)), {
    message: /size 4, the weight that was loaded is for 5/,
  });
});
