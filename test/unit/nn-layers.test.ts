import test from 'ava';
import torch, { nn, type Tensor, TorchError, ValueError } from 'sconce';

const functional = nn.functional;
const any = (value: unknown) => value as never;

test('wrong arguments of convolutions throw what PyTorch throws', (t) => {
  const wrong: [() => unknown, new (message: string) => Error, RegExp][] = [
    [() => new nn.Conv2d(3, 4, 3, { groups: 0 }), ValueError, /groups must be a positive integer/],
    [() => new nn.Conv2d(3, 4, 3, { groups: 2 }), ValueError, /inChannels \(3\) must be divisible/],
    [() => new nn.Conv2d(4, 3, 3, { groups: 2 }), ValueError, /outChannels \(3\) must be divis/],
    [() => new nn.Conv2d(1, 1, 3, { padding: any('full') }), ValueError, /invalid padding 'full'/],
    [
      () => new nn.Conv2d(1, 1, 3, { padding: 'same', stride: 2 }),
      ValueError,
      /'same' is not supported for strided/,
    ],
    [() => new nn.Conv2d(1, 1, 3, { paddingMode: any('mirror') }), ValueError, /paddingMode must/],
    [() => new nn.Conv2d(1, 1, any([3, 3, 3])), TypeError, /kernelSize must be an integer or an/],
    [() => new nn.Conv2d(1, 1, 2.5), TypeError, /kernelSize must be an integer .* got 2.5/],
    [() => new nn.Conv1d(1, 1, any('3')), TypeError, /got '3'/],
    [() => new nn.Conv2d(1, 1, 3, any({ kernel_size: 3 })), TypeError, /did you mean `kernelSize`/],
    [() => new nn.Conv2d(...(any([1, 1]) as [number, number, number])), TypeError, /`kernelSize`/],
    [
      () => new nn.ConvTranspose2d(1, 1, 3, { paddingMode: any('reflect') }),
      ValueError,
      /only the padding mode 'zeros'/,
    ],
    [() => new nn.ConvTranspose2d(1, 1, 3, { padding: any('same') }), TypeError, /must be numbers/],
  ];
  for (const [call, instanceOf, message] of wrong) t.throws(call, { instanceOf, message });
});

test('a transposed convolution takes only the output sizes that it can give', (t) => {
  const up = new nn.ConvTranspose2d(1, 1, 3, { stride: 2 });
  const input = torch.randn(1, 1, 4, 4);
  t.deepEqual(up(input, [10, 9]).shape, [1, 1, 10, 9]);
  t.throws(() => up(input, [11, 9]), {
    instanceOf: ValueError,
    message: /from \[9,9\] to \[10,10\]/,
  });
  t.throws(() => up(input, [9]), { instanceOf: ValueError, message: /must have 2 or 4 elements/ });
});

