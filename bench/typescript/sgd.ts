import torch, { optim, type Tensor } from 'sconce';
import { microseconds, serve } from '../_helpers/serve.js';
import { LeNet } from './lenet.js';

torch.setNumThreads(2);
const model = new LeNet();
const parameters = [...model.parameters()];
const gradients = parameters.map((parameter) => torch.randnLike(parameter).mul(1e-3));

function setGradients(): void {
  parameters.forEach((parameter, i) => {
    parameter.grad = gradients[i] as Tensor;
  });
}

function step(make: () => optim.Optimizer): () => number {
  const optimizer = make();
  return () => {
    setGradients();
    return microseconds(500, () => optimizer.step());
  };
}

/** The time of `zeroGrad` alone: the gradients are set again outside of it. */
function zeroGrad(): number {
  const optimizer = new optim.SGD(parameters, { lr: 0.01 });
  const calls = 500;
  let total = 0;
  for (let i = 0; i < calls; i++) {
    setGradients();
    const start = performance.now();
    optimizer.zeroGrad();
    total += performance.now() - start;
  }
  return (total * 1000) / calls;
}

await serve({
  sgd: step(() => new optim.SGD(parameters, { lr: 0.01 })),
  momentum: step(() => new optim.SGD(parameters, { lr: 0.01, momentum: 0.9 })),
  decay: step(() => new optim.SGD(parameters, { lr: 0.01, momentum: 0.9, weightDecay: 1e-4 })),
  adam: step(() => new optim.Adam(parameters)),
  zeroGrad,
});
