import { bool, type DType } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';

/**
 * A mask in the form of what is added to the scores: minus infinity where a mask of bool is true.
 *
 * @param other Another mask of the call, which should be of the same dtype.
 */
export function canonicalMask(
  mask: Tensor | null,
  name: string,
  dtype: DType,
  other?: { mask: Tensor | null; name: string },
): Tensor | null {
  if (mask === null) return null;
  const isFloat = mask.dtype.isFloatingPoint;
  if (mask.dtype !== bool && !isFloat) {
    throw new ValueError(
      `only bool and floating types of ${name} are supported, got ${mask.dtype}`,
    );
  }
  if (other?.mask && mask.dtype !== other.mask.dtype) {
    warn(
      `Support for mismatched ${name} and ${other.name} is deprecated. Use same type for both instead.`,
    );
  }
  if (isFloat) return mask;
  return operators.torch.zerosLike(mask, { dtype }).maskedFill_(mask, Number.NEGATIVE_INFINITY);
}

/** Throws unless the dimensions go together; whether there is one for the batch. */
export function checkShapes(given: {
  query: Tensor;
  key: Tensor;
  value: Tensor;
  keyPaddingMask: Tensor | null;
  attnMask: Tensor | null;
  numHeads: number;
}): boolean {
  const { query, key, value, keyPaddingMask, attnMask } = given;
  const dimensions = query.dim();
  if (dimensions !== 2 && dimensions !== 3) {
    throw new ValueError(
      `query should be unbatched 2D or batched 3D tensor but received ${dimensions}-D query tensor`,
    );
  }
  const isBatched = dimensions === 3;
  const kind = isBatched ? 'batched (3-D)' : 'unbatched (2-D)';
  if (key.dim() !== dimensions || value.dim() !== dimensions) {
    throw new ValueError(
      `For ${kind} \`query\`, expected \`key\` and \`value\` to be ${dimensions}-D but found ${key.dim()}-D and ${value.dim()}-D tensors respectively`,
    );
  }
  if (keyPaddingMask !== null && keyPaddingMask.dim() !== dimensions - 1) {
    throw new ValueError(
      `For ${kind} \`query\`, expected \`keyPaddingMask\` to be null or ${dimensions - 1}-D but found ${keyPaddingMask.dim()}-D tensor instead`,
    );
  }
  if (attnMask === null) return isBatched;
  if (attnMask.dim() !== 2 && attnMask.dim() !== 3) {
    throw new ValueError(
      `For ${kind} \`query\`, expected \`attnMask\` to be null, 2-D or 3-D but found ${attnMask.dim()}-D tensor instead`,
    );
  }
  const expected = [given.numHeads, query.size(0), key.size(0)];
  if (!isBatched && attnMask.dim() === 3 && String(attnMask.shape) !== String(expected)) {
    throw new ValueError(
      `Expected \`attnMask\` shape to be [${expected}] but got [${attnMask.shape}]`,
    );
  }
  return isBatched;
}
