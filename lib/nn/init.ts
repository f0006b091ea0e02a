import { float64 } from '../dtype.js';
import { ValueError } from '../errors.js';
import type { Generator } from '../generator.js';
import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, nearest, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { warn } from '../warnings.js';

/** A function that follows a layer, by PyTorch's name of it. */
export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'conv_transpose1d'
  | 'conv_transpose2d'
  | 'conv_transpose3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leaky_relu'
  | 'selu';

/** Which size keeps the variance: of what goes in, in the forward pass, or of what comes out. */
export type FanMode = 'fan_in' | 'fan_out';

/** What the functions that draw random numbers take. */
export interface GeneratorOptions {
  /** Where the random numbers come from. Default: the default generator. */
  generator?: Generator | null;
}

type Random = Generator | null;

const initialize = <Bound extends object>(name: string, rest: { [K in keyof Bound]?: unknown }) =>
  new Signature<Bound & { tensor: Tensor }>(`nn.init.${name}`, {
    tensor: required,
    ...rest,
  } as { [K in keyof (Bound & { tensor: Tensor })]?: unknown });

/** Binds the arguments and makes sure of the tensor. */
function bind<Bound extends { tensor: Tensor }>(
  signature: Signature<Bound>,
  args: unknown[],
): Bound {
  const bound = signature.bind(args);
  if (!(bound.tensor instanceof Tensor)) {
    throw new TypeError(`${signature.where} fills a Tensor, got ${typeof bound.tensor}`);
  }
  return bound;
}

const isEmpty = (tensor: Tensor) => {
  if (tensor.numel() > 0) return false;
  warn('Initializing zero-element tensors is a no-op');
  return true;
};

const gains: Record<string, number> = {
  linear: 1,
  conv1d: 1,
  conv2d: 1,
  conv3d: 1,
  conv_transpose1d: 1,
  conv_transpose2d: 1,
  conv_transpose3d: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.sqrt(2),
  selu: 3 / 4,
};

/**
 * By how much a layer's weights are to be scaled for the function that follows it.
 *
 * 1 for linear layers, convolutions and `'sigmoid'`; 5/3 for `'tanh'`; the root of 2 for `'relu'`;
 * the root of `2 / (1 + param ** 2)` for `'leaky_relu'`; 3/4 for `'selu'`.
 *
 * @param nonlinearity PyTorch's name of the function.
 * @param param The negative slope of `'leaky_relu'`. Default: 0.01.
 * @throws ValueError for any other name, or a slope that is no number.
 *
 * @example
 * ```ts
 * nn.init.calculateGain('leaky_relu', 0.2); // 1.3867...
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.calculate_gain
 */
export function calculateGain(nonlinearity: Nonlinearity, param: number | null = null): number {
  if (nonlinearity === 'leaky_relu') {
    const slope = param ?? 0.01;
    if (typeof slope !== 'number')
      throw new ValueError(`negative_slope ${slope} not a valid number`);
    return Math.sqrt(2 / (1 + slope * slope));
  }
  if (!Object.hasOwn(gains, nonlinearity)) {
    const near = nearest(String(nonlinearity), [...Object.keys(gains), 'leaky_relu']);
    const hint = near ? `; did you mean '${near}'?` : '';
    throw new ValueError(`Unsupported nonlinearity ${nonlinearity}${hint}`);
  }
  return gains[nonlinearity] as number;
}

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

/**
 * How many numbers go into each output of a layer with these weights, and how many outputs each
 * input goes to.
 *
 * @throws ValueError for a tensor of fewer than two dimensions.
 *
 * @example
 * ```ts
 * nn.init._calculateFanInAndFanOut(torch.empty(6, 3, 5, 5)); // [75, 150]
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html
 */
export function _calculateFanInAndFanOut(tensor: Tensor): [fanIn: number, fanOut: number] {
  const { shape } = tensor;
  if (shape.length < 2) {
    throw new ValueError(
      'Fan in and fan out can not be computed for tensor with fewer than 2 dimensions',
    );
  }
  const [outputs, inputs, ...kernel] = shape as [number, number, ...number[]];
  const field = kernel.reduce((product, size) => product * size, 1);
  return [inputs * field, outputs * field];
}

function correctFan(tensor: Tensor, mode: FanMode): number {
  const name = String(mode).toLowerCase();
  if (name !== 'fan_in' && name !== 'fan_out') {
    throw new ValueError(`Mode ${mode} not supported, please use one of ['fan_in', 'fan_out']`);
  }
  const [fanIn, fanOut] = _calculateFanInAndFanOut(tensor);
  return name === 'fan_in' ? fanIn : fanOut;
}

interface XavierArguments {
  gain: number;
  generator: Random;
}

type XavierCall<T extends Tensor> = Call<
  [tensor: T],
  [gain: number, generator: Random],
  Partial<XavierArguments>
>;

const xavier = (name: string) => initialize<XavierArguments>(name, { gain: 1, generator: null });
const xavierUniform = xavier('xavierUniform_');
const xavierNormal = xavier('xavierNormal_');

