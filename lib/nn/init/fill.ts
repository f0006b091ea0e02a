import { ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { bind, type GeneratorOptions, initialize, type Random } from './arguments.js';

const uniform = initialize<{ a: number; b: number; generator: Random }>('uniform_', {
  a: 0,
  b: 1,
  generator: null,
});

/**
 * Fills a tensor with numbers drawn uniformly between `a` and `b`.
 *
 * @param tensor The tensor, of any shape.
 * @param a The lower bound. Default: 0.
 * @param b The upper bound. Default: 1.
 * @param generator Where the numbers come from. Default: the default generator.
 * @returns The tensor.
 *
 * @example
 * ```ts
 * nn.init.uniform_(torch.empty(3, 5));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.uniform_
 */
export function uniform_<T extends Tensor>(
  ...args: Call<
    [tensor: T],
    [a: number, b: number, generator: Random],
    GeneratorOptions & { a?: number; b?: number }
  >
): T {
  const { tensor, a, b, generator } = bind(uniform, args);
  return noGrad(() => tensor.uniform_(a, b, { generator })) as T;
}

const normal = initialize<{ mean: number; std: number; generator: Random }>('normal_', {
  mean: 0,
  std: 1,
  generator: null,
});

/**
 * Fills a tensor with numbers drawn from a normal distribution.
 *
 * @param tensor The tensor, of any shape.
 * @param mean The mean. Default: 0.
 * @param std The standard deviation. Default: 1.
 * @param generator Where the numbers come from. Default: the default generator.
 * @returns The tensor.
 *
 * @example
 * ```ts
 * nn.init.normal_(torch.empty(3, 5), 0, 0.02);
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.normal_
 */
export function normal_<T extends Tensor>(
  ...args: Call<
    [tensor: T],
    [mean: number, std: number, generator: Random],
    GeneratorOptions & { mean?: number; std?: number }
  >
): T {
  const { tensor, mean, std, generator } = bind(normal, args);
  return noGrad(() => tensor.normal_(mean, std, { generator })) as T;
}

const constant = initialize<{ val: number }>('constant_', { val: required });

/**
 * Fills a tensor with one value.
 *
 * @param tensor The tensor, of any shape.
 * @param val The value.
 * @returns The tensor.
 *
 * @example
 * ```ts
 * nn.init.constant_(torch.empty(2), 0.5); // tensor([0.5000, 0.5000])
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.constant_
 */
export function constant_<T extends Tensor>(
  ...args: Call<[tensor: T, val: number], [], { val?: number }>
): T {
  const { tensor, val } = bind(constant, args);
  return noGrad(() => tensor.fill_(val)) as T;
}

/**
 * Fills a tensor with ones.
 *
 * @example
 * ```ts
 * nn.init.ones_(torch.empty(2)); // tensor([1., 1.])
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.ones_
 */
export function ones_<T extends Tensor>(tensor: T): T {
  return constant_(tensor, 1);
}

/**
 * Fills a tensor with zeros.
 *
 * @example
 * ```ts
 * const layer = new nn.Linear(3, 2);
 * nn.init.zeros_(layer.weight);
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.zeros_
 */
export function zeros_<T extends Tensor>(tensor: T): T {
  return constant_(tensor, 0);
}

const plain = initialize<object>('eye_', {});

/**
 * Fills a matrix with the identity, as far as it goes: a linear layer then gives back its input.
 *
 * @param tensor A tensor of two dimensions.
 * @returns The tensor.
 * @throws ValueError for any other number of dimensions.
 *
 * @example
 * ```ts
 * nn.init.eye_(torch.empty(2, 3)); // tensor([[1., 0., 0.], [0., 1., 0.]])
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.eye_
 */
export function eye_<T extends Tensor>(tensor: T): T {
  bind(plain, [tensor]);
  if (tensor.ndim !== 2) throw new ValueError('Only tensors with 2 dimensions are supported');
  const [rows, columns] = tensor.shape as [number, number];
  noGrad(() => operators.torch.eye(rows, columns, { out: tensor }));
  return tensor;
}

const dirac = initialize<{ groups: number }>('dirac_', { groups: 1 });

/**
 * Fills the weights of a convolution so that it gives back its input channels, as far as they go,
 * in each group.
 *
 * @param tensor A tensor of 3, 4 or 5 dimensions.
 * @param groups The convolution's groups. Default: 1.
 * @returns The tensor.
 * @throws ValueError for any other number of dimensions, or a first one that the groups do not
 * divide.
 *
 * @example
 * ```ts
 * nn.init.dirac_(torch.empty(3, 24, 5, 5), 3);
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.dirac_
 */
export function dirac_<T extends Tensor>(
  ...args: Call<[tensor: T], [groups: number], { groups?: number }>
): T {
  const { tensor, groups } = bind(dirac, args);
  const { ndim } = tensor;
  if (ndim < 3 || ndim > 5) {
    throw new ValueError('Only tensors with 3, 4, or 5 dimensions are supported');
  }
  const [outChannels, inChannels, ...kernel] = tensor.shape as [number, number, ...number[]];
  if (outChannels % groups !== 0) throw new ValueError('dim 0 must be divisible by groups');
  if (tensor.isMeta) return tensor as T;
  const outOfGroup = outChannels / groups;
  noGrad(() => {
    tensor.zero_();
    for (let group = 0; group < groups; group++) {
      for (let channel = 0; channel < Math.min(outOfGroup, inChannels); channel++) {
        let element = tensor.select(0, group * outOfGroup + channel).select(0, channel);
        for (const size of kernel) element = element.select(0, Math.floor(size / 2));
        element.fill_(1);
      }
    }
  });
  return tensor as T;
}
