/** Custom Functions, graph hooks, autograd.functional, forward mode and checkpoints, beside Python's. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, {
  autograd,
  NotImplementedError,
  nn,
  type Tensor,
  TorchError,
  utils,
  ValueError,
} from 'sconce';

const { Function: AutogradFunction, forwardAd, functional, graph, onceDifferentiable } = autograd;
type Ctx = autograd.FunctionCtx;
const { checkpoint, checkpointSequential, CheckpointError } = utils.checkpoint;

interface Golden {
  seed: number;
  functions: Record<string, unknown>;
  errors: Record<string, { type: string; message: string }>;
  graphs: Record<string, unknown>;
  functional: Record<string, unknown>;
  transforms: Record<string, unknown>;
  strict: Record<string, { type: string; message: string }>;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/autograd-functions.json', import.meta.url), 'utf8'),
);

torch.setNumThreads(1);

const leaf = (...values: number[]) =>
  torch.tensor(values, { dtype: torch.float64, requiresGrad: true });
const vector = (...values: number[]) => torch.tensor(values, { dtype: torch.float64 });
const number = (...values: number[]) => torch.tensor(values, { dtype: torch.float64 }).squeeze();
const listOf = (tensor: Tensor | null) => tensor?.tolist() ?? null;

class Cube extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    ctx.saveForBackward(x);
    return x.pow(3);
  }
  static backward(ctx: Ctx, grad: Tensor) {
    const [x] = ctx.savedTensors as [Tensor];
    return x.pow(2).mul(3).mul(grad);
  }
}

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

class AddOne_ extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    x.add_(1);
    ctx.markDirty(x);
    return x;
  }
  static backward(_ctx: Ctx, grad: Tensor) {
    return grad.mul(10);
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

class Once extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    ctx.saveForBackward(x);
    return x.pow(2);
  }
  static backward = onceDifferentiable((ctx, grad: Tensor) => {
    const [x] = ctx.savedTensors as [Tensor];
    return x.mul(2).mul(grad);
  });
}

function returning(...gradients: unknown[]) {
  class Returning extends AutogradFunction {
    static forward(_ctx: Ctx, x: Tensor, ..._rest: unknown[]) {
      return x.mul(2);
    }
    static backward() {
      return gradients.length === 1 ? gradients[0] : gradients;
    }
  }
  return Returning;
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
  'gradient that is a number': /expected Tensor or null \(got number\)/,
  'no backward': /must have a static method backward\(\) or vjp\(\)/,
  'no forward': /must have a static method forward\(\)/,
  'backward and vjp': /either backward\(\) or vjp\(\), not both/,
  'a number saved': /saveForBackward\(\) takes Tensors only, but argument 0 is of type number/,
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

const classes = {
  RuntimeError: TorchError,
  ValueError,
  TypeError,
  NotImplementedError,
  CheckpointError,
} as unknown as Record<string, typeof TorchError>;

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

function stochastic(useReentrant: boolean) {
  torch.manualSeed(golden.seed);
  const x = leaf(1, 2, 3, 4);
  let runs = 0;
  const fn = (one: Tensor) => {
    runs++;
    return nn.functional.dropout(one.sin(), 0.5).mul(one);
  };
  const y = checkpoint(fn, x, { useReentrant, preserveRngState: true });
  y.sum().backward();
  return [listOf(y), listOf(x.grad), runs, listOf(torch.rand(2, { dtype: torch.float64 }))];
}

function earlyStop(enabled: boolean) {
  const ran: string[] = [];
  const x = leaf(1, 2);
  const fn = (given: Tensor) => {
    ran.push('sin');
    const sine = given.sin();
    ran.push('exp');
    const power = sine.exp();
    ran.push('end');
    return power.add(1);
  };
  checkpoint(fn, x, { useReentrant: false, earlyStop: enabled }).sum().backward();
  return [ran, listOf(x.grad)];
}

function sequential(useReentrant: boolean) {
  torch.manualSeed(golden.seed);
  const model = new nn.Sequential(
    new nn.Linear(2, 3),
    new nn.Tanh(),
    new nn.Linear(3, 3),
    new nn.Tanh(),
    new nn.Linear(3, 1),
  ).double();
  const x = leaf(1, 2);
  const y = checkpointSequential(model, 2, x, { useReentrant });
  y.backward();
  return [listOf(y), listOf(x.grad), [...model.parameters()].map((p) => listOf(p.grad))];
}

const graphs: Record<string, () => unknown> = {
  'order of hooks': () => {
    const order: string[] = [];
    const log = (what: string) => () => {
      order.push(what);
    };
    const x = leaf(1);
    const y = x.exp();
    y.retainGrad();
    const node = y.gradFn as autograd.graph.Node;
    node.registerHook(log('post'));
    y.registerHook(log('tensor'));
    node.registerPrehook(log('pre'));
    y.registerHook(log('tensor 2'));
    x.registerHook(log('leaf'));
    x.registerPostAccumulateGradHook((p) => log(`accumulated ${p.grad ? 'True' : 'False'}`)());
    const accumulate = node.nextFunctions[0]?.[0] as autograd.graph.Node;
    accumulate.registerPrehook(log('leaf pre'));
    accumulate.registerHook((i, o) => log(`leaf post ${i.length} ${o.length}`)());
    graph.registerMultiGradHook([x, y], log('multi'));
    graph.registerMultiGradHook([x, y], log('any'), { mode: 'any' });
    y.sum().backward();
    return order;
  },
  'hooks that replace': () => {
    const x = leaf(1, 2);
    const y = x.mul(3);
    const node = y.gradFn as autograd.graph.Node;
    node.registerPrehook(([g]) => [g?.mul(2) ?? null]);
    node.registerHook(([i, ...rest], [o]) => [i?.add(o as Tensor) ?? null, ...rest]);
    const handle = node.registerHook(([i, ...rest]) => [i?.mul(100) ?? null, ...rest]);
    y.sum().backward({ retainGraph: true });
    const first = listOf(x.grad);
    handle.remove();
    x.grad = null;
    y.sum().backward();
    return [first, listOf(x.grad)];
  },
  'multi-grad hook': () => {
    const seen: boolean[][] = [];
    const [a, b] = [leaf(1), leaf(2)];
    const [c, d] = [a.mul(b), a.mul(b)];
    graph.registerMultiGradHook([a, b, c, d], (gradients) => {
      seen.push(gradients.map((gradient) => gradient !== null));
    });
    c.sum().backward({ retainGraph: true });
    c.sum().backward({ inputs: [a], retainGraph: true });
    c.add(d).sum().backward();
    return seen;
  },
  'order of custom Functions': () => {
    const order: string[] = [];
    class Log extends AutogradFunction {
      static forward(ctx: Ctx, x: Tensor, name: string) {
        ctx.label = name;
        return x.mul(2);
      }
      static backward(ctx: Ctx, grad: Tensor) {
        order.push(ctx.label as string);
        return [grad.mul(2), null];
      }
    }
    const x = leaf(1);
    const a = Log.apply(x, 'a');
    const b = Log.apply(x, 'b');
    const c = Log.apply(a, 'c');
    b.add(c).sum().backward();
    return order;
  },
  'packed and unpacked': () => {
    const log: string[] = [];
    const a = leaf(1, 2);
    const w = graph.savedTensorsHooks(
      (x) => {
        log.push(`pack [${x.shape.join(', ')}] ${x.requiresGrad ? 'True' : 'False'}`);
        return x.detach();
      },
      (x) => {
        log.push(`unpack [${x.shape.join(', ')}]`);
        return x;
      },
      () => {
        const y = a.exp();
        return Cube.apply(y.mul(a).sum());
      },
    );
    w.backward();
    return [log, listOf(a.grad)];
  },
  'the graph': () => {
    const x = leaf(1, 2);
    const names: string[] = [];
    const walk = (node: autograd.graph.Node | null, depth: number) => {
      names.push('  '.repeat(depth) + (node?.name() ?? 'None'));
      for (const [parent] of node?.nextFunctions ?? []) walk(parent, depth + 1);
    };
    walk(x.exp().mul(x).sum().gradFn, 0);
    return names;
  },
  'gradient edges': () => {
    const x = leaf(1, 2);
    const edge = graph.getGradientEdge(x);
    const [gradient] = autograd.grad(Cube.apply(x).sum(), edge);
    const y = Cube.apply(x);
    const middle = graph.getGradientEdge(y);
    const z = y.sum();
    const [inner] = autograd.grad(z, middle);
    return [listOf(gradient), edge.node.name(), middle.node.name(), middle.outputNr, listOf(inner)];
  },
  checkpoint: () => stochastic(false),
  'checkpoint, reentrant': () => stochastic(true),
  'checkpoint, early stop': () => earlyStop(true),
  'checkpoint, no early stop': () => earlyStop(false),
  'checkpoint in checkpoint': () => {
    const x = leaf(0.5, 1);
    const inner = (one: Tensor) => one.exp().sin();
    const outer = (one: Tensor) => checkpoint(inner, one.cos(), { useReentrant: false }).mul(one);
    const y = checkpoint(outer, x, { useReentrant: false });
    const [slope] = autograd.grad(y.sum(), x, { createGraph: true });
    slope.sum().backward();
    return [listOf(slope), listOf(x.grad)];
  },
  checkpoint_sequential: () => sequential(false),
  'checkpoint_sequential, reentrant': () => sequential(true),
  'forward over reverse': () =>
    forwardAd.dualLevel(() => {
      const x = forwardAd.makeDual(vector(0.5, 2).requiresGrad_(), vector(1, 3));
      const y = x.sin().mul(x.pow(2)).sum();
      const [gradient] = autograd.grad(y, x, { createGraph: true });
      return forwardAd.unpackDual(gradient).map(listOf);
    }),
};

/** Numbers to 12 digits, everything else as it is. */
function rounded(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, rounded);
  return typeof value === 'number' ? Number(value.toPrecision(12)) + 0 : value;
}

