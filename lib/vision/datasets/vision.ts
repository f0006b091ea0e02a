import { homedir } from 'node:os';
import { inspect } from 'node:util';
import { ValueError } from '../../errors.js';
import { type Call, required, Signature } from '../../options.js';
import { Dataset } from '../../utils/data/dataset.js';

// biome-ignore lint/suspicious/noExplicitAny: a transform takes whatever the dataset holds.
type AnyTransform = (input: any) => unknown;
// biome-ignore lint/suspicious/noExplicitAny: likewise.
type JointTransform = (input: any, target: any) => readonly [unknown, unknown];

interface VisionDatasetOptions {
  transforms?: JointTransform | null;
  transform?: AnyTransform | null;
  targetTransform?: AnyTransform | null;
}

const signature = new Signature<Required<VisionDatasetOptions> & { root: string }>(
  'datasets.VisionDataset',
  { root: required, transforms: null, transform: null, targetTransform: null },
);

/**
 * The base of the image datasets: where its files lie, and the transforms. A subclass has `length`
 * and `getItem`.
 *
 * @param root - The folder of its files; a leading `~` is the home folder.
 * @param transforms - A function of a sample's image and target, which returns both.
 * @param transform - A function of the image.
 * @param targetTransform - A function of the target.
 * @throws ValueError where `transforms` is given beside one of the others.
 *
 * @example
 * ```ts
 * class Noise extends datasets.VisionDataset<[Tensor, number]> {
 *   get length() {
 *     return 100;
 *   }
 *   getItem(index: number): [Tensor, number] {
 *     const image = torch.rand(1, 28, 28);
 *     return [this.transform ? (this.transform(image) as Tensor) : image, index % 10];
 *   }
 * }
 * const noise = new Noise('./data', { transform: new transforms.Normalize([0.5], [0.5]) });
 * const [image, label] = noise.getItem(3);
 * console.log(image.shape, label); // [1, 28, 28] 3
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.datasets.VisionDataset.html
 */
export abstract class VisionDataset<T> extends Dataset<T> {
  readonly root: string;
  transforms: JointTransform | null;
  transform: AnyTransform | null;
  targetTransform: AnyTransform | null;

  constructor(
    ...args: Call<
      [root: string],
      [
        transforms: JointTransform | null,
        transform: AnyTransform | null,
        targetTransform: AnyTransform | null,
      ],
      VisionDatasetOptions
    >
  ) {
    super();
    const { root, transforms, transform, targetTransform } = signature.bind(args);
    if (transforms && (transform || targetTransform)) {
      throw new ValueError(
        `${this.constructor.name}: give either transforms or transform and targetTransform`,
      );
    }
    this.root = root.replace(/^~(?=$|[\\/])/, homedir());
    this.transforms = transforms;
    this.transform = transform;
    this.targetTransform = targetTransform;
  }

  /** More lines for what `toString` prints. */
  extraRepr(): string {
    return '';
  }

  /** A description as torchvision prints it. */
  override toString(): string {
    const body = [`Number of datapoints: ${this.length}`, `Root location: ${this.root}`];
    if (this.extraRepr()) body.push(...this.extraRepr().split('\n'));
    if (this.transforms) body.push(inspect(this.transforms));
    if (this.transform || this.targetTransform) {
      const { transform, targetTransform } = this;
      const lines = ['StandardTransform'];
      if (transform) lines.push(described('Transform: ', transform));
      if (targetTransform) lines.push(described('Target transform: ', targetTransform));
      body.push(lines.join('\n'));
    }
    return [`Dataset ${this.constructor.name}`, ...body.map((line) => `    ${line}`)].join('\n');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

function described(head: string, transform: AnyTransform): string {
  return head + inspect(transform).replaceAll('\n', `\n${' '.repeat(head.length)}`);
}
