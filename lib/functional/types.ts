import { type DType, dtypeOfCode } from '../dtype.js';
import { operators } from '../operators.js';
import { Tensor } from '../tensor.js';
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

/**
 * What kind of thing a value is: of a tensor the name that Python gives its type, of an object or a
 * class the name of the class, else JavaScript's own name of the type.
 *
 * @example
 * ```ts
 * torch.typename(torch.zeros(2)); // 'torch.FloatTensor'
 * torch.typename(new nn.Linear(3, 4)); // 'Linear'
 * torch.typename(2); // 'number'
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.typename.html
 */
export function typename(obj: unknown): string {
  if (obj instanceof Tensor) return obj.type();
  if (obj === null || obj === undefined) return String(obj);
  // A module is a function too, and better called by its class.
  if (typeof obj === 'function' && /Function$/.test(obj.constructor?.name)) return obj.name;
  const isObject = typeof obj === 'object' || typeof obj === 'function';
  return isObject ? (obj.constructor?.name ?? 'Object') : typeof obj;
}