test('every recorded graph is tried', (t) => {
  t.deepEqual(Object.keys(graphs), Object.keys(golden.graphs));
});

for (const [name, expected] of Object.entries(golden.graphs)) {
  test.serial(`the graph does what Python's does: ${name}`, (t) => {
    t.deepEqual(rounded(graphs[name]?.()), rounded(expected));
  });
}

const two = (x: Tensor, y: Tensor) => [x.sin().mul(y.sum()), x.mul(x).sum().add(y)] as const;
const scalar = (x: Tensor, y: Tensor) => x.pow(3).mul(y.sum()).sum().add(y.mul(y).mul(x).sum());
const [a, b] = [vector(1, 2), vector(0.5, -1)];
const [v, w] = [vector(1, 10), vector(3, 5)];
const forward = { vectorize: true, strategy: 'forward-mode' } as const;

const functionals: Record<string, () => unknown> = {
  jacobian: () => functional.jacobian((x) => x.sin().mul(x.sum()), a),
  'jacobian of two by two': () => functional.jacobian(two, [a, b]),
  'jacobian, unused input': () => functional.jacobian((x: Tensor, _y: Tensor) => x.mul(2), [a, b]),
  'jacobian by forward mode': () => functional.jacobian(two, [a, b], forward),
  'jacobian, vectorized': () => functional.jacobian(two, [a, b], { vectorize: true }),
  hessian: () => functional.hessian((x) => x.pow(3).prod(), a),
  'hessian of two': () => functional.hessian(scalar, [a, b]),
  'hessian, vectorized': () => functional.hessian(scalar, [a, b], { vectorize: true }),
  vjp: () => functional.vjp(two, [a, b], [v, w]),
  'vjp of a number': () => functional.vjp((x) => x.prod(), a),
  jvp: () => functional.jvp(two, [a, b], [v, w]),
  vhp: () => functional.vhp(scalar, [a, b], [v, w]),
  hvp: () => functional.hvp(scalar, [a, b], [v, w]),
  'hvp of one': () => functional.hvp((x) => x.pow(3).sum(), a, v),
};

