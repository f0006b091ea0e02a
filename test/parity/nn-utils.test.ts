import test from 'ava';
import torch, { nn, type Tensor } from 'sconce';
import { Player, readGolden } from '../_helpers/golden.js';

interface Clipping {
  gradients: unknown;
  norms: { options: Record<string, unknown>; norm: unknown; grads: unknown }[];
  values: unknown[];
  total: unknown;
  none: unknown;
  withNorm: unknown;
}

interface Golden {
  seed: number;
  cases: [
    Clipping,
    { vector: unknown; weight: unknown; bias: unknown },
    { weight: unknown; bias: unknown }[],
  ];
}

const golden = readGolden<Golden>('nn-utils.json');
const player = new Player(golden);
const [clipping, vectors, fusions] = golden.cases;
const { utils } = nn;

/** Parameters with the recorded gradients, and one without. */
function withGradients(): nn.Parameter[] {
  const parameters = (player.value(clipping.gradients) as Tensor[]).map((gradient) => {
    const parameter = new nn.Parameter(torch.zerosLike(gradient));
    parameter.grad = gradient;
    return parameter;
  });
  parameters.splice(1, 0, new nn.Parameter(torch.zeros(3)));
  return parameters;
}

const gradsOf = (parameters: nn.Parameter[]) =>
  parameters.map(({ grad }) => grad).filter((grad) => grad !== null);

test('gradients are clipped to a norm as in Python', (t) => {
  for (const { options, norm, grads } of clipping.norms) {
    const what = JSON.stringify(options);
    const parameters = withGradients();
    const { maxNorm, ...rest } = player.options(options) as { maxNorm: number };
    const found = utils.clipGradNorm_(parameters, maxNorm, rest);
    player.compare(t, found, norm, { what, isStable: false });
    player.compare(t, gradsOf(parameters), grads, { what, isStable: false });
    t.false(found.requiresGrad);
  }
  const gradients = player.value(clipping.gradients) as Tensor[];
  player.compare(t, utils.getTotalNorm(gradients), clipping.total);
  player.compare(t, utils.getTotalNorm([]), clipping.none);
  const parameters = withGradients();
  utils.clipGradsWithNorm_(parameters, 1.5, torch.tensor(4));
  player.compare(t, gradsOf(parameters), clipping.withNorm);
});

test('gradients are clipped to values as in Python', (t) => {
  for (const [i, foreach] of [null, false].entries()) {
    const parameters = withGradients();
    utils.clipGradValue_(parameters, { clipValue: 0.75, foreach });
    player.compare(t, gradsOf(parameters), clipping.values[i]);
  }
});

test('one tensor is clipped alone, a generator is read once, and what is no number is an error', (t) => {
  const parameter = new nn.Parameter(torch.zeros(2));
  parameter.grad = torch.tensor([3, 4]);
  t.is(utils.clipGradNorm_(parameter, 1, 'inf').item(), 4);
  const layer = new nn.Linear(1, 1);
  layer(torch.ones(1)).backward();
  utils.clipGradNorm_(layer.parameters(), { maxNorm: 1e-3 });
  const after = utils.getTotalNorm([layer.weight.grad as Tensor, layer.bias?.grad as Tensor]);
  t.true(Math.abs(after.item() - 1e-3) < 1e-6);

  parameter.grad = torch.tensor([Number.NaN, 1]);
  t.throws(() => utils.clipGradNorm_(parameter, 1, { errorIfNonfinite: true }), {
    instanceOf: torch.TorchError,
    message: /norm of order 2 .* non-finite/,
  });
  t.true(Number.isNaN(utils.clipGradNorm_(parameter, 1).item()));
  const type = { instanceOf: TypeError };
  t.throws(() => utils.clipGradNorm_(parameter, '1' as never), type);
  t.throws(() => utils.clipGradNorm_([3] as never, 1), type);
  t.throws(() => utils.clipGradNorm_(3 as never, 1), type);
  t.throws(() => utils.clipGradNorm_(parameter, 1, { norm_type: 1 } as never), type);
  const meta = torch.zeros(2, { device: 'meta' });
  t.throws(() => utils.getTotalNorm(meta, { foreach: true }), { message: /foreach API on meta/ });
});

test('parameters become a vector and come back', (t) => {
  torch.manualSeed(golden.seed);
  const layer = new nn.Linear(3, 2);
  const vector = utils.parametersToVector(layer.parameters());
  player.compare(t, vector, vectors.vector);
  vector.sum().backward();
  t.true(layer.weight.grad?.equal(torch.ones(2, 3)));
  const { weight } = layer;
  utils.vectorToParameters(torch.arange(8).float(), layer.parameters());
  t.is(layer.weight, weight);
  player.compare(t, layer.weight, vectors.weight);
  player.compare(t, layer.bias, vectors.bias);
  t.throws(() => utils.vectorToParameters(torch.zeros(7), layer.parameters()), {
    instanceOf: torch.TorchError,
    message: /8 elements and the vector has 7/,
  });
  const meta = new nn.Parameter(torch.zeros(1, { device: 'meta' }));
  t.throws(() => utils.parametersToVector([layer.weight, meta]), { instanceOf: TypeError });
});

