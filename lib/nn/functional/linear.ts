import { operators } from '../../operators.js';
import { alias } from './alias.js';

/**
 * A linear map: `input @ weight.T + bias`.
 *
 * @param input `(*, inFeatures)` with any number of dimensions `*`.
 * @param weight `(outFeatures, inFeatures)` or `(inFeatures)`.
 * @param bias `(outFeatures)` or `()`. Default: null.
 *
 * @example
 * ```ts
 * nn.functional.linear(torch.randn(128, 20), torch.randn(30, 20)).shape; // [128, 30]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
 */
export const linear = alias(() => operators.nn.linear);

/**
 * A bilinear map of two inputs: output `k` is `input1 @ weight[k] @ input2.T + bias[k]`.
 *
 * @param input1 `(*, in1Features)` with any number of dimensions `*`.
 * @param input2 `(*, in2Features)`, with the same `*`.
 * @param weight `(outFeatures, in1Features, in2Features)`.
 * @param bias `(outFeatures)`. Default: null.
 *
 * @example
 * ```ts
 * const weight = torch.randn(40, 20, 30);
 * nn.functional.bilinear(torch.randn(8, 20), torch.randn(8, 30), weight).shape; // [8, 40]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.bilinear.html
 */
export const bilinear = alias(() => operators.torch.bilinear);
