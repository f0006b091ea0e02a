/** Custom Functions, and what they must not do, beside Python's. */
import test from 'ava';
import torch, { autograd, type Tensor, utils } from 'sconce';
import {
  AddOne_,
  type Ctx,
  Cube,
  classes,
  golden,
  leaf,
  listOf,
  Once,
  returning,
  vector,
} from '../_helpers/autograd-functions.js';

const { Function: AutogradFunction, forwardAd, graph } = autograd;
const { checkpoint } = utils.checkpoint;

torch.setNumThreads(1);

class CubeSetup extends AutogradFunction {
  static forward(x: Tensor) {
    return x.pow(3);
  }
  static setupContext(ctx: Ctx, [x]: readonly [Tensor], _output: Tensor) {
    ctx.saveForBackward(x);
    ctx.saveForForward(x);
  }
  static vjp(ctx: Ctx, grad: Tensor) {
    const [x] = ctx.savedTensors as [Tensor];
    return x.pow(2).mul(3).mul(grad);
  }
  static jvp(ctx: Ctx, tangent: Tensor) {
    return CubeSetup.vjp(ctx, tangent);
  }
}

class Scale extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor, factor: number, _other: null) {
    ctx.factor = factor;
    return x.mul(factor);
  }
  static backward(ctx: Ctx, grad: Tensor) {
    return [grad.mul(ctx.factor as number), null, null];
  }
}

class Same extends AutogradFunction {
  static forward(_ctx: Ctx, x: Tensor) {
    return x;
  }
  static backward(_ctx: Ctx, grad: Tensor) {
    return grad.mul(7);
  }
}

function several(materialize: boolean, use: (double: Tensor, plus: Tensor) => Tensor) {
  let seen: unknown;
  class Several extends AutogradFunction {
    static forward(ctx: Ctx, x: Tensor): [Tensor, Tensor, string, Tensor] {
      ctx.setMaterializeGrads(materialize);
      const index = x.argmax();
      ctx.markNonDifferentiable(index);
      return [x.mul(2), index, 'text', x.add(1)];
    }
    static backward(
      _ctx: Ctx,
      double: Tensor | null,
      index: Tensor | null,
      text: Tensor | null,
      plus: Tensor | null,
    ) {
      seen = [double, index, text, plus].map(listOf);
      let total = torch.zeros(2, { dtype: torch.float64 });
      if (double) total = total.add(double.mul(2));
      if (plus) total = total.add(plus);
      return total;
    }
  }
  const x = leaf(1, 5);
  const [double, index, text, plus] = Several.apply(x);
  use(double, plus).sum().backward();
  return [listOf(x.grad), seen, index.requiresGrad, text, index.item()];
}

function gradOf(fn: (x: Tensor) => Tensor, ...values: number[]) {
  const x = leaf(...values);
  fn(x).sum().backward();
  return listOf(x.grad);
}

const functions: Record<string, () => unknown> = {
  'one argument that is no tensor': () => {
    const x = leaf(1, 2);
    const y = Scale.apply(x, 3, null);
    y.sum().backward();
    const node = y.gradFn as Ctx;
    return [listOf(x.grad), node.name(), node.factor, node.nextFunctions[0]?.[0]?.name()];
  },
  'several outputs': () => several(true, (double) => double),
  'several outputs, both used': () => several(true, (double, plus) => double.add(plus)),
  'several outputs, null gradients': () => several(false, (double) => double),
  'changed in place': () => {
    const x = leaf(1, 2);
    const y = x.clone();
    const z = AddOne_.apply(y);
    z.sum().backward();
    return [listOf(x.grad), listOf(y), z === y, y._version, y.gradFn?.name()];
  },
  'the input as it is': () => {
    const x = leaf(1, 2);
    const y = Same.apply(x);
    y.sum().backward();
    return [listOf(x.grad), y === x, y.gradFn?.name(), y.dataPtr() === x.dataPtr()];
  },
  'three times differentiated': () => {
    const x = leaf(2);
    const [first] = autograd.grad(Cube.apply(x), x, { createGraph: true });
    const [second] = autograd.grad(first, x, { createGraph: true });
    const [third] = autograd.grad(second, x);
    return [first.item(), second.item(), third.item()];
  },
  'forward mode': () =>
    forwardAd.dualLevel(() => {
      const dual = forwardAd.makeDual(vector(2, 3), vector(1, 10));
      return forwardAd.unpackDual(CubeSetup.apply(dual)).map(listOf);
    }),
  needs_input_grad: () => {
    const seen: unknown[] = [];
    class Needs extends AutogradFunction {
      static forward(ctx: Ctx, x: Tensor, ..._rest: unknown[]) {
        seen.push(ctx.needsInputGrad);
        return x.mul(2);
      }
      static backward(ctx: Ctx, grad: Tensor) {
        seen.push(ctx.needsInputGrad);
        return [grad.mul(2), null, null];
      }
    }
    Needs.apply(leaf(1), 3, vector(1)).backward();
    const y = torch.noGrad(() => Needs.apply(leaf(1), 3, vector(1)));
    return [seen, y.requiresGrad];
  },
  'once differentiable, once': () => gradOf((x) => Once.apply(x), 3),
  'too many gradients, all null': () => {
    const x = leaf(1);
    returning(vector(5), null, undefined, null).apply(x).backward();
    return listOf(x.grad);
  },
  'a null gradient': () => {
    const x = leaf(1);
    const y = returning(null).apply(x);
    return autograd.grad(y, x, { allowUnused: true }).map(listOf);
  },
  'an output saved': () => {
    class Exp extends AutogradFunction {
      static forward(ctx: Ctx, x: Tensor) {
        const y = x.exp();
        ctx.saveForBackward(y, null);
        return y;
      }
      static backward(ctx: Ctx, grad: Tensor) {
        const [y, none] = ctx.savedTensors as [Tensor, Tensor | null];
        if (none !== null) throw new Error('null was saved');
        return y.mul(grad);
      }
    }
    const x = leaf(0);
    const y = Exp.apply(x);
    const [slope] = autograd.grad(y, x, { createGraph: true });
    const [curvature] = autograd.grad(slope, x);
    return [slope.item(), curvature.item(), y.gradFn?.name()];
  },
  setup_context: () => gradOf((x) => CubeSetup.apply(x), 2),
};

