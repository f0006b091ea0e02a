/** autograd.gradcheck and gradgradcheck say what Python's say. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { autograd, type DType, type Tensor, TorchError, ValueError } from 'sconce';

const { Function: AutogradFunction, GradcheckError, gradcheck, gradgradcheck } = autograd;
type Ctx = autograd.FunctionCtx;
type Answer = boolean | { type: string; message: string };

const golden: { cases: Record<string, Answer> } = JSON.parse(
  readFileSync(new URL('../golden/gradcheck.json', import.meta.url), 'utf8'),
);

torch.setNumThreads(1);

const leaf = (values: number | number[], dtype: DType = torch.float64) =>
  torch.tensor(values, { dtype, requiresGrad: true });
const z = () => {
  const parts = [new torch.Complex(1, 2), new torch.Complex(-0.5, 0.25)];
  return torch.tensor(parts, { dtype: torch.complex128, requiresGrad: true });
};

class WrongJvp extends AutogradFunction {
  static forward(_ctx: Ctx, x: Tensor) {
    return x.mul(2);
  }
  static backward(_ctx: Ctx, grad: Tensor) {
    return grad.mul(2);
  }
  static jvp(_ctx: Ctx, tangent: Tensor) {
    return tangent.mul(3);
  }
}

class Random extends AutogradFunction {
  static forward(_ctx: Ctx, x: Tensor) {
    return x.mul(2);
  }
  static backward(_ctx: Ctx, grad: Tensor) {
    return grad.mul(torch.rand(1, { dtype: torch.float64 }).mul(2e-9).add(2));
  }
}

class NoNone extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    ctx.setMaterializeGrads(false);
    return x.mul(2);
  }
  static backward(_ctx: Ctx, grad: Tensor) {
    return grad.mul(2);
  }
}

class NotMultiplied extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    ctx.saveForBackward(x);
    return x.pow(2).sum();
  }
  static backward(ctx: Ctx) {
    return (ctx.savedTensors[0] as Tensor).mul(2);
  }
}

class NoBatch extends AutogradFunction {
  static forward(_ctx: Ctx, x: Tensor) {
    return x.mul(2);
  }
  static backward(_ctx: Ctx, grad: Tensor) {
    return Number.isNaN(grad.sum().item()) ? null : grad.mul(2);
  }
}

class WrongTwice extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    ctx.saveForBackward(x);
    return x.pow(3);
  }
  static backward(ctx: Ctx, grad: Tensor) {
    const [x] = ctx.savedTensors as [Tensor];
    return grad.mul(3).mul(x.mul(x).detach());
  }
}

const sin = (x: Tensor) => x.sin();
const exp = (x: Tensor) => x.exp();
const cube = (x: Tensor) => x.pow(3);
const wrong = (x: Tensor) => x.detach().mul(x);
const both = () => leaf([1, 2]);

const cases: Record<string, () => unknown> = {
  sin: () => gradcheck(sin, both()),
  'a tensor without gradient beside': () =>
    gradcheck(
      (x: Tensor, y: Tensor, n: number) => x.mul(y).mul(n),
      [both(), torch.tensor([3, 4]), 5],
    ),
  'two outputs': () => gradcheck((x: Tensor) => [x.sum(), x.mul(2)], both()),
  'an empty input': () => gradcheck((x: Tensor) => x.mul(2), leaf([])),
  'complex to complex': () => gradcheck(exp, z()),
  'complex to real': () => gradcheck((x: Tensor) => x.abs(), z()),
  'real to complex': () => gradcheck((x: Tensor) => torch.complex(x, x.mul(x)), both()),
  'fast mode': () => gradcheck((x: Tensor) => x.sin().mul(x.sum()), both(), { fastMode: true }),
  'fast mode, complex': () => gradcheck(exp, z(), { fastMode: true }),
  'forward mode': () => gradcheck(sin, both(), { checkForwardAd: true }),
  'forward mode, complex': () => gradcheck(exp, z(), { checkForwardAd: true }),
  'forward mode, fast': () => gradcheck(sin, both(), { checkForwardAd: true, fastMode: true }),
  'forward mode alone': () =>
    gradcheck(sin, both(), { checkForwardAd: true, checkBackwardAd: false }),
  twice: () => gradgradcheck(cube, both()),
  'twice, complex': () => gradgradcheck(exp, z()),
  'twice, fast': () =>
    gradgradcheck((x: Tensor, y: Tensor) => x.pow(3).mul(y), [both(), leaf([3, 4])], {
      fastMode: true,
    }),
  'twice, forward over reverse': () => gradgradcheck(cube, both(), { checkFwdOverRev: true }),
  'twice, gradients given': () => gradgradcheck(cube, both(), leaf([0.5, 1])),
  batched: () =>
    gradcheck((x: Tensor, y: Tensor) => [x.sin().mul(y), x], [both(), leaf([3, 4])], {
      checkBatchedGrad: true,
    }),
  'batched, twice': () => gradgradcheck(cube, both(), { checkBatchedGrad: true }),
  'batched, and impossible': () =>
    gradcheck((x: Tensor) => NoBatch.apply(x), both(), { checkBatchedGrad: true }),
  'nothing depends': () => gradcheck(() => torch.ones(2), both()),
  'nondeterminism allowed': () =>
    gradcheck((x: Tensor) => Random.apply(x), both(), { nondetTol: 1e-6 }),
  'undefined gradients not checked': () =>
    gradcheck((x: Tensor) => NoNone.apply(x), both(), { checkUndefinedGrad: false }),
  wrong: () => gradcheck(wrong, both()),
  'wrong, and no exception': () => gradcheck(wrong, both(), { raiseException: false }),
  'wrong by less than is tolerated': () => gradcheck(wrong, both(), { atol: 5 }),
  'wrong second output of the second input': () =>
    gradcheck((x: Tensor, y: Tensor) => [x.mul(y), x.add(wrong(y))], [both(), leaf([3, 4])]),
  'wrong in fast mode': () => gradcheck(wrong, both(), { fastMode: true }),
  'wrong imaginary part': () => gradcheck((x: Tensor) => torch.complex(x, wrong(x)), both()),
  'wrong jvp': () => gradcheck((x: Tensor) => WrongJvp.apply(x), both(), { checkForwardAd: true }),
  'wrong jvp, not checked': () => gradcheck((x: Tensor) => WrongJvp.apply(x), both()),
  'wrong second derivative': () => gradgradcheck((x: Tensor) => WrongTwice.apply(x), both()),
  'no gradient where there is one': () => gradcheck((x: Tensor) => x.detach().mul(2), both()),
  nondeterminism: () => gradcheck((x: Tensor) => Random.apply(x), both()),
  'undefined gradients': () => gradcheck((x: Tensor) => NoNone.apply(x), both()),
  'not multiplied': () => gradcheck((x: Tensor) => NotMultiplied.apply(x), both()),
  'no input with gradient': () => gradcheck(sin, torch.ones(2, { dtype: torch.float64 })),
  'an expanded input': () => gradcheck(sin, leaf([1]).expand(2)),
  'single precision': () => gradcheck(sin, leaf([1, 2], torch.float32)),
};

const ownMessages: Record<string, RegExp> = {
  'batched, and impossible': /^While computing batched gradients, got: /,
  nondeterminism: /^backward is not reentrant, .* The tolerance for nondeterminism was 0;/,
  'undefined gradients': /null/,
  'no gradient where there is one': /^numerical gradient for function expected to be zero/,
  'no input with gradient': /^gradcheck expects at least one input tensor to require gradient/,
  'an expanded input': /^the 0th input has a dimension with stride 0/,
};

const classes = {
  GradcheckError,
  RuntimeError: TorchError,
  ValueError,
  TypeError,
} as unknown as Record<string, typeof TorchError>;

test('every recorded case is tried', (t) => {
  t.deepEqual(Object.keys(cases), Object.keys(golden.cases));
});

for (const [name, expected] of Object.entries(golden.cases)) {
  test(`gradcheck answers as Python's: ${name}`, (t) => {
    torch.manualSeed(0);
    const run = cases[name] as () => unknown;
    if (typeof expected === 'boolean') {
      t.is(run(), expected);
      return;
    }
    const error = t.throws(run, { instanceOf: classes[expected.type] });
    const first = error.message.split('\n')[0] as string;
    const own = ownMessages[name];
    if (own) t.regex(first, own);
    else t.is(first, expected.message);
  });
}

test('an output of integers between others', (t) => {
  t.true(gradcheck((x: Tensor) => [x.max(0).values, x.argmax(), x.mul(2)], both()));
  t.throws(() => gradcheck((x: Tensor) => [x.sum(), x.argmax(), wrong(x)], both()), {
    instanceOf: GradcheckError,
    message: /^Jacobian mismatch for output 1 with respect to input 0/,
  });
});

test('inputs are what they were', (t) => {
  const x = both();
  gradcheck(sin, x, { checkForwardAd: true });
  gradgradcheck(sin, x);
  t.deepEqual(x.tolist(), [1, 2]);
  t.is(x.grad, null);
  t.is(x._version, 0);
});

test('what gradcheck refuses', (t) => {
  t.throws(() => gradcheck(3 as never, both()), { instanceOf: TypeError });
  t.throws(() => gradcheck(sin, both(), { fast_mode: true } as never), { message: /fastMode/ });
  t.throws(() => gradcheck(sin, both(), { checkBackwardAd: false }), { instanceOf: ValueError });
  t.throws(() => gradgradcheck(sin, both(), { checkRevOverRev: false }), {
    instanceOf: ValueError,
  });
});
