import { ModeGuard, within } from '../grad-mode.js';
import { native } from '../native.js';
import { Signature } from '../options.js';
import { userStack } from '../user-stack.js';
import { warn } from '../warnings.js';

native.setStackCapture(() => userStack().join('\n'));

function setMode(enabled: boolean, checkNan: boolean): ModeGuard {
  const before = [native.isAnomalyMode(), native.shouldCheckNaN()] as const;
  native.setAnomalyMode(enabled, checkNan);
  return new ModeGuard(() => native.setAnomalyMode(...before));
}

function checkBoolean(where: string, name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') {
    throw new TypeError(`${where}: ${name} must be a boolean, got ${typeof value}`);
  }
}

const detectSignature = new Signature<{ checkNan: boolean }>('autograd.detectAnomaly()', {
  checkNan: true,
});
const setSignature = new Signature<{ mode: boolean; checkNan: boolean }>(
  'autograd.setDetectAnomaly()',
  { mode: true, checkNan: true },
);

/** The arguments, and the function that may stand last. */
function splitBody<R>(args: readonly unknown[]): [readonly unknown[], (() => R) | undefined] {
  const last = args.at(-1);
  return typeof last === 'function' ? [args.slice(0, -1), last as () => R] : [args, undefined];
}

/**
 * Runs `body` looking for what goes wrong in backward: an error in it warns with the JavaScript
 * line of the forward call whose gradient it was, and a gradient that is NaN is an error. Without
 * `body`, returns a guard. It holds for all threads and costs much: for finding faults only.
 *
 * @param checkNan Whether a NaN in a gradient is an error. Default: true.
 *
 * @example
 * ```ts
 * const zero = torch.zeros(1, { requiresGrad: true });
 * torch.autograd.detectAnomaly(() => {
 *   const y = zero.sqrt().mul(0); // its gradient is 0 * inf: the warning names this line
 *   y.backward(); // throws TorchError: Function 'SqrtBackward0' returned nan values
 * });
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.detect_anomaly
 */
export function detectAnomaly(checkNan?: boolean | { checkNan?: boolean }): ModeGuard;
export function detectAnomaly<R>(body: () => R): R;
export function detectAnomaly<R>(checkNan: boolean | { checkNan?: boolean }, body: () => R): R;
export function detectAnomaly<R>(...args: unknown[]): R | ModeGuard {
  const [given, body] = splitBody<R>(args);
  const { checkNan } = detectSignature.bind(given);
  checkBoolean('detectAnomaly()', 'checkNan', checkNan);
  warn(
    'Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging.',
  );
  return within(setMode(true, checkNan), body);
}

/**
 * Turns the search of {@link detectAnomaly} on or off from here on, or for `body`; the guard that it
 * returns goes back.
 *
 * @param mode Whether it is on.
 * @param checkNan Whether a NaN in a gradient is an error. Default: true.
 *
 * @example
 * ```ts
 * {
 *   using _ = torch.autograd.setDetectAnomaly(true);
 *   torch.autograd.isAnomalyEnabled(); // true
 * }
 * torch.autograd.isAnomalyEnabled(); // false
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.set_detect_anomaly
 */
export function setDetectAnomaly(
  mode: boolean,
  checkNan?: boolean | { checkNan?: boolean },
): ModeGuard;
export function setDetectAnomaly<R>(mode: boolean, body: () => R): R;
export function setDetectAnomaly<R>(
  mode: boolean,
  checkNan: boolean | { checkNan?: boolean },
  body: () => R,
): R;
export function setDetectAnomaly<R>(...args: unknown[]): R | ModeGuard {
  const [given, body] = splitBody<R>(args);
  const { mode, checkNan } = setSignature.bind(given);
  checkBoolean('setDetectAnomaly()', 'mode', mode);
  checkBoolean('setDetectAnomaly()', 'checkNan', checkNan);
  return within(setMode(mode, checkNan), body);
}

/**
 * Whether backward is searched for what goes wrong.
 *
 * @example
 * ```ts
 * torch.autograd.isAnomalyEnabled(); // false
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html
 */
export function isAnomalyEnabled(): boolean {
  return native.isAnomalyMode();
}
