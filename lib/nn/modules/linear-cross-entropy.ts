import { TorchError } from '../../errors.js';
import { type Call, required, Signature } from '../../options.js';
import { floatRepr, repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import {
  type LinearCrossEntropyFunctionOptions,
  linearCrossEntropy,
} from '../functional/linear-cross-entropy.js';
import type { Buffer } from '../parameter.js';
import type { Reduction } from '../reduction.js';
import { Linear } from './linear.js';
import type { LinearCrossEntropyOptions } from './linear-cross-entropy-options.js';
import { buffer, Loss } from './loss-base.js';

/** What {@link LinearCrossEntropyLoss} takes after its required arguments. */
export interface LinearCrossEntropyLossOptions
  extends Omit<LinearCrossEntropyFunctionOptions, 'linearBias'>,
    FactoryOptions {
  /** The further dimensions of the targets. Default: none. */
  outFeatures?: readonly number[];
  /** Whether the scores have a learned bias. Default: false. */
  bias?: boolean;
}

interface LinearCrossEntropyLossArguments extends FactoryOptions {
  inFeatures: number;
  numClasses: number;
  outFeatures: readonly number[];
  bias: boolean;
  reduction: Reduction;
  weight: Tensor | null;
  ignoreIndex: number | null;
  labelSmoothing: number;
  options: LinearCrossEntropyOptions | null;
}

const linearCrossEntropyLoss = new Signature<LinearCrossEntropyLossArguments>(
  'nn.LinearCrossEntropyLoss',
  { inFeatures: required, numClasses: required },
  {
    outFeatures: [],
    bias: false,
    ...factoryDefaults,
    reduction: 'mean',
    weight: null,
    ignoreIndex: null,
    labelSmoothing: 0,
    options: null,
  },
);

/**
 * A linear layer and the cross entropy of its scores in one, for many classes: with `options` it
 * computes in chunks of the batch, and the scores never exist at once.
 *
 * @param inFeatures The size of each input.
 * @param numClasses The number of classes C.
 *
 * Further arguments, by name: {@link LinearCrossEntropyLossOptions}.
 *
 * Shape: `(N, inFeatures)` or `(inFeatures)` and class indices (int64) `(N, ...outFeatures)` or
 * `()`, or probabilities `(N, C, ...outFeatures)` or `(C)`, to `()`, or with `'none'` to the
 * indices' shape.
 *
 * State: `linear.weight`, with a bias `linear.bias`, and with weights `weight` `(C)`.
 *
 * @example
 * ```ts
 * const loss = new nn.LinearCrossEntropyLoss(5, 10);
 * loss(torch.randn(3, 5), torch.tensor([1n, 0n, 4n])).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LinearCrossEntropyLoss.html
 */
export class LinearCrossEntropyLoss extends Loss {
  weight: Buffer | null;
  numClasses: number;
  outFeatures: readonly number[];
  ignoreIndex: number | null;
  labelSmoothing: number;
  linear: Linear;
  options: LinearCrossEntropyOptions | null;

  constructor(
    ...args: Call<[inFeatures: number, numClasses: number], [], LinearCrossEntropyLossOptions>
  ) {
    const given = linearCrossEntropyLoss.bind(args);
    const { inFeatures, numClasses, outFeatures, weight, labelSmoothing } = given;
    if (weight !== null && String(weight.shape) !== String([numClasses])) {
      throw new TorchError(`expected weight shape to be [${numClasses}], got [${weight.shape}]`);
    }
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new TorchError(`expected labelSmoothing to be in range [0, 1], got ${labelSmoothing}`);
    }
    super({ sizeAverage: null, reduce: null, reduction: given.reduction });
    this.weight = buffer('weight', weight);
    this.numClasses = numClasses;
    this.outFeatures = outFeatures;
    this.ignoreIndex = given.ignoreIndex;
    this.labelSmoothing = labelSmoothing;
    const { bias, device, dtype } = given;
    const rows = outFeatures.reduce((product, size) => product * size, numClasses);
    this.linear = new Linear(inFeatures, rows, { bias, device, dtype });
    this.options = given.options;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { linear, numClasses, outFeatures, weight, reduction } = this;
    const size = [numClasses, ...outFeatures];
    return linearCrossEntropy(input, linear.weight.reshape([...size, linear.inFeatures]), target, {
      linearBias: linear.bias?.reshape(size) ?? null,
      weight,
      reduction,
      ignoreIndex: this.ignoreIndex,
      labelSmoothing: this.labelSmoothing,
      options: this.options,
    });
  }

  override extraRepr(): string {
    const { linear, reduction, ignoreIndex, options } = this;
    return `in_features=${linear.inFeatures}, num_classes=${this.numClasses}, out_features=${repr(this.outFeatures)}, bias=${repr(linear.bias !== null)}, reduction=${reduction}, ignore_index=${repr(ignoreIndex)}, label_smoothing=${floatRepr(this.labelSmoothing)}, options=${repr(options)}`;
  }
}
