import { NamedConstant } from './named-constant.js';

/** The names of the quantization schemes, as PyTorch spells them. */
export type QSchemeName =
  | 'per_tensor_affine'
  | 'per_channel_affine'
  | 'per_tensor_symmetric'
  | 'per_channel_symmetric'
  | 'per_channel_affine_float_qparams';

/**
 * How a quantized tensor's integers stand for numbers: `torch.perTensorAffine`,
 * `torch.perChannelAffine`, ... There is one object for each, so `===` compares them.
 *
 * @example
 * ```ts
 * const q = torch.quantizePerTensor(torch.rand(3), 0.1, 10, torch.quint8);
 * q.qscheme() === torch.perTensorAffine; // true
 * ```
 * @see https://pytorch.org/docs/stable/quantization.html
 */
export class QScheme extends NamedConstant<QSchemeName> {}

/** One scale and one zero point for the whole tensor. */
export const perTensorAffine = new QScheme('per_tensor_affine', 0);
/** A scale and a zero point for each slice along one dimension. */
export const perChannelAffine = new QScheme('per_channel_affine', 1);
/** As `perTensorAffine`, around zero. */
export const perTensorSymmetric = new QScheme('per_tensor_symmetric', 2);
/** As `perChannelAffine`, around zero. */
export const perChannelSymmetric = new QScheme('per_channel_symmetric', 3);
/** As `perChannelAffine`, with zero points that are no integers. */
export const perChannelAffineFloatQparams = new QScheme('per_channel_affine_float_qparams', 4);

const all = [
  perTensorAffine,
  perChannelAffine,
  perTensorSymmetric,
  perChannelSymmetric,
  perChannelAffineFloatQparams,
];

/** The scheme of libtorch's number. @internal */
export function qschemeOfCode(code: number): QScheme {
  const qscheme = all[code];
  if (!qscheme) throw new TypeError(`sconce does not know libtorch's quantization scheme ${code}`);
  return qscheme;
}
