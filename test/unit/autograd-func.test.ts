/** Custom Functions inside torch.func, beside Python's. */
import test from 'ava';
import torch, { autograd, type Tensor, TorchError } from 'sconce';
import {
  type Ctx,
  Cube,
  golden,
  leaf,
  nested,
  ones,
  rounded,
  vector,
} from '../_helpers/autograd-functions.js';

const { Function: AutogradFunction } = autograd;

torch.setNumThreads(1);

/** Derivatives that are none of its forward's, to tell which were used. */
class Fake extends AutogradFunction {
  static generateVmapRule = true;
  static forward(x: Tensor, scale: number): [Tensor, Tensor] {
    return [x.pow(2).mul(scale), x.add(1)];
  }
  static setupContext(
    ctx: Ctx,
    [x, scale]: readonly [Tensor, number],
    [first]: readonly [Tensor, Tensor],
  ) {
    ctx.scale = scale;
    ctx.saveForBackward(x, first);
    ctx.saveForForward(x);
  }
  static backward(ctx: Ctx, first: Tensor, second: Tensor) {
    const [x, output] = ctx.savedTensors as [Tensor, Tensor];
    return [first.mul(x).mul(10).add(second.mul(3)).add(output.mul(0)), null];
  }
  static jvp(ctx: Ctx, tangent: Tensor) {
    const [x] = ctx.savedTensors as [Tensor];
    return [tangent.mul(x).mul(7), tangent.mul(5)];
  }
}

class OwnVmap extends AutogradFunction {
  static forward(x: Tensor, y: Tensor) {
    return x.mul(y);
  }
  static setupContext(ctx: Ctx, inputs: readonly [Tensor, Tensor], _output: Tensor) {
    ctx.saveForBackward(...inputs);
  }
  static backward(ctx: Ctx, grad: Tensor) {
    const [x, y] = ctx.savedTensors as [Tensor, Tensor];
    return [grad.mul(y).mul(2), grad.mul(x).mul(3)];
  }
  static vmap(
    info: autograd.VmapInfo,
    inDims: readonly (number | null)[],
    ...inputs: [Tensor, Tensor]
  ) {
    const [x, y] = inputs.map((one, i) => {
      const dim = inDims[i] ?? null;
      return dim === null ? one : one.movedim(dim, 0);
    }) as [Tensor, Tensor];
    return [OwnVmap.apply(x, y).add(info.batchSize), 0];
  }
}

class NoRule extends AutogradFunction {
  static forward(x: Tensor) {
    return x.mul(2);
  }
  static setupContext() {}
}

class BothRules extends OwnVmap {
  static generateVmapRule = true;
}

const { grad, gradAndValue, jacfwd, jacrev, jvp, vmap } = torch.func;

const fake = (x: Tensor) => Fake.apply(x, 2)[0];

const fakeSum = (x: Tensor) => fake(x).sum();

const matrix = torch.tensor(
  [
    [1, 2],
    [3, 4],
  ],
  { dtype: torch.float64 },
);

const transforms: Record<string, () => unknown> = {
  grad: () => grad(fakeSum)(vector(1, 2)),
  'grad of both outputs': () =>
    grad((x: Tensor) => {
      const [first, second] = Fake.apply(x, 2);
      return first.sum().add(second.sum());
    })(vector(1, 2)),
  'grad of grad': () => grad((y: Tensor) => (grad(fakeSum)(y) as Tensor).sum())(vector(1, 2)),
  'outside of an inner grad': () =>
    grad((x: Tensor) => (grad((y: Tensor) => fake(x).mul(y).sum())(ones) as Tensor).sum())(
      vector(1, 2),
    ),
  'on both sides': () =>
    grad((x: Tensor) => (grad((y: Tensor) => fakeSum(x.mul(y)))(ones) as Tensor).sum())(
      vector(1, 2),
    ),
  'the value within an inner grad': () =>
    grad((x: Tensor) => gradAndValue((y: Tensor) => fakeSum(x.mul(y)))(ones)[1] as Tensor)(
      vector(1, 2),
    ),
  vmap: () => vmap(fake)(matrix),
  'vmap along another dimension': () => vmap(fake, 1, 1)(matrix),
  'vmap of grad': () => vmap(grad(fakeSum))(matrix),
  'vmap of grad in an unmapped input': () =>
    vmap((x: Tensor, y: Tensor) => grad((z: Tensor) => fake(z).mul(y).sum())(x), [null, 0])(
      vector(1, 2),
      matrix,
    ),
  'grad of vmap': () => grad((x: Tensor) => vmap(fake)(x).sum())(matrix),
  'vmap of vmap': () => vmap(vmap(fake))(matrix),
  jvp: () => jvp((x: Tensor) => Fake.apply(x, 2), [vector(1, 2)], [vector(1, 10)])[1],
  'vmap of jvp': () =>
    vmap((x: Tensor, t: Tensor) => jvp(fake, [x], [t])[1] as Tensor)(matrix, matrix),
  jacrev: () => jacrev(fake)(vector(1, 2)),
  jacfwd: () => jacfwd(fake)(vector(1, 2)),
  hessian: () => jacrev(jacrev(fakeSum))(vector(1, 2)),
  'backward through vmap': () => {
    const x = leaf(1, 2);
    const [first, second] = vmap((y: Tensor) => Fake.apply(y, 2))(x);
    first.add(second).sum().backward();
    return [first, second, x.grad];
  },
  'a vmap of its own': () => {
    const [x, y] = [leaf(1, 2, 3), leaf(4)];
    const out = vmap((one: Tensor, other: Tensor) => OwnVmap.apply(one, other), [0, null])(
      x,
      y.squeeze(),
    );
    out.sum().backward();
    return [out, x.grad, y.grad];
  },
};

const transformErrors: Record<string, [run: () => unknown, message: RegExp]> = {
  'no setup_context': [
    () => grad((x: Tensor) => Cube.apply(x).sum())(vector(1)),
    /must have a static method setupContext\(\)/,
  ],
  'no rule for vmap': [() => vmap((x: Tensor) => NoRule.apply(x))(vector(1)), /no rule for torch/],
  'two rules for vmap': [
    () => vmap((x: Tensor, y: Tensor) => BothRules.apply(x, y))(vector(1), vector(1)),
    /either vmap\(\) or generateVmapRule, not both/,
  ],
};

test('every recorded transform is tried', (t) => {
  const names = [...Object.keys(transforms), ...Object.keys(transformErrors)];
  t.deepEqual(names, Object.keys(golden.transforms));
});

for (const [name, expected] of Object.entries(golden.transforms)) {
  test.serial(`a Function inside torch.func does what Python's does: ${name}`, (t) => {
    const failing = transformErrors[name];
    if (failing) t.throws(failing[0], { instanceOf: TorchError, message: failing[1] });
    else t.deepEqual(rounded(nested(transforms[name]?.())), rounded(expected));
  });
}