test('every recorded Function is tried', (t) => {
  t.deepEqual(Object.keys(functions), Object.keys(golden.functions));
});

for (const [name, expected] of Object.entries(golden.functions)) {
  test(`the Function does what Python's does: ${name}`, (t) => {
    t.deepEqual(functions[name]?.(), expected);
  });
}

class NoBackward extends AutogradFunction {
  static forward(_ctx: Ctx, x: Tensor) {
    return x.mul(2);
  }
}

class NoForward extends AutogradFunction {}

class Both extends AutogradFunction {
  static forward(_ctx: Ctx, x: Tensor) {
    return x.mul(2);
  }
  static backward(_ctx: Ctx, grad: Tensor) {
    return grad;
  }
  static vjp(_ctx: Ctx, grad: Tensor) {
    return grad;
  }
}

class SavesNumber extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    ctx.saveForBackward(3 as never);
    return x.mul(2);
  }
}

class DirtyNotReturned extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    ctx.markDirty(x);
    return x.mul(2);
  }
}

class SavedChanged extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor, w: Tensor) {
    ctx.saveForBackward(w);
    return x.mul(w);
  }
  static backward(ctx: Ctx, grad: Tensor) {
    const [w] = ctx.savedTensors as [Tensor];
    return [grad.mul(w), null];
  }
}

class WrongJvp extends AutogradFunction {
  static forward(_ctx: Ctx, x: Tensor) {
    return [x.mul(2), x.mul(3)];
  }
  static jvp(_ctx: Ctx, tangent: Tensor) {
    return tangent;
  }
}

function hooked(register: (node: autograd.graph.Node) => void) {
  const y = leaf(1, 2).exp();
  if (y.gradFn) register(y.gradFn);
  y.sum().backward();
}

/** What differs between the first run of a checkpoint and the second. */
function differing(first: (x: Tensor) => Tensor, second: (x: Tensor) => Tensor) {
  let runs = 0;
  const fn = (x: Tensor) => (runs++ === 0 ? first(x) : second(x));
  checkpoint(fn, leaf(1, 2), { useReentrant: false }).sum().backward();
}

const dual = () => forwardAd.makeDual(vector(1), vector(1));

