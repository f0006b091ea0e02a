import test from 'ava';
import torch, { nn, Tensor } from 'sconce';
import { gradients, Player, readGolden } from '../_helpers/golden.js';

interface LayerCase {
  layer: string;
  args: unknown[];
  options: Record<string, unknown>;
  input: unknown;
  hidden: unknown;
  lengths: number[] | null;
  repr: string;
  state: Record<string, unknown>;
  train: { outputs: unknown; gradients: unknown };
  eval: { outputs: unknown; gradients: unknown };
}

type UtilsCase = Record<string, unknown> & { repr: string; reprOrdered: string };

const golden = readGolden<{ cases: (LayerCase | UtilsCase)[] }>('rnn.json');
const player = new Player(golden);
const layers = golden.cases.slice(0, -1) as LayerCase[];
const utils = golden.cases.at(-1) as UtilsCase;
const { PackedSequence, ...functions } = nn.utils.rnn;

function flat(value: unknown): Tensor[] {
  if (value instanceof PackedSequence) return [value.data];
  return value instanceof Tensor ? [value] : (value as unknown[]).flatMap(flat);
}

const decreases = (lengths: number[]) =>
  lengths.every((x, i) => i === 0 || x <= (lengths[i - 1] ?? x));

for (const [index, one] of layers.entries()) {
  test(`${index}: ${one.repr}`, (t) => {
    torch.setNumThreads(1);
    const Layer = (nn as unknown as Record<string, new (...args: unknown[]) => nn.Module>)[
      one.layer
    ];
    if (!Layer) return t.fail(`there is no nn.${one.layer}`);
    torch.manualSeed(index);
    const layer = new Layer(...one.args, player.options(one.options));
    t.is(String(layer), one.repr);
    const state = layer.stateDict();
    t.deepEqual(Object.keys(state), Object.keys(one.state));
    for (const [key, value] of Object.entries(one.state)) {
      player.compare(t, state[key], value, { what: key });
    }
    for (const mode of ['train', 'eval'] as const) {
      layer.train(mode === 'train');
      const inputs = [player.value(one.input), ...(player.value(one.hidden) as Tensor[])];
      const leaves = (inputs as Tensor[]).map((tensor) => tensor.requiresGrad_());
      const [input, ...hidden] = leaves as [Tensor, ...Tensor[]];
      const { lengths } = one;
      const given = lengths
        ? functions.packPaddedSequence(input, lengths, { enforceSorted: decreases(lengths) })
        : input;
      torch.manualSeed(100 + index);
      const hx = hidden.length === 2 ? hidden : (hidden[0] ?? null);
      const outputs = flat((layer as (...args: unknown[]) => unknown)(given, hx));
      const options = { isStable: false };
      player.compare(t, outputs, one[mode].outputs, { ...options, what: `${mode}: outputs` });
      const found = gradients(outputs, [...leaves, ...layer.parameters()]);
      player.compare(t, found, one[mode].gradients, { ...options, what: `${mode}: gradients` });
    }
    return undefined;
  });
}

test('nn.utils.rnn packs, pads and takes apart as in Python', (t) => {
  const compare = (actual: unknown, name: string) =>
    player.compare(t, actual, utils[name], { what: name });
  const sequences = player.value(utils.sequences) as Tensor[];
  const padded = functions.padSequence(sequences);
  const packed = functions.packSequence(sequences, { enforceSorted: false });
  compare(padded, 'padded');
  compare(functions.padSequence(sequences, true, 7, 'left'), 'left');
  compare([...packed], 'packed');
  const [back, lengths] = functions.padPackedSequence(packed, true, -1, { totalLength: 5 });
  compare(back, 'back');
  compare(lengths, 'lengths');
  const ordered = functions.packPaddedSequence(padded, torch.tensor([4n, 4n, 1n]));
  compare([...ordered], 'ordered');
  compare(functions.padPackedSequence(ordered), 'orderedBack');
  compare(functions.unpackSequence(packed), 'unpacked');
  compare(functions.unpadSequence(padded, [2, 4, 1]), 'unpadded');
  t.deepEqual(padded.shape, [4, 3, 2]);
  compare([...packed.double()], 'double');
  compare(functions.invertPermutation(torch.tensor([2n, 0n, 3n, 1n])), 'inverse');
  t.is(functions.invertPermutation(null), null);
  const small = [torch.tensor([1n, 2n]), torch.tensor([3n])];
  t.is(String(functions.packSequence(small, false)), utils.repr);
  t.is(String(functions.packSequence(small)), utils.reprOrdered);
});

test('a packed sequence changes dtype and device, and is itself where nothing changes', (t) => {
  const packed = functions.packSequence([torch.ones(1), torch.ones(2)], { enforceSorted: false });
  t.is(packed.float(), packed);
  t.is(packed.cpu(), packed);
  t.is(packed.to('cpu'), packed);
  const conversions = {
    half: torch.float16,
    long: torch.int64,
    int: torch.int32,
    short: torch.int16,
    char: torch.int8,
    byte: torch.uint8,
  };
  for (const [name, dtype] of Object.entries(conversions)) {
    t.is(packed[name as keyof typeof conversions]().data.dtype, dtype);
  }
  t.is(packed.to(torch.bfloat16).sortedIndices?.dtype, torch.int64);
  const meta = packed.to('meta');
  t.true(meta.data.isMeta && meta.sortedIndices?.isMeta && meta.batchSizes.isCpu);
  t.false(packed.isCuda);
  t.false(packed.isPinned());
});