test('wrong arguments of the other layers throw what PyTorch throws', (t) => {
  const wrong: [() => unknown, new (message: string) => Error, RegExp][] = [
    [() => new nn.Dropout(1.5), ValueError, /between 0 and 1, but got 1.5/],
    [() => new nn.Dropout(Number.NaN), ValueError, /between 0 and 1/],
    [() => functional.dropout(torch.ones(2), -0.1), ValueError, /between 0 and 1/],
    [() => functional.dropout1d(torch.ones(2)), TorchError, /2D or 3D input/],
    [() => new nn.MSELoss({ reduction: any('average') }), ValueError, /average is not a valid/],
    [
      () => functional.mseLoss(torch.ones(2), torch.ones(2), { reduction: any('avg') }),
      ValueError,
      /avg is not a valid/,
    ],
    [() => new nn.Linear(2.5, 3), TypeError, /inFeatures must be an integer, got 2.5/],
    [() => new nn.Linear(2, any('3')), TypeError, /outFeatures must be an integer, got '3'/],
    [() => new nn.Linear(2, -3), ValueError, /outFeatures must not be negative, got -3/],
    [() => new nn.LayerNorm([2, any(null)]), TypeError, /normalizedShape\[1\] must be an integer/],
    [() => new nn.BatchNorm1d(Number.NaN), TypeError, /nn.BatchNorm1d: numFeatures must be an/],
    [() => new nn.AdaptiveAvgPool2d(any([2])), TypeError, /outputSize .* array of 2 .* got \[2\]/],
    [() => new nn.Dropout(any('0.5')), TypeError, /has to be a number/],
    [() => new nn.CrossEntropyLoss({ weight: any([1, 2]) }), TypeError, /weight must be a Tensor/],
    [() => functional.dropout1d(any(3)), TypeError, /input must be a Tensor, got 3/],
    [() => functional.mseLoss(any(3), any(4)), TypeError, /input must be a Tensor, got 3/],
    [() => new nn.GroupNorm(2, 5), ValueError, /numChannels \(5\) must be divisible/],
    [() => new nn.Embedding(4, 2, 4), ValueError, /paddingIdx \(4\) must be within/],
    [() => new nn.Embedding(4, 2, -5), ValueError, /paddingIdx \(-5\) must be within/],
    [() => new nn.Embedding(4, 2, { _weight: torch.ones(2, 4) }), ValueError, /does not match/],
    [() => nn.Embedding.fromPretrained(torch.ones(3)), ValueError, /2-dimensional/],
    [() => new nn.FractionalMaxPool2d(2), ValueError, /either an outputSize or an outputRatio/],
    [
      () => new nn.FractionalMaxPool2d(2, { outputSize: 2, outputRatio: 0.5 }),
      ValueError,
      /either an outputSize or an outputRatio/,
    ],
    [() => new nn.FractionalMaxPool2d(2, { outputRatio: 1.5 }), ValueError, /between 0 and 1/],
    [() => new nn.Hardtanh(1, 0), ValueError, /must be greater than/],
    [() => new nn.Bilinear(0, 1, 1), ValueError, /in1Features must be > 0/],
    [() => new nn.MaxPool2d(2, { stride: any([1, 2, 3]) }), TypeError, /stride must be an integer/],
    [() => new nn.Unflatten(1, any(4)), TypeError, /array of integers/],
    [() => new nn.HuberLoss('mean', any('1')), TypeError, /delta must be a number/],
    [() => new nn.ReLU(any({ inPlace: true })), TypeError, /did you mean `inplace`/],
    [
      () => new nn.BatchNorm2d(3, any({ track: true })),
      TypeError,
      /nn.BatchNorm2d: unknown option/,
    ],
    [() => functional.relu(...(any([]) as [Tensor])), TypeError, /`input`/],
    [() => functional.glu(torch.tensor(1)), TorchError, /does not support scalars/],
  ];
  for (const [call, instanceOf, message] of wrong) t.throws(call, { instanceOf, message });
});

test('wrong inputs throw what PyTorch throws', (t) => {
  const x = torch.randn(2, 3, 4);
  const wrong: [() => unknown, new (message: string) => Error, RegExp][] = [
    [() => new nn.BatchNorm2d(3)(x), ValueError, /expected 4D input \(got 3D input\)/],
    [() => new nn.BatchNorm1d(3)(torch.ones(2)), ValueError, /expected 2D or 3D input/],
    [() => new nn.BatchNorm1d(3)(torch.ones(1, 3)), ValueError, /more than 1 value per channel/],
    [() => new nn.InstanceNorm1d(4, { affine: true })(x), ValueError, /to match numFeatures \(4\)/],
    [() => new nn.InstanceNorm1d(3)(torch.ones(2, 3, 1)), ValueError, /more than 1 spatial/],
    [() => new nn.GroupNorm(1, 3)(torch.ones(3)), TorchError, /at least 2 dimensions/],
    [() => new nn.LocalResponseNorm(2)(torch.ones(2, 3)), ValueError, /3D or higher/],
    [() => new nn.Softmax2d()(torch.ones(2)), ValueError, /expected input to be 3D or 4D/],
    [() => new nn.AdaptiveAvgPool2d([2, null])(torch.ones(2)), ValueError, /at least 3/],
    [() => new nn.BCELoss()(torch.ones(2), torch.ones(3)), ValueError, /must be the same as input/],
    [
      () => new nn.BCEWithLogitsLoss()(torch.ones(2), torch.ones(2, 1)),
      ValueError,
      /Target size \[2, 1\] must be the same as input size \[2\]/,
    ],
    [
      () => functional.l1Loss(x, x, { weight: torch.ones(2) }),
      ValueError,
      /Weights and input must have the same size/,
    ],
    [
      () => new nn.MaxUnpool1d(2)(torch.ones(1, 1, 2), torch.zeros(1, 1, 2).long(), [7]),
      ValueError,
      /invalid outputSize \[7\]/,
    ],
    [() => new nn.Conv2d(3, 1, 2)(any(3)), TypeError, /./],
    [() => new nn.Linear(3, 1)(torch.ones(2, 4)), TorchError, /mat1 and mat2/],
  ];
  for (const [call, instanceOf, message] of wrong) t.throws(call, { instanceOf, message });
});

