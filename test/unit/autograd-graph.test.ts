/** What no golden file records of autograd: errors on their way, modes, edges of the API. */
import test from 'ava';
import torch, { autograd, type Tensor, TorchError, utils } from 'sconce';

const { Function: AutogradFunction, forwardAd, functional, graph } = autograd;
type Ctx = autograd.FunctionCtx;
const { checkpoint, noopContextFn, setCheckpointEarlyStop } = utils.checkpoint;

torch.setNumThreads(1);

const leaf = (...values: number[]) =>
  torch.tensor(values, { dtype: torch.float64, requiresGrad: true });
const vector = (...values: number[]) => torch.tensor(values, { dtype: torch.float64 });

/** A Function that throws a value in its backward. */
function throwing(value: unknown) {
  class Throwing extends AutogradFunction {
    static forward(_ctx: Ctx, x: Tensor) {
      return x.mul(2);
    }
    static backward(): Tensor {
      throw value;
    }
  }
  return Throwing;
}

test('what backward() of a Function throws, backward() of a Tensor throws', (t) => {
  const mine = new RangeError('mine');
  const caught = t.throws(() => throwing(mine).apply(leaf(1)).mul(3).sum().backward(), {
    instanceOf: RangeError,
  });
  t.is(caught, mine);
  for (const value of [undefined, null, 3, 'text', { plain: true }]) {
    try {
      throwing(value).apply(leaf(1)).backward();
      t.fail('nothing was thrown');
    } catch (error) {
      t.is(error, value);
    }
  }
  // Another backward is as if nothing had been.
  t.deepEqual(autograd.grad(leaf(2).pow(2), leaf(2), { allowUnused: true }), [null] as never);
});

test('errors come through hooks of every kind, and through operators', (t) => {
  const mine = new RangeError('mine');
  const fail = () => {
    throw mine;
  };
  const register: ((x: Tensor, y: Tensor) => unknown)[] = [
    (x) => x.registerHook(fail),
    (x) => x.registerPostAccumulateGradHook(fail),
    (_, y) => y.gradFn?.registerHook(fail),
    (_, y) => y.gradFn?.registerPrehook(fail),
    (x, y) => graph.registerMultiGradHook([x, y], fail),
  ];
  for (const one of register) {
    const x = leaf(1);
    const y = x.exp();
    one(x, y);
    t.is(
      t.throws(() => y.backward()),
      mine,
    );
  }
  t.is(
    t.throws(() => graph.savedTensorsHooks(fail, fail, () => leaf(1).exp())),
    mine,
  );
  const y = graph.savedTensorsHooks(
    (x) => x,
    fail,
    () => leaf(1).exp(),
  );
  t.is(
    t.throws(() => y.backward()),
    mine,
  );
});

test('backward within backward, and errors in it', (t) => {
  class Nested extends AutogradFunction {
    static forward(ctx: Ctx, x: Tensor, fails: boolean) {
      ctx.fails = fails;
      ctx.saveForBackward(x);
      return x.pow(2);
    }
    static backward(ctx: Ctx, grad: Tensor) {
      const [x] = ctx.savedTensors as [Tensor];
      const inner = x.detach().requiresGrad_();
      torch.enableGrad(() => {
        const y = inner.pow(2);
        if (ctx.fails) y.registerHook(() => 3 as never);
        y.sum().backward();
      });
      return [grad.mul(inner.grad as Tensor), null];
    }
  }
  const x = leaf(1, 3);
  Nested.apply(Nested.apply(x, false), false).sum().backward();
  t.deepEqual(x.grad?.tolist(), [4, 108]);
  t.throws(() => Nested.apply(leaf(1), true).backward(), { instanceOf: TypeError });
});

test('deeply nested backwards are refused beyond the depth of one thread, and nothing breaks', (t) => {
  const nest = (depth: number): number => {
    const x = leaf(1);
    x.registerHook(() => {
      if (depth > 0) torch.enableGrad(() => nest(depth - 1));
    });
    x.exp().backward();
    return x.grad?.item() ?? Number.NaN;
  };
  t.is(nest(40), Math.E);
  t.throws(() => nest(100), { instanceOf: TorchError, message: /nest backward\(\) less than 60/ });
  t.is(nest(2), Math.E);
});

