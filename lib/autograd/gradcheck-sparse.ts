import { int8 } from '../dtype.js';
import { NotImplementedError } from '../errors.js';
import { sparseCompressedTensor, sparseCooTensor } from '../functional/sparse.js';
import { noGrad } from '../grad-mode.js';
import { sparseCoo, strided } from '../layout.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { isTensor } from './arguments.js';

/** Whether a tensor has a sparse layout, of coordinates or compressed. @internal */
export const isSparse = ({ layout }: Tensor) => layout.name.startsWith('sparse_');

const isByRows = ({ layout }: Tensor) => /_(csr|bsr)$/.test(layout.name);
const isBlocked = ({ layout }: Tensor) => /_(bsr|bsc)$/.test(layout.name);

/** The elements that a tensor holds: of a sparse one, those that it specifies. @internal */
export function valuesOf(tensor: Tensor): Tensor {
  if (!isSparse(tensor)) return tensor;
  return tensor.layout === sparseCoo ? tensor._values() : tensor.values();
}

/** A tensor as a dense one. @internal */
export const dense = (tensor: Tensor) => (isSparse(tensor) ? tensor.toDense() : tensor);

/** Where the rows of `valuesOf` stand in the sparse dimensions, `(rows, sparse dimensions)`. */
function positionsOf(tensor: Tensor): Tensor {
  const { torch } = operators;
  if (tensor.layout === sparseCoo) return tensor._indices().t();
  const byRows = isByRows(tensor);
  const compressed = byRows ? tensor.crowIndices() : tensor.ccolIndices();
  if (compressed.dim() > 1) {
    throw new NotImplementedError('gradcheck() takes no batches of compressed sparse matrices');
  }
  const plain = byRows ? tensor.colIndices() : tensor.rowIndices();
  const indices = torch._convertIndicesFromCsrToCoo(compressed, plain, { transpose: !byRows });
  if (!isBlocked(tensor)) return indices.t();
  const [height, width] = tensor.values().shape.slice(1, 3) as [number, number];
  const within = torch.ones([height, width]).nonzero().t();
  return indices
    .repeatInterleave(height * width, 1)
    .mul(
      torch
        .stack([torch.full([], height), torch.full([], width)])
        .unsqueeze(1)
        .to(indices),
    )
    .add(within.repeat(1, tensor.values().size(0)))
    .t();
}

/** Every index of a shape, in row-major order. @internal */
export function* indicesOf(shape: readonly number[]): Generator<number[]> {
  const total = shape.reduce((product, size) => product * size, 1);
  for (let flat = 0; flat < total; flat++) {
    const index: number[] = [];
    let rest = flat;
    for (const size of shape.toReversed()) {
      index.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    yield index;
  }
}

/** One element of a tensor: its memory, its index, and its number in row-major order. @internal */
export interface Entry {
  entry: Tensor;
  index: number[];
  flat: number;
}

/**
 * The elements that a tensor holds, which are moved in place: the tensor itself changes, since the
 * function under test may have captured it.
 * @internal
 */
export function* entriesOf(tensor: Tensor): Generator<Entry> {
  const { data } = valuesOf(tensor);
  const { shape } = tensor;
  if (!isSparse(tensor)) {
    let flat = 0;
    for (const index of indicesOf(shape)) {
      yield { entry: index.length === 0 ? data : data.index(...index), index, flat };
      flat++;
    }
    return;
  }
  const positions = positionsOf(tensor).tolist() as number[][];
  const rows = isBlocked(tensor) ? data.flatten(0, 2) : data;
  for (const [row, position] of positions.entries()) {
    for (const rest of indicesOf(rows.shape.slice(1))) {
      const index = [...position, ...rest];
      const flat = index.reduce((sum, at, dim) => sum * (shape[dim] as number) + at, 0);
      yield { entry: rows.index(row, ...rest), index, flat };
    }
  }
}

function densifyCoo(tensor: Tensor): Tensor {
  const { torch } = operators;
  const { shape, dtype, device } = tensor;
  const sizes = shape.slice(0, tensor.sparseDim());
  const all = torch.ones(sizes, { dtype: int8, device });
  const indices = all.nonzero().t();
  const values = torch.zeros([all.numel(), ...shape.slice(sizes.length)], { dtype, device });
  const given = tensor.detach().coalesce();
  if (given.numel() > 0) {
    const strides = torch.stack(
      all.stride().map((stride) => torch.full([], stride, { dtype: indices.dtype, device })),
    );
    const rows = given.indices().mul(strides.unsqueeze(1)).sum(0);
    values.indexPut_([rows], given.values());
  }
  return torch.sparseCooTensor(indices, values, shape)._coalesced_(true);
}

/**
 * A sparse tensor with every element specified, so that each can be moved; others as they are.
 * @internal
 */
export function densify<T>(value: T): T | Tensor {
  if (!isTensor(value) || !isSparse(value)) return value;
  const { layout, requiresGrad } = value;
  return noGrad(() => {
    if (layout === sparseCoo) return densifyCoo(value).requiresGrad_(requiresGrad);
    const blocksize = isBlocked(value) ? value.values().shape.slice(1, 3) : null;
    const coo = densifyCoo(value.detach().toSparse({ layout: sparseCoo }));
    return coo.toSparse({ layout, blocksize }).requiresGrad_(requiresGrad);
  });
}

/** A tensor like a sparse one, with other values. @internal */
export function withValues(tensor: Tensor, values: Tensor): Tensor {
  const { shape, layout } = tensor;
  if (layout === sparseCoo) {
    const isCoalesced = tensor.isCoalesced();
    return sparseCooTensor(tensor._indices(), values, shape, { isCoalesced });
  }
  const byRows = isByRows(tensor);
  return sparseCompressedTensor(
    byRows ? tensor.crowIndices() : tensor.ccolIndices(),
    byRows ? tensor.colIndices() : tensor.rowIndices(),
    values,
    shape,
    { layout },
  );
}

/** Zeros of another shape for a tensor, which are dense. @internal */
export const denseZeros = (tensor: Tensor, shape: number[], options: object = {}) =>
  tensor.newZeros(shape, { layout: strided, ...options });
