import { NamedConstant } from './named-constant.js';

/** The names of the memory formats, as PyTorch spells them. */
export type MemoryFormatName =
  | 'contiguous_format'
  | 'preserve_format'
  | 'channels_last'
  | 'channels_last_3d';

/**
 * The order of a dense tensor's dimensions in memory: `torch.contiguousFormat`,
 * `torch.channelsLast`, ... There is one object for each, so `===` compares them.
 *
 * @example
 * ```ts
 * const images = torch.randn(8, 3, 32, 32).to({ memoryFormat: torch.channelsLast });
 * images.stride(); // [3072, 1, 96, 3]
 * images.isContiguous(torch.channelsLast); // true
 * ```
 * @see https://pytorch.org/docs/stable/tensor_attributes.html#torch.memory_format
 */
export class MemoryFormat extends NamedConstant<MemoryFormatName> {}

/** The last dimension varies fastest. */
export const contiguousFormat = new MemoryFormat('contiguous_format', 0);
/** The order that the input has, where it is dense. */
export const preserveFormat = new MemoryFormat('preserve_format', 1);
/** NCHW tensors stored as NHWC. */
export const channelsLast = new MemoryFormat('channels_last', 2);
/** NCDHW tensors stored as NDHWC. */
export const channelsLast3d = new MemoryFormat('channels_last_3d', 3);

const all = [contiguousFormat, preserveFormat, channelsLast, channelsLast3d];

/** The memory format of libtorch's number. @internal */
export function memoryFormatOfCode(code: number): MemoryFormat {
  const format = all[code];
  if (!format) throw new TypeError(`sconce does not know libtorch's memory format ${code}`);
  return format;
}
