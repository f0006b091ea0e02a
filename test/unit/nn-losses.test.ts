import test from 'ava';
import torch, { nn, ValueError } from 'sconce';
import { gradcheck } from '../_helpers/gradcheck.js';

const { functional } = nn;

test('wrong arguments of losses throw what PyTorch throws', (t) => {
  const x = torch.randn(3, 4);
  const throwsValue = (run: () => unknown, message: RegExp) =>
    t.throws(run, { instanceOf: ValueError, message });
  throwsValue(() => new nn.TripletMarginLoss({ margin: 0 }), /greater than 0/);
  throwsValue(() => new nn.MultiMarginLoss({ p: 3 }), /only p == 1 and p == 2/);
  throwsValue(() => new nn.MultiMarginLoss({ weight: torch.ones(2, 2) }), /1D tensor, got 2D/);
  throwsValue(() => functional.gaussianNllLoss(x, x, torch.full([3, 4], -1)), /negative/);
  throwsValue(() => functional.gaussianNllLoss(x, x, -1), /negative/);
  throwsValue(() => functional.gaussianNllLoss(x, x, torch.ones(2)), /incorrect size/);
  throwsValue(
    () => functional.poissonNllLoss(x, x, { reduction: 'max' as 'mean' }),
    /not a valid value for reduction/,
  );
  t.throws(() => functional.marginRankingLoss(x, x, torch.ones(4)), { message: /same dimension/ });
  t.throws(() => functional.tripletMarginWithDistanceLoss(x, x, torch.ones(4)), {
    message: /anchor 2D, positive 2D, and negative 1D/,
  });
  throwsValue(
    () => new nn.LinearCrossEntropyOptions({ chunkingMethod: 'half' }),
    /invalid chunking/,
  );
  throwsValue(() => new nn.LinearCrossEntropyOptions({ batchChunkSize: 0 }), /positive int/);
  t.throws(() => new nn.LinearCrossEntropyLoss(4, 3, { weight: torch.ones(4) }), {
    message: /weight shape to be \[3\], got \[4\]/,
  });
  const loss = new nn.LinearCrossEntropyLoss(4, 3);
  t.throws(() => loss(torch.randn(3, 5), torch.zeros(3, { dtype: torch.int64 })), {
    message: /equal input and linearWeight last dimensions/,
  });
});

test('wrong arguments of the functions of images throw what PyTorch throws', (t) => {
  const image = torch.randn(1, 1, 4, 4);
  t.throws(() => functional.interpolate(image), { message: /either size or scaleFactor/ });
  t.throws(() => functional.interpolate(image, 2, 2), { message: /only one of size/ });
  t.throws(() => functional.interpolate(image, [2]), { message: /same number of spatial/ });
  t.throws(() => functional.interpolate(image, 2, { mode: 'linear' }), {
    message: 'Got 4D input, but linear mode needs 3D input',
  });
  t.throws(() => functional.interpolate(image, 2, { alignCorners: true }), {
    message: /interpolating modes/,
  });
  t.throws(() => functional.gridSample(image, image, { mode: 'cubic' as 'bicubic' }), {
    message: /expected mode to be/,
  });
  t.throws(() => functional.affineGrid(torch.ones(1, 2, 2), [1, 1, 2, 2]), {
    message: /shape Nx2x3/,
  });
  t.throws(() => new nn.CircularPad2d(1)(torch.ones(3)), { message: /expected 3D or 4D/ });
  t.throws(() => new nn.ReflectionPad2d([1, 2] as never), { message: /array of 4 integers/ });
});