test('in-place layers and functions write into their input', (t) => {
  for (const layer of [new nn.ReLU(true), new nn.ELU(1, true), new nn.ReLU6({ inplace: true })]) {
    const x = torch.tensor([-1, 2]);
    layer(x);
    t.not(x[0]?.item(), -1, String(layer));
  }
  const y = torch.tensor([-1, 2]);
  functional.relu(y, true);
  t.deepEqual(y.tolist(), [0, 2]);
  functional.hardtanh_(y, 0, 1);
  t.deepEqual(y.tolist(), [0, 1]);
  new nn.Dropout(1, true)(y);
  t.deepEqual(y.tolist(), [0, 0]);
});

test('attributes that are changed later count', (t) => {
  const conv = new nn.Conv2d(1, 1, 3, { padding: 1 });
  const x = torch.randn(1, 1, 6, 6);
  conv.stride = [2, 2];
  t.deepEqual(conv(x).shape, [1, 1, 3, 3]);
  conv.paddingMode = 'circular';
  conv.padding = [0, 0];
  t.deepEqual(conv(x).shape, [1, 1, 2, 2]);
  const pool = new nn.MaxPool2d(2);
  pool.stride = 1;
  t.deepEqual(pool(x).shape, [1, 1, 5, 5]);
  const dropout = new nn.Dropout(0);
  dropout.p = 1;
  t.is(dropout(x).abs().sum().item(), 0);
});

test('device and dtype are those of the parameters and buffers', (t) => {
  const options = { dtype: torch.float64, device: 'cpu' };
  const layers = [
    new nn.Linear(2, 2, options),
    new nn.Conv1d(2, 2, 1, options),
    new nn.BatchNorm1d(2, options),
    new nn.LayerNorm(2, options),
    new nn.GroupNorm(1, 2, options),
    new nn.RMSNorm(2, options),
    new nn.Embedding(2, 2, options),
    new nn.PReLU(options),
    new nn.Bilinear(2, 2, 2, options),
    new nn.ConvTranspose1d(2, 2, 1, options),
  ];
  for (const layer of layers) {
    for (const [name, tensor] of Object.entries(layer.stateDict())) {
      const expected = name === 'num_batches_tracked' ? torch.int64 : torch.float64;
      t.is(tensor.dtype, expected, `${layer}: ${name}`);
    }
  }
});

test('resetParameters draws what the constructor draws', (t) => {
  const layers: [() => nn.Module & { resetParameters(): void }][] = [
    [() => new nn.Linear(3, 4)],
    [() => new nn.Conv2d(2, 4, 3)],
    [() => new nn.ConvTranspose2d(2, 4, 3)],
    [() => new nn.Embedding(5, 3, 1)],
    [() => new nn.Bilinear(2, 3, 4)],
    [() => new nn.BatchNorm1d(3)],
  ];
  for (const [make] of layers) {
    torch.manualSeed(3);
    const expected = make().stateDict();
    const layer = make();
    torch.manualSeed(3);
    layer.resetParameters();
    for (const [name, tensor] of Object.entries(layer.stateDict())) {
      t.true(torch.equal(tensor, expected[name]), `${layer}: ${name}`);
    }
  }
});

