import { describe } from '../../describe.js';
import { NotImplementedError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import { checkTensor } from '../modules/utils.js';
import { alias } from './alias.js';

/**
 * Makes an image larger by laying its channels side by side; {@link nn.PixelShuffle} as a function.
 *
 * @param input `(*, C * r * r, H, W)`.
 * @param upscaleFactor The factor `r` by which height and width grow.
 *
 * @example
 * ```ts
 * nn.functional.pixelShuffle(torch.randn(1, 9, 4, 4), 3).shape; // [1, 1, 12, 12]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.pixel_shuffle.html
 */
export const pixelShuffle = alias(() => operators.torch.pixelShuffle);

/**
 * Undoes {@link pixelShuffle}; {@link nn.PixelUnshuffle} as a function.
 *
 * @param input `(*, C, H * r, W * r)`.
 * @param downscaleFactor The factor `r` by which height and width shrink.
 *
 * @example
 * ```ts
 * nn.functional.pixelUnshuffle(torch.randn(1, 1, 12, 12), 3).shape; // [1, 9, 4, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html
 */
export const pixelUnshuffle = alias(() => operators.torch.pixelUnshuffle);

/**
 * Mixes the channels of groups; {@link nn.ChannelShuffle} as a function.
 *
 * @param input `(N, C, *)`.
 * @param groups Into how many groups the channels are cut.
 *
 * @example
 * ```ts
 * nn.functional.channelShuffle(torch.tensor([[[1], [2], [3], [4]]]), 2).flatten();
 * // tensor([1., 3., 2., 4.])
 * ```
 * @see https://pytorch.org/docs/stable/nn.functional.html
 */
export const channelShuffle = alias(() => operators.torch.channelShuffle);

/**
 * {@link channelShuffle} as the CPU's own kernel does it.
 *
 * @param input `(N, C, *)`.
 * @param groups Into how many groups the channels are cut.
 *
 * @example
 * ```ts
 * nn.functional.nativeChannelShuffle(torch.randn(1, 4, 2, 2), 2).shape; // [1, 4, 2, 2]
 * ```
 * @see https://pytorch.org/docs/stable/nn.functional.html
 */
export const nativeChannelShuffle = alias(() => operators.torch.nativeChannelShuffle);

/** What {@link gridSample} takes after its required arguments. */
export interface GridSampleOptions {
  /** How values between pixels are computed; `'bicubic'` for images alone. Default: `'bilinear'`. */
  mode?: 'bilinear' | 'nearest' | 'bicubic';
  /** What lies outside of the input. Default: `'zeros'`. */
  paddingMode?: 'zeros' | 'border' | 'reflection';
  /** Whether -1 and 1 are the centres of the outermost pixels, not their edges. Default: false. */
  alignCorners?: boolean | null;
}

interface GridSampleArguments extends Required<GridSampleOptions> {
  input: Tensor;
  grid: Tensor;
}

const gridSampleSignature = new Signature<GridSampleArguments>('nn.functional.gridSample', {
  input: required,
  grid: required,
  mode: 'bilinear',
  paddingMode: 'zeros',
  alignCorners: null,
});

const gridModes = ['bilinear', 'nearest', 'bicubic'];
const gridPaddingModes = ['zeros', 'border', 'reflection'];

/** The place of a name among those that there are, which is libtorch's number of it. */
function codeOf(name: string, value: string, known: readonly string[]): number {
  const code = known.indexOf(value);
  if (code >= 0) return code;
  throw new ValueError(
    `nn.functional.gridSample(): expected ${name} to be ${known.map(describe).join(', ')}, but got: ${describe(value)}`,
  );
}

function cornersOf(alignCorners: boolean | null): boolean {
  if (alignCorners !== null) return alignCorners;
  warn(
    'Default gridSample and affineGrid behavior is alignCorners: false. Please specify alignCorners to silence this.',
  );
  return false;
}

/**
 * Reads an image or a volume at the places that a grid names.
 *
 * @param input `(N, C, H, W)` or `(N, C, D, H, W)`.
 * @param grid The places, `(N, P, Q, 2)` as x and y, or `(N, O, P, Q, 3)` as x, y and z; each from
 *   -1, at the left, top or front, to 1.
 *
 * Further arguments, by position or by name: {@link GridSampleOptions}.
 *
 * The output is `(N, C, P, Q)` or `(N, C, O, P, Q)`.
 *
 * @example
 * ```ts
 * const input = torch.tensor([[[[1, 2], [3, 4]]]]);
 * const grid = torch.tensor([[[[0, 0], [1, -1]]]]);
 * nn.functional.gridSample(input, grid, { alignCorners: true }); // tensor([[[[2.5000, 2.0000]]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
 */
export function gridSample(
  ...args: Call<
    [input: Tensor, grid: Tensor],
    [
      mode: 'bilinear' | 'nearest' | 'bicubic',
      paddingMode: 'zeros' | 'border' | 'reflection',
      alignCorners: boolean | null,
    ],
    GridSampleOptions
  >
): Tensor {
  const { input, grid, mode, paddingMode, alignCorners } = gridSampleSignature.bind(args);
  const modeCode = codeOf('mode', mode, gridModes);
  const paddingCode = codeOf('paddingMode', paddingMode, gridPaddingModes);
  return operators.torch.gridSampler(input, grid, modeCode, paddingCode, cornersOf(alignCorners));
}

interface AffineGridArguments {
  theta: Tensor;
  size: readonly number[];
  alignCorners: boolean | null;
}

const affineGridSignature = new Signature<AffineGridArguments>('nn.functional.affineGrid', {
  theta: required,
  size: required,
  alignCorners: null,
});

/**
 * The grid by which {@link gridSample} turns, shifts and scales an image or a volume.
 *
 * @param theta The affine matrices, `(N, 2, 3)` for images or `(N, 3, 4)` for volumes; of a
 *   floating-point dtype.
 * @param size The size of the output, `[N, C, H, W]` or `[N, C, D, H, W]`.
 * @param alignCorners As in {@link gridSample}. Default: false.
 * @throws ValueError where the matrices do not go with the size.
 *
 * The result is `(N, H, W, 2)` or `(N, D, H, W, 3)`.
 *
 * @example
 * ```ts
 * const identity = torch.tensor([[[1, 0, 0], [0, 1, 0]]]);
 * nn.functional.affineGrid(identity, [1, 1, 1, 2], true); // tensor([[[[-1., 0.], [1., 0.]]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html
 */
export function affineGrid(
  ...args: Call<
    [theta: Tensor, size: readonly number[]],
    [alignCorners: boolean | null],
    { alignCorners?: boolean | null }
  >
): Tensor {
  const { theta, size, alignCorners } = affineGridSignature.bind(args);
  const { where } = affineGridSignature;
  checkTensor(where, 'theta', theta);
  if (!Array.isArray(size)) {
    throw new TypeError(`${where}: size must be an array, got ${describe(size)}`);
  }
  const corners = cornersOf(alignCorners);
  if (!theta.dtype.isFloatingPoint) {
    throw new ValueError(`Expected theta to have floating point type, but got ${theta.dtype}`);
  }
  const dimensions = size.length - 2;
  if (dimensions !== 2 && dimensions !== 3) {
    throw new NotImplementedError(
      `affineGrid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size [${size}].`,
    );
  }
  const { shape } = theta;
  if (shape.length !== 3 || shape[1] !== dimensions || shape[2] !== dimensions + 1) {
    throw new ValueError(
      `Expected a batch of ${dimensions}D affine matrices of shape Nx${dimensions}x${dimensions + 1} for size [${size}]. Got [${shape}].`,
    );
  }
  if (size.some((length) => length <= 0)) {
    throw new ValueError(`Expected non-zero, positive output size. Got [${size}]`);
  }
  if (corners && Math.min(...size.slice(2)) === 1) {
    warn(
      'affineGrid with alignCorners: true gives a grid of size 1 its middle. This is not what affineGrid is meant for.',
    );
  }
  return operators.torch.affineGridGenerator(theta, size, corners);
}