test('an embedding bag takes offsets or rows of one length', (t) => {
  const bag = new nn.EmbeddingBag(5, 2);
  const row = torch.tensor([1n, 2n, 4n]);
  t.throws(() => bag(row), { message: /offsets has to be a 1D Tensor/ });
  t.throws(() => bag(row.unsqueeze(0), torch.tensor([0n])), { message: /offsets has to be null/ });
  t.throws(() => bag(row, torch.tensor([0n]), torch.ones(3)), {
    message: /only supported for mode/,
  });
  const frozen = nn.EmbeddingBag.fromPretrained(torch.ones(5, 2));
  t.false(frozen.weight.requiresGrad);
});

test('chunks give the gradients of the whole', (t) => {
  torch.manualSeed(0);
  const target = torch.tensor([0n, 2n, 1n, 2n, 0n]);
  const options = new nn.LinearCrossEntropyOptions({ batchChunkSize: 2 });
  const [input, weight, bias] = [torch.randn(5, 4), torch.randn(3, 4), torch.randn(3)];
  const gradients = (chunked: boolean) => {
    const leaves = [input, weight, bias].map((x) => x.clone().requiresGrad_());
    const [x, w, linearBias] = leaves as [typeof input, typeof weight, typeof bias];
    const loss = functional.linearCrossEntropy(x, w, target, {
      linearBias,
      options: chunked ? options : null,
    });
    return [loss, ...torch.autograd.grad(loss.mul(3), leaves)];
  };
  const whole = gradients(false);
  for (const [i, tensor] of gradients(true).entries()) {
    t.true(tensor.allclose(whole[i] as typeof input, { atol: 1e-6 }));
  }
});

test('the gradients of CrossMapLRN2d are those of its values', (t) => {
  torch.manualSeed(0);
  const norm = new nn.CrossMapLRN2d(3, 0.1, 0.5, 2);
  t.is(String(norm), 'CrossMapLRN2d(3, alpha=0.1, beta=0.5, k=2)');
  const x = torch.randn(1, 4, 2, 1, { dtype: torch.float64 });
  gradcheck(t, (y) => norm(y), [x]);
  // sqrt(2 + 0.1 / 3 * (1 + 4)) below the first channel.
  const y = norm(torch.tensor([1, 2, 3]).view(1, 3, 1, 1));
  t.true(Math.abs((y.flatten()[0] as typeof y).item() - 1 / Math.sqrt(2 + 0.5 / 3)) < 1e-6);
});

test('every batch normalization becomes a synchronised one, with its state', (t) => {
  const model = new nn.Sequential(new nn.Linear(4, 3), new nn.Sequential(new nn.BatchNorm1d(3)));
  model(torch.randn(5, 4));
  const state = model.stateDict();
  const converted = nn.SyncBatchNorm.convertSyncBatchnorm(model);
  t.is(converted, model);
  t.is(String(converted).match(/SyncBatchNorm\(3/g)?.length, 1);
  t.deepEqual(Object.keys(converted.stateDict()), Object.keys(state));
  for (const [name, tensor] of Object.entries(converted.stateDict())) {
    t.true(tensor.equal(state[name]), name);
  }
});

test('the most probable class of an adaptive softmax is that of all log probabilities', (t) => {
  torch.manualSeed(0);
  const softmax = new nn.AdaptiveLogSoftmaxWithLoss(8, 30, [5, 12], { divValue: 2 });
  const x = torch.randn(50, 8).mul(4);
  const logProb = softmax.logProb(x);
  t.deepEqual(logProb.shape, [50, 30]);
  t.true(logProb.exp().sum(1).allclose(torch.ones(50)));
  t.true(softmax.predict(x).equal(logProb.argmax(1)));
  const target = torch.randint(0, 30, [50]);
  const { output } = softmax(x, target);
  t.true(output.allclose(logProb.gather(1, target.unsqueeze(1)).squeeze(1), { atol: 1e-6 }));
  t.throws(() => new nn.AdaptiveLogSoftmaxWithLoss(8, 30, [12, 5]), {
    message: /increasing order/,
  });
  t.throws(() => softmax(x, torch.full([50], 30n)), { message: /in \[0, 29\]/ });
});