test('a channels-last convolution is initialised as a contiguous one', (t) => {
  torch.manualSeed(5);
  const expected = new nn.Conv2d(3, 4, 2).weight;
  const conv = new nn.Conv2d(3, 4, 2);
  conv.weight.data = conv.weight.contiguous({ memoryFormat: torch.channelsLast });
  torch.manualSeed(5);
  conv.resetParameters();
  t.false(conv.weight.isContiguous());
  t.true(torch.equal(conv.weight, expected));
});

test('batch normalization counts and keeps statistics only in training', (t) => {
  const norm = new nn.BatchNorm1d(3, { momentum: null });
  const batches = [torch.randn(4, 3), torch.randn(4, 3)];
  for (const batch of batches) norm(batch);
  t.is(norm.num_batches_tracked?.item(), 2);
  const mean = torch.stack(batches).mean([0, 1]);
  t.true(torch.allclose(norm.running_mean as Tensor, mean, { atol: 1e-6 }));
  norm.eval();
  norm(torch.randn(1, 3));
  t.is(norm.num_batches_tracked?.item(), 2);
  norm.resetRunningStats();
  t.deepEqual(norm.running_var?.tolist(), [1, 1, 1]);
  t.is(norm.num_batches_tracked?.item(), 0);
});

test('batch normalization reads states from before it counted batches', (t) => {
  const { num_batches_tracked: _, ...old } = new nn.BatchNorm1d(2).stateDict();
  t.notThrows(() => new nn.BatchNorm1d(2).loadStateDict(old));
});

test('embeddings made of given vectors share them, and are frozen unless asked', (t) => {
  const vectors = torch.randn(4, 2);
  const frozen = nn.Embedding.fromPretrained(vectors);
  t.false(frozen.weight.requiresGrad);
  vectors.fill_(7);
  t.is(frozen.weight.min().item(), 7);
  const learned = nn.Embedding.fromPretrained(vectors, { freeze: false, paddingIdx: -1 });
  t.true(learned.weight.requiresGrad);
  t.is(learned.paddingIdx, 3);
  t.is(learned.weight.min().item(), 7);
});

test('weights of losses are buffers of theirs', (t) => {
  const loss = new nn.BCEWithLogitsLoss({ posWeight: torch.ones(3) });
  t.deepEqual(Object.keys(loss.stateDict()), ['pos_weight']);
  t.is(loss.double().pos_weight?.dtype, torch.float64);
  t.deepEqual([...loss.parameters()], []);
});

test('numbers that PyTorch has as floats print as floats', (t) => {
  t.is(String(new nn.Dropout(0)), 'Dropout(p=0.0, inplace=False)');
  t.is(String(new nn.LeakyReLU(1e-5)), 'LeakyReLU(negative_slope=1e-05)');
  t.is(String(new nn.ELU(1e16)), 'ELU(alpha=1e+16)');
  t.is(String(new nn.Hardtanh(-Infinity, 123456)), 'Hardtanh(min_val=-inf, max_val=123456.0)');
  t.is(String(new nn.Softplus(0.0001)), 'Softplus(beta=0.0001, threshold=20.0)');
});

test('Python names of functions throw an error that gives ours', (t) => {
  for (const [name, hint] of [
    ['max_pool2d', 'maxPool2d'],
    ['log_softmax', 'logSoftmax'],
    ['leaky_relu_', 'leakyRelu_'],
  ]) {
    const read = () => (functional as unknown as Record<string, unknown>)[name as string];
    t.throws(read, { instanceOf: TypeError, message: new RegExp(`\\b${hint}\\b`) });
  }
});

test('a call on a disposed tensor throws', (t) => {
  const x = torch.randn(2);
  x.dispose();
  t.throws(() => new nn.ReLU()(x), { instanceOf: Error });
});
