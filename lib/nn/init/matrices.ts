import { ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import {
  bind,
  type GeneratorOptions,
  initialize,
  type Random,
  type ScaledArguments,
  type ScaledCall,
} from './arguments.js';

const orthogonal = initialize<ScaledArguments>('orthogonal_', { gain: 1, generator: null });

/**
 * Fills a tensor with a (semi) orthogonal matrix; the dimensions behind the first are one.
 * Saxe and others, 2013.
 *
 * @param tensor A tensor of at least two dimensions.
 * @param gain A factor. Default: 1.
 * @param generator Where the numbers come from. Default: the default generator.
 * @returns The tensor.
 * @throws ValueError for a tensor of fewer dimensions.
 *
 * @example
 * ```ts
 * const w = nn.init.orthogonal_(torch.empty(3, 5));
 * w.mm(w.t()).allclose(torch.eye(3), { atol: 1e-5 }); // true
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.orthogonal_
 */
export function orthogonal_<T extends Tensor>(...args: ScaledCall<T>): T {
  const { tensor, gain, generator } = bind(orthogonal, args);
  if (tensor.ndim < 2) {
    throw new ValueError('Only tensors with 2 or more dimensions are supported');
  }
  if (tensor.numel() === 0 || tensor.isMeta) return tensor as T;
  const rows = tensor.size(0);
  const columns = tensor.numel() / rows;
  noGrad(() => {
    const { dtype, device } = tensor;
    const drawn = operators.torch.empty([rows, columns], { dtype, device });
    drawn.normal_(0, 1, { generator });
    const [q, r] = operators.linalg.qr(rows < columns ? drawn.t() : drawn);
    // The signs of the diagonal make the draw uniform over the orthogonal matrices.
    q.mul_(r.diagonal().sign());
    const filled = rows < columns ? q.t() : q;
    tensor.viewAs(filled).copy_(filled);
    tensor.mul_(gain);
  });
  return tensor as T;
}

const sparse = initialize<{ sparsity: number; std: number; generator: Random }>('sparse_', {
  sparsity: required,
  std: 0.01,
  generator: null,
});

/**
 * Fills a matrix from a normal distribution, and sets a part of each column to zero. Martens, 2010.
 *
 * @param tensor A tensor of two dimensions.
 * @param sparsity Which part of each column is zero.
 * @param std The standard deviation of the others. Default: 0.01.
 * @param generator Where the numbers come from; the places of the zeros always come from the
 * default generator, as in PyTorch. Default: the default generator.
 * @returns The tensor.
 * @throws ValueError for any other number of dimensions.
 *
 * @example
 * ```ts
 * nn.init.sparse_(torch.empty(4, 5), 0.5).eq(0).sum(0); // tensor([2, 2, 2, 2, 2])
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.sparse_
 */
export function sparse_<T extends Tensor>(
  ...args: Call<
    [tensor: T, sparsity: number],
    [std: number, generator: Random],
    GeneratorOptions & { sparsity?: number; std?: number }
  >
): T {
  const { tensor, sparsity, std, generator } = bind(sparse, args);
  if (tensor.ndim !== 2) throw new ValueError('Only tensors with 2 dimensions are supported');
  if (tensor.isMeta) return tensor as T;
  const [rows, columns] = tensor.shape as [number, number];
  const zeros = Math.ceil(sparsity * rows);
  noGrad(() => {
    tensor.normal_(0, std, { generator });
    for (let column = 0; column < columns; column++) {
      const places = operators.torch.randperm(rows).narrow(0, 0, zeros);
      tensor.select(1, column).indexFill_(0, places, 0);
    }
  });
  return tensor as T;
}