const errors: Record<string, () => unknown> = {
  'too few gradients': () => returning(vector(1)).apply(leaf(1), 3).backward(),
  'too many gradients': () => returning(vector(1), vector(1)).apply(leaf(1)).backward(),
  'gradient of a number': () => returning(vector(1), vector(1)).apply(leaf(1), 3).backward(),
  'gradient that is a number': () => returning(3).apply(leaf(1)).backward(),
  'gradient of another shape': () =>
    returning(vector(1, 2, 3))
      .apply(leaf(1, 2))
      .sum()
      .backward(),
  'no backward': () => NoBackward.apply(leaf(1)).backward(),
  'no forward': () => (NoForward as unknown as typeof NoBackward).apply(leaf(1)),
  'backward and vjp': () => Both.apply(leaf(1)).backward(),
  'a number saved': () => SavesNumber.apply(leaf(1)),
  'dirty and not returned': () => DirtyNotReturned.apply(leaf(1).clone()),
  'dirty leaf': () => AddOne_.apply(leaf(1)),
  'saved and changed': () => {
    const w = vector(2);
    const y = SavedChanged.apply(leaf(1), w);
    w.add_(1);
    y.backward();
  },
  'backward twice': () => {
    const y = Cube.apply(leaf(1));
    y.backward();
    y.backward();
  },
  'once differentiable, twice': () => {
    const x = leaf(3);
    const options = { gradOutputs: leaf(1), createGraph: true };
    const [slope] = autograd.grad(Once.apply(x), x, options);
    slope.backward();
  },
  'no jvp': () => forwardAd.dualLevel(() => Cube.apply(dual())),
  'too few tangents': () => forwardAd.dualLevel(() => WrongJvp.apply(dual())),
  'no level': () => dual(),
  'tangent of integers': () =>
    forwardAd.dualLevel(() => forwardAd.makeDual(vector(1), torch.tensor([1n]))),
  'nested levels': () => forwardAd.dualLevel(() => forwardAd.enterDualLevel()),
  'hooks disabled': () => graph.disableSavedTensorsHooks('not here', () => graph.saveOnCpu()),
  'pack changes its input': () =>
    graph.savedTensorsHooks(
      (x) => x.add_(1),
      (x) => x,
      () => leaf(1).exp(),
    ),
  'unpack gives no tensor': () =>
    graph
      .savedTensorsHooks(
        (x) => x,
        () => 3 as never,
        () => leaf(1).exp(),
      )
      .backward(),
  'recomputation saves less': () =>
    differing(
      (x) => x.sin().exp(),
      (x) => x.sin(),
    ),
  'recomputation of another shape': () =>
    differing(
      (x) => x.exp(),
      (x) => (x[':1'] as Tensor).exp(),
    ),
  'reentrant checkpoint and grad': () => {
    const x = leaf(1);
    autograd.grad(
      checkpoint((one: Tensor) => one.exp(), x, { useReentrant: true }),
      x,
    );
  },
  'edge of a tensor without gradient': () => graph.getGradientEdge(vector(1)),
  'post hook on no leaf': () =>
    leaf(1)
      .exp()
      .registerPostAccumulateGradHook(() => {}),
  'post hook without gradient': () => vector(1).registerPostAccumulateGradHook(() => {}),
  'pre-hook of another length': () => hooked((node) => node.registerPrehook(() => [])),
  'hook of another shape': () => hooked((node) => node.registerHook(() => [vector(1, 2, 3)])),
  anomaly: () => autograd.setDetectAnomaly(true, () => leaf(0).sqrt().mul(0).backward()),
};

/** Where sconce has names and words of its own. */
const ownMessages: Record<string, RegExp> = {
  'gradient of a number': /returned a gradient different from null at position 2, but the/,
  'gradient that is a number': /expected Tensor or null \(got a number\)/,
  'no backward': /must have a static method backward\(\) or vjp\(\)/,
  'no forward': /must have a static method forward\(\)/,
  'backward and vjp': /either backward\(\) or vjp\(\), not both/,
  'a number saved': /saveForBackward\(\) takes Tensors only, but argument 0 is a number/,
  'saved and changed': /modified by an inplace operation: .* is at version 1; expected version 0/,
  'backward twice': /^Trying to backward through the graph a second time/,
  'once differentiable, twice':
    /^trying to differentiate twice a function that was marked with once/,
  'no jvp': /must have a static method jvp\(\)/,
  'no level': /there is no level/,
  'tangent of integers': /expected tangent to be floating point or complex, but got: torch.int64/,
  'unpack gives no tensor': /unpack must return a Tensor, got number/,
  'recomputation saves less':
    /different number of tensors was saved .*: 2 during forward, 1 during/,
  'recomputation of another shape':
    /different metadata[\s\S]*position 0:\nsaved metadata: shape \[2\]/,
  'reentrant checkpoint and grad': /incompatible with autograd.grad\(\) or passing `inputs`/,
  'edge of a tensor without gradient': /^it is not possible to get the gradient edge for a Tensor/,
  'pre-hook of another length': /incorrect number of values \(got 0, but expected 1\)/,
  'hook of another shape': /has changed the size of value/,
};

test('every recorded error is tried', (t) => {
  t.deepEqual(Object.keys(errors), Object.keys(golden.errors));
});

for (const [name, { type, message }] of Object.entries(golden.errors)) {
  test.serial(`the error is Python's: ${name}`, (t) => {
    t.throws(errors[name] as () => unknown, {
      instanceOf: classes[type],
      message: ownMessages[name] ?? message,
    });
  });
}
