import { tensor } from '../creation.js';
import { bool, float32, uint8 } from '../dtype.js';
import { IndexError, NotImplementedError, TorchError, ValueError } from '../errors.js';
import { sparseCooTensor } from '../functional/sparse.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { iinfo } from '../type-info.js';

/** One dimension, several, or null for all. */
export type Dims = number | readonly number[] | null;

/** The operations whose neutral element can stand for what a mask hides. */
export type Operation =
  | 'sum'
  | 'prod'
  | 'amax'
  | 'amin'
  | 'argmax'
  | 'argmin'
  | 'mean'
  | 'median'
  | 'norm'
  | 'logsumexp'
  | 'logaddexp';

/** What the operation gives for nothing at all: 0 of a sum, minus infinity of a maximum. */
export function reductionIdentity(operation: Operation, input: Tensor, order?: number): Tensor {
  const { dtype, device } = input;
  const made = (value: number | bigint) => tensor(value, { dtype, device });
  const { isFloatingPoint, isComplex } = dtype;
  // Of bool neither end is the neutral element's.
  const isInteger = !isFloatingPoint && !isComplex && (dtype.isSigned || dtype === uint8);
  switch (operation) {
    case 'sum':
      return made(0);
    case 'prod':
      return made(1);
    case 'amax':
    case 'argmax':
    case 'logaddexp':
    case 'logsumexp':
      if (isFloatingPoint) return made(Number.NEGATIVE_INFINITY);
      if (operation === 'logsumexp' && isComplex) return made(Number.NEGATIVE_INFINITY);
      if (isInteger) return made(iinfo(dtype).min);
      break;
    case 'amin':
    case 'argmin':
      if (isFloatingPoint) return made(Number.POSITIVE_INFINITY);
      if (isInteger) return made(iinfo(dtype).max);
      break;
    case 'norm':
      if (order !== Number.NEGATIVE_INFINITY) return made(0);
      if (isFloatingPoint) return made(Number.POSITIVE_INFINITY);
      break;
    case 'median':
      return tensor(Number.NaN, { dtype: isFloatingPoint ? dtype : float32, device });
    case 'mean':
      break;
  }
  throw new NotImplementedError(`masked.${operation}(): there is none for a tensor of ${dtype}`);
}

/** The dimensions in order, each counted from the front; all of them for null and for none. */
export function canonicalDims(dim: Dims, ndim: number): number[] {
  if (dim === null || (Array.isArray(dim) && dim.length === 0)) {
    return Array.from({ length: ndim }, (_, i) => i);
  }
  const most = Math.max(ndim, 1);
  const given = typeof dim === 'number' ? [dim] : (dim as readonly number[]);
  const dims = given.map((d) => {
    if (!Number.isInteger(d)) throw new TypeError(`dim must be an integer, got ${d}`);
    if (d >= most || d < -most) {
      throw new IndexError(
        `dimension out of range: expected one from ${-most} to ${most - 1}, got ${d}`,
      );
    }
    return d < 0 ? d + most : d;
  });
  if (new Set(given).size < given.length) {
    throw new TorchError(`a dimension stands twice in [${given.join(', ')}]`);
  }
  return dims.sort((a, b) => a - b);
}

/** The mask in the shape and the layout of the input. */
export function inputMask(input: Tensor, given: Tensor): Tensor {
  let mask = given;
  const layout = input.layout.name;
  if (!['strided', 'sparse_coo', 'sparse_csr'].includes(layout)) {
    throw new ValueError(`masked: expected a strided, COO or CSR tensor, got ${input.layout}`);
  }
  if (mask.shape.join() !== input.shape.join()) {
    if (mask.dim() > input.dim()) {
      throw new IndexError(
        `masked: the mask has ${mask.dim()} dimensions, more than the input's ${input.dim()}`,
      );
    }
    if (mask.layout.name === 'strided') {
      mask = mask.clone().broadcastTo(input.shape);
    } else if (mask.layout.name === 'sparse_coo') {
      mask = operators.torch._sparseBroadcastTo(mask, input.shape);
    } else {
      mask = operators.torch._sparseBroadcastTo(mask.toSparse(), input.shape).toSparseCsr();
    }
  }
  if (mask.layout !== input.layout) {
    if (layout === 'strided') mask = mask.toDense();
    else if (layout === 'sparse_csr') mask = mask.toSparseCsr();
    else {
      mask = mask.layout.name === 'strided' ? mask.toSparse(input.sparseDim()) : mask.toSparse();
    }
  }
  if (layout === 'sparse_coo') mask = mask.coalesce();
  return mask.to(bool);
}

/** The places of a COO tensor's elements, as numbers in row-major order. */
function flatIndices(indices: Tensor, shape: readonly number[]): Tensor {
  const flat = indices.newZeros(indices.size(1));
  for (const [d, size] of shape.entries()) flat.mul_(size).add_(indices.select(0, d));
  return flat;
}

/** COO tensors: the input's elements where the mask holds, explicit zeros where it has no element. */
function whereCoo(mask: Tensor, given: Tensor, fill: Tensor): Tensor {
  const input = given.coalesce();
  const indices = input.indices();
  const values = input.values();
  const size = input.shape.slice(0, input.sparseDim());
  const inputFlat = flatIndices(indices, size);
  const maskFlat = flatIndices(mask.indices(), size);
  let holds = mask.values();
  while (holds.dim() > 1) holds = holds.any(-1);
  const heldFlat = maskFlat.maskedSelect(holds);
  const placesOf = (flat: Tensor, wanted: Tensor) =>
    operators.torch.isin(flat, wanted).nonzero().select(1, 0);
  const both = heldFlat.indexSelect(0, placesOf(heldFlat, inputFlat));
  const places = placesOf(inputFlat, both);
  const whereIndices = indices.indexSelect(1, places);
  let whereValues = values.indexSelect(0, places);
  if (mask.denseDim() > 0) {
    const maskPlaces = placesOf(maskFlat, both);
    whereValues = operators.torch.where(
      mask.values().indexSelect(0, maskPlaces),
      whereValues,
      fill,
    );
  }
  const missing = operators.torch.isin(heldFlat, both, { invert: true });
  const missingPlaces = placesOf(maskFlat, heldFlat.maskedSelect(missing));
  const zeroIndices = mask.indices().indexSelect(1, missingPlaces);
  const count = zeroIndices.size(1);
  const { dtype } = values;
  if (count === 0) {
    const made = sparseCooTensor(whereIndices, whereValues, input.shape, { dtype });
    return made._coalesced_(true);
  }
  const zeros = whereValues.newZeros([count, ...whereValues.shape.slice(1)]);
  return sparseCooTensor(
    operators.torch.cat([whereIndices, zeroIndices], 1),
    operators.torch.cat([whereValues, zeros]),
    input.shape,
    { dtype },
  ).coalesce();
}

/** `input` where the mask holds, and `fill` elsewhere: nothing at all of a sparse tensor. */
export function where(mask: Tensor, input: Tensor, fill: Tensor): Tensor {
  switch (mask.layout.name) {
    case 'strided':
      return operators.torch.where(mask, input, fill);
    case 'sparse_coo':
      return whereCoo(mask, input, fill);
    default:
      return whereCoo(mask.toSparseCoo(), input.toSparseCoo(), fill).toSparseCsr();
  }
}

/** The input with the operation's neutral element in place of what the mask hides. */
export function combine(
  operation: Operation,
  input: Tensor,
  mask: Tensor | null,
  order?: number,
): Tensor {
  if (mask === null) return input;
  return where(inputMask(input, mask), input, reductionIdentity(operation, input, order));
}
