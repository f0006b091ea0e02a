import { native } from './native.js';
import { synchronous } from './synchronous.js';

/**
 * A mode that holds until the block ends: `using _ = torch.noGrad();`.
 *
 * @example
 * ```ts
 * {
 *   using _ = torch.noGrad();
 *   torch.isGradEnabled(); // false
 * }
 * torch.isGradEnabled(); // true
 * ```
 */
export class ModeGuard implements Disposable {
  #leave: (() => void) | null;

  /** @internal */
  constructor(leave: () => void) {
    this.#leave = leave;
  }

  /** Goes back to the mode of before; a second call does nothing. */
  [Symbol.dispose](): void {
    const leave = this.#leave;
    this.#leave = null;
    leave?.();
  }
}

/** Runs `body` under the mode, or returns its guard where there is none. @internal */
export function within<R>(guard: ModeGuard, body: (() => R) | undefined): R | ModeGuard {
  if (body === undefined) return guard;
  try {
    if (typeof body !== 'function') throw new TypeError(`expected a function, got ${typeof body}`);
    return synchronous(
      body(),
      'a mode holds for synchronous code only: other code runs while a Promise waits; enter the mode again after each await',
    );
  } finally {
    guard[Symbol.dispose]();
  }
}

function gradGuard(enabled: boolean): ModeGuard {
  const before = native.isGradEnabled();
  native.setGradEnabled(enabled);
  return new ModeGuard(() => native.setGradEnabled(before));
}

/**
 * Runs `body` without recording for autograd and returns its result; without `body`, returns a
 * guard for `using`.
 *
 * @example
 * ```ts
 * const scores = torch.noGrad(() => model(x));
 * scores.requiresGrad; // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.no_grad.html
 */
export function noGrad(): ModeGuard;
export function noGrad<R>(body: () => R): R;
export function noGrad<R>(body?: () => R): R | ModeGuard {
  return within(gradGuard(false), body);
}

/**
 * Runs `body` recording for autograd, also inside `noGrad`; without `body`, returns a guard.
 *
 * @example
 * ```ts
 * const w = torch.ones(2, { requiresGrad: true });
 * torch.noGrad(() => torch.enableGrad(() => w.mul(2)).requiresGrad); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.enable_grad.html
 */
export function enableGrad(): ModeGuard;
export function enableGrad<R>(body: () => R): R;
export function enableGrad<R>(body?: () => R): R | ModeGuard {
  return within(gradGuard(true), body);
}

/**
 * Turns recording on or off from here on; the guard that it returns goes back, if it is wanted.
 *
 * @example
 * ```ts
 * const training = false;
 * const scores = torch.setGradEnabled(training, () => model(x));
 * scores.requiresGrad; // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.grad_mode.set_grad_enabled.html
 */
export function setGradEnabled(enabled: boolean): ModeGuard;
export function setGradEnabled<R>(enabled: boolean, body: () => R): R;
export function setGradEnabled<R>(enabled: boolean, body?: () => R): R | ModeGuard {
  if (typeof enabled !== 'boolean') {
    throw new TypeError(`setGradEnabled() takes a boolean, got ${typeof enabled}`);
  }
  return within(gradGuard(enabled), body);
}

/**
 * Whether autograd records now.
 *
 * @example
 * ```ts
 * torch.isGradEnabled(); // true
 * torch.noGrad(() => torch.isGradEnabled()); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.is_grad_enabled.html
 */
export function isGradEnabled(): boolean {
  return native.isGradEnabled();
}

/**
 * Runs `body` in inference mode: faster than `noGrad`, and its tensors can take no part in
 * autograd afterwards. Without `body`, returns a guard.
 *
 * @param mode Whether the mode is entered, or left for the time being. Default: true.
 *
 * @example
 * ```ts
 * const scores = torch.inferenceMode(() => model(x));
 * scores.requiresGrad_(); // throws TorchError
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.grad_mode.inference_mode.html
 */
export function inferenceMode(mode?: boolean): ModeGuard;
export function inferenceMode<R>(body: () => R): R;
export function inferenceMode<R>(mode: boolean, body: () => R): R;
export function inferenceMode<R>(...args: [(boolean | (() => R))?, (() => R)?]): R | ModeGuard {
  const [mode, body] = typeof args[0] === 'function' ? [true, args[0]] : [args[0] ?? true, args[1]];
  if (typeof mode !== 'boolean') {
    throw new TypeError(`inferenceMode() takes a boolean or a function, got ${typeof mode}`);
  }
  const guard = native.enterInferenceMode(mode);
  return within(new ModeGuard(() => native.exitInferenceMode(guard)), body);
}

/**
 * Whether inference mode is on.
 *
 * @example
 * ```ts
 * torch.inferenceMode(() => torch.isInferenceModeEnabled()); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.is_inference_mode_enabled.html
 */
export function isInferenceModeEnabled(): boolean {
  return native.isInferenceMode();
}

/**
 * Whether `backward` may compute on threads other than JavaScript's: a thread for each GPU. It is
 * off unless this turns it on, and JavaScript's own thread computes the gradients of every device,
 * so that hooks and custom Functions run wherever their tensors lie; on other threads they throw.
 * Python's is on. With `body`, for its time; without, the guard that it returns goes back.
 *
 * @example
 * ```ts
 * torch.autograd.setMultithreadingEnabled(true, () => x.requiresGrad_().sum().backward());
 * torch.autograd.isMultithreadingEnabled(); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.grad_mode.set_multithreading_enabled.html
 */
export function setMultithreadingEnabled(mode: boolean): ModeGuard;
export function setMultithreadingEnabled<R>(mode: boolean, body: () => R): R;
export function setMultithreadingEnabled<R>(mode: boolean, body?: () => R): R | ModeGuard {
  if (typeof mode !== 'boolean') {
    throw new TypeError(`setMultithreadingEnabled() takes a boolean, got ${typeof mode}`);
  }
  const before = native.isMultithreading();
  native.setMultithreading(mode);
  return within(new ModeGuard(() => native.setMultithreading(before)), body);
}

/**
 * Whether `backward` may compute on threads other than JavaScript's.
 *
 * @example
 * ```ts
 * torch.autograd.isMultithreadingEnabled(); // false
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html
 */
export function isMultithreadingEnabled(): boolean {
  return native.isMultithreading();
}
