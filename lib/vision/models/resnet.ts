import { NotImplementedError, ValueError } from '../../errors.js';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  GroupNorm,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
} from '../../nn/index.js';
import * as init from '../../nn/init.js';
import { type Call, checkFlags, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';

/** A layer of one tensor. */
interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/** Makes the normalisation of so many channels: `BatchNorm2d`, say. */
export type NormLayer = new (channels: number) => Layer;

/** What a block of a {@link ResNet} is made with. */
export interface BlockArguments {
  inplanes: number;
  planes: number;
  stride?: number;
  downsample?: Sequential | null;
  groups: number;
  baseWidth: number;
  dilation: number;
  normLayer: NormLayer;
}

function conv3x3(inPlanes: number, outPlanes: number, stride = 1, groups = 1, dilation = 1) {
  return new Conv2d(inPlanes, outPlanes, 3, {
    stride,
    padding: dilation,
    groups,
    bias: false,
    dilation,
  });
}

function conv1x1(inPlanes: number, outPlanes: number, stride = 1) {
  return new Conv2d(inPlanes, outPlanes, 1, { stride, bias: false });
}

/**
 * A block of a {@link ResNet}: two convolutions of 3x3, and what came in added to what they give.
 *
 * @throws ValueError for other groups or widths than the plain ones.
 *
 * @example
 * ```ts
 * import { models } from 'sconce/vision';
 *
 * const model = new models.ResNet(models.BasicBlock, [1, 1, 1, 1]);
 * model.layer1[0] instanceof models.BasicBlock; // true
 * ```
 * @see https://pytorch.org/vision/stable/models/resnet.html
 */
export class BasicBlock extends Module {
  static readonly expansion = 1;

  conv1: Conv2d;
  bn1: Layer;
  relu: ReLU;
  conv2: Conv2d;
  bn2: Layer;
  downsample: Sequential | null;

  constructor(block: BlockArguments) {
    super();
    const { inplanes, planes, stride = 1, downsample = null, normLayer } = block;
    if (block.groups !== 1 || block.baseWidth !== 64) {
      throw new ValueError('BasicBlock only supports groups=1 and widthPerGroup=64');
    }
    if (block.dilation > 1) {
      throw new NotImplementedError('dilation > 1 is not supported in BasicBlock');
    }
    this.conv1 = conv3x3(inplanes, planes, stride);
    this.bn1 = new normLayer(planes);
    this.relu = new ReLU({ inplace: true });
    this.conv2 = conv3x3(planes, planes);
    this.bn2 = new normLayer(planes);
    this.downsample = downsample;
  }

  override forward(x: Tensor): Tensor {
    let out = this.relu(this.bn1(this.conv1(x)));
    out = this.bn2(this.conv2(out));
    const identity = this.downsample === null ? x : this.downsample(x);
    return this.relu(out.add_(identity as Tensor));
  }
}

/**
 * A block of a deep {@link ResNet}: convolutions of 1x1, 3x3 and 1x1, narrow in the middle. The
 * stride is the 3x3's, as in what is called version 1.5.
 *
 * @example
 * ```ts
 * import { models } from 'sconce/vision';
 *
 * const model = new models.ResNet(models.Bottleneck, [1, 1, 1, 1]);
 * model.fc.inFeatures; // 2048
 * ```
 * @see https://pytorch.org/vision/stable/models/resnet.html
 */
export class Bottleneck extends Module {
  static readonly expansion = 4;

  conv1: Conv2d;
  bn1: Layer;
  conv2: Conv2d;
  bn2: Layer;
  conv3: Conv2d;
  bn3: Layer;
  relu: ReLU;
  downsample: Sequential | null;

  constructor(block: BlockArguments) {
    super();
    const { inplanes, planes, stride = 1, downsample = null, groups, dilation, normLayer } = block;
    const width = Math.trunc(planes * (block.baseWidth / 64)) * groups;
    this.conv1 = conv1x1(inplanes, width);
    this.bn1 = new normLayer(width);
    this.conv2 = conv3x3(width, width, stride, groups, dilation);
    this.bn2 = new normLayer(width);
    this.conv3 = conv1x1(width, planes * Bottleneck.expansion);
    this.bn3 = new normLayer(planes * Bottleneck.expansion);
    this.relu = new ReLU({ inplace: true });
    this.downsample = downsample;
  }

  override forward(x: Tensor): Tensor {
    let out = this.relu(this.bn1(this.conv1(x)));
    out = this.relu(this.bn2(this.conv2(out)));
    out = this.bn3(this.conv3(out));
    const identity = this.downsample === null ? x : this.downsample(x);
    return this.relu(out.add_(identity as Tensor));
  }
}

/** The options of a {@link ResNet}. */
export interface ResNetOptions {
  /** How many classes it tells apart. Default: 1000, ImageNet's. */
  numClasses?: number;
  /** Whether each block starts out as no change of its input. Default: false. */
  zeroInitResidual?: boolean;
  /** The groups of the 3x3 convolutions. Default: 1. */
  groups?: number;
  /** The channels of a group where a block has 64. Default: 64. */
  widthPerGroup?: number;
  /** For the last three stages, whether dilation stands in for the stride. Default: none. */
  replaceStrideWithDilation?: readonly boolean[] | null;
  /** The normalisation. Default: `nn.BatchNorm2d`. */
  normLayer?: NormLayer | null;
}

interface ResNetArguments extends Required<ResNetOptions> {
  block: Block;
  layers: readonly number[];
}

const signature = new Signature<ResNetArguments>('models.ResNet', {
  block: required,
  layers: required,
  numClasses: 1000,
  zeroInitResidual: false,
  groups: 1,
  widthPerGroup: 64,
  replaceStrideWithDilation: null,
  normLayer: null,
});

type Block = typeof BasicBlock | typeof Bottleneck;

/**
 * A residual network for images; {@link resnet50} and its like make one. Its parameters have
 * torchvision's names, so that torchvision's weights load into it.
 *
 * Shape: `(N, 3, H, W)` to `(N, numClasses)`.
 *
 * @param block Its blocks: {@link BasicBlock} or {@link Bottleneck}.
 * @param layers How many blocks each of the four stages has.
 *
 * Further arguments, by position or by name: {@link ResNetOptions}.
 *
 * @example
 * ```ts
 * import { models } from 'sconce/vision';
 *
 * const model = new models.ResNet(models.BasicBlock, [1, 1, 1, 1], { numClasses: 10 });
 * model(torch.randn(2, 3, 32, 32)).shape; // [2, 10]
 * ```
 * @see https://pytorch.org/vision/stable/models/resnet.html
 */
export class ResNet extends Module {
  conv1: Conv2d;
  bn1: Layer;
  relu: ReLU;
  maxpool: MaxPool2d;
  layer1: Sequential;
  layer2: Sequential;
  layer3: Sequential;
  layer4: Sequential;
  avgpool: AdaptiveAvgPool2d;
  fc: Linear;

  constructor(
    ...args: Call<
      [block: Block, layers: readonly number[]],
      [
        numClasses: number,
        zeroInitResidual: boolean,
        groups: number,
        widthPerGroup: number,
        replaceStrideWithDilation: readonly boolean[] | null,
        normLayer: NormLayer | null,
      ],
      ResNetOptions
    >
  ) {
    super();
    const bound = signature.bind(args);
    const { block, layers, numClasses, zeroInitResidual, groups, widthPerGroup } = bound;
    checkFlags('models.ResNet', { zeroInitResidual });
    const dilated = bound.replaceStrideWithDilation ?? [false, false, false];
    if (layers.length !== 4 || dilated.length !== 3) {
      throw new ValueError(
        `models.ResNet: layers must be four numbers and replaceStrideWithDilation null or three booleans, got [${layers}] and [${dilated}]`,
      );
    }
    const [first, second, third, fourth] = layers as [number, number, number, number];
    const normLayer = bound.normLayer ?? BatchNorm2d;
    const stages = new Stages(block, { groups, baseWidth: widthPerGroup, normLayer });
    this.conv1 = new Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
    this.bn1 = new normLayer(64);
    this.relu = new ReLU({ inplace: true });
    this.maxpool = new MaxPool2d(3, { stride: 2, padding: 1 });
    this.layer1 = stages.make(64, first);
    this.layer2 = stages.make(128, second, 2, dilated[0]);
    this.layer3 = stages.make(256, third, 2, dilated[1]);
    this.layer4 = stages.make(512, fourth, 2, dilated[2]);
    this.avgpool = new AdaptiveAvgPool2d([1, 1]);
    this.fc = new Linear(512 * block.expansion, numClasses);
    this.#initialize(zeroInitResidual);
  }

  #initialize(zeroInitResidual: boolean): void {
    for (const module of this.modules()) {
      if (module instanceof Conv2d) {
        init.kaimingNormal_(module.weight, { mode: 'fan_out', nonlinearity: 'relu' });
      } else if (module instanceof BatchNorm2d || module instanceof GroupNorm) {
        init.constant_(module.weight as Tensor, 1);
        init.constant_(module.bias as Tensor, 0);
      }
    }
    if (!zeroInitResidual) return;
    for (const module of this.modules()) {
      if (!(module instanceof Bottleneck || module instanceof BasicBlock)) continue;
      const last = module instanceof Bottleneck ? module.bn3 : module.bn2;
      const { weight } = last as unknown as { weight: Tensor | null };
      if (weight !== null) init.constant_(weight, 0);
    }
  }

  override forward(x: Tensor): Tensor {
    let out = this.maxpool(this.relu(this.bn1(this.conv1(x)))) as Tensor;
    for (const layer of [this.layer1, this.layer2, this.layer3, this.layer4]) {
      out = layer(out) as Tensor;
    }
    return this.fc(this.avgpool(out).flatten(1));
  }
}

