import { NamedConstant } from './named-constant.js';

/** The names of the memory layouts, as PyTorch spells them. */
export type LayoutName =
  | 'strided'
  | 'sparse_coo'
  | 'sparse_csr'
  | '_mkldnn'
  | 'sparse_csc'
  | 'sparse_bsr'
  | 'sparse_bsc'
  | 'jagged';

/**
 * How a tensor's elements lie in memory: `torch.strided`, `torch.sparseCoo`, ... There is one
 * object for each, so `===` compares them.
 *
 * @example
 * ```ts
 * x.layout; // torch.strided
 * x.toSparse().layout; // torch.sparse_coo
 * ```
 * @see https://pytorch.org/docs/stable/tensor_attributes.html#torch.layout
 */
export class Layout extends NamedConstant<LayoutName> {}

/** Dense: an element's place is the sum of its indices times the strides. */
export const strided = new Layout('strided', 0);
/** Sparse, as coordinates and values. */
export const sparseCoo = new Layout('sparse_coo', 1);
/** Sparse matrices, compressed by rows. */
export const sparseCsr = new Layout('sparse_csr', 2);
/** oneDNN's own blocked layouts. */
export const _mkldnn = new Layout('_mkldnn', 3);
/** Sparse matrices, compressed by columns. */
export const sparseCsc = new Layout('sparse_csc', 4);
/** Sparse matrices of dense blocks, compressed by rows of blocks. */
export const sparseBsr = new Layout('sparse_bsr', 5);
/** Sparse matrices of dense blocks, compressed by columns of blocks. */
export const sparseBsc = new Layout('sparse_bsc', 6);
/** Nested tensors with one dimension of varying length. */
export const jagged = new Layout('jagged', 7);

const all = [strided, sparseCoo, sparseCsr, _mkldnn, sparseCsc, sparseBsr, sparseBsc, jagged];

/** The layout of libtorch's number. @internal */
export function layoutOfCode(code: number): Layout {
  const layout = all[code];
  if (!layout) throw new TypeError(`sconce does not know libtorch's layout ${code}`);
  return layout;
}
