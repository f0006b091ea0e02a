import { type DType, dtypeOfCode } from '../dtype.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import type { Scalar } from '../types.js';

// libtorch's dispatcher gives a dtype as its number.
const dtypeOf = (code: unknown) => dtypeOfCode(code as number);

/**
 * The dtype that an operator on these two gives.
 *
 * @param first A tensor or a number.
 * @param second A tensor or a number. A number counts less than a tensor of its kind.
 *
 * @example
 * ```ts
 * torch.resultType(torch.tensor([1n]), 0.5); // torch.float32
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.result_type.html
 */
export function resultType(first: Tensor | Scalar, second: Tensor | Scalar): DType {
  return dtypeOf(operators.torch.resultType(first as Tensor, second));
}

/**
 * The smallest dtype that holds what either dtype holds.
 *
 * @example
 * ```ts
 * torch.promoteTypes(torch.int32, torch.float16); // torch.float16
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.promote_types.html
 */
export function promoteTypes(type1: DType, type2: DType): DType {
  return dtypeOf(operators.torch.promoteTypes(type1, type2));
}
