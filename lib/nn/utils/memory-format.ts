import { describe } from '../../describe.js';
import { MemoryFormat } from '../../memory-format.js';
import { Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d } from '../modules/conv.js';
import { Module } from '../modules/module.js';

/** Lays out the weights of all convolutions of some classes anew. */
function convert<M extends Module>(
  where: string,
  module: M,
  format: MemoryFormat,
  isWanted: (module: Module) => module is Conv2d,
): M {
  if (!(module instanceof Module)) {
    throw new TypeError(`${where}: expected a module, got ${describe(module)}`);
  }
  if (!(format instanceof MemoryFormat)) {
    throw new TypeError(`${where}: expected a memory format, got ${describe(format)}`);
  }
  for (const layer of module.modules()) {
    if (!isWanted(layer)) continue;
    const data = layer.weight.detach().clone({ memoryFormat: format });
    // A copy may keep its strides where a size is 1; resized, they are those of the format.
    layer.weight.data = data.resize_(data.shape, { memoryFormat: format });
  }
  return module;
}

/**
 * Lays out the weights of all two-dimensional convolutions, here and below, in a memory format,
 * and nothing else: unlike `model.to({ memoryFormat })`, which changes every tensor of four
 * dimensions.
 *
 * @param module The module, which is changed in place.
 * @param memoryFormat `torch.channelsLast` or `torch.contiguousFormat`.
 * @returns The module.
 *
 * @example
 * ```ts
 * const conv = new nn.Conv2d(8, 4, 3);
 * nn.utils.convertConv2dWeightMemoryFormat(conv, torch.channelsLast);
 * conv.weight.isContiguous(torch.channelsLast); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.convert_conv2d_weight_memory_format.html
 */
export function convertConv2dWeightMemoryFormat<M extends Module>(
  module: M,
  memoryFormat: MemoryFormat,
): M {
  return convert(
    'nn.utils.convertConv2dWeightMemoryFormat',
    module,
    memoryFormat,
    (layer): layer is Conv2d => layer instanceof Conv2d || layer instanceof ConvTranspose2d,
  );
}

/**
 * Lays out the weights of all three-dimensional convolutions, here and below, in a memory format,
 * and nothing else.
 *
 * @param module The module, which is changed in place.
 * @param memoryFormat `torch.channelsLast3d` or `torch.contiguousFormat`.
 * @returns The module.
 *
 * @example
 * ```ts
 * const conv = new nn.Conv3d(8, 4, 3);
 * nn.utils.convertConv3dWeightMemoryFormat(conv, torch.channelsLast3d);
 * conv.weight.isContiguous(torch.channelsLast3d); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.convert_conv3d_weight_memory_format.html
 */
export function convertConv3dWeightMemoryFormat<M extends Module>(
  module: M,
  memoryFormat: MemoryFormat,
): M {
  return convert(
    'nn.utils.convertConv3dWeightMemoryFormat',
    module,
    memoryFormat,
    (layer): layer is Conv2d => layer instanceof Conv3d || layer instanceof ConvTranspose3d,
  );
}
