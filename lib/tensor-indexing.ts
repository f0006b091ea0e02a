import { getItem, type Index, setItem } from './indexing.js';
import { operators } from './operators.js';
import { checkOptions } from './options.js';
import { Tensor } from './tensor.js';
import type { Scalar } from './types.js';

/** An array that is one index (of numbers or booleans), and not a list of indices. */
function isIndexList(indices: readonly unknown[]): boolean {
  const isPlain = (index: unknown) => typeof index === 'number' || typeof index === 'boolean';
  return indices.length > 0 && indices.every(isPlain);
}

/** The methods of Tensor that take what may stand between the brackets of an index. */
export class Indexing {
  /**
   * `x[...]` with whatever an index may be: masks, index tensors, slices, null, strings.
   *
   * @example
   * ```ts
   * const x = torch.tensor([[1, 2, 3], [4, 5, 6]]);
   * x.index(x.gt(3)); // tensor([4., 5., 6.])
   * x.index(':', torch.tensor([0n, 2n])); // tensor([[1., 3.], [4., 6.]])
   * x.index([1, 0], -1); // tensor([6., 3.])
   * ```
   * @see https://pytorch.org/cppdocs/notes/tensor_indexing.html
   */
  index(this: Tensor, ...indices: Index[]): Tensor {
    return getItem(this, indices, new Tensor());
  }

  /**
   * `x[...] = values` in place, with whatever an index may be; with `accumulate`, values are added,
   * also where an index repeats.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html
   */
  indexPut_<Self extends Tensor>(
    this: Self,
    indices: readonly Index[] | Index,
    values: Tensor | Scalar,
    options: boolean | { accumulate?: boolean } = false,
  ): Self {
    if (typeof options !== 'boolean') checkOptions('indexPut_()', options, ['accumulate']);
    const accumulate = typeof options === 'boolean' ? options : (options.accumulate ?? false);
    const list = Array.isArray(indices) && !isIndexList(indices) ? indices : [indices as Index];
    // A 0-d tensor stands for its number or boolean, which only `setItem` knows.
    const isTensor = (index: unknown) => index instanceof Tensor && (accumulate || index.ndim > 0);
    const areTensors = list.length > 0 && list.every(isTensor);
    if (!accumulate && !areTensors) {
      setItem(this, list as Index[], values);
      return this;
    }
    if (!areTensors) throw new TypeError('indexPut_() accumulates at masks and index tensors only');
    const { dtype, device } = this;
    const value =
      values instanceof Tensor ? values : operators.torch.full([], values, { dtype, device });
    return operators.torch.indexPut_(this, list as Tensor[], value, accumulate) as Self;
  }

  /** As `indexPut_`, on a copy. */
  indexPut(
    this: Tensor,
    indices: readonly Index[] | Index,
    values: Tensor | Scalar,
    options: boolean | { accumulate?: boolean } = false,
  ): Tensor {
    return this.clone().indexPut_(indices, values, options);
  }
}