function xavierStd(tensor: Tensor, gain: number): number {
  const [fanIn, fanOut] = _calculateFanInAndFanOut(tensor);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Fills a tensor uniformly so that the variance stays the same forwards and backwards: within
 * `gain * sqrt(6 / (fanIn + fanOut))`. Glorot and Bengio, 2010.
 *
 * @param tensor A tensor of at least two dimensions.
 * @param gain A factor, see {@link calculateGain}. Default: 1.
 * @param generator Where the numbers come from. Default: the default generator.
 * @returns The tensor.
 *
 * @example
 * ```ts
 * nn.init.xavierUniform_(torch.empty(3, 5), { gain: nn.init.calculateGain('relu') });
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_uniform_
 */
export function xavierUniform_<T extends Tensor>(...args: XavierCall<T>): T {
  const { tensor, gain, generator } = bind(xavierUniform, args);
  const bound = Math.sqrt(3) * xavierStd(tensor, gain);
  return uniform_(tensor as T, -bound, bound, generator);
}

/**
 * Fills a tensor from a normal distribution so that the variance stays the same forwards and
 * backwards: of deviation `gain * sqrt(2 / (fanIn + fanOut))`. Glorot and Bengio, 2010.
 *
 * @param tensor A tensor of at least two dimensions.
 * @param gain A factor, see {@link calculateGain}. Default: 1.
 * @param generator Where the numbers come from. Default: the default generator.
 * @returns The tensor.
 *
 * @example
 * ```ts
 * nn.init.xavierNormal_(torch.empty(3, 5), 2);
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_normal_
 */
export function xavierNormal_<T extends Tensor>(...args: XavierCall<T>): T {
  const { tensor, gain, generator } = bind(xavierNormal, args);
  return normal_(tensor as T, 0, xavierStd(tensor, gain), generator);
}

interface KaimingArguments {
  a: number;
  mode: FanMode;
  nonlinearity: Nonlinearity;
  generator: Random;
}

type KaimingCall<T extends Tensor> = Call<
  [tensor: T],
  [a: number, mode: FanMode, nonlinearity: Nonlinearity, generator: Random],
  Partial<KaimingArguments>
>;

const kaiming = (name: string) =>
  initialize<KaimingArguments>(name, {
    a: 0,
    mode: 'fan_in',
    nonlinearity: 'leaky_relu',
    generator: null,
  });
const kaimingUniform = kaiming('kaimingUniform_');
const kaimingNormal = kaiming('kaimingNormal_');

function kaimingStd(tensor: Tensor, { a, mode, nonlinearity }: KaimingArguments): number {
  const fan = correctFan(tensor, mode);
  return calculateGain(nonlinearity, a) / Math.sqrt(fan);
}

/**
 * Fills a tensor uniformly so that rectifiers keep the variance: within `gain * sqrt(3 / fan)`.
 * He and others, 2015.
 *
 * @param tensor A tensor of at least two dimensions, `(fanOut, fanIn, ...)`.
 * @param a The negative slope of `'leaky_relu'`. Default: 0.
 * @param mode `'fan_in'` keeps the variance forwards, `'fan_out'` backwards. Default: `'fan_in'`.
 * @param nonlinearity What follows the layer, see {@link calculateGain}. Default: `'leaky_relu'`.
 * @param generator Where the numbers come from. Default: the default generator.
 * @returns The tensor.
 *
 * @example
 * ```ts
 * const layer = new nn.Linear(3, 5);
 * nn.init.kaimingUniform_(layer.weight, { mode: 'fan_in', nonlinearity: 'relu' });
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_uniform_
 */
export function kaimingUniform_<T extends Tensor>(...args: KaimingCall<T>): T {
  const bound = bind(kaimingUniform, args);
  const tensor = bound.tensor as T;
  if (isEmpty(tensor)) return tensor;
  const limit = Math.sqrt(3) * kaimingStd(tensor, bound);
  return uniform_(tensor, -limit, limit, bound.generator);
}

/**
 * Fills a tensor from a normal distribution so that rectifiers keep the variance: of deviation
 * `gain / sqrt(fan)`. He and others, 2015.
 *
 * @param tensor A tensor of at least two dimensions, `(fanOut, fanIn, ...)`.
 * @param a The negative slope of `'leaky_relu'`. Default: 0.
 * @param mode `'fan_in'` keeps the variance forwards, `'fan_out'` backwards. Default: `'fan_in'`.
 * @param nonlinearity What follows the layer, see {@link calculateGain}. Default: `'leaky_relu'`.
 * @param generator Where the numbers come from. Default: the default generator.
 * @returns The tensor.
 *
 * @example
 * ```ts
 * const layer = new nn.Conv2d(3, 8, 5);
 * nn.init.kaimingNormal_(layer.weight, { mode: 'fan_out', nonlinearity: 'relu' });
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_normal_
 */
export function kaimingNormal_<T extends Tensor>(...args: KaimingCall<T>): T {
  const bound = bind(kaimingNormal, args);
  const tensor = bound.tensor as T;
  if (isEmpty(tensor)) return tensor;
  return normal_(tensor, 0, kaimingStd(tensor, bound), bound.generator);
}

const orthogonal = initialize<XavierArguments>('orthogonal_', { gain: 1, generator: null });

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
export function orthogonal_<T extends Tensor>(...args: XavierCall<T>): T {
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
