import { ValueError } from '../../errors.js';
import { nearest } from '../../options.js';

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
