import test from 'ava';
import torch, { nn } from 'sconce';

const { groupedMm, ScalingType, scaledMm } = nn.functional;

test('groupedMm multiplies group by group', (t) => {
  torch.manualSeed(0);
  const [a, b] = [torch.randn(3, 4, 8), torch.randn(3, 8, 4)];
  t.true(groupedMm(a, b).allclose(torch.bmm(a, b), { atol: 1e-5 }));
  // Groups side by side: rows 0 to 3, 4 to 5 and 6 to 7.
  const rows = torch.randn(8, 8);
  const offs = torch.tensor([4, 6, 8], { dtype: torch.int32 });
  const parts = [rows.narrow(0, 0, 4), rows.narrow(0, 4, 2), rows.narrow(0, 6, 2)];
  const expected = torch.cat(parts.map((part, i) => part.matmul(b.select(0, i))));
  t.true(groupedMm(rows, b, { offs }).allclose(expected, { atol: 1e-5 }));
});

test('scaledMm multiplies float8 matrices by their scales', (t) => {
  torch.manualSeed(0);
  const a = torch.randn(16, 32).to(torch.float8_e4m3fn);
  const b = torch.randn(16, 32).to(torch.float8_e4m3fn).t();
  const { TensorWise } = ScalingType;
  const [one, two] = [torch.tensor(1), torch.tensor(2)];
  const expected = a.float().matmul(b.float()).mul(2);
  const product = scaledMm(a, b, one, TensorWise, two, TensorWise, { outputDtype: torch.float32 });
  t.true(product.allclose(expected, { atol: 1e-4 }));
  t.is(scaledMm(a, b, one, TensorWise, two, TensorWise).dtype, torch.bfloat16);
});
