import type { FunctionCtx } from '../autograd/function-context.js';
import { type DType, float64 } from '../dtype.js';
import { isPlainObject, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { autocast, getAutocastDtype, isAutocastEnabled } from './autocast-mode.js';

type Method = (ctx: FunctionCtx, ...args: never[]) => unknown;
type Decorator = <M extends Method>(method: M, context?: ClassMethodDecoratorContext) => M;

/** The options of {@link customFwd}. */
export interface CustomFwdOptions {
  /** The type of the devices, such as `'cuda'`. */
  deviceType: string;
  /**
   * Where autocasting is on, floating-point tensors are converted to this dtype, and `forward` runs
   * without autocasting. Default: null, it runs as it is.
   */
  castInputs?: DType | null;
}

const forwardSignature = new Signature<Required<CustomFwdOptions>>(
  'amp.customFwd',
  {},
  { deviceType: required, castInputs: null },
);
const backwardSignature = new Signature<{ deviceType: string }>(
  'amp.customBwd',
  {},
  { deviceType: required },
);

function checkDevice(where: string, deviceType: unknown): void {
  if (typeof deviceType !== 'string') {
    throw new TypeError(`${where}: deviceType must be a string, got ${typeof deviceType}`);
  }
}

/** A value with the floating-point tensors in it converted. */
function cast(value: unknown, deviceType: string, dtype: DType): unknown {
  if (value instanceof Tensor) {
    const isEligible =
      value.dtype.isFloatingPoint && value.device.type === deviceType && value.dtype !== float64;
    return isEligible ? value.to(dtype) : value;
  }
  if (Array.isArray(value)) return value.map((item) => cast(item, deviceType, dtype));
  if (!isPlainObject(value)) return value;
  const items = Object.entries(value);
  return Object.fromEntries(items.map(([key, item]) => [key, cast(item, deviceType, dtype)]));
}

/** Calls it with a method, or makes a decorator of it. */
function decorating(given: readonly unknown[], wrap: (method: Method, options: object) => Method) {
  const [first, second] = given;
  if (typeof first === 'function') return wrap(first as Method, second as object);
  return (method: Method) => wrap(method, first as object);
}

/**
 * A `forward` of a custom Function for regions of autocasting; {@link customBwd} is for its
 * `backward`. Also as a decorator.
 *
 * @param fwd The method: `(ctx, ...args)`.
 * @param options {@link CustomFwdOptions}.
 * @throws TypeError without a `deviceType`.
 *
 * @example
 * ```ts
 * const { customBwd, customFwd } = torch.amp;
 * class Product extends autograd.Function {
 *   static forward = customFwd(
 *     (ctx: autograd.FunctionCtx, a: Tensor, b: Tensor) => {
 *       ctx.saveForBackward(a, b);
 *       return a.mm(b);
 *     },
 *     { deviceType: 'cpu', castInputs: torch.float32 },
 *   );
 *   static backward = customBwd(
 *     (ctx: autograd.FunctionCtx, grad: Tensor) => {
 *       const [a, b] = ctx.savedTensors as [Tensor, Tensor];
 *       return [grad.mm(b.t()), a.t().mm(grad)];
 *     },
 *     { deviceType: 'cpu' },
 *   );
 * }
 * const half = torch.ones(2, 2, { dtype: torch.bfloat16 });
 * torch.autocast('cpu', () => Product.apply(half, half)).dtype; // torch.float32
 * ```
 * @see https://pytorch.org/docs/stable/amp.html#torch.amp.custom_fwd
 */
export function customFwd<M extends Method>(fwd: M, options: CustomFwdOptions): M;
export function customFwd(options: CustomFwdOptions): Decorator;
export function customFwd(...given: unknown[]): unknown {
  return decorating(given, (fwd, options) => {
    const { deviceType, castInputs } = forwardSignature.bind([options]);
    checkDevice('amp.customFwd', deviceType);
    return function (this: unknown, ctx, ...args) {
      ctx._dtype = getAutocastDtype(deviceType);
      const isEnabled = isAutocastEnabled(deviceType);
      ctx._fwdUsedAutocast = isEnabled && castInputs === null;
      if (!isEnabled || castInputs === null) return fwd.call(this, ctx, ...args);
      const inputs = cast(args, deviceType, castInputs) as never[];
      return autocast(deviceType, { enabled: false }, () => fwd.call(this, ctx, ...inputs));
    };
  });
}

/**
 * A `backward` of a custom Function that runs under the autocasting of its `forward`, which
 * {@link customFwd} has noted. Also as a decorator.
 *
 * @param bwd The method: `(ctx, ...gradOutputs)`.
 * @param options `deviceType`, the type of the devices.
 * @throws TypeError without a `deviceType`.
 *
 * @example
 * ```ts
 * const backward = torch.amp.customBwd(
 *   (ctx: autograd.FunctionCtx, grad: Tensor) => grad.mul(2),
 *   { deviceType: 'cuda' },
 * );
 * ```
 * @see https://pytorch.org/docs/stable/amp.html#torch.amp.custom_bwd
 */
export function customBwd<M extends Method>(bwd: M, options: { deviceType: string }): M;
export function customBwd(options: { deviceType: string }): Decorator;
export function customBwd(...given: unknown[]): unknown {
  return decorating(given, (bwd, options) => {
    const { deviceType } = backwardSignature.bind([options]);
    checkDevice('amp.customBwd', deviceType);
    return function (this: unknown, ctx, ...grads) {
      const { _fwdUsedAutocast: enabled, _dtype: dtype } = ctx as unknown as {
        _fwdUsedAutocast: boolean;
        _dtype: DType;
      };
      return autocast(deviceType, { enabled, dtype }, () => bwd.call(this, ctx, ...grads));
    };
  });
}
