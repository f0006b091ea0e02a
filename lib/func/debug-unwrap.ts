import { kindOf } from '../describe.js';
import { wrap } from '../dispatch.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import { type Call, checkFlags, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';

/** The options of {@link debugUnwrap}. */
export interface DebugUnwrapOptions {
  /** Whether all wrappers come off, and not the outermost only. Default: true. */
  recurse?: boolean;
}

const signature = new Signature<{ tensor: Tensor; recurse: boolean }>(
  'debugUnwrap()',
  { tensor: required },
  { recurse: true },
);

/**
 * The tensor inside the wrappers that transforms put around it: of a mapped tensor, that of all
 * samples. To look at while debugging, and not to compute with.
 *
 * @example
 * ```ts
 * torch.vmap((x: Tensor) => {
 *   console.log(torch.func.debugUnwrap(x)); // tensor([1., 2.])
 *   return x;
 * })(torch.tensor([1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.debug_unwrap.html
 */
export function debugUnwrap(...args: Call<[tensor: Tensor], [], DebugUnwrapOptions>): Tensor {
  const { tensor, recurse } = signature.bind(args);
  checkFlags('debugUnwrap()', { recurse });
  if (!(tensor instanceof Tensor)) {
    throw new TypeError(`debugUnwrap() takes a Tensor, got ${kindOf(tensor)}`);
  }
  if (native.wrapperOf(requiredId(tensor))[0] === 0) return tensor;
  const inner = wrap(native.unwrapped(requiredId(tensor))) as Tensor;
  return recurse ? debugUnwrap(inner) : inner;
}
