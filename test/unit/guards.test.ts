import test from 'ava';
import torch, { NotImplementedError, ValueError } from 'sconce';

// Each of these took the process down with SIGSEGV or SIGFPE inside libtorch 2.13.

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
  t.deepEqual(torch.range(0, 4, 2, { out }).tolist(), [0, 2, 4]);
});

test('operators that read packed weights unchecked are refused', (t) => {
  t.throws(() => torch.ops.aten?.fbgemm_pack_gemm_matrix_fp16?.(torch.zeros(5, 3, 0)), {
    instanceOf: NotImplementedError,
    message: /packed weights/,
  });
});