type Norm = nn.BatchNorm1d | nn.BatchNorm2d;

/** A normalization with random statistics and weights. */
function randomized(norm: Norm): Norm {
  const { normal_, uniform_ } = nn.init;
  normal_(norm.running_mean as Tensor);
  uniform_(norm.running_var as Tensor, 0.5, 2);
  if (norm.weight) normal_(norm.weight);
  if (norm.bias) normal_(norm.bias);
  return norm.eval();
}

test('convolutions and linear layers are fused with their normalization as in Python', (t) => {
  const build: (() => [nn.Module, Norm])[] = [
    () => [new nn.Conv2d(2, 3, 3), new nn.BatchNorm2d(3)],
    () => [new nn.Conv1d(2, 3, 3, { bias: false }), new nn.BatchNorm1d(3, { affine: false })],
    () => [new nn.ConvTranspose2d(2, 3, 2), new nn.BatchNorm2d(3, { eps: 1e-3 })],
    () => [new nn.Linear(2, 3), new nn.BatchNorm1d(3)],
    () => [new nn.Linear(2, 3, { bias: false }), new nn.BatchNorm1d(1)],
  ];
  t.is(build.length, fusions.length);
  for (const [i, { weight, bias }] of fusions.entries()) {
    torch.manualSeed(golden.seed);
    const [layer, norm] = (build[i] as (typeof build)[number])();
    layer.eval();
    randomized(norm);
    const fused =
      layer instanceof nn.Linear
        ? utils.fuseLinearBnEval(layer, norm)
        : utils.fuseConvBnEval(layer as nn.Conv2d, norm, layer instanceof nn.ConvTranspose2d);
    t.not(fused as nn.Module, layer);
    t.is(fused.constructor, layer.constructor);
    player.compare(t, fused.weight, weight, { what: `${i}: weight` });
    player.compare(t, fused.bias, bias, { what: `${i}: bias` });
    t.true(fused.weight.isLeaf && fused.weight.requiresGrad);
  }
  const linear = new nn.Linear(2, 3);
  const error = { instanceOf: torch.TorchError };
  t.throws(() => utils.fuseLinearBnEval(linear, new nn.BatchNorm1d(3).eval()), error);
  const still = new nn.BatchNorm1d(3, { trackRunningStats: false }).eval();
  t.throws(() => utils.fuseLinearBnEval(linear.eval(), still), error);
  t.throws(() => utils.fuseLinearBnEval(linear, new nn.BatchNorm1d(2).eval()), error);
});

test('skipInit draws no numbers, and puts the module where it is to be', (t) => {
  torch.manualSeed(0);
  const layer = utils.skipInit(nn.Linear, 5, 1, { bias: false });
  const drawn = torch.rand(1).item();
  torch.manualSeed(0);
  t.is(drawn, torch.rand(1).item());
  t.deepEqual(layer.weight.shape, [1, 5]);
  t.true(layer.weight.isCpu && layer.weight.requiresGrad && layer.weight instanceof nn.Parameter);
  t.true(utils.skipInit(nn.LSTM, 2, 3, { device: 'meta' }).weight_ih_l0?.isMeta);
  class Fixed extends nn.Module {
    weight = new nn.Parameter(torch.zeros(1));
    constructor(_options?: object) {
      super();
    }
  }
  t.throws(() => utils.skipInit(Fixed), { instanceOf: torch.TorchError, message: /device/ });
  t.throws(() => utils.skipInit(nn.ReLU), { instanceOf: TypeError });
  t.throws(() => utils.skipInit(Map as never), { instanceOf: torch.TorchError });
});

test('weights of convolutions change their memory format, and nothing else does', (t) => {
  const { channelsLast, channelsLast3d, contiguousFormat } = torch;
  const model = new nn.Sequential(
    new nn.Conv2d(3, 4, 1),
    new nn.ConvTranspose2d(3, 4, 2),
    new nn.Conv3d(3, 4, 2),
  );
  const [first, second, third] = [...model] as nn.Conv2d[];
  const { weight } = first as nn.Conv2d;
  const before = weight.clone();
  t.is(utils.convertConv2dWeightMemoryFormat(model, channelsLast), model);
  t.is(first?.weight, weight);
  t.true(weight.equal(before));
  t.deepEqual(weight.stride(), [3, 1, 3, 3]);
  t.true(second?.weight.isContiguous(channelsLast));
  t.true(third?.weight.isContiguous());
  utils.convertConv3dWeightMemoryFormat(model, channelsLast3d);
  t.true(third?.weight.isContiguous(channelsLast3d));
  utils.convertConv2dWeightMemoryFormat(model, contiguousFormat);
  t.true(second?.weight.isContiguous());
  t.throws(() => utils.convertConv2dWeightMemoryFormat(model, 'channels_last' as never), {
    instanceOf: TypeError,
  });
});