function nested(value: unknown): unknown {
  return Array.isArray(value) ? value.map(nested) : listOf(value as Tensor);
}

test('every recorded functional is tried', (t) => {
  t.deepEqual(Object.keys(functionals), Object.keys(golden.functional));
});

for (const [name, expected] of Object.entries(golden.functional)) {
  test(`autograd.functional gives what Python's gives: ${name}`, (t) => {
    t.deepEqual(rounded(nested(functionals[name]?.())), rounded(expected));
  });
}

const constant = () => vector(1);
const linear = (x: Tensor) => x.mul(2);
const sum = (x: Tensor) => x.sum();
const ones = vector(1, 1);
const strict = { strict: true };

const strictErrors: Record<string, [run: () => unknown, message: RegExp]> = {
  jacobian: [
    () => functional.jacobian((x: Tensor, _y: Tensor) => x.mul(2), [a, b], strict),
    /^output 0 of the user-provided function is independent of input 1/,
  ],
  'jacobian of a constant': [
    () => functional.jacobian(constant, a, strict),
    /^output 0 of the user-provided function does not require gradients/,
  ],
  'jacobian of a linear function': [
    () => functional.jacobian(linear, a, { strict: true, createGraph: true }),
    /^the jacobian of the user-provided function is independent of input 0.* createGraph/,
  ],
  'hessian of a linear function': [
    () => functional.hessian(sum, a, strict),
    /^while computing the hessian, found that the jacobian .* with respect to input 0 is indep/,
  ],
  vjp: [
    () => functional.vjp((x: Tensor, _y: Tensor) => x.mul(2), [a, b], ones, strict),
    /^the output of the user-provided function is independent of input 1/,
  ],
  jvp: [
    () => functional.jvp(constant, a, ones, strict),
    /^output 0 of the user-provided function does not require gradients/,
  ],
  'vhp of a linear function': [
    () => functional.vhp(sum, a, ones, strict),
    /^while computing the hessian, found that the jacobian .* with respect to input 0 is indep/,
  ],
  'hvp of a linear function': [
    () => functional.hvp(sum, a, ones, strict),
    /^while computing the hessian, found that the jacobian .* with respect to input 0 is indep/,
  ],
  'v of another shape': [
    () => functional.vjp(linear, a, vector(1)),
    /^v has invalid size: should be \[2\] but got \[1\]/,
  ],
  'v left out': [() => functional.vjp(linear, a), /v can be left out only where the output/],
  'vectorized and strict': [
    () => functional.jacobian((x) => x, a, { strict: true, vectorize: true }),
    /strict and vectorize are not supported together/,
  ],
  'hessian of a vector': [
    () => functional.hessian(linear, a),
    /^the Tensor returned by the function given to hessian should contain a single element/,
  ],
  'hessian of two outputs': [
    () => functional.hessian(((x: Tensor) => [x.sum(), x.sum()]) as never, a),
    /^the function given to hessian should return a single Tensor/,
  ],
  'an input that is no tensor': [
    () => functional.jacobian((x) => x, 3 as never),
    /^the inputs given to jacobian must be either a Tensor or an array of Tensors/,
  ],
  'an output that is no tensor': [
    () => functional.jacobian((() => 3) as never, a),
    /^the outputs of the user-provided function given to jacobian must be either a Tensor or/,
  ],
};

test('every recorded error of autograd.functional is tried', (t) => {
  t.deepEqual(Object.keys(strictErrors), Object.keys(golden.strict));
});

for (const [name, { type }] of Object.entries(golden.strict)) {
  test(`autograd.functional throws as Python's does: ${name}`, (t) => {
    const [run, message] = strictErrors[name] as [() => unknown, RegExp];
    t.throws(run, { instanceOf: classes[type], message });
  });
}

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

test('jacobians and products can be differentiated', (t) => {
  const x = leaf(1, 2);
  const options = { createGraph: true };
  const square = functional.jacobian((one) => one.pow(2), x, options);
  t.deepEqual(autograd.grad(square.sum(), x)[0].tolist(), [2, 2]);
  const [, product] = functional.jvp((one) => one.pow(3), x, vector(1, 1), options);
  t.deepEqual(autograd.grad(product.sum(), x)[0].tolist(), [6, 12]);
  t.false(functional.vjp((one) => one.pow(2), x, number(1).expand(2))[1].requiresGrad);
});
