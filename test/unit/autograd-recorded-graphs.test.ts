/** Hooks on graphs, saved tensors, forward mode and checkpoints, beside Python's. */
import test from 'ava';
import torch, { autograd, nn, type Tensor, utils } from 'sconce';
import {
  type Ctx,
  Cube,
  golden,
  leaf,
  listOf,
  rounded,
  vector,
} from '../_helpers/autograd-functions.js';

const { Function: AutogradFunction, forwardAd, graph } = autograd;
const { checkpoint, checkpointSequential } = utils.checkpoint;

torch.setNumThreads(1);

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

test('every recorded graph is tried', (t) => {
  t.deepEqual(Object.keys(graphs), Object.keys(golden.graphs));
});

for (const [name, expected] of Object.entries(golden.graphs)) {
  test.serial(`the graph does what Python's does: ${name}`, (t) => {
    t.deepEqual(rounded(graphs[name]?.()), rounded(expected));
  });
}
