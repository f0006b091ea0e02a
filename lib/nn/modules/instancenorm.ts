import { ValueError } from '../../errors.js';
import { required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import { factoryDefaults } from '../common-types.js';
import { instanceNorm } from '../functional/normalization.js';
import { type NormArguments, NormBase, type NormCall } from './batchnorm.js';
import { checkTensor } from './utils.js';

/** What the instance normalizations share. */
abstract class InstanceNorm extends NormBase {
  constructor(...args: NormCall) {
    const signature = new Signature<NormArguments>(
      `nn.${new.target.name}`,
      { numFeatures: required, eps: 1e-5, momentum: 0.1, affine: false, trackRunningStats: false },
      { bias: true, ...factoryDefaults },
    );
    super(signature.bind(args));
  }

  /** How many dimensions one sample has, its channels among them. */
  protected abstract sampleDimensions(): number;

  override forward(input: Tensor): Tensor {
    checkTensor('instance normalization', 'input', input);
    const { shape } = input;
    const sample = this.sampleDimensions();
    if (shape.length !== sample && shape.length !== sample + 1) {
      throw new ValueError(
        `expected ${sample}D or ${sample + 1}D input (got ${shape.length}D input)`,
      );
    }
    this.checkChannels(shape[shape.length - sample] as number, shape.length - sample);
    if (shape.length === sample) return this.normalize(input.unsqueeze(0)).squeeze(0);
    return this.normalize(input);
  }

  private checkChannels(channels: number, dim: number): void {
    if (channels === this.numFeatures) return;
    if (this.affine) {
      throw new ValueError(
        `expected input's size at dim=${dim} to match numFeatures (${this.numFeatures}), but got: ${channels}.`,
      );
    }
    warn(
      `input's size at dim=${dim} does not match numFeatures, which is not used because affine is false.`,
    );
  }

  private normalize(input: Tensor): Tensor {
    return instanceNorm(
      input,
      this.running_mean,
      this.running_var,
      this.weight,
      this.bias,
      this.training || !this.trackRunningStats,
      this.momentum ?? 0,
      this.eps,
    );
  }
}

/**
 * Normalises each channel of each sample by its own mean and variance.
 *
 * @param numFeatures The number of channels C.
 *
 * Further arguments, by position or by name: {@link NormOptions}; unlike batch normalization, it
 * has no parameters and no running statistics by default.
 *
 * Shape: `(N, C, L)` or `(C, L)`, and the same.
 *
 * @example
 * ```ts
 * const norm = new nn.InstanceNorm1d(100, { affine: true });
 * norm(torch.randn(20, 100, 40)).shape; // [20, 100, 40]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html
 */
export class InstanceNorm1d extends InstanceNorm {
  protected sampleDimensions(): number {
    return 2;
  }
}

/**
 * Normalises each channel of each image by its own mean and variance.
 *
 * @param numFeatures The number of channels C.
 *
 * Further arguments, by position or by name: {@link NormOptions}; unlike batch normalization, it
 * has no parameters and no running statistics by default.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)`, and the same.
 *
 * @example
 * ```ts
 * const norm = new nn.InstanceNorm2d(100, { affine: true });
 * norm(torch.randn(20, 100, 35, 45)).shape; // [20, 100, 35, 45]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html
 */
export class InstanceNorm2d extends InstanceNorm {
  protected sampleDimensions(): number {
    return 3;
  }
}

/**
 * Normalises each channel of each volume by its own mean and variance.
 *
 * @param numFeatures The number of channels C.
 *
 * Further arguments, by position or by name: {@link NormOptions}; unlike batch normalization, it
 * has no parameters and no running statistics by default.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)`, and the same.
 *
 * @example
 * ```ts
 * const norm = new nn.InstanceNorm3d(100, { affine: true });
 * norm(torch.randn(20, 100, 35, 45, 10)).shape; // [20, 100, 35, 45, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm3d.html
 */
export class InstanceNorm3d extends InstanceNorm {
  protected sampleDimensions(): number {
    return 4;
  }
}
