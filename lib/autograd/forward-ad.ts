/**
 * Derivatives in forward mode, by dual numbers; Python's `torch.autograd.forward_ad`.
 *
 * @see https://pytorch.org/docs/stable/autograd.html#forward-mode-automatic-differentiation
 * @module
 */
import { callGeneral, Operator } from '../dispatch.js';
import { TorchError, ValueError } from '../errors.js';
import { ModeGuard, within } from '../grad-mode.js';
import { native } from '../native.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';

/** A tensor's value and its tangent, by position and by name; no tangent is null. */
export type UnpackedDualTensor = [primal: Tensor, tangent: Tensor | null] & {
  readonly primal: Tensor;
  readonly tangent: Tensor | null;
};

const makeDualOperator = new Operator('_make_dual', false, ['_make_dual']);
const unpackDualOperator = new Operator('_unpack_dual', false, ['_unpack_dual']);

let currentLevel = -1;

/**
 * Enters a level of forward mode, which `exitDualLevel` leaves; `dualLevel` does both.
 *
 * @returns the level: there is one at a time, 0.
 *
 * @example
 * ```ts
 * const { forwardAd } = torch.autograd;
 * forwardAd.enterDualLevel(); // 0
 * forwardAd.exitDualLevel();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.forward_ad.enter_dual_level.html
 */
export function enterDualLevel(): number {
  currentLevel = native.enterDualLevel();
  return currentLevel;
}

/**
 * Leaves the level that was entered last; its tangents are gone.
 *
 * @example
 * ```ts
 * const { forwardAd } = torch.autograd;
 * const level = forwardAd.enterDualLevel();
 * forwardAd.exitDualLevel({ level });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.forward_ad.exit_dual_level.html
 */
export function exitDualLevel(options: { level?: number } = {}): void {
  const { level = currentLevel } = options;
  if (level < 0 || level !== currentLevel) {
    throw new TorchError(
      'exitDualLevel(): only the level that was entered last can be left, and it was not this one',
    );
  }
  native.exitDualLevel(level);
  currentLevel = level - 1;
}

/**
 * Runs `body` at a level of forward mode: in it, tensors of `makeDual` carry a derivative along,
 * which `unpackDual` reads. Without `body`, returns a guard. Levels do not nest.
 *
 * @example
 * ```ts
 * const { forwardAd } = torch.autograd;
 * forwardAd.dualLevel(() => {
 *   const dual = forwardAd.makeDual(torch.tensor([3]), torch.tensor([1]));
 *   console.log(forwardAd.unpackDual(dual.pow(2)).tangent); // tensor([6.])
 * });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.forward_ad.dual_level.html
 */
export function dualLevel(): ModeGuard;
export function dualLevel<R>(body: () => R): R;
export function dualLevel<R>(body?: () => R): R | ModeGuard {
  enterDualLevel();
  return within(new ModeGuard(() => exitDualLevel()), body);
}

interface DualArguments {
  tensor: Tensor;
  tangent: Tensor;
  level: number | null;
}

const makeDualSignature = new Signature<DualArguments>(
  'forwardAd.makeDual()',
  { tensor: required, tangent: required },
  { level: null },
);

function checkDifferentiable(what: string, { dtype }: Tensor): void {
  if (dtype.isFloatingPoint || dtype.isComplex) return;
  throw new ValueError(`expected ${what} to be floating point or complex, but got: ${dtype}`);
}

/**
 * The tensor with a tangent: the derivative of what is computed from it, in that direction, is
 * computed along. The tensor's memory is shared, and backward mode goes through it.
 *
 * @param tensor The value.
 * @param tangent The direction, of the value's shape.
 * @param level Default: the level that was entered last.
 *
 * @example
 * ```ts
 * const { forwardAd } = torch.autograd;
 * const [primal, tangent] = forwardAd.dualLevel(() =>
 *   forwardAd.unpackDual(forwardAd.makeDual(torch.tensor([0]), torch.tensor([2])).exp()),
 * );
 * console.log(primal); // tensor([1.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.forward_ad.make_dual.html
 */
export function makeDual(
  ...args: Call<[tensor: Tensor, tangent: Tensor], [], { level?: number }>
): Tensor {
  const { tensor, tangent, level } = makeDualSignature.bind(args);
  const at = level ?? currentLevel;
  if (at < 0) {
    throw new TorchError('makeDual(): there is no level; enter one, with forwardAd.dualLevel()');
  }
  checkDifferentiable('primal', tensor);
  checkDifferentiable('tangent', tangent);
  return callGeneral(makeDualOperator, [tensor, tangent, at]) as Tensor;
}

const unpackDualSignature = new Signature<Omit<DualArguments, 'tangent'>>(
  'forwardAd.unpackDual()',
  { tensor: required },
  { level: null },
);

/**
 * A tensor's value and its tangent, null where it has none.
 *
 * @param level Default: the level that was entered last.
 *
 * @example
 * ```ts
 * const { primal, tangent } = torch.autograd.forwardAd.unpackDual(x);
 * console.log(tangent); // null
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.forward_ad.unpack_dual.html
 */
export function unpackDual(
  ...args: Call<[tensor: Tensor], [], { level?: number }>
): UnpackedDualTensor {
  const { tensor, level } = unpackDualSignature.bind(args);
  const at = level ?? currentLevel;
  if (at < 0) {
    const pair: [Tensor, null] = [tensor, null];
    return Object.assign(pair, { primal: tensor, tangent: null });
  }
  return callGeneral(unpackDualOperator, [tensor, at]) as UnpackedDualTensor;
}