test('a Function must be called by apply, and be synchronous', (t) => {
  class Late extends AutogradFunction {
    static async forward(_ctx: Ctx, x: Tensor) {
      return x;
    }
  }
  t.throws(() => Late.apply(leaf(1)), { instanceOf: TypeError, message: /synchronous/ });
  class Fails extends AutogradFunction {
    static forward(_ctx: Ctx, _x: Tensor): Tensor {
      throw new RangeError('in forward');
    }
  }
  t.throws(() => Fails.apply(leaf(1)), { instanceOf: RangeError });
  t.true(torch.isGradEnabled());
});

test('nothing in forward is recorded, and a context knows its own values', (t) => {
  class Watch extends AutogradFunction {
    static forward(ctx: Ctx, x: Tensor) {
      t.false(torch.isGradEnabled());
      t.deepEqual(ctx.savedTensors, []);
      t.false(x.mul(2).requiresGrad);
      ctx.saveForBackward(x);
      return x.mul(2);
    }
    static backward(ctx: Ctx, grad: Tensor) {
      t.false(torch.isGradEnabled());
      t.is(ctx.savedTensors.length, 1);
      return grad.mul(2);
    }
  }
  const x = leaf(1);
  const y = Watch.apply(x);
  t.is(String(y.gradFn), '<WatchBackward>');
  t.regex(String(y), /grad_fn=<WatchBackward>/);
  t.is((y.gradFn as Ctx).savedTensors[0]?.item(), 1);
  y.backward();
  t.throws(() => (y.gradFn as Ctx).savedTensors, { message: /a second time/ });
  t.is(torch.noGrad(() => Watch.apply(x)).gradFn, null);
});

test('contexts whose graph has gone say so', (t) => {
  let kept: Ctx | undefined;
  class Keep extends AutogradFunction {
    static forward(ctx: Ctx, x: Tensor) {
      kept = ctx;
      return x.mul(2);
    }
    static backward(_ctx: Ctx, grad: Tensor) {
      return grad;
    }
  }
  const y = Keep.apply(leaf(1));
  t.is(kept?.name(), 'KeepBackward');
  y.dispose();
  t.throws(() => kept?.name(), { instanceOf: TorchError, code: 'ERR_GRAPH_FREED' });
});

test('a view that a Function gives out', (t) => {
  class Reshape extends AutogradFunction {
    static forward(ctx: Ctx, x: Tensor) {
      ctx.shape = x.shape;
      return x.view(-1);
    }
    static backward(ctx: Ctx, grad: Tensor) {
      return grad.view(ctx.shape as number[]);
    }
  }
  const x = torch.ones(2, 3, { dtype: torch.float64, requiresGrad: true });
  const y = Reshape.apply(x);
  y.pow(2).sum().backward();
  t.deepEqual(x.grad?.tolist(), [
    [2, 2, 2],
    [2, 2, 2],
  ]);
  t.throws(() => Reshape.apply(x.clone()).mul_(2), { message: /is a view and .*inplace/ });
});

test.serial('detectAnomaly names the line of the forward call', async (t) => {
  const messages: string[] = [];
  const listen = (warning: Error) => messages.push(warning.message);
  process.on('warning', listen);
  const forward = (x: Tensor) => x.sub(1).sqrt();
  const error = t.throws(() =>
    autograd.detectAnomaly(() => forward(leaf(1)).mul(0).sum().backward()),
  );
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off('warning', listen);
  t.is(error?.message, "Function 'SqrtBackward0' returned nan values in its 0th output.");
  const told = messages.find((message) => message.startsWith('Error detected in SqrtBackward0'));
  t.regex(
    told ?? '',
    /Traceback of forward call that caused the error:\n +at forward \(.*autograd-graph\.test\.ts:\d+:\d+\)/,
  );
  t.notRegex(told ?? '', /dispatch/);
  t.false(autograd.isAnomalyEnabled());
});

