import { describe } from '../../describe.js';
import { NotImplementedError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import { checkTensor } from '../modules/utils.js';

/** How new elements are computed from those that there are. */
export type InterpolationMode =
  | 'nearest'
  | 'nearest-exact'
  | 'linear'
  | 'bilinear'
  | 'bicubic'
  | 'trilinear'
  | 'lanczos'
  | 'area';

/** The sizes of the output: one number for all dimensions, or one for each. */
export type InterpolationSize = number | readonly number[];

/** What {@link upsample} takes after its input. */
export interface UpsampleOptions {
  /** The size of the output without batch and channels. Default: null, by the scale factor. */
  size?: InterpolationSize | null;
  /** By how much each dimension grows, one number for all or one for each. Default: null. */
  scaleFactor?: number | readonly number[] | null;
  /**
   * `'nearest'`, `'nearest-exact'`, `'area'`; for 3D input `'linear'`, for 4D `'bilinear'`,
   * `'bicubic'` and `'lanczos'`, for 5D `'trilinear'`. Default: `'nearest'`.
   */
  mode?: InterpolationMode;
  /**
   * Whether the centres of the corners of input and output coincide, rather than their outer
   * edges; for the linear and cubic modes. Default: null, which is false.
   */
  alignCorners?: boolean | null;
}

/** What {@link interpolate} takes after its input. */
export interface InterpolateOptions extends UpsampleOptions {
  /** Whether the scale is recomputed from the output's rounded size. Default: null, no. */
  recomputeScaleFactor?: boolean | null;
  /** Whether a smaller image is smoothed first; `'bilinear'`, `'bicubic'`, `'lanczos'`. Default: false. */
  antialias?: boolean;
}

interface InterpolateArguments extends Required<InterpolateOptions> {
  input: Tensor;
}

const upsampleDefaults = {
  input: required,
  size: null,
  scaleFactor: null,
  mode: 'nearest',
  alignCorners: null,
};

const interpolateSignature = new Signature<InterpolateArguments>('nn.functional.interpolate', {
  ...upsampleDefaults,
  recomputeScaleFactor: null,
  antialias: false,
});

const cornerless: readonly string[] = ['nearest', 'area', 'nearest-exact'];

/** One number for each spatial dimension. */
function perDimension(
  name: string,
  value: number | readonly number[],
  input: Tensor,
): readonly number[] {
  const spatial = input.shape.slice(2);
  const values = typeof value === 'number' ? spatial.map(() => value) : value;
  if (!Array.isArray(values) || !values.every((one) => typeof one === 'number')) {
    throw new TypeError(
      `nn.functional.interpolate: ${name} must be a number or an array of them, got ${describe(value)}`,
    );
  }
  if (values.length !== spatial.length) {
    throw new ValueError(
      `Input and ${name} must have the same number of spatial dimensions, but got input with spatial dimensions of [${spatial}] and ${name} [${values}]. The input is (N, C, d1, d2, ..., dK), ${name} one number for each of d1, d2, ..., dK.`,
    );
  }
  return values;
}

/** The output size or the scale factors that a call asks for; the other is null. */
function target(given: InterpolateArguments): {
  size: readonly number[] | null;
  scale: readonly number[] | null;
} {
  const { input, size, scaleFactor, mode } = given;
  if (size !== null && scaleFactor !== null) {
    throw new ValueError('only one of size or scaleFactor should be defined');
  }
  if (size !== null) {
    if (given.recomputeScaleFactor) {
      throw new ValueError('recomputeScaleFactor is not meaningful with an explicit size.');
    }
    const sizes = perDimension('size', size, input);
    if (!sizes.every(Number.isInteger)) {
      throw new TypeError(`expected size to be integers, got [${sizes}]`);
    }
    return { size: sizes, scale: null };
  }
  if (scaleFactor === null) throw new ValueError('either size or scaleFactor should be defined');
  const scale = perDimension('scaleFactor', scaleFactor, input);
  if (!given.recomputeScaleFactor && mode !== 'area') return { size: null, scale };
  const { shape } = input;
  return {
    size: scale.map((factor, i) => Math.trunc((shape[i + 2] as number) * factor)),
    scale: null,
  };
}

type Upsample = (
  input: Tensor,
  size: readonly number[] | null,
  scale: readonly number[] | null,
  alignCorners: boolean,
) => Tensor;

/** The operators by mode and number of spatial dimensions. */
const kernels: Record<string, Upsample> = {
  'nearest 1': (input, size, scale) => operators.nn.upsampleNearest1d(input, size, scale),
  'nearest 2': (input, size, scale) => operators.nn.upsampleNearest2d(input, size, scale),
  'nearest 3': (input, size, scale) => operators.nn.upsampleNearest3d(input, size, scale),
  'nearest-exact 1': (input, size, scale) =>
    operators.nn._upsampleNearestExact1d(input, size, scale),
  'nearest-exact 2': (input, size, scale) =>
    operators.nn._upsampleNearestExact2d(input, size, scale),
  'nearest-exact 3': (input, size, scale) =>
    operators.nn._upsampleNearestExact3d(input, size, scale),
  'area 1': (input, size) => operators.torch.adaptiveAvgPool1d(input, size as number[]),
  'area 2': (input, size) => operators.nn.adaptiveAvgPool2d(input, size as number[]),
  'area 3': (input, size) => operators.nn.adaptiveAvgPool3d(input, size as number[]),
  'linear 1': (input, size, scale, corners) =>
    operators.nn.upsampleLinear1d(input, size, corners, scale),
  'bilinear 2': (input, size, scale, corners) =>
    operators.nn.upsampleBilinear2d(input, size, corners, scale),
  'bicubic 2': (input, size, scale, corners) =>
    operators.nn.upsampleBicubic2d(input, size, corners, scale),
  'trilinear 3': (input, size, scale, corners) =>
    operators.nn.upsampleTrilinear3d(input, size, corners, scale),
};

/** Those that smooth first. */
const smoothKernels: Record<string, Upsample> = {
  bilinear: (input, size, scale, corners) =>
    operators.nn._upsampleBilinear2dAa(input, size, corners, scale),
  bicubic: (input, size, scale, corners) =>
    operators.nn._upsampleBicubic2dAa(input, size, corners, scale),
  lanczos: (input, size, scale, corners) =>
    operators.nn._upsampleLanczos2dAa(input, size, corners, scale),
};

const neededDimensions: Record<string, number> = {
  linear: 3,
  bilinear: 4,
  bicubic: 4,
  lanczos: 4,
  trilinear: 5,
};

function unsupported(mode: string, dimensions: number): NotImplementedError {
  const needed = neededDimensions[mode];
  if (needed !== undefined && dimensions >= 3 && dimensions <= 5) {
    return new NotImplementedError(
      `Got ${dimensions}D input, but ${mode} mode needs ${needed}D input`,
    );
  }
  return new NotImplementedError(
    `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${dimensions}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got ${mode})`,
  );
}

/**
 * Makes signals, images or volumes larger or smaller.
 *
 * @param input `(N, C, L)`, `(N, C, H, W)` or `(N, C, D, H, W)`.
 *
 * Further arguments, by position or by name: {@link InterpolateOptions}; one of `size` and
 * `scaleFactor` is needed.
 *
 * @throws ValueError where both or neither are given, and where an option does not go with the
 * mode; NotImplementedError where the mode does not go with the input's dimensions.
 *
 * @example
 * ```ts
 * const input = torch.tensor([[[1, 2]]]);
 * nn.functional.interpolate(input, { scaleFactor: 2 }); // tensor([[[1., 1., 2., 2.]]])
 * nn.functional.interpolate(input, 4, { mode: 'linear' });
 * // tensor([[[1.0000, 1.2500, 1.7500, 2.0000]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
 */
export function interpolate(
  ...args: Call<
    [input: Tensor],
    [
      size: InterpolationSize | null,
      scaleFactor: number | readonly number[] | null,
      mode: InterpolationMode,
      alignCorners: boolean | null,
      recomputeScaleFactor: boolean | null,
      antialias: boolean,
    ],
    InterpolateOptions
  >
): Tensor {
  const given = interpolateSignature.bind(args);
  const { input, mode, alignCorners, antialias } = given;
  checkTensor(interpolateSignature.where, 'input', input);
  if (alignCorners !== null && cornerless.includes(mode)) {
    throw new ValueError(
      'alignCorners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear',
    );
  }
  const { size, scale } = target(given);
  const dimensions = input.dim();
  const corners = alignCorners ?? false;
  const smooth = smoothKernels[mode];
  if (antialias) {
    if (dimensions !== 4 || smooth === undefined) {
      throw new ValueError(
        'Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input',
      );
    }
    if (mode === 'lanczos' && corners) {
      throw new ValueError('Lanczos mode does not support alignCorners: true');
    }
    return smooth(input, size, scale, corners);
  }
  if (mode === 'lanczos' && dimensions === 4) {
    throw new ValueError('Lanczos mode requires antialias: true');
  }
  const kernel = kernels[`${mode} ${dimensions - 2}`];
  if (kernel === undefined) throw unsupported(mode, dimensions);
  return kernel(input, size, scale, corners);
}

const upsampleSignature = new Signature<Required<UpsampleOptions> & { input: Tensor }>(
  'nn.functional.upsample',
  upsampleDefaults,
);

function warnOfOldName(name: string): void {
  warn(
    `\`nn.functional.${name}\` is deprecated. Use \`nn.functional.interpolate\` instead.`,
    'DeprecationWarning',
  );
}

/**
 * The old name of {@link interpolate}.
 *
 * @deprecated Use {@link interpolate}.
 * @param input `(N, C, L)`, `(N, C, H, W)` or `(N, C, D, H, W)`.
 *
 * Further arguments, by position or by name: {@link UpsampleOptions}.
 *
 * @example
 * ```ts
 * nn.functional.upsample(torch.randn(1, 3, 4, 4), 8).shape; // [1, 3, 8, 8]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.upsample.html
 */
export function upsample(
  ...args: Call<
    [input: Tensor],
    [
      size: InterpolationSize | null,
      scaleFactor: number | readonly number[] | null,
      mode: InterpolationMode,
      alignCorners: boolean | null,
    ],
    UpsampleOptions
  >
): Tensor {
  warnOfOldName('upsample');
  const { input, ...options } = upsampleSignature.bind(args);
  return interpolate(input, options);
}

type UpsampleByMode = Pick<UpsampleOptions, 'size' | 'scaleFactor'>;
type UpsampleByModeCall = Call<
  [input: Tensor],
  [size: InterpolationSize | null, scaleFactor: number | readonly number[] | null],
  UpsampleByMode
>;

const byMode = (name: string) =>
  new Signature<Required<UpsampleByMode> & { input: Tensor }>(`nn.functional.${name}`, {
    input: required,
    size: null,
    scaleFactor: null,
  });

const upsampleNearestSignature = byMode('upsampleNearest');

/**
 * {@link interpolate} in the mode `'nearest'`.
 *
 * @deprecated Use {@link interpolate}.
 * @param input `(N, C, L)`, `(N, C, H, W)` or `(N, C, D, H, W)`.
 * @param size The size of the output. Default: null, by the scale factor.
 * @param scaleFactor By how much each dimension grows. Default: null.
 *
 * @example
 * ```ts
 * nn.functional.upsampleNearest(torch.randn(1, 3, 4, 4), { scaleFactor: 2 }).shape; // [1, 3, 8, 8]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.upsample_nearest.html
 */
export function upsampleNearest(...args: UpsampleByModeCall): Tensor {
  warnOfOldName('upsampleNearest');
  const { input, ...options } = upsampleNearestSignature.bind(args);
  return interpolate(input, { ...options, mode: 'nearest' });
}

const upsampleBilinearSignature = byMode('upsampleBilinear');

/**
 * {@link interpolate} in the mode `'bilinear'` with `alignCorners`.
 *
 * @deprecated Use {@link interpolate}.
 * @param input `(N, C, H, W)`.
 * @param size The size of the output. Default: null, by the scale factor.
 * @param scaleFactor By how much each dimension grows. Default: null.
 *
 * @example
 * ```ts
 * nn.functional.upsampleBilinear(torch.randn(1, 3, 4, 4), { scaleFactor: 2 }).shape; // [1, 3, 8, 8]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.upsample_bilinear.html
 */
export function upsampleBilinear(...args: UpsampleByModeCall): Tensor {
  warnOfOldName('upsampleBilinear');
  const { input, ...options } = upsampleBilinearSignature.bind(args);
  return interpolate(input, { ...options, mode: 'bilinear', alignCorners: true });
}
