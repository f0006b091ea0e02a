import torch, { nn, optim } from 'sconce';
import { microseconds, serve, type Task } from '../_helpers/serve.js';

torch.setNumThreads(1);

/** 160 parameters of some size, with gradients. */
function parameters(size: number): nn.Parameter[] {
  return Array.from({ length: 160 }, () => {
    const parameter = new nn.Parameter(torch.randn(size));
    parameter.grad = torch.randn(size);
    return parameter;
  });
}

type Options = { foreach?: boolean; fused?: boolean };

const makers = {
  sgd: (size: number, options: Options) =>
    new optim.SGD(parameters(size), { lr: 1e-4, momentum: 0.9, ...options }),
  adam: (size: number, options: Options) => new optim.Adam(parameters(size), options),
  adamw: (size: number, options: Options) => new optim.AdamW(parameters(size), options),
};

const tasks: Record<string, Task> = {};
for (const [name, make] of Object.entries(makers)) {
  for (const kind of ['foreach', 'fused'] as const) {
    for (const [size, calls] of [
      [64, 100],
      [100_000, 3],
    ] as const) {
      let optimizer: optim.Optimizer | undefined;
      tasks[`${name} ${kind} ${size}`] = () => {
        optimizer ??= make(size, { [kind]: true });
        const own = optimizer;
        return microseconds(calls, () => own.step());
      };
      tasks[`free ${name} ${kind} ${size}`] = () => {
        optimizer = undefined;
        return 0;
      };
    }
  }
}

await serve(tasks);
