import { ValueError } from '../../errors.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import { UninitializedParameter } from '../uninitialized.js';
import { LazyModuleMixin } from './lazy.js';
import { Linear, type LinearOptions } from './linear.js';
import { checkCounts, checkTensor } from './utils.js';

interface LazyLinearArguments extends FactoryOptions {
  outFeatures: number;
  bias: boolean;
}

const lazyLinear = new Signature<LazyLinearArguments>('nn.LazyLinear', {
  outFeatures: required,
  bias: true,
  ...factoryDefaults,
});

/**
 * A {@link Linear} that takes the size of its inputs from the first one, and is a {@link Linear}
 * from then on.
 *
 * @param outFeatures The size of each output.
 *
 * Further arguments, by position or by name: {@link LinearOptions}.
 *
 * @example
 * ```ts
 * const layer = new nn.LazyLinear(30);
 * layer(torch.randn(128, 20)).shape; // [128, 30]
 * String(layer); // Linear(in_features=20, out_features=30, bias=True)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyLinear.html
 */
export class LazyLinear extends LazyModuleMixin(Linear) {
  constructor(...args: Call<[outFeatures: number], [bias: boolean], LinearOptions>) {
    const { outFeatures, bias, device, dtype } = lazyLinear.bind(args);
    checkCounts(lazyLinear.where, { outFeatures });
    super(0, 0, { bias: false });
    this.weight = new UninitializedParameter({ device, dtype });
    this.outFeatures = outFeatures;
    if (bias) this.bias = new UninitializedParameter({ device, dtype });
  }

  override get clsToBecome(): typeof Linear {
    return Linear;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.inFeatures !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    checkTensor(lazyLinear.where, 'input', input);
    const inFeatures = input.size(-1);
    if (this.hasUninitializedParams()) {
      this.inFeatures = inFeatures;
      (this.weight as UninitializedParameter).materialize([this.outFeatures, inFeatures]);
      (this.bias as UninitializedParameter | null)?.materialize([this.outFeatures]);
      this.resetParameters();
    }
    if (this.inFeatures !== 0) return;
    const [, known] = this.weight.shape;
    if (inFeatures !== known) {
      throw new ValueError(
        `${lazyLinear.where}: the inputs have the size ${inFeatures}, the weight that was loaded is for ${known}`,
      );
    }
    this.inFeatures = inFeatures;
  }
}
