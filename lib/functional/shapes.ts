import { tensor } from '../creation.js';
import { kindOf } from '../describe.js';
import { int64 } from '../dtype.js';
import { TorchError, ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { splitArguments, type Tensors, type TensorsWith } from './arguments.js';

/**
 * The tensors expanded to the shape that they have in common by the rules of broadcasting, as
 * views: several elements may share one place in memory, so clone before writing.
 *
 * @param tensors Any number of them, or one array.
 * @throws TorchError where the shapes do not go together.
 *
 * @example
 * ```ts
 * const [a, b] = torch.broadcastTensors(torch.tensor([[1, 2]]), torch.tensor([[3], [4]]));
 * console.log(a); // tensor([[1., 2.], [1., 2.]])
 * console.log(b); // tensor([[3., 3.], [4., 4.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.broadcast_tensors.html
 */
export function broadcastTensors(...tensors: Tensors): Tensor[] {
  return operators.torch.broadcastTensors(splitArguments('broadcastTensors()', tensors).tensors);
}

function checkSize(where: string, size: unknown): number {
  if (typeof size !== 'number' || !Number.isInteger(size)) {
    throw new TypeError(`${where}: a shape holds integers, got ${String(size)}`);
  }
  if (size < 0) throw new ValueError(`${where}: a shape cannot hold the negative size ${size}`);
  return size;
}

/** A shape that is given as an array or, with one dimension, as its size. */
function toShape(where: string, shape: Size | number): number[] {
  if (typeof shape === 'number') return [checkSize(where, shape)];
  if (!Array.isArray(shape)) {
    throw new TypeError(`${where}: a shape is an array of integers, got ${kindOf(shape)}`);
  }
  return shape.map((size) => checkSize(where, size));
}

/**
 * The shape that tensors of these shapes have in common by the rules of broadcasting.
 *
 * @param shapes Arrays of sizes; a number is a shape of one dimension.
 * @returns The shape; `[]` where none is given.
 * @throws TorchError where they do not go together.
 *
 * @example
 * ```ts
 * torch.broadcastShapes([2], [3, 1], [1, 1, 1]); // [1, 3, 2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.broadcast_shapes.html
 */
export function broadcastShapes(...shapes: (Size | number)[]): number[] {
  const all = shapes.map((shape) => toShape('broadcastShapes()', shape));
  const ndim = Math.max(0, ...all.map((shape) => shape.length));
  const common = new Array<number>(ndim).fill(1);
  for (const shape of all) {
    for (const [i, size] of shape.entries()) {
      const dim = ndim - shape.length + i;
      if (size === 1 || size === common[dim]) continue;
      if (common[dim] !== 1) {
        const shown = all.map((each) => `[${each.join(', ')}]`).join(', ');
        throw new TorchError(
          `broadcastShapes(): the shapes ${shown} do not go together: dimension ${dim} is both ${common[dim]} and ${size}`,
        );
      }
      common[dim] = size;
    }
  }
  return common;
}

/** One tensor for one tensor; an array for several, or for an array. */
function atleast(
  name: 'atleast1d' | 'atleast2d' | 'atleast3d',
  args: readonly unknown[],
): Tensor | Tensor[] {
  const { tensors } = splitArguments(`${name}()`, args);
  const made = operators.torch[name](tensors);
  return args.length === 1 && !Array.isArray(args[0]) ? (made[0] as Tensor) : made;
}

/**
 * The tensor with at least one dimension; a 0-d tensor gets one of size 1.
 *
 * @param tensors One, several, or an array.
 * @returns A tensor for one tensor, else an array of them.
 *
 * @example
 * ```ts
 * torch.atleast1d(torch.tensor(0.5)); // tensor([0.5000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.atleast_1d.html
 */
export function atleast1d(tensor: Tensor): Tensor;
export function atleast1d(...tensors: Tensors): Tensor[];
export function atleast1d(...tensors: Tensors): Tensor | Tensor[] {
  return atleast('atleast1d', tensors);
}

/**
 * The tensor with at least two dimensions; the new ones come first.
 *
 * @param tensors One, several, or an array.
 * @returns A tensor for one tensor, else an array of them.
 *
 * @example
 * ```ts
 * torch.atleast2d(torch.zeros(3)).shape; // [1, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.atleast_2d.html
 */
export function atleast2d(tensor: Tensor): Tensor;
export function atleast2d(...tensors: Tensors): Tensor[];
export function atleast2d(...tensors: Tensors): Tensor | Tensor[] {
  return atleast('atleast2d', tensors);
}

/**
 * The tensor with at least three dimensions: `[n]` becomes `[1, n, 1]`, `[m, n]` `[m, n, 1]`.
 *
 * @param tensors One, several, or an array.
 * @returns A tensor for one tensor, else an array of them.
 *
 * @example
 * ```ts
 * torch.atleast3d(torch.zeros(3)).shape; // [1, 3, 1]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.atleast_3d.html
 */
export function atleast3d(tensor: Tensor): Tensor;
export function atleast3d(...tensors: Tensors): Tensor[];
export function atleast3d(...tensors: Tensors): Tensor | Tensor[] {
  return atleast('atleast3d', tensors);
}

/**
 * The matrix that has the given ones along its diagonal and zeros elsewhere.
 *
 * @param tensors Any number of tensors of up to two dimensions, or one array; a vector is a row.
 *
 * @example
 * ```ts
 * torch.blockDiag(torch.ones(2, 2), torch.ones(1, 3)).shape; // [3, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.block_diag.html
 */
export function blockDiag(...tensors: Tensors): Tensor {
  return operators.torch.blockDiag(splitArguments('blockDiag()', tensors).tensors);
}

/**
 * Every way to take one element of each vector, one a row.
 *
 * @param tensors Any number of tensors of one dimension, or one array.
 * @returns `[count, vectors]`; one vector alone comes back as it is.
 *
 * @example
 * ```ts
 * torch.cartesianProd(torch.tensor([1, 2]), torch.tensor([3, 4])); // [[1, 3], [1, 4], [2, 3], [2, 4]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cartesian_prod.html
 */
export function cartesianProd(...tensors: Tensors): Tensor {
  return operators.torch.cartesianProd(splitArguments('cartesianProd()', tensors).tensors);
}

const splitSignature = new Signature<{
  tensor: Tensor;
  splitSizeOrSections: number | readonly number[];
  dim: number;
}>('split()', { tensor: required, splitSizeOrSections: required, dim: 0 });

/**
 * The pieces of a tensor along a dimension, as views.
 *
 * @param tensor Of at least one dimension.
 * @param splitSizeOrSections The size of each piece, of which the last may be smaller; or an array
 * of all sizes.
 * @param dim Along which dimension. Default: 0.
 * @throws TorchError where the sizes are not those of the dimension together.
 *
 * @example
 * ```ts
 * torch.split(torch.arange(5), 2); // [tensor([0, 1]), tensor([2, 3]), tensor([4])]
 * torch.split(torch.arange(5), [1, 4]).length; // 2
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.split.html
 */
export function split(
  ...args: Call<
    [tensor: Tensor, splitSizeOrSections: number | readonly number[]],
    [dim: number],
    { dim?: number }
  >
): Tensor[];
export function split(
  tensor: Tensor,
  options: { splitSizeOrSections: number | readonly number[]; dim?: number },
): Tensor[];
export function split(...args: unknown[]): Tensor[] {
  const { tensor: given, splitSizeOrSections, dim } = splitSignature.bind(args);
  return operators.torch.split(given, splitSizeOrSections as number, dim);
}

/** The options of {@link meshgrid}. */
export interface MeshgridOptions {
  /**
   * `'ij'` (matrix order) or `'xy'`, which exchanges the first two dimensions. Default: `'ij'`, with
   * PyTorch's warning that this may change.
   */
  indexing?: 'ij' | 'xy' | null;
}

/**
 * The grids of coordinates that vectors span: result `i` has the elements of vector `i` along its
 * dimension `i`, and all have the shape of the vectors' lengths.
 *
 * @param tensors Any number of tensors of one dimension or none, or one array.
 *
 * @example
 * ```ts
 * const [rows, columns] = torch.meshgrid(torch.arange(2), torch.arange(3), { indexing: 'ij' });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.meshgrid.html
 */
export function meshgrid(...args: TensorsWith<MeshgridOptions>): Tensor[] {
  const { tensors, options } = splitArguments<MeshgridOptions>('meshgrid()', args, ['indexing']);
  const { indexing } = options;
  return indexing
    ? operators.torch.meshgrid(tensors, { indexing })
    : operators.torch.meshgrid(tensors);
}

/** A shape whose sizes may be larger than a number holds. */
type BigSize = readonly (number | bigint)[] | number | bigint;

const unravelSignature = new Signature<{ indices: Tensor; shape: BigSize }>('unravelIndex()', {
  indices: required,
  shape: required,
});

/**
 * The coordinates of elements that are numbered in row-major order.
 *
 * @param indices Integers of any shape.
 * @param shape The shape of what they number, or its length.
 * @returns A tensor of the shape of `indices` for each dimension of `shape`.
 * @throws TypeError where `indices` is no integral tensor.
 *
 * @example
 * ```ts
 * const [rows, columns] = torch.unravelIndex(torch.tensor([4n, 5n]), [3, 2]);
 * console.log(rows, columns); // tensor([2, 2]) tensor([0, 1])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.unravel_index.html
 */
export function unravelIndex(
  ...args: [indices: Tensor, shape: BigSize] | [indices: Tensor, options: { shape: BigSize }]
): Tensor[] {
  const { indices, shape } = unravelSignature.bind(args);
  const { dtype, device } = indices;
  if (dtype.isFloatingPoint || dtype.isComplex || dtype.name === 'bool') {
    throw new TypeError(`unravelIndex(): the indices must be integers, got ${dtype}`);
  }
  const given = Array.isArray(shape) ? (shape as readonly (number | bigint)[]) : [shape];
  const sizes = given.map((size) =>
    typeof size === 'bigint' ? size : BigInt(checkSize('unravelIndex()', size)),
  );
  const steps: bigint[] = [];
  let step = 1n;
  for (const size of [...sizes].reverse()) {
    steps.unshift(step);
    step *= size;
  }
  const vector = (values: bigint[]) => tensor(values, { dtype: int64, device });
  return indices.unsqueeze(-1).floorDivide(vector(steps)).remainder(vector(sizes)).unbind(-1);
}
