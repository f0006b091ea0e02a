import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { Size2, Size3 } from '../common-types.js';
import { checkTensor } from '../modules/utils.js';
import type { Pooled } from './max-pooling.js';

/** What a fractional pooling takes after its required arguments; a size or a ratio is needed. */
export interface FractionalMaxPoolOptions<Size, Indices = boolean> {
  /** The output's size. */
  outputSize?: Size | null;
  /** The output's size as a part of the input's, between 0 and 1. */
  outputRatio?: Size | null;
  /** Whether the places of the maxima come too. Default: false. */
  returnIndices?: Indices;
  /** Where the windows start: numbers in [0, 1), `(N, C, dimensions)`. Default: drawn at random. */
  _randomSamples?: Tensor | null;
}

type FractionalMaxPoolCall<Size, Indices> = Call<
  [input: Tensor, kernelSize: Size],
  [outputSize: Size | null, outputRatio: Size | null, returnIndices: Indices],
  FractionalMaxPoolOptions<Size, Indices>
>;

interface FractionalMaxPoolArguments<Size> {
  input: Tensor;
  kernelSize: Size;
  outputSize: Size | null;
  outputRatio: Size | null;
  returnIndices: boolean;
  _randomSamples: Tensor | null;
}

function fractionalSignature<Size>(name: string): Signature<FractionalMaxPoolArguments<Size>> {
  return new Signature<FractionalMaxPoolArguments<Size>>(
    `nn.functional.${name}`,
    {
      input: required,
      kernelSize: required,
      outputSize: null,
      outputRatio: null,
      returnIndices: false,
    },
    { _randomSamples: null },
  );
}

/** The arguments in the operators' order, with the output's size and the samples filled in. */
function windows<Size extends Size2 | Size3>(
  where: string,
  dimensions: number,
  given: FractionalMaxPoolArguments<Size>,
) {
  const { input, kernelSize, outputRatio } = given;
  checkTensor(where, 'input', input);
  const { shape } = input;
  let size: number | readonly number[] | null = given.outputSize;
  if (size === null) {
    if (outputRatio === null)
      throw new ValueError(`${where} needs an outputSize or an outputRatio`);
    size = shape
      .slice(-dimensions)
      .map((length, d) =>
        Math.trunc(
          length * (typeof outputRatio === 'number' ? outputRatio : (outputRatio[d] as number)),
        ),
      );
  }
  const batch = shape.length === dimensions + 1 ? 1 : (shape[0] as number);
  const samples =
    given._randomSamples ??
    operators.torch.rand([batch, shape.at(-dimensions - 1) as number, dimensions], {
      dtype: input.dtype,
      device: input.device,
    });
  return [input, kernelSize, size, samples] as const;
}

const fractionalMaxPool2dSignature = fractionalSignature<Size2>('fractionalMaxPool2d');

/**
 * The maximum of windows of images that are placed at random, so that the size shrinks by any
 * factor; {@link nn.FractionalMaxPool2d} as a function.
 *
 * @param input `(N, C, H, W)` or `(C, H, W)`.
 * @param kernelSize The window's size.
 *
 * Further arguments, by position or by name: {@link FractionalMaxPoolOptions}.
 *
 * @example
 * ```ts
 * const x = torch.randn(20, 16, 50, 32);
 * nn.functional.fractionalMaxPool2d(x, 3, { outputSize: [13, 12] }).shape; // [20, 16, 13, 12]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool2d.html
 */
export function fractionalMaxPool2d<Indices extends boolean = false>(
  ...args: FractionalMaxPoolCall<Size2, Indices>
): Pooled<Indices> {
  const given = fractionalMaxPool2dSignature.bind(args);
  const [output, indices] = operators.nn.fractionalMaxPool2d(
    ...windows('fractionalMaxPool2d', 2, given),
  );
  return (given.returnIndices ? [output, indices] : output) as Pooled<Indices>;
}

/**
 * {@link fractionalMaxPool2d} with the places of the maxima.
 *
 * @example
 * ```ts
 * const x = torch.randn(1, 8, 8);
 * const [values, indices] = nn.functional.fractionalMaxPool2dWithIndices(x, 2, { outputSize: 5 });
 * console.log(values.shape, indices.shape); // [1, 5, 5] [1, 5, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool2d.html
 */
export function fractionalMaxPool2dWithIndices(
  ...args: FractionalMaxPoolCall<Size2, boolean>
): [output: Tensor, indices: Tensor] {
  const given = fractionalMaxPool2dSignature.bind(args);
  return operators.nn.fractionalMaxPool2d(...windows('fractionalMaxPool2d', 2, given));
}

const fractionalMaxPool3dSignature = fractionalSignature<Size3>('fractionalMaxPool3d');

/**
 * The maximum of windows of volumes that are placed at random, so that the size shrinks by any
 * factor; {@link nn.FractionalMaxPool3d} as a function.
 *
 * @param input `(N, C, D, H, W)` or `(C, D, H, W)`.
 * @param kernelSize The window's size.
 *
 * Further arguments, by position or by name: {@link FractionalMaxPoolOptions}.
 *
 * @example
 * ```ts
 * const x = torch.randn(20, 16, 50, 32, 16);
 * nn.functional.fractionalMaxPool3d(x, 3, { outputRatio: 0.5 }).shape; // [20, 16, 25, 16, 8]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool3d.html
 */
export function fractionalMaxPool3d<Indices extends boolean = false>(
  ...args: FractionalMaxPoolCall<Size3, Indices>
): Pooled<Indices> {
  const given = fractionalMaxPool3dSignature.bind(args);
  const [output, indices] = operators.nn.fractionalMaxPool3d(
    ...windows('fractionalMaxPool3d', 3, given),
  );
  return (given.returnIndices ? [output, indices] : output) as Pooled<Indices>;
}

/**
 * {@link fractionalMaxPool3d} with the places of the maxima.
 *
 * @example
 * ```ts
 * const x = torch.randn(1, 8, 8, 8);
 * const [values, indices] = nn.functional.fractionalMaxPool3dWithIndices(x, 2, { outputSize: 5 });
 * console.log(values.shape, indices.shape); // [1, 5, 5, 5] [1, 5, 5, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool3d.html
 */
export function fractionalMaxPool3dWithIndices(
  ...args: FractionalMaxPoolCall<Size3, boolean>
): [output: Tensor, indices: Tensor] {
  const given = fractionalMaxPool3dSignature.bind(args);
  return operators.nn.fractionalMaxPool3d(...windows('fractionalMaxPool3d', 3, given));
}
