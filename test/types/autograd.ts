/** What TypeScript makes of custom Functions and of what else autograd takes and gives. */
import torch, { autograd, type Tensor, utils } from 'sconce';

declare const x: Tensor;

class Scale extends autograd.Function {
  static forward(ctx: autograd.FunctionCtx, input: Tensor, factor: number): Tensor {
    ctx.factor = factor;
    return input.mul(factor);
  }
  static backward(ctx: autograd.FunctionCtx, grad: Tensor) {
    return [grad.mul(ctx.factor as number), null];
  }
}

class Pair extends autograd.Function {
  static forward(input: Tensor, name?: string): [Tensor, string] {
    return [input, name ?? ''];
  }
  static setupContext(ctx: autograd.FunctionCtx, [input]: readonly [Tensor]) {
    ctx.saveForBackward(input);
  }
}

// `apply` takes what `forward` does, less the context where that has one.
export const scaled: Tensor = Scale.apply(x, 2);
export const pair: [Tensor, string] = Pair.apply(x);
export const named: string = Pair.apply(x, 'name')[1];
// @ts-expect-error: the factor is missing
Scale.apply(x);
// @ts-expect-error: the factor is a number
Scale.apply(x, '2');
// @ts-expect-error: the context is not for the caller
Pair.apply({}, x);
// @ts-expect-error: a Function is not made
new Scale();

export const node: autograd.graph.Node | null = x.gradFn;
export const name: string | undefined = x.gradFn?.nextFunctions[0]?.[0]?.name();

const square = (one: Tensor) => one.pow(2);
export const jacobian: Tensor = autograd.functional.jacobian(square, x);
export const rows: [Tensor, Tensor] = autograd.functional.jacobian(
  (a: Tensor, b: Tensor) => a.mul(b),
  [x, x],
);
export const hessian: [[Tensor, Tensor], [Tensor, Tensor]] = autograd.functional.hessian(
  (a: Tensor, b: Tensor) => a.mul(b).sum(),
  [x, x],
);
export const [value, product]: [Tensor, Tensor] = autograd.functional.vjp(square, x, x);

export const [primal, tangent]: [Tensor, Tensor | null] = autograd.forwardAd.unpackDual(x);
export const run: number = autograd.detectAnomaly(() => 3);
export const saved: Tensor = autograd.graph.savedTensorsHooks(
  (tensor) => tensor.shape,
  (shape) => torch.zeros(shape),
  () => x.exp(),
);
export const checked: Tensor = utils.checkpoint.checkpoint(square, x, { useReentrant: false });
// @ts-expect-error: there is no such option
utils.checkpoint.checkpoint(square, x, { use_reentrant: false });
export const passed: boolean = autograd.gradcheck((a: Tensor, n: number) => a.mul(n), [x, 2]);