/** Makes the stages one after the other: each begins with what the last gives. */
class Stages {
  #inplanes = 64;
  #dilation = 1;

  constructor(
    readonly block: Block,
    readonly shared: Pick<BlockArguments, 'groups' | 'baseWidth' | 'normLayer'>,
  ) {}

  make(planes: number, count: number, stride = 1, isDilated = false): Sequential {
    const { block: Block, shared } = this;
    const previous = this.#dilation;
    if (isDilated) this.#dilation *= stride;
    const step = isDilated ? 1 : stride;
    const width = planes * Block.expansion;
    const isSame = step === 1 && this.#inplanes === width;
    const downsample = isSame
      ? null
      : new Sequential(conv1x1(this.#inplanes, width, step), new shared.normLayer(width));
    const first = { ...shared, inplanes: this.#inplanes, planes, stride: step, downsample };
    const layers: Layer[] = [new Block({ ...first, dilation: previous })];
    this.#inplanes = width;
    while (layers.length < count) {
      layers.push(new Block({ ...shared, inplanes: width, planes, dilation: this.#dilation }));
    }
    return new Sequential(...layers);
  }
}

/**
 * ResNet-18, with weights drawn anew.
 *
 * Arguments, by name: {@link ResNetOptions}.
 *
 * @example
 * ```ts
 * import { models } from 'sconce/vision';
 *
 * const model = models.resnet18({ numClasses: 10 });
 * model(torch.randn(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 * @see https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet18.html
 */
export function resnet18(options: ResNetOptions = {}): ResNet {
  return new ResNet(BasicBlock, [2, 2, 2, 2], options);
}

/**
 * ResNet-34, with weights drawn anew.
 *
 * Arguments, by name: {@link ResNetOptions}.
 *
 * @example
 * ```ts
 * import { models } from 'sconce/vision';
 *
 * const model = models.resnet34();
 * [...model.parameters()].length; // 110
 * ```
 * @see https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet34.html
 */
export function resnet34(options: ResNetOptions = {}): ResNet {
  return new ResNet(BasicBlock, [3, 4, 6, 3], options);
}

/**
 * ResNet-50, with weights drawn anew.
 *
 * Arguments, by name: {@link ResNetOptions}.
 *
 * @example
 * ```ts
 * import { models } from 'sconce/vision';
 *
 * const model = models.resnet50({ numClasses: 10 });
 * model.fc.weight.shape; // [10, 2048]
 * ```
 * @see https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet50.html
 */
export function resnet50(options: ResNetOptions = {}): ResNet {
  return new ResNet(Bottleneck, [3, 4, 6, 3], options);
}

/**
 * ResNet-101, with weights drawn anew.
 *
 * Arguments, by name: {@link ResNetOptions}.
 *
 * @example
 * ```ts
 * import { models } from 'sconce/vision';
 *
 * const model = models.resnet101();
 * model.layer3.length; // 23
 * ```
 * @see https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet101.html
 */
export function resnet101(options: ResNetOptions = {}): ResNet {
  return new ResNet(Bottleneck, [3, 4, 23, 3], options);
}

/**
 * ResNet-152, with weights drawn anew.
 *
 * Arguments, by name: {@link ResNetOptions}.
 *
 * @example
 * ```ts
 * import { models } from 'sconce/vision';
 *
 * const model = models.resnet152();
 * model.layer3.length; // 36
 * ```
 * @see https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet152.html
 */
export function resnet152(options: ResNetOptions = {}): ResNet {
  return new ResNet(Bottleneck, [3, 8, 36, 3], options);
}
