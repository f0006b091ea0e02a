import type { Tensor } from '../../tensor.js';

/**
 * The base of the transforms: callable, `transform(image)`, as in Python. A subclass has `forward`,
 * and may have `batch`, which does to a batch of images `[N, ...]` at once what `forward` does to
 * each: datasets that can answer whole batches then do.
 *
 * @example
 * ```ts
 * class Invert extends transforms.Transform {
 *   override forward(image: Tensor) {
 *     return image.neg().add(1);
 *   }
 *   override batch(images: Tensor) {
 *     return images.neg().add(1);
 *   }
 * }
 * new Invert()(torch.tensor([0, 0.75])); // tensor([1.0000, 0.2500])
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.v2.Transform.html
 */
export abstract class Transform<Input = Tensor, Output = Tensor> {
  constructor() {
    const self = (input: Input): Output => (self as unknown as this).forward(input);
    // biome-ignore lint/correctness/noConstructorReturn: this makes the instance callable.
    return Object.setPrototypeOf(self, new.target.prototype);
  }

  /** Transforms one image. */
  abstract forward(input: Input): Output;

  /** Transforms a batch of images, `[N, ...]`, at once; undefined to have them one by one. */
  batch?(inputs: Input): Output | undefined;

  /** A description as torchvision prints it. */
  toString(): string {
    return `${this.constructor.name}()`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

export interface Transform<Input, Output> {
  // biome-ignore lint/style/useShorthandFunctionType: only an interface merges with the class.
  (input: Input): Output;
}

/** Any function of an image: a `Transform`, or a plain one. */
export type ImageTransform<Input = Tensor, Output = Tensor> = ((input: Input) => Output) & {
  batch?: (inputs: Input) => Output | undefined;
};
