import test from 'ava';
import torch, { IndexError, NotImplementedError, type Tensor, ValueError } from 'sconce';

// Each of these took the process down, or held it up for ever, inside libtorch 2.13.

test('recurrent operators count their parameters', (t) => {
  const state = torch.zeros(2, 3, 1);
  const input = torch.zeros(4, 3, 1);
  t.throws(() => torch.lstm(input, [state, state], [], true, 2, 0, false, false, false), {
    instanceOf: ValueError,
    message: /expected 4 parameters for each of 2 layers and 1 directions, got 0/,
  });
  const sizes = torch.tensor([3, 3], { dtype: torch.int64 });
  t.throws(() => torch.gru(torch.zeros(6, 1), sizes, state, [], false, 1, 0, false, true), {
    instanceOf: ValueError,
    message: /expected 2 parameters for each of 1 layers and 2 directions, got 0/,
  });
});

test('range() into integers refuses a step that is 0 among them', (t) => {
  const out = torch.zeros(2, { dtype: torch.int32 });
  t.throws(() => torch.range(2, 2, -0.5, { out }), {
    instanceOf: ValueError,
    message: /a step of -0\.5\d* is 0 among the integers/,
  });
  t.throws(() => torch.range(0, 3, 0.5, { dtype: torch.int64 }), {
    instanceOf: ValueError,
    message: /a step of 0\.5\d* is 0 among the integers/,
  });
  t.deepEqual(torch.range(0, 4, 2, { out }).tolist(), [0, 2, 4]);
  t.deepEqual(torch.range(0, 1, 0.5).tolist(), [0, 0.5, 1]);
});

test('operators that read packed weights unchecked are refused', (t) => {
  t.throws(() => torch.ops.aten?.fbgemm_pack_gemm_matrix_fp16?.(torch.zeros(5, 3, 0)), {
    instanceOf: NotImplementedError,
    message: /packed weights/,
  });
});

test('chooseQparamsOptimized() refuses steps that come to no end', (t) => {
  const input = torch.tensor([-1, 0, 2]);
  for (const [numel, bins, ratio] of [
    [2, -1, 1],
    [2, -2, 0.5],
    [-1, 200, 0.16],
    [4, 200, 0.16],
    [2, 200, Number.NaN],
  ] as const) {
    t.throws(() => torch.chooseQparamsOptimized(input, numel, bins, ratio, 8), {
      instanceOf: ValueError,
      message: /`n_bins` of at least 1 and `ratio` from 0 to 1/,
    });
  }
  t.throws(() => torch.chooseQparamsOptimized(torch.tensor([1e8, 1e8 + 8]), 2, 200, 0.16, 8), {
    instanceOf: ValueError,
    message: /200 bins .* are too small for a float/,
  });
  // As torch.choose_qparams_optimized says in Python.
  const [most, least] = torch.chooseQparamsOptimized(input, 3, 200, 0.16, 8);
  t.deepEqual([most.item(), least.item()], [2, -1]);
});

test('nativeBatchNorm() asks for the statistics that it reads, one of each channel', (t) => {
  const input = torch.tensor([
    [1, 2],
    [3, 6],
  ]);
  const ones = torch.ones(2);
  t.throws(() => torch.nativeBatchNorm(input, ones, ones, null, null, false, 0.1, 0), {
    instanceOf: ValueError,
    message: /expected runningMean and runningVar, without training, to be tensors, got null/,
  });
  t.throws(() => torch.nativeBatchNorm(input, torch.ones(1), ones, ones, ones, false, 0.1, 0), {
    instanceOf: ValueError,
    message: /an element for each of its channels/,
  });
  const [trained] = torch.nativeBatchNorm(input, null, null, null, null, true, 0.1, 0);
  t.deepEqual(trained.tolist(), [
    [-1, -1],
    [1, 1],
  ]);
  const [scaled] = torch.nativeBatchNorm(input, ones, ones, ones, ones, false, 0.1, 0);
  t.deepEqual(scaled.tolist(), [
    [1, 2],
    [3, 6],
  ]);
});

test('nativeGroupNorm() asks for groups', (t) => {
  const input = torch.ones(2, 1, 4, 3, { device: 'meta' });
  t.throws(() => torch.nativeGroupNorm(input, null, null, 1, -1, 4, 0, -1), {
    instanceOf: ValueError,
    message: /at least 1 group, got 0/,
  });
});

test('fusedMovingAvgObsFakeQuant() asks for the channels that it writes', (t) => {
  const on = torch.tensor([1]);
  const call = (axis: number, channels: number) => {
    const [least, most, scale] = [1, 2, 3].map(() => torch.ones(channels)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const zero = torch.zeros(channels, { dtype: torch.int32 });
    const x = torch.tensor([[[-1, 2]], [[0, 255]]]);
    torch.fusedMovingAvgObsFakeQuant(
      ...([x, on, on, least, most, scale, zero, 1, 0, 255, axis, true] as const),
    );
    return scale.tolist();
  };
  t.throws(() => call(-(2 ** 31), 2), { instanceOf: IndexError, message: /`chAxis` from 0 to 2/ });
  t.throws(() => call(0, 1), { instanceOf: ValueError, message: /zeroPoint to have 2 elements/ });
  t.deepEqual(call(0, 2), [Math.fround(3 / 255), 1]);
});

test('a step of lstm() that checks nothing is refused', (t) => {
  const x = torch.ones(1, 1, 1);
  t.throws(
    () =>
      torch.mkldnnRnnLayer(
        ...([x, x, x, x, x, x, x, false, [1], 2, 1, 1, true, false, false, false] as const),
      ),
    { instanceOf: NotImplementedError, message: /use torch\.lstm/ },
  );
});

test('view(dtype) refuses quantized tensors, whose bytes are half of them', (t) => {
  const x = torch.quantizePerTensor(torch.tensor([0.5, 1]), 0.5, 1, torch.quint8);
  t.throws(() => x.view(torch.uint8), { instanceOf: TypeError, message: /x\.intRepr\(\)/ });
  t.deepEqual(x.view(torch.quint8).intRepr().tolist(), [2, 3]);
});
