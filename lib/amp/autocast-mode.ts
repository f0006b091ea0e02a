import { Device } from '../device.js';
import { bfloat16, type DType, dtypeOfCode, float16 } from '../dtype.js';
import { TorchError, ValueError } from '../errors.js';
import { ModeGuard, within } from '../grad-mode.js';
import { native } from '../native.js';
import { type Call, checkFlags, required, Signature } from '../options.js';
import { warn } from '../warnings.js';

/** The device types that libtorch has lists of operators for. */
const available = ['cpu', 'cuda', 'xpu', 'mps'];

/** The options of {@link autocast}. */
export interface AutocastOptions {
  /** The dtype to compute in. Default: `torch.getAutocastDtype(deviceType)`. */
  dtype?: DType | null;
  /** Whether autocasting is on. Default: true. */
  enabled?: boolean;
  /** Whether converted weights are kept until the region ends. Default: as it is. */
  cacheEnabled?: boolean | null;
}

const signature = new Signature<{
  deviceType: string;
  dtype: DType | null;
  enabled: boolean;
  cacheEnabled: boolean | null;
}>('torch.autocast', { deviceType: required, dtype: null, enabled: true, cacheEnabled: null });

/** libtorch's number for a type of device. */
function codeOf(where: string, deviceType: string): number {
  if (typeof deviceType !== 'string') {
    throw new ValueError(`${where}: \`deviceType\` must be a string such as 'cuda'`);
  }
  const { type, code } = Device.from(deviceType);
  if (!available.includes(type)) {
    throw new TorchError(`${where}: there is no autocasting for devices of type '${type}'`);
  }
  return code;
}

/** Whether autocasting can be on: not for a dtype that it cannot compute in. */
function isPossible(deviceType: string, dtype: DType): boolean {
  if (deviceType === 'cuda') {
    if (native.cudaDeviceCount() > 0) return true;
    warn('torch.autocast: CUDA is not available; autocasting is off');
    return false;
  }
  if (dtype === bfloat16 || dtype === float16) return true;
  warn(
    `torch.autocast: on ${deviceType} the dtype may be torch.bfloat16 or torch.float16, not ${dtype}; autocasting is off`,
  );
  return false;
}

function enter(
  code: number,
  { enabled, dtype, cache }: { enabled: boolean; dtype: number; cache: boolean },
): ModeGuard {
  const before = {
    enabled: native.isAutocastEnabled(code),
    dtype: native.autocastDType(code),
    cache: native.isAutocastCacheEnabled(),
  };
  native.setAutocastEnabled(code, enabled);
  native.setAutocastDType(code, dtype);
  native.autocastNesting(true);
  native.setAutocastCacheEnabled(cache);
  return new ModeGuard(() => {
    if (native.autocastNesting(false) === 0) native.clearAutocastCache();
    native.setAutocastEnabled(code, before.enabled);
    native.setAutocastDType(code, before.dtype);
    native.setAutocastCacheEnabled(before.cache);
  });
}

type Arguments = Call<
  [deviceType: string],
  [dtype: DType | null, enabled: boolean, cacheEnabled: boolean | null],
  AutocastOptions
>;

/**
 * Mixed precision: runs `body` with the operators that gain by it (products, convolutions) computing
 * in a dtype of 16 bits, and those that need it in float32, whatever their inputs are. Without a
 * function at the end, returns a guard for `using`. The backward pass belongs outside.
 *
 * @param deviceType The devices it is for: `'cpu'`, `'cuda'`, ...
 *
 * Further arguments, by position or by name: {@link AutocastOptions}.
 *
 * @throws TorchError for a type of device without autocasting.
 *
 * @example
 * ```ts
 * const model = new nn.Linear(3, 4);
 * const loss = torch.autocast('cpu', { dtype: torch.bfloat16 }, () => {
 *   const output = model(torch.randn(2, 3));
 *   output.dtype; // torch.bfloat16
 *   return output.float().sum();
 * });
 * loss.backward();
 * model.weight.grad?.dtype; // torch.float32
 * ```
 * @see https://pytorch.org/docs/stable/amp.html#torch.autocast
 */