test('what recurrent layers and packed sequences refuse', (t) => {
  const type = { instanceOf: TypeError };
  const value = (message: RegExp) => ({ instanceOf: torch.ValueError, message });
  const error = (message: RegExp) => ({ instanceOf: torch.TorchError, message });
  const lstm = new nn.LSTM(3, 4);
  t.throws(() => lstm(torch.zeros(3)), value(/2D or 3D, got 1D/));
  t.throws(() => lstm(torch.zeros(2, 2, 5)), error(/Expected 3, got 5/));
  t.throws(() => lstm(torch.zeros(2, 2, 3, { dtype: torch.float64 })), value(/input\.to\(/));
  const [h, c] = [torch.zeros(1, 2, 4), torch.zeros(1, 2, 4)];
  t.throws(() => lstm(torch.zeros(2, 3), [h, c]), error(/unbatched 2-D input, hx and cx/));
  t.throws(() => lstm(torch.zeros(2, 3, 3), [h, c]), error(/hidden\[0\] size \(1, 3, 4\)/));
  t.throws(() => lstm(torch.zeros(2, 2, 3), h as never), type);
  t.throws(() => lstm('x' as never), type);
  t.throws(() => new nn.GRU(3, 4)(torch.zeros(2, 2, 3), [h] as never), type);
  t.throws(() => new nn.GRU(3, 4)(torch.zeros(2, 2, 3), torch.zeros(1, 4)), error(/3-D/));
  t.throws(() => new nn.RNN(0, 4), value(/inputSize must be greater than zero/));
  t.throws(() => new nn.RNN(3, 4, { nonlinearity: 'sin' as never }), value(/'tanh' or 'relu'/));
  t.throws(() => new nn.RNN(3, 4, { projSize: 2 } as never), type);
  t.throws(() => new nn.LSTM(3, 4, { projSize: 4 }), value(/smaller than hiddenSize/));
  t.throws(() => new nn.LSTM(3, 4, { dropout: 1.5 }), value(/dropout/));
  t.throws(() => new nn.LSTM(3, 4, { batch_first: true } as never), type);
  t.throws(() => new nn.RNNBase('SRU' as never, 3, 4), value(/Unrecognized RNN mode/));
  t.throws(() => new nn.RNNBase('GRU', 3, 4)(), { instanceOf: torch.NotImplementedError });
  t.throws(() => new nn.LSTMCell(3, 4)(torch.zeros(1, 1, 3)), value(/1D or 2D, got 3D/));
  t.throws(() => new nn.RNNCell(3, 4)(torch.zeros(1, 3), torch.zeros(1, 1, 4)), value(/hidden/));

  const padded = torch.zeros(4, 3, 2);
  t.throws(() => functions.packPaddedSequence(padded, [1, 2, 4]), error(/decreasing/));
  t.throws(() => functions.packPaddedSequence(padded, [4, 2, 0]), error(/greater than 0/));
  t.throws(() => functions.packPaddedSequence(padded, [4, 2]), error(/batch_size/));
  t.throws(() => functions.packPaddedSequence(padded, [1.5, 1, 1]), type);
  t.throws(() => functions.packPaddedSequence(padded, 'x' as never), type);
  t.throws(() => functions.unpadSequence(padded, [1, 2]), value(/3 sequences and 2 lengths/));
  t.throws(() => functions.padSequence(3 as never), type);
  t.throws(() => functions.padPackedSequence(padded as never), type);
  const packed = functions.packPaddedSequence(padded, [4, 2, 1]);
  t.throws(() => functions.padPackedSequence(packed, { totalLength: 3 }), value(/total_length=3/));
  const meta = torch.zeros(2, { device: 'meta' });
  t.throws(() => new PackedSequence(padded, meta), value(/on the CPU/));
});

test('a recurrent layer moves, and runs with the tensors of functionalCall', (t) => {
  torch.manualSeed(0);
  const gru = new nn.GRU(2, 3, { bidirectional: true });
  t.deepEqual(
    gru.allWeights.map((weights) => weights.length),
    [4, 4],
  );
  t.is(gru.weight_hh_l0_reverse, gru.allWeights[1]?.[1]);
  const x = torch.randn(4, 2);
  const zeros = Object.fromEntries(
    [...gru.namedParameters()].map(([name, weight]) => [name, torch.zerosLike(weight)]),
  );
  const [output] = torch.func.functionalCall(gru, zeros, [x]);
  t.true((output as Tensor).equal(torch.zeros(4, 6)));
  gru.double();
  t.is(gru(x.double())[0].dtype, torch.float64);
});