test.serial('setDetectAnomaly without the search for NaN, and its guard', (t) => {
  const nan = () => leaf(0).sqrt().mul(0).backward();
  t.notThrows(() => autograd.setDetectAnomaly(true, { checkNan: false }, nan));
  t.throws(() => autograd.setDetectAnomaly(true, nan));
  {
    using _ = autograd.setDetectAnomaly(true, false);
    t.true(autograd.isAnomalyEnabled());
    t.notThrows(nan);
    autograd.setDetectAnomaly(false, () => t.false(autograd.isAnomalyEnabled()));
  }
  t.false(autograd.isAnomalyEnabled());
  t.throws(() => autograd.setDetectAnomaly(1 as never), { instanceOf: TypeError });
});

test('metadata is an object of the node', (t) => {
  const y = leaf(1).exp();
  const node = y.gradFn as autograd.graph.Node;
  t.deepEqual(node.metadata, {});
  node.metadata.note = [1, 2];
  t.deepEqual(y.gradFn?.metadata, { note: [1, 2] });
  t.is(y.gradFn, node);
  t.is(y.mul(2).gradFn?.nextFunctions[0]?.[0], node);
  t.deepEqual(node._inputMetadata[0]?.shape, [1]);
  t.is(node._inputMetadata[0]?.dtype, torch.float64);
  t.true(node._sequenceNr() < (leaf(1).exp().gradFn?._sequenceNr() ?? 0));
});

test('hooks of nodes are taken away, and null is what they may return', (t) => {
  const x = leaf(1, 2);
  const y = x.mul(3);
  const seen: string[] = [];
  const node = y.gradFn as autograd.graph.Node;
  const first = node.registerPrehook(() => {
    seen.push('pre');
  });
  const second = node.registerHook((inputs, outputs) => {
    seen.push(`post ${inputs[0]?.tolist()} ${inputs[1]} ${outputs[0]?.tolist()}`);
    return null;
  });
  y.sum().backward({ retainGraph: true });
  first.remove();
  second.remove();
  second.remove();
  y.sum().backward({ retainGraph: true });
  t.deepEqual(seen, ['pre', 'post 3,3 null 1,1']);
  t.throws(() => node.registerHook(3 as never), { instanceOf: TypeError });
  node.registerHook(() => leaf(1) as never);
  t.throws(() => y.sum().backward(), { message: /array of Tensors/ });
});

test('a gradient after it was added', (t) => {
  const x = leaf(1, 2);
  const seen: unknown[] = [];
  const handle = x.registerPostAccumulateGradHook((param) => {
    seen.push([param === x, param.grad?.tolist()]);
    param.grad = null;
  });
  x.sum().backward();
  x.mul(2).sum().backward();
  t.is(x.grad, null);
  handle.remove();
  x.sum().backward();
  t.deepEqual(x.grad?.tolist(), [1, 1]);
  t.deepEqual(seen, [
    [true, [1, 1]],
    [true, [2, 2]],
  ]);
  t.throws(() => x.registerPostAccumulateGradHook(3 as never), { instanceOf: TypeError });
});

test('gradient edges stand for tensors', (t) => {
  const x = leaf(1, 2);
  const y = x.exp();
  const edge = graph.getGradientEdge(y);
  const [gradient] = autograd.grad(edge, x, { gradOutputs: vector(1, 10) });
  t.true(torch.allclose(gradient, vector(Math.E, 10 * Math.E ** 2)));
  const one = graph.getGradientEdge(x.pow(2).sum());
  autograd.backward(one);
  t.deepEqual(x.grad?.tolist(), [2, 4]);
  t.throws(() => autograd.grad(graph.getGradientEdge(x.exp()), x), { message: /scalar outputs/ });
  t.throws(() => graph.getGradientEdge(3 as never), { instanceOf: TypeError });
});

