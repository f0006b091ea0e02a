/** What the tests of test/golden/autograd-functions.json share. */
import { readFileSync } from 'node:fs';
import torch, {
  autograd,
  NotImplementedError,
  type Tensor,
  TorchError,
  utils,
  ValueError,
} from 'sconce';

const { Function: AutogradFunction, onceDifferentiable } = autograd;
const { CheckpointError } = utils.checkpoint;

export type Ctx = autograd.FunctionCtx;

interface Golden {
  seed: number;
  functions: Record<string, unknown>;
  errors: Record<string, { type: string; message: string }>;
  graphs: Record<string, unknown>;
  functional: Record<string, unknown>;
  transforms: Record<string, unknown>;
  strict: Record<string, { type: string; message: string }>;
}

export const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/autograd-functions.json', import.meta.url), 'utf8'),
);

export const leaf = (...values: number[]) =>
  torch.tensor(values, { dtype: torch.float64, requiresGrad: true });

export const vector = (...values: number[]) => torch.tensor(values, { dtype: torch.float64 });

export const number = (...values: number[]) =>
  torch.tensor(values, { dtype: torch.float64 }).squeeze();

export const listOf = (tensor: Tensor | null) => tensor?.tolist() ?? null;

export class Cube extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    ctx.saveForBackward(x);
    return x.pow(3);
  }
  static backward(ctx: Ctx, grad: Tensor) {
    const [x] = ctx.savedTensors as [Tensor];
    return x.pow(2).mul(3).mul(grad);
  }
}

export class AddOne_ extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    x.add_(1);
    ctx.markDirty(x);
    return x;
  }
  static backward(_ctx: Ctx, grad: Tensor) {
    return grad.mul(10);
  }
}

export class Once extends AutogradFunction {
  static forward(ctx: Ctx, x: Tensor) {
    ctx.saveForBackward(x);
    return x.pow(2);
  }
  static backward = onceDifferentiable((ctx, grad: Tensor) => {
    const [x] = ctx.savedTensors as [Tensor];
    return x.mul(2).mul(grad);
  });
}

export function returning(...gradients: unknown[]) {
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

export const classes = {
  RuntimeError: TorchError,
  ValueError,
  TypeError,
  NotImplementedError,
  CheckpointError,
} as unknown as Record<string, typeof TorchError>;

/** Numbers to 12 digits, everything else as it is. */
export function rounded(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, rounded);
  return typeof value === 'number' ? Number(value.toPrecision(12)) + 0 : value;
}

export const two = (x: Tensor, y: Tensor) => [x.sin().mul(y.sum()), x.mul(x).sum().add(y)] as const;

export function nested(value: unknown): unknown {
  return Array.isArray(value) ? value.map(nested) : listOf(value as Tensor);
}

export const ones = vector(1, 1);
