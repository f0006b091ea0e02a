import { tensor } from '../creation.js';
import { bfloat16, type DType, float16, float32, int64 } from '../dtype.js';
import { NotImplementedError, ValueError } from '../errors.js';
import { sparseCooTensor, sparseCsrTensor } from '../functional/sparse.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { reductionIdentity } from './masks.js';

/** The reductions that sparse tensors take. */
export type SparseReduction = 'sum' | 'prod' | 'mean' | 'amax' | 'amin';

function reduceFirst(reduction: SparseReduction, values: Tensor, keepdim = false): Tensor {
  switch (reduction) {
    case 'sum':
    case 'prod':
    case 'mean':
      return values[reduction](0, keepdim);
    default:
      return values[reduction]([0], keepdim);
  }
}

/** The values of a COO tensor gathered by the places that they come to share. */
function scatter(
  reduction: Exclude<SparseReduction, 'mean'>,
  indices: Tensor,
  values: Tensor,
): [indices: Tensor, values: Tensor] {
  const [unique, inverse] = operators.torch.uniqueDim(indices, 1, true, true) as unknown as [
    Tensor,
    Tensor,
  ];
  let places = inverse;
  while (places.dim() < values.dim()) places = places.unsqueeze(-1);
  const { dtype } = values;
  const isHalf = dtype === bfloat16 || dtype === float16;
  const wide = isHalf ? values.to(float32) : values;
  const out = wide.newEmpty([unique.size(1), ...values.shape.slice(1)]);
  const name = reduction;
  const made = out.scatterReduce_(0, places.expandAs(values), wide, name, { includeSelf: false });
  return [unique, made.to(dtype)];
}

/** A reduction of a COO tensor, of the elements that it holds. */
export function reduceCoo(
  reduction: Exclude<SparseReduction, 'mean'>,
  input: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  dtype: DType,
): Tensor {
  let values = input._values().to(dtype);
  let indices = input._indices();
  const sparseDims = input.sparseDim();
  const shape = input.shape
    .map((size, i) => (dims.includes(i) ? 1 : size))
    .filter((_, i) => keepdim || !dims.includes(i));
  const reduced = dims.filter((d) => d < sparseDims);
  const dense = dims.filter((d) => d >= sparseDims && d < input.dim());
  if (dense.length > 0) {
    if (reduction !== 'sum') {
      throw new NotImplementedError(
        `masked.${reduction}(): of a COO tensor's dense dimensions only sums are taken`,
      );
    }
    values = values.sum(
      dense.map((d) => d + 1 - sparseDims),
      keepdim,
    );
  }
  if (reduced.length === sparseDims) {
    const isEmpty = values.size(0) === 0 && (reduction === 'amax' || reduction === 'amin');
    values = isEmpty ? reductionIdentity(reduction, values) : reduceFirst(reduction, values);
    if (keepdim) for (let i = 0; i < sparseDims; i++) values = values.unsqueeze(0);
    return values.to(dtype).toSparse();
  }
  if (keepdim) {
    indices = indices.clone();
    for (const d of reduced) indices.select(0, d).zero_();
  } else if (reduced.length > 0) {
    const kept = Array.from({ length: sparseDims }, (_, i) => i).filter(
      (i) => !reduced.includes(i),
    );
    indices = indices.indexSelect(0, tensor(kept, { dtype: int64, device: input.device }));
  }
  if (indices.numel() > 0) [indices, values] = scatter(reduction, indices, values);
  return sparseCooTensor(indices, values, shape, { dtype });
}

/** A reduction of a CSR matrix, of the elements that it holds; its dimensions stay. */
export function reduceCsr(
  reduction: SparseReduction,
  input: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  dtype: DType,
): Tensor {
  if (!keepdim) {
    throw new ValueError(`masked.${reduction}(): a CSR tensor is reduced with keepdim alone`);
  }
  if (dims.length === 0) return input;
  const values = input.values().to(dtype);
  const columns = input.colIndices();
  const rows = input.crowIndices();
  const counts = (numbers: number[]) => tensor(numbers, { dtype: int64, device: input.device });
  const made = (crow: Tensor, column: Tensor, kept: Tensor, shape: number[]) =>
    sparseCsrTensor(crow, column, kept, shape, { dtype });
  if (dims.length === 2) {
    const count = Math.min(1, values.numel());
    const one = count === 1 ? reduceFirst(reduction, values, true) : values;
    return made(counts([0, count]), columns.newZeros([count]), one, [1, count]);
  }
  if (dims[0] === 0) {
    const [unique, inverse] = operators.torch._unique2(columns, true, true) as unknown as [
      Tensor,
      Tensor,
    ];
    const kept = values.newEmpty(unique.shape);
    kept.scatterReduce_(0, inverse, values, reduction, { includeSelf: false });
    return made(counts([0, unique.size(0)]), unique, kept, [1, input.size(1)]);
  }
  const filled = rows.diff().ne(0).cumsum(0);
  const crow = operators.torch.cat([rows.newZeros([1]), filled]).to(rows.dtype);
  const name = { sum: 'sum', prod: 'prod', mean: 'mean', amax: 'max', amin: 'min' }[reduction];
  const kept = operators.torch.segmentReduce(values, name, { offsets: rows });
  const isFilled = rows.diff().ne(0);
  const column = columns.newZeros([Number(isFilled.sum().item())]);
  return made(crow, column, kept.maskedSelect(isFilled), [input.size(0), 1]);
}
