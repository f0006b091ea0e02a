import { inspect } from 'node:util';
import { uint8 } from '../../dtype.js';
import { type Call, required, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { standsIn } from '../../utils/data/fetch.js';
import { toTensor } from './functional.js';
import { channelConstants, checkNormalizable, toTensorBatch } from './image.js';
import { type ImageTransform, Transform } from './transform.js';

/**
 * Several transforms one after another.
 *
 * It works on whole batches where all its parts do, and so not with a plain function among them.
 *
 * @param transforms - The transforms: `Transform`s or plain functions.
 * @example
 * ```ts
 * const transform = new transforms.Compose([
 *   new transforms.ToTensor(),
 *   new transforms.Normalize([0.5], [0.5]),
 * ]);
 * transform(torch.tensor([[0, 255]], { dtype: torch.uint8 })); // tensor([[[-1.,  1.]]])
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.Compose.html
 */
export class Compose extends Transform {
  readonly transforms: readonly ImageTransform[];

  constructor(transforms: readonly ImageTransform[]) {
    super();
    for (const [i, transform] of transforms.entries()) {
      if (typeof transform !== 'function') {
        throw new TypeError(`Compose: transform ${i} is not a function; did you forget \`new\`?`);
      }
    }
    this.transforms = transforms;
  }

  override forward(image: Tensor): Tensor {
    return this.#apply(image, (part, input) => part(input)) as Tensor;
  }

  override batch(images: Tensor): Tensor | undefined {
    if (this.transforms.some((part) => batchOf(part) === undefined)) return undefined;
    return this.#apply(images, (part, input) => part.batch?.(input));
  }

  /** What the parts make of an image, one after another; undefined where `apply` gives that. */
  #apply(
    image: Tensor,
    apply: (part: ImageTransform, input: Tensor) => Tensor | undefined,
  ): Tensor | undefined {
    let result: Tensor | undefined = image;
    // What ToTensor makes of bytes nobody else holds, so that Normalize may change it in place:
    // a fresh buffer costs more than the arithmetic.
    let ours = false;
    for (const part of this.transforms) {
      if (result === undefined) return undefined;
      if (ours && part.constructor === Normalize) {
        result = (part as unknown as Normalize).forward_(result);
        continue;
      }
      ours = part.constructor === ToTensor && result.dtype === uint8;
      result = apply(part, result);
    }
    return result;
  }

  /** A description as torchvision prints it. */
  override toString(): string {
    const lines = this.transforms.map((transform) => `\n    ${inspect(transform)}`);
    return `${this.constructor.name}(${lines.join('')}\n)`;
  }
}

/** What transforms whole batches as `transform` does each image, if there is such a thing. */
export function batchOf<Input, Output>(
  transform: ImageTransform<Input, Output>,
): ((images: Input) => Output | undefined) | undefined {
  return standsIn(transform, 'batch', 'forward')
    ? (images) => transform.batch?.(images)
    : undefined;
}

/**
 * An image of bytes as floats from 0 to 1, with the channels first.
 *
 * torchvision's takes a PIL image or an array; here an image is a tensor, `[H, W]` or `[H, W, C]`,
 * and the outcome is `[C, H, W]`. Only uint8 is scaled.
 *
 * @example
 * ```ts
 * new transforms.ToTensor()(torch.zeros(28, 28, { dtype: torch.uint8 })).shape; // [1, 28, 28]
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.ToTensor.html
 */
export class ToTensor extends Transform {
  override forward(image: Tensor): Tensor {
    return toTensor(image);
  }

  override batch(images: Tensor): Tensor {
    return toTensorBatch(images);
  }
}

interface NormalizeArguments {
  mean: number | readonly number[];
  std: number | readonly number[];
  inplace: boolean;
}

const normalizeSignature = new Signature<NormalizeArguments>('transforms.Normalize', {
  mean: required,
  std: required,
  inplace: false,
});

/**
 * `(image - mean) / std`, for each channel its own, of a float image `[..., C, H, W]`.
 *
 * @param mean - The mean of each channel.
 * @param std - The standard deviation of each channel, none zero.
 * @param inplace - Whether to change the image itself. Default: false.
 * @example
 * ```ts
 * new transforms.Normalize([0.5], [0.5])(torch.tensor([[[0, 1]]])); // tensor([[[-1.,  1.]]])
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
 */
export class Normalize extends Transform {
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
  readonly inplace: boolean;
  #constants: [mean: Tensor, std: Tensor] | undefined;

  constructor(
    ...args: Call<
      [mean: number | readonly number[], std: number | readonly number[]],
      [inplace: boolean],
      { inplace?: boolean }
    >
  ) {
    super();
    const { mean, std, inplace } = normalizeSignature.bind(args);
    this.mean = mean;
    this.std = std;
    this.inplace = inplace;
  }

  override forward(image: Tensor): Tensor {
    const [mean, std] = this.#constantsFor(image);
    return (this.inplace ? image.sub_(mean) : image.sub(mean)).div_(std);
  }

  /** `forward`, in place whatever `inplace` is. @internal */
  forward_(image: Tensor): Tensor {
    const [mean, std] = this.#constantsFor(image);
    return image.sub_(mean).div_(std);
  }

  override batch(images: Tensor): Tensor {
    return this.forward(images);
  }

  #constantsFor(image: Tensor): [mean: Tensor, std: Tensor] {
    checkNormalizable(image);
    const { dtype, device } = image;
    if (this.#constants?.[0].dtype !== dtype || this.#constants[0].device !== device) {
      this.#constants = channelConstants(this.mean, this.std, dtype, device);
    }
    return this.#constants;
  }

  /** A description as torchvision prints it. */
  override toString(): string {
    return `${this.constructor.name}(mean=${repr(this.mean)}, std=${repr(this.std)})`;
  }
}

/**
 * A function as a transform. It is called for each image, so that a dataset cannot answer whole
 * batches through it.
 *
 * @param lambd - The function.
 * @example
 * ```ts
 * const flatten = new transforms.Lambda((image) => image.view(-1));
 * flatten(torch.zeros(1, 28, 28)).shape; // [784]
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.Lambda.html
 */
export class Lambda<Input = Tensor, Output = Tensor> extends Transform<Input, Output> {
  readonly lambd: (input: Input) => Output;

  constructor(lambd: (input: Input) => Output) {
    super();
    if (typeof lambd !== 'function') {
      throw new TypeError(`Lambda takes a function, got ${typeof lambd}`);
    }
    this.lambd = lambd;
  }

  override forward(input: Input): Output {
    return this.lambd(input);
  }
}