test('gradients of many vectors at once', (t) => {
  const x = leaf(1, 2, 3);
  const y = x.pow(2);
  const [rows] = autograd.grad(y, x, {
    gradOutputs: torch.eye(3, { dtype: torch.float64 }),
    isGradsBatched: true,
  });
  t.deepEqual(rows.tolist(), [
    [2, 0, 0],
    [0, 4, 0],
    [0, 0, 6],
  ]);
  const options = { gradOutputs: torch.ones(2, 3, { dtype: torch.float64 }), isGradsBatched: true };
  const [used, unused] = autograd.grad(x.exp(), [x, leaf(5)], { ...options, allowUnused: true });
  t.deepEqual(used.shape, [2, 3]);
  t.is<unknown, null>(unused, null);
  const [slope] = autograd.grad(x.pow(3), x, { ...options, createGraph: true });
  t.deepEqual(autograd.grad(slope.sum(), x)[0].tolist(), [12, 24, 36]);
  t.throws(() => autograd.grad(x.sum(), x, { isGradsBatched: true }), { message: /gradOutputs/ });
});

test('tensors that are changed in place while backward needs them', (t) => {
  const x = leaf(1, 2);
  const square = () => {
    const y = x.clone();
    const z = y.pow(2).sum();
    y.sin_();
    y[0] = 5 as never;
    y.add_(1);
    return z;
  };
  t.throws(() => square().backward(), { message: /modified by an inplace operation/ });
  graph.allowMutationOnSavedTensors(() => square().backward());
  t.deepEqual(x.grad?.tolist(), [2, 4]);
  const left = graph.allowMutationOnSavedTensors(() => {
    t.throws(() => graph.allowMutationOnSavedTensors(), { message: /nested/ });
    return x.exp();
  });
  t.throws(() => left.sum().backward(), { message: /outside of the allowMutation/ });
  const values = vector(1, 2);
  graph.allowMutationOnSavedTensors(() => {
    const y = x.mul(values).sum();
    torch.add(values, 1, { out: values });
    torch.max(vector(1, 2).view(1, 2), 1, { out: [values[':1'], torch.tensor([0n])] as never });
    x.grad = null;
    y.backward();
  });
  t.deepEqual(x.grad?.tolist(), [1, 2]);
});

test('incrementVersion counts a change that nothing else would', (t) => {
  const w = vector(2);
  const y = leaf(1).mul(w);
  graph.incrementVersion([w]);
  t.is(w._version, 1);
  t.throws(() => y.backward(), { message: /modified by an inplace operation/ });
});

test('saveOnCpu, and hooks within hooks', (t) => {
  const x = leaf(1, 2);
  graph.saveOnCpu({ pinMemory: true }, () => x.exp().sum()).backward();
  t.true(torch.allclose(x.grad as Tensor, x.detach().exp()));
  const log: string[] = [];
  const hooks = (name: string, body: () => Tensor) =>
    graph.savedTensorsHooks(
      (tensor) => {
        log.push(name);
        return tensor;
      },
      (tensor) => tensor,
      body,
    );
  hooks('outer', () =>
    x
      .exp()
      .add(hooks('inner', () => x.exp()))
      .exp(),
  );
  t.deepEqual(log, ['outer', 'inner', 'outer']);
  t.throws(() => graph.saveOnCpu({ pin_memory: true } as never), { message: /pinMemory/ });
  t.throws(() => graph.savedTensorsHooks(3 as never, 3 as never), { instanceOf: TypeError });
});

test('forward mode: what is left of it outside its level', (t) => {
  const kept = forwardAd.dualLevel(() => forwardAd.makeDual(vector(1), vector(2)).exp());
  t.is(forwardAd.unpackDual(kept).tangent, null);
  t.throws(() => forwardAd.exitDualLevel(), { instanceOf: TorchError });
  const level = forwardAd.enterDualLevel();
  try {
    const dual = forwardAd.makeDual(vector(2), vector(1), { level });
    const { primal, tangent } = forwardAd.unpackDual(dual.pow(3), { level });
    t.deepEqual([primal.item(), tangent?.item()], [8, 12]);
  } finally {
    forwardAd.exitDualLevel({ level });
  }
  t.throws(() => forwardAd.makeDual(vector(1), vector(2)), { message: /there is no level/ });
});

