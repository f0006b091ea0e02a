import { float64 } from '../../dtype.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import type { Call } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import { bind, initialize, type Random } from './arguments.js';

interface TruncNormalArguments {
  mean: number;
  std: number;
  a: number;
  b: number;
  generator: Random;
}

const truncNormal = initialize<TruncNormalArguments>('truncNormal_', {
  mean: 0,
  std: 1,
  a: -2,
  b: 2,
  generator: null,
});

/**
 * Fills a tensor with numbers drawn from a normal distribution, those outside of `[a, b]` drawn
 * again until they lie within.
 *
 * @param tensor The tensor, of any shape.
 * @param mean The mean, best between `a` and `b`. Default: 0.
 * @param std The standard deviation. Default: 1.
 * @param a The least value. Default: -2.
 * @param b The greatest value. Default: 2.
 * @param generator Where the numbers come from. Default: the default generator.
 * @returns The tensor.
 *
 * @example
 * ```ts
 * nn.init.truncNormal_(torch.empty(3, 5), { std: 0.02 });
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.trunc_normal_
 */
export function truncNormal_<T extends Tensor>(
  ...args: Call<
    [tensor: T],
    [mean: number, std: number, a: number, b: number, generator: Random],
    Partial<TruncNormalArguments>
  >
): T {
  const { tensor, ...bounds } = bind(truncNormal, args);
  if (tensor.isMeta) return tensor as T;
  const { mean, std, a, b } = bounds;
  if (mean < a - 2 * std || mean > b + 2 * std) {
    warn(
      'mean is more than 2 std from [a, b] in nn.init.truncNormal_. The distribution of values may be incorrect.',
    );
  }
  const inside = normalCdf((b - mean) / std) - normalCdf((a - mean) / std);
  noGrad(() => {
    if (inside > 0.3) redrawNormal(tensor, bounds);
    else redrawUniform(tensor, bounds);
  });
  return tensor as T;
}

const normalCdf = (x: number) => {
  const scaled = operators.torch.full([], x / Math.sqrt(2), { dtype: float64, device: 'cpu' });
  return (1 + scaled.erf().item()) / 2;
};

/** Draws normal numbers until all lie within the bounds; for bounds that keep most of them. */
function redrawNormal(tensor: Tensor, { mean, std, a, b, generator }: TruncNormalArguments): void {
  const { full, where, emptyLike } = operators.torch;
  // The bounds as the tensor's dtype rounds them, so that what it rounds to them is within.
  const rounded = (bound: number) => full([], bound, { dtype: tensor.dtype }).item();
  const low = rounded(a);
  const high = rounded(b);
  let result = tensor.normal_(mean, std, { generator });
  for (;;) {
    const outside = result.lt(low).bitwiseOr(result.gt(high));
    if (!outside.any().item()) break;
    result = where(outside, emptyLike(result).normal_(mean, std, { generator }), result);
  }
  if (result !== tensor) tensor.copy_(result);
}

/**
 * Draws uniform numbers between the bounds, each kept with a probability in proportion to the
 * density; for bounds that a normal number seldom meets.
 */
function redrawUniform(tensor: Tensor, { mean, std, a, b, generator }: TruncNormalArguments): void {
  const { where, emptyLike } = operators.torch;
  const mode = Math.max(a, Math.min(mean, b));
  const peak = (mode - mean) / std;
  const logPeak = -0.5 * (peak * peak);
  const candidates = emptyLike(tensor);
  const chances = emptyLike(tensor);
  const rejected = () => {
    candidates.sub_(mean).div_(std).pow_(2).mul_(-0.5).sub_(logPeak);
    return chances.uniform_({ generator }).log_().gt(candidates);
  };
  tensor.uniform_(a, b, { generator });
  candidates.copy_(tensor);
  let pending = rejected();
  if (!pending.any().item()) return;
  let result = tensor;
  do {
    candidates.uniform_(a, b, { generator });
    result = where(pending, candidates, result);
    pending = where(pending, rejected(), pending);
  } while (pending.any().item());
  tensor.copy_(result);
}
