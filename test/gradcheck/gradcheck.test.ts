import test from 'ava';
import type { Differentiable } from '../_helpers/gradcheck.js';
import { gradcheck, gradgradcheck, normal } from '../_helpers/gradcheck.js';

test('wrong gradients are found', async (t) => {
  const half: Differentiable = (x) => x.mul(x.detach());
  const first = await t.try((attempt) => gradcheck(attempt, half, [normal([2, 2])]));
  first.discard();
  t.false(first.passed);
});

test('wrong second gradients are found', async (t) => {
  // Of 2x²c - xc², where c is x kept constant, value and slope are those of x³, the curvature not.
  const cubed: Differentiable = (x) => {
    const constant = x.detach();
    return x
      .pow(2)
      .mul(constant)
      .mul(2)
      .sub(x.mul(constant.pow(2)));
  };
  const inputs = [normal([3])];
  gradcheck(t, cubed, inputs);
  const second = await t.try((attempt) => gradgradcheck(attempt, cubed, inputs));
  second.discard();
  t.false(second.passed);
});
