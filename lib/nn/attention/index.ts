/**
 * Which kernels attention may use; Python's `torch.nn.attention`.
 *
 * @see https://pytorch.org/docs/stable/nn.attention.html
 * @module
 */
import { ModeGuard, within } from '../../grad-mode.js';
import { native } from '../../native.js';

/** The kernels of attention, by libtorch's numbers. */
export const SDPBackend = Object.freeze({
  /** There is none. */
  ERROR: -1,
  /** Operator by operator. */
  MATH: 0,
  FLASH_ATTENTION: 1,
  /** The one that saves memory. */
  EFFICIENT_ATTENTION: 2,
  CUDNN_ATTENTION: 3,
  /** That of a device from outside of PyTorch. */
  OVERRIDEABLE: 4,
} as const);

export type SDPBackend = (typeof SDPBackend)[keyof typeof SDPBackend];

const switches: [name: string, backend: SDPBackend][] = [
  ['sdp.cudnn', SDPBackend.CUDNN_ATTENTION],
  ['sdp.flash', SDPBackend.FLASH_ATTENTION],
  ['sdp.memEfficient', SDPBackend.EFFICIENT_ATTENTION],
  ['sdp.math', SDPBackend.MATH],
  ['sdp.overrideable', SDPBackend.OVERRIDEABLE],
];

function choose(backends: readonly SDPBackend[], order: readonly number[] | null): void {
  for (const [name, backend] of switches) native.setSwitch(name, backends.includes(backend));
  if (order) native.setSdpPriority([...order]);
}

/**
 * Lets `nn.functional.scaledDotProductAttention` use certain kernels only, for `body`, whose result is
 * returned; without `body`, until the guard that it returns is disposed of. Where none of them can
 * compute the arguments, it throws.
 *
 * @param backends The kernels.
 * @param setPriority Whether their order is the order in which they are tried. Default: false.
 *
 * @example
 * ```ts
 * const { SDPBackend, sdpaKernel } = nn.attention;
 * const [q, k, v] = [0, 1, 2].map(() => torch.rand(1, 2, 4, 8)) as [Tensor, Tensor, Tensor];
 * const output = sdpaKernel([SDPBackend.MATH], () =>
 *   nn.functional.scaledDotProductAttention(q, k, v),
 * );
 * output.shape; // [1, 2, 4, 8]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.attention.sdpa_kernel.html
 */
export function sdpaKernel(
  backends: SDPBackend | readonly SDPBackend[],
  setPriority?: boolean | { setPriority?: boolean },
): ModeGuard;
export function sdpaKernel<R>(backends: SDPBackend | readonly SDPBackend[], body: () => R): R;
export function sdpaKernel<R>(
  backends: SDPBackend | readonly SDPBackend[],
  setPriority: boolean | { setPriority?: boolean },
  body: () => R,
): R;
export function sdpaKernel<R>(
  backends: SDPBackend | readonly SDPBackend[],
  ...rest: unknown[]
): R | ModeGuard {
  const last = rest.at(-1);
  const body = typeof last === 'function' ? (last as () => R) : undefined;
  const given = body && rest.length === 1 ? undefined : rest[0];
  const isPrior =
    typeof given === 'object' && given !== null
      ? (given as { setPriority?: boolean }).setPriority === true
      : given === true;
  const chosen = [...new Set(Array.isArray(backends) ? backends : [backends as SDPBackend])];
  const known: readonly number[] = Object.values(SDPBackend);
  const unknown = chosen.find((backend) => !known.includes(backend));
  if (unknown !== undefined) {
    throw new TypeError(
      `sdpaKernel() takes a kernel of nn.attention.SDPBackend or a list of them, got ${String(unknown)}`,
    );
  }
  const order = native.sdpPriority();
  const before = switches.filter(([name]) => native.getSwitch(name)).map(([, backend]) => backend);
  const others = order.filter((backend) => !chosen.includes(backend as SDPBackend));
  choose(chosen, isPrior ? [...chosen, ...others] : null);
  return within(new ModeGuard(() => choose(before, isPrior ? order : null)), body);
}
