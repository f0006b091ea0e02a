import { ValueError } from '../../errors.js';
import type { Call } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import {
  bind,
  initialize,
  isEmpty,
  type Random,
  type ScaledArguments,
  type ScaledCall,
} from './arguments.js';
import { normal_, uniform_ } from './fill.js';
import { calculateGain, type FanMode, type Nonlinearity } from './gain.js';

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

const xavier = (name: string) => initialize<ScaledArguments>(name, { gain: 1, generator: null });
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
export function xavierUniform_<T extends Tensor>(...args: ScaledCall<T>): T {
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
export function xavierNormal_<T extends Tensor>(...args: ScaledCall<T>): T {
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
