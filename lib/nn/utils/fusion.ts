import { deepcopy } from '../../copy.js';
import { TorchError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, checkFlags, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { NormBase } from '../modules/batchnorm.js';
import type { Linear } from '../modules/linear.js';
import type { Module } from '../modules/module.js';
import { Parameter } from '../parameter.js';

/** A convolution, transposed or not. */
export interface ConvLike extends Module {
  weight: Parameter;
  bias: Parameter | null;
}

function checkFusion(where: string, layer: Module, bn: NormBase): [mean: Tensor, variance: Tensor] {
  if (layer.training || bn.training) {
    throw new TorchError(`${where}: Fusion only for eval! Call eval() on both modules`);
  }
  const { running_mean, running_var } = bn;
  if (running_mean === null || running_var === null) {
    throw new TorchError(`${where}: bn.running_mean and bn.running_var must not be null`);
  }
  return [running_mean, running_var];
}

const convEval = new Signature<{ conv: ConvLike; bn: NormBase; transpose: boolean }>(
  'nn.utils.fuseConvBnEval',
  { conv: required, bn: required, transpose: false },
);

/**
 * One convolution that does what a convolution and the batch normalization behind it do in
 * evaluation.
 *
 * @param conv The convolution, in evaluation mode; it is left as it is.
 * @param bn The normalization, in evaluation mode, with running statistics.
 * @param transpose Whether the convolution is transposed. Default: false.
 * @returns A copy of the convolution with other weights, and with a bias.
 * @throws TorchError where one of them is in training mode, or `bn` has no running statistics.
 *
 * @example
 * ```ts
 * const conv = new nn.Conv2d(3, 8, 3, { bias: false }).eval();
 * const bn = new nn.BatchNorm2d(8).eval();
 * const fused = nn.utils.fuseConvBnEval(conv, bn);
 * const images = torch.randn(2, 3, 9, 9);
 * torch.allclose(fused(images), bn(conv(images)), { atol: 1e-6 }); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.fuse_conv_bn_eval.html
 */
export function fuseConvBnEval<C extends ConvLike>(
  ...args: Call<[conv: C, bn: NormBase], [transpose: boolean], { transpose?: boolean }>
): C {
  const { conv, bn, transpose } = convEval.bind(args);
  checkFlags(convEval.where, { transpose });
  const [mean, variance] = checkFusion(convEval.where, conv, bn);
  const fused = deepcopy(conv);
  const { weight, bias } = fused;
  const weights = [weight, bias, mean, variance, bn.eps, bn.weight, bn.bias] as const;
  [fused.weight, fused.bias] = fuseConvBnWeights(...weights, transpose);
  return fused as C;
}

interface ConvWeights {
  convW: Tensor;
  convB: Tensor | null;
  bnRm: Tensor;
  bnRv: Tensor;
  bnEps: number;
  bnW: Tensor | null;
  bnB: Tensor | null;
  transpose: boolean;
}

const convWeights = new Signature<ConvWeights>('nn.utils.fuseConvBnWeights', {
  convW: required,
  convB: required,
  bnRm: required,
  bnRv: required,
  bnEps: required,
  bnW: required,
  bnB: required,
  transpose: false,
});

/**
 * The weight and bias of one convolution that does what a convolution and the batch normalization
 * behind it do in evaluation.
 *
 * @param convW The convolution's weight.
 * @param convB Its bias, or null.
 * @param bnRm The running mean.
 * @param bnRv The running variance.
 * @param bnEps What is added to the variance.
 * @param bnW The normalization's weight, or null.
 * @param bnB Its bias, or null.
 * @param transpose Whether the convolution is transposed. Default: false.
 *
 * @example
 * ```ts
 * const { weight, bias } = new nn.Conv2d(1, 2, 1, { bias: false });
 * const [mean, variance] = [torch.zeros(2), torch.ones(2)];
 * const fused = nn.utils.fuseConvBnWeights(weight, bias, mean, variance, 0, null, null);
 * fused[0].equal(weight); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.fuse_conv_bn_weights.html
 */
export function fuseConvBnWeights(
  ...args: Call<
    [
      convW: Tensor,
      convB: Tensor | null,
      bnRm: Tensor,
      bnRv: Tensor,
      bnEps: number,
      bnW: Tensor | null,
      bnB: Tensor | null,
    ],
    [transpose: boolean],
    { transpose?: boolean }
  >
): [weight: Parameter, bias: Parameter] {
  const { convW, convB, bnRm, bnRv, bnEps, bnW, bnB, transpose } = convWeights.bind(args);
  const { zerosLike, onesLike, rsqrt } = operators.torch;
  const bias = convB ?? zerosLike(bnRm);
  const scale = bnW ?? onesLike(bnRm);
  const shift = bnB ?? zerosLike(bnRm);
  const root = rsqrt(bnRv.add(bnEps));
  const rest = new Array<number>(convW.ndim - 2).fill(1);
  const factor = scale.mul(root).reshape(transpose ? [1, -1, ...rest] : [-1, 1, ...rest]);
  const fusedWeight = convW.mul(factor).to(convW.dtype);
  const fusedBias = bias.sub(bnRm).mul(root).mul(scale).add(shift);
  return [
    new Parameter(fusedWeight, convW.requiresGrad),
    new Parameter(fusedBias.to((convB ?? convW).dtype), bias.requiresGrad),
  ];
}

/**
 * One linear layer that does what a linear layer and the batch normalization behind it do in
 * evaluation.
 *
 * @param linear The linear layer, in evaluation mode; it is left as it is.
 * @param bn The normalization, in evaluation mode, with running statistics, of as many features as
 * the layer gives, or of one.
 * @returns A copy of the linear layer with other weights, and with a bias.
 * @throws TorchError where one of them is in training mode, `bn` has no running statistics, or the
 * features do not fit.
 *
 * @example
 * ```ts
 * const linear = new nn.Linear(3, 8).eval();
 * const bn = new nn.BatchNorm1d(8).eval();
 * const fused = nn.utils.fuseLinearBnEval(linear, bn);
 * torch.allclose(fused(input), bn(linear(input)), { atol: 1e-6 }); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.fuse_linear_bn_eval.html
 */
export function fuseLinearBnEval<L extends Linear>(linear: L, bn: NormBase): L {
  const where = 'nn.utils.fuseLinearBnEval';
  const [mean, variance] = checkFusion(where, linear, bn);
  if (linear.outFeatures !== bn.numFeatures && bn.numFeatures !== 1) {
    throw new TorchError(
      `${where}: To fuse, linear.outFeatures == bn.numFeatures or bn.numFeatures == 1, got linear.outFeatures=${linear.outFeatures} and bn.numFeatures=${bn.numFeatures}`,
    );
  }
  const fused = deepcopy(linear);
  const { weight, bias } = fused;
  [fused.weight, fused.bias] = fuseLinearBnWeights(
    weight,
    bias,
    mean,
    variance,
    bn.eps,
    bn.weight,
    bn.bias,
  );
  return fused;
}

/**
 * The weight and bias of one linear layer that does what a linear layer and the batch
 * normalization behind it do in evaluation.
 *
 * @param linearW The linear layer's weight.
 * @param linearB Its bias, or null.
 * @param bnRm The running mean.
 * @param bnRv The running variance.
 * @param bnEps What is added to the variance.
 * @param bnW The normalization's weight, or null.
 * @param bnB Its bias, or null.
 *
 * @example
 * ```ts
 * const { weight, bias } = new nn.Linear(3, 2);
 * const [mean, variance] = [torch.zeros(2), torch.ones(2)];
 * const fused = nn.utils.fuseLinearBnWeights(weight, bias, mean, variance, 0, null, null);
 * fused[0].equal(weight); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.fuse_linear_bn_weights.html
 */
export function fuseLinearBnWeights(
  linearW: Tensor,
  linearB: Tensor | null,
  bnRm: Tensor,
  bnRv: Tensor,
  bnEps: number,
  bnW: Tensor | null,
  bnB: Tensor | null,
): [weight: Parameter, bias: Parameter] {
  const { zerosLike, onesLike, rsqrt } = operators.torch;
  const bias = linearB ?? zerosLike(bnRm);
  const scale = (bnW ?? onesLike(bnRm)).mul(rsqrt(bnRv.add(bnEps)));
  const fusedBias = bias
    .sub(bnRm)
    .mul(scale)
    .add(bnB ?? zerosLike(bnRm));
  return [
    new Parameter(linearW.mul(scale.unsqueeze(-1).to(linearW.dtype)), linearW.requiresGrad),
    new Parameter(fusedBias.to((linearB ?? linearW).dtype), bias.requiresGrad),
  ];
}