test('checkpoint: modes, keyword-like arguments and what it refuses', (t) => {
  const x = leaf(1, 2);
  const ran: string[] = [];
  const contextFn = (): ReturnType<typeof noopContextFn> => [
    (body) => {
      ran.push('forward');
      return body();
    },
    (body) => {
      ran.push('recompute');
      return body();
    },
  ];
  const fn = (one: Tensor, { scale }: { scale: number }) => one.exp().mul(scale);
  checkpoint(fn, x, { scale: 3 }, { useReentrant: false, contextFn }).sum().backward();
  t.deepEqual(ran, ['forward', 'recompute']);
  t.true(torch.allclose(x.grad as Tensor, x.detach().exp().mul(3)));
  t.is(torch.noGrad(() => checkpoint(fn, x, { scale: 3 }, { useReentrant: false })).gradFn, null);
  const options = { useReentrant: true, earlyStop: true } as const;
  t.throws(() => checkpoint((one: Tensor) => one, x, options), { message: /earlyStop is not for/ });
  const wrong = { useReentrant: false, preserve_rng_state: true } as never;
  t.throws(() => checkpoint((one: Tensor) => one, x, wrong), { message: /preserveRngState/ });
  t.throws(() => checkpoint(3 as never, x, { useReentrant: false }), { instanceOf: TypeError });
  let runs = 0;
  const count = (one: Tensor) => {
    const y = one.exp();
    runs++;
    return y.add(1);
  };
  const twice = setCheckpointEarlyStop(true, () =>
    checkpoint(count, x, { useReentrant: false, earlyStop: false }),
  );
  twice.sum().backward({ retainGraph: true });
  twice.sum().backward();
  t.is(runs, 1);
});

test('checkpoint: a mistake in the recomputation is told, unless it is not looked for', (t) => {
  let runs = 0;
  const fn = (one: Tensor) => (runs++ % 2 === 0 ? one : (one[':1'] as Tensor)).exp().sum();
  const check = (determinismCheck: 'default' | 'none') =>
    checkpoint(fn, leaf(1, 2), { useReentrant: false, determinismCheck });
  t.throws(() => check('default').backward(), { instanceOf: utils.checkpoint.CheckpointError });
  runs = 0;
  t.notThrows(() => check('none').backward());
  t.throws(() => check('all' as never), { message: /determinismCheck/ });
});

test('functional takes its options by name and refuses others', (t) => {
  const x = vector(1, 2);
  const sum = (one: Tensor) => one.pow(2).sum();
  t.deepEqual(functional.vhp(sum, x, { v: vector(1, 1) })[1].tolist(), [2, 2]);
  t.throws(() => functional.jacobian(sum, x, { create_graph: true } as never), {
    message: /createGraph/,
  });
  t.throws(() => functional.jacobian(sum, x, { strategy: 'forward' as never }), {
    message: /'forward-mode' or 'reverse-mode'/,
  });
  t.throws(() => functional.jacobian(3 as never, x), { instanceOf: TypeError });
});

test('multithreading is off, and can be turned on', (t) => {
  t.false(autograd.isMultithreadingEnabled());
  autograd.setMultithreadingEnabled(true, () => {
    t.true(autograd.isMultithreadingEnabled());
    const x = leaf(1);
    x.registerHook((gradient) => gradient.mul(2));
    x.exp().backward();
    t.is(x.grad?.item(), 2 * Math.E);
  });
  t.false(autograd.isMultithreadingEnabled());
});

test('inferenceMode is left for the time being', (t) => {
  torch.inferenceMode(() => {
    t.true(torch.isInferenceModeEnabled());
    t.false(torch.inferenceMode(false, () => torch.isInferenceModeEnabled()));
  });
  t.throws(() => torch.inferenceMode(1 as never), { instanceOf: TypeError });
});
