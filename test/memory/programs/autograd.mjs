/** What autograd keeps of JavaScript, over and over. Arguments: what, and how many times. */
import torch, { autograd, utils } from 'sconce';
import { native } from '../../../dist/lib/native.js';
import { report, sample } from './meter.mjs';

const [, , what, count] = process.argv;
const { graph } = autograd;
const weight = torch.ones(262144, { requiresGrad: true });

class Square extends autograd.Function {
  static forward(ctx, x) {
    const y = x.mul(x);
    ctx.saveForBackward(x, y);
    return y;
  }
  static backward(ctx, grad) {
    const [x] = ctx.savedTensors;
    return x.mul(2).mul(grad);
  }
}

/** Its contexts hold their own results: circles through native code. */
class Circle extends autograd.Function {
  static forward(ctx, x) {
    ctx.y = x.mul(2);
    return ctx.y;
  }
  static backward(_ctx, grad) {
    return grad.mul(2);
  }
}

const block = (x) => x.sin().exp().sin();
const checkpointed = (useReentrant) => () =>
  utils.checkpoint.checkpoint(block, weight.mul(1), { useReentrant }).sum().backward();

const loops = {
  functions: () => Square.apply(Square.apply(weight)).sum().backward(),
  'functions without backward': () => Square.apply(Square.apply(weight)),
  circles: () => Circle.apply(weight),
  'circles further on': () => Circle.apply(weight).sum(),
  'double backward': () => {
    const [slope] = autograd.grad(Square.apply(weight).sum(), weight, { createGraph: true });
    slope.sum().backward();
  },
  'saved tensors': () =>
    graph
      .savedTensorsHooks(
        (x) => [x.detach()],
        ([x]) => x,
        () => weight.exp().exp().sum(),
      )
      .backward(),
  'saved tensors without backward': () =>
    graph.savedTensorsHooks(
      (x) => [x.detach()],
      ([x]) => x,
      () => weight.exp().exp().sum(),
    ),
  checkpoint: checkpointed(false),
  'reentrant checkpoint': checkpointed(true),
  nodes: () => {
    const y = weight.mul(2);
    y.gradFn.registerHook(() => void y);
    y.gradFn.registerPrehook(() => void y);
    y.gradFn.metadata.note = 'a note';
    return y.gradFn.nextFunctions;
  },
  'hooks after accumulation': () => {
    const x = torch.ones(262144, { requiresGrad: true });
    x.registerPostAccumulateGradHook(() => void x);
    graph.registerMultiGradHook([x, weight.mul(2)], () => void x);
    x.sum().backward();
  },
  errors: () => {
    try {
      graph.savedTensorsHooks(
        (x) => x.detach(),
        () => {
          throw new RangeError('on purpose');
        },
        () => weight.exp().exp().sum().backward(),
      );
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  },
};

const run = loops[what];
for (let i = 0; i < count; i++) {
  run();
  weight.grad = null;
  if (i % 10 === 0) sample();
}
native.collect(false);
report();