export function autocast<R>(...args: [...Arguments, body: () => R]): R;
export function autocast(...args: Arguments): ModeGuard;
export function autocast<R>(...args: unknown[]): R | ModeGuard {
  const last = args.at(-1);
  const body = typeof last === 'function' ? (last as () => R) : undefined;
  const bound = signature.bind((body ? args.slice(0, -1) : args) as Arguments);
  const { deviceType, enabled, cacheEnabled } = bound;
  checkFlags('torch.autocast', { enabled, cacheEnabled });
  const code = codeOf('torch.autocast', deviceType);
  const dtype = bound.dtype ?? dtypeOfCode(native.autocastDType(code));
  const guard = enter(code, {
    enabled: enabled && isPossible(deviceType, dtype),
    dtype: dtype.code,
    cache: cacheEnabled ?? native.isAutocastCacheEnabled(),
  });
  return within(guard, body);
}

/**
 * Whether there is autocasting for a type of device.
 *
 * @example
 * ```ts
 * torch.amp.isAutocastAvailable('cpu'); // true
 * torch.amp.isAutocastAvailable('meta'); // false
 * ```
 * @see https://pytorch.org/docs/stable/amp.html#torch.amp.autocast_mode.is_autocast_available
 */
export function isAutocastAvailable(deviceType: string): boolean {
  return available.includes(Device.from(deviceType).type);
}

/**
 * Whether autocasting is on for a type of device.
 *
 * @param deviceType Default: `'cuda'`.
 *
 * @example
 * ```ts
 * torch.isAutocastEnabled('cpu'); // false
 * ```
 * @see https://pytorch.org/docs/stable/amp.html
 */
export function isAutocastEnabled(deviceType = 'cuda'): boolean {
  return native.isAutocastEnabled(codeOf('isAutocastEnabled()', deviceType));
}

/**
 * Turns autocasting on or off; {@link autocast} does so for a region.
 *
 * @example
 * ```ts
 * torch.setAutocastEnabled('cpu', false);
 * ```
 * @see https://pytorch.org/docs/stable/amp.html
 */
export function setAutocastEnabled(deviceType: string, enabled: boolean): void {
  checkFlags('setAutocastEnabled()', { enabled: enabled ?? 'nothing' });
  native.setAutocastEnabled(codeOf('setAutocastEnabled()', deviceType), enabled);
}

/**
 * The dtype that autocasting computes in.
 *
 * @example
 * ```ts
 * torch.getAutocastDtype('cpu'); // torch.bfloat16
 * torch.getAutocastDtype('cuda'); // torch.float16
 * ```
 * @see https://pytorch.org/docs/stable/amp.html
 */
export function getAutocastDtype(deviceType: string): DType {
  return dtypeOfCode(native.autocastDType(codeOf('getAutocastDtype()', deviceType)));
}

/**
 * Sets the dtype that autocasting computes in.
 *
 * @example
 * ```ts
 * torch.setAutocastDtype('cpu', torch.bfloat16);
 * ```
 * @see https://pytorch.org/docs/stable/amp.html
 */
export function setAutocastDtype(deviceType: string, dtype: DType): void {
  const code = codeOf('setAutocastDtype()', deviceType);
  if (!dtype?.isFloatingPoint) {
    throw new TypeError(`setAutocastDtype() takes a floating-point dtype, got ${String(dtype)}`);
  }
  native.setAutocastDType(code, dtype.code);
}

/**
 * Whether autocasting keeps converted weights until the region ends.
 *
 * @example
 * ```ts
 * torch.isAutocastCacheEnabled(); // true
 * ```
 * @see https://pytorch.org/docs/stable/amp.html
 */
export function isAutocastCacheEnabled(): boolean {
  return native.isAutocastCacheEnabled();
}

/**
 * Sets whether autocasting keeps converted weights until the region ends.
 *
 * @example
 * ```ts
 * torch.setAutocastCacheEnabled(true);
 * ```
 * @see https://pytorch.org/docs/stable/amp.html
 */
export function setAutocastCacheEnabled(enabled: boolean): void {
  checkFlags('setAutocastCacheEnabled()', { enabled: enabled ?? 'nothing' });
  native.setAutocastCacheEnabled(enabled);
}

/**
 * Lets go of the weights that autocasting has converted.
 *
 * @example
 * ```ts
 * torch.clearAutocastCache();
 * ```
 * @see https://pytorch.org/docs/stable/amp.html
 */
export function clearAutocastCache(): void {
  native.clearAutocastCache();
}
