import { isAutocastEnabled } from '../../amp/autocast-mode.js';
import { backends } from '../../backends/index.js';
import { deepcopy } from '../../copy.js';
import type { DType } from '../../dtype.js';
import { TorchError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { DeviceLike } from '../../types.js';
import { warn } from '../../warnings.js';
import { factoryDefaults } from '../common-types.js';
import { relu } from '../functional/activation.js';
import { canonicalMask } from '../functional/attention-mask.js';
import * as init from '../init.js';
import { ModuleList } from './container.js';
import { Module } from './module.js';
import { LayerNorm } from './normalization.js';
import {
  type TransformerActivation,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerArguments,
  type TransformerLayerOptions,
} from './transformer-layers.js';
import { checkCounts, checkTensor } from './utils.js';

export {
  type DecoderLayerForwardOptions,
  type EncoderLayerForwardOptions,
  type TransformerActivation,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from './transformer-layers.js';

/** A stack of copies of a layer. */
function clones(where: string, layer: Module, numLayers: number): ModuleList<Module> {
  checkCounts(where, { numLayers });
  return new ModuleList(Array.from({ length: numLayers }, () => deepcopy(layer)));
}

/** The mask that lets each place see itself and those before it: minus infinity above the diagonal. */
function causalMask(size: number, device?: DeviceLike, dtype?: DType): Tensor {
  const full = operators.torch.full([size, size], Number.NEGATIVE_INFINITY, { device, dtype });
  return operators.torch.triu(full, 1);
}

/** Whether a mask is the causal one, where the caller has not said. */
function isCausalMask(
  mask: Tensor | null,
  isCausal: boolean | null,
  size: number | undefined,
): boolean {
  if (isCausal !== null || mask === null) return isCausal === true;
  const causal = causalMask(size ?? mask.size(-2), mask.device, mask.dtype);
  return String(mask.shape) === String(causal.shape) && mask.equal(causal);
}

/** The length of the sequences; undefined for those of a nested tensor. */
function lengthOf(src: Tensor, batchFirst: boolean): number | undefined {
  if (src.isNested) return undefined;
  return src.dim() === 2 || !batchFirst ? src.size(0) : src.size(1);
}

/** Whether the attention of a layer, of PyTorch's kind or of one like it, has the batch first. */
function batchFirstOf(layers: ModuleList<Module>): boolean {
  const [first] = layers;
  const { self_attn } = (first ?? {}) as { self_attn?: { batchFirst?: boolean } };
  return self_attn?.batchFirst ?? false;
}

/** What {@link TransformerEncoder} takes after its required arguments. */
export interface TransformerEncoderOptions {
  /** What normalises the output of the last layer. Default: null. */
  norm?: Module | null;
  /** Whether evaluation leaves out what is padding, where that can be. Default: true. */
  enableNestedTensor?: boolean;
  /** Whether it looks first that the padding comes last. Default: true. */
  maskCheck?: boolean;
}

interface TransformerEncoderArguments extends Required<TransformerEncoderOptions> {
  encoderLayer: Module;
  numLayers: number;
}

const transformerEncoder = new Signature<TransformerEncoderArguments>('nn.TransformerEncoder', {
  encoderLayer: required,
  numLayers: required,
  norm: null,
  enableNestedTensor: true,
  maskCheck: true,
});

/** What the `forward` of {@link TransformerEncoder} takes after its input. */
export interface EncoderForwardOptions {
  /** Pairs that take no part in the attention. Default: null. */
  mask?: Tensor | null;
  /** Places of the input that take no part, `(N, S)` or `(S)`. Default: null. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether `mask` is the causal mask. Default: null, which looks. */
  isCausal?: boolean | null;
}

interface EncoderArguments extends Required<EncoderForwardOptions> {
  src: Tensor;
}

const encoderForward = new Signature<EncoderArguments>('nn.TransformerEncoder.forward', {
  src: required,
  mask: null,
  srcKeyPaddingMask: null,
  isCausal: null,
});

/** What keeps the layers of an encoder from leaving out what is padding; undefined for nothing. */
function notNestedBecause(layer: Module): string | undefined {
  if (!(layer instanceof TransformerEncoderLayer)) return 'it is no TransformerEncoderLayer';
  const { self_attn: attention } = layer;
  if (layer.normFirst) return 'its normFirst is true';
  if (!attention.batchFirst) {
    return 'its batchFirst is false (true makes evaluation faster)';
  }
  if (!attention._qkvSameEmbedDim) return 'its keys and values have other sizes';
  if (attention.in_proj_bias === null) return 'its bias is false';
  if (layer.activationReluOrGelu === 0) return 'its activation is neither relu nor gelu';
  if (layer.norm1.eps !== layer.norm2.eps) return 'its normalizations differ in eps';
  return attention.numHeads % 2 === 1 ? 'its number of heads is odd' : undefined;
}

/**
 * The encoder of a transformer: a stack of layers, all copies of one.
 *
 * @param encoderLayer The layer, a {@link TransformerEncoderLayer} or one with the same arguments.
 *   The copies start from its weights.
 * @param numLayers How many there are.
 *
 * Further arguments, by position or by name: {@link TransformerEncoderOptions}.
 *
 * `forward(src, options)` takes {@link EncoderForwardOptions}, by position or by name.
 *
 * Shape: `(S, N, E)` or `(S, E)`, with `batchFirst` `(N, S, E)`, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.TransformerEncoderLayer(512, 8, { batchFirst: true });
 * const encoder = new nn.TransformerEncoder(layer, 2);
 * encoder(torch.rand(32, 10, 512)).shape; // [32, 10, 512]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html
 */
export class TransformerEncoder extends Module {
  layers: ModuleList<Module>;
  numLayers: number;
  norm: Module | null;
  enableNestedTensor: boolean;
  useNestedTensor: boolean;
  maskCheck: boolean;

  constructor(
    ...args: Call<
      [encoderLayer: Module, numLayers: number],
      [norm: Module | null, enableNestedTensor: boolean, maskCheck: boolean],
      TransformerEncoderOptions
    >
  ) {
    super();
    const given = transformerEncoder.bind(args);
    this.layers = clones(transformerEncoder.where, given.encoderLayer, given.numLayers);
    this.numLayers = given.numLayers;
    this.norm = given.norm;
    this.enableNestedTensor = given.enableNestedTensor;
    this.maskCheck = given.maskCheck;
    const obstacle = notNestedBecause(given.encoderLayer);
    this.useNestedTensor = given.enableNestedTensor && obstacle === undefined;
    if (given.enableNestedTensor && obstacle !== undefined) {
      warn(
        `enableNestedTensor is true, but nested tensors are not used for this encoderLayer because ${obstacle}`,
      );
    }
  }

  override forward(
    ...args: Call<
      [src: Tensor],
      [mask: Tensor | null, srcKeyPaddingMask: Tensor | null, isCausal: boolean | null],
      EncoderForwardOptions
    >
  ): Tensor {
    const { src, ...given } = encoderForward.bind(args);
    checkTensor(encoderForward.where, 'src', src);
    const padding = canonicalMask(given.srcKeyPaddingMask, 'srcKeyPaddingMask', src.dtype, {
      mask: given.mask,
      name: 'mask',
    });
    const mask = canonicalMask(given.mask, 'mask', src.dtype);
    const kept = padding?.logicalNot();
    const nested = kept !== undefined && this.canNest(src, mask, kept);
    let output = nested ? operators.torch._nestedTensorFromMask(src, kept, false) : src;
    const isCausal = isCausalMask(mask, given.isCausal, lengthOf(src, batchFirstOf(this.layers)));
    const options = { srcMask: mask, isCausal, srcKeyPaddingMask: nested ? null : padding };
    for (const layer of this.layers) output = layer(output, options);
    if (nested) output = output.toPaddedTensor(0, src.shape);
    return this.norm ? this.norm(output) : output;
  }

  /** Whether this call may leave out what is padding. */
  private canNest(src: Tensor, mask: Tensor | null, kept: Tensor): boolean {
    const [first] = this.layers;
    return (
      first instanceof TransformerEncoderLayer &&
      backends.mha.getFastpathEnabled() &&
      this.useNestedTensor &&
      !first.training &&
      !isAutocastEnabled() &&
      src.dim() === 3 &&
      !src.isNested &&
      mask === null &&
      (!this.maskCheck || operators.torch._nestedTensorFromMaskLeftAligned(src, kept)) &&
      !first.needsGradients(src)
    );
  }
}

interface TransformerDecoderArguments {
  decoderLayer: Module;
  numLayers: number;
  norm: Module | null;
}

const transformerDecoder = new Signature<TransformerDecoderArguments>('nn.TransformerDecoder', {
  decoderLayer: required,
  numLayers: required,
  norm: null,
});

/** What the `forward` of {@link TransformerDecoder} takes after its inputs. */
export interface DecoderForwardOptions {
  /** Pairs that take no part in the self-attention. Default: null. */
  tgtMask?: Tensor | null;
  /** Pairs that take no part in the attention to the memory. Default: null. */
  memoryMask?: Tensor | null;
  /** Places of the target that take no part, `(N, T)` or `(T)`. Default: null. */
  tgtKeyPaddingMask?: Tensor | null;
  /** Places of the memory that take no part, `(N, S)` or `(S)`. Default: null. */
  memoryKeyPaddingMask?: Tensor | null;
  /** Whether `tgtMask` is the causal mask. Default: null, which looks. */
  tgtIsCausal?: boolean | null;
  /** Whether `memoryMask` is the causal mask; a hint. Default: false. */
  memoryIsCausal?: boolean;
}

interface DecoderArguments extends Required<DecoderForwardOptions> {
  tgt: Tensor;
  memory: Tensor;
}

const decoderForward = new Signature<DecoderArguments>('nn.TransformerDecoder.forward', {
  tgt: required,
  memory: required,
  tgtMask: null,
  memoryMask: null,
  tgtKeyPaddingMask: null,
  memoryKeyPaddingMask: null,
  tgtIsCausal: null,
  memoryIsCausal: false,
});

/**
 * The decoder of a transformer: a stack of layers, all copies of one.
 *
 * @param decoderLayer The layer, a {@link TransformerDecoderLayer} or one with the same arguments.
 *   The copies start from its weights.
 * @param numLayers How many there are.
 * @param norm What normalises the output of the last layer. Default: null.
 *
 * `forward(tgt, memory, options)` takes {@link DecoderForwardOptions}, by position or by name.
 *
 * Shape: a target `(T, N, E)` or `(T, E)` and a memory `(S, N, E)` or `(S, E)`, with N first where
 * `batchFirst`, to the target's shape.
 *
 * @example
 * ```ts
 * const decoder = new nn.TransformerDecoder(new nn.TransformerDecoderLayer(512, 8), 2);
 * decoder(torch.rand(20, 32, 512), torch.rand(10, 32, 512)).shape; // [20, 32, 512]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TransformerDecoder.html
 */
export class TransformerDecoder extends Module {
  layers: ModuleList<Module>;
  numLayers: number;
  norm: Module | null;

  constructor(
    ...args: Call<
      [decoderLayer: Module, numLayers: number],
      [norm: Module | null],
      { norm?: Module | null }
    >
  ) {
    super();
    const { decoderLayer, numLayers, norm } = transformerDecoder.bind(args);
    this.layers = clones(transformerDecoder.where, decoderLayer, numLayers);
    this.numLayers = numLayers;
    this.norm = norm;
  }

  override forward(
    ...args: Call<
      [tgt: Tensor, memory: Tensor],
      [
        tgtMask: Tensor | null,
        memoryMask: Tensor | null,
        tgtKeyPaddingMask: Tensor | null,
        memoryKeyPaddingMask: Tensor | null,
        tgtIsCausal: boolean | null,
        memoryIsCausal: boolean,
      ],
      DecoderForwardOptions
    >
  ): Tensor {
    const { tgt, memory, ...given } = decoderForward.bind(args);
    checkTensor(decoderForward.where, 'tgt', tgt);
    const length = lengthOf(tgt, batchFirstOf(this.layers));
    const options = {
      ...given,
      tgtIsCausal: isCausalMask(given.tgtMask, given.tgtIsCausal, length),
    };
    let output = tgt;
    for (const layer of this.layers) output = layer(output, memory, options);
    return this.norm ? this.norm(output) : output;
  }
}

/** What {@link Transformer} takes. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** The size E of the inputs and the output. Default: 512. */
  dModel?: number;
  /** How many heads the attentions have. Default: 8. */
  nhead?: number;
  /** How many layers the encoder has. Default: 6. */
  numEncoderLayers?: number;
  /** How many layers the decoder has. Default: 6. */
  numDecoderLayers?: number;
  /** An encoder in place of PyTorch's. Default: null. */
  customEncoder?: Module | null;
  /** A decoder in place of PyTorch's. Default: null. */
  customDecoder?: Module | null;
}

interface TransformerArguments extends TransformerLayerArguments {
  numEncoderLayers: number;
  numDecoderLayers: number;
  customEncoder: Module | null;
  customDecoder: Module | null;
}

const transformer = new Signature<TransformerArguments>('nn.Transformer', {
  dModel: 512,
  nhead: 8,
  numEncoderLayers: 6,
  numDecoderLayers: 6,
  dimFeedforward: 2048,
  dropout: 0.1,
  activation: relu,
  customEncoder: null,
  customDecoder: null,
  layerNormEps: 1e-5,
  batchFirst: false,
  normFirst: false,
  bias: true,
  ...factoryDefaults,
});

/** What the `forward` of {@link Transformer} takes after its inputs. */
export interface TransformerForwardOptions extends DecoderForwardOptions {
  /** Pairs that take no part in the encoder's attention. Default: null. */
  srcMask?: Tensor | null;
  /** Places of the source that take no part, `(N, S)` or `(S)`. Default: null. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether `srcMask` is the causal mask. Default: null, which looks. */
  srcIsCausal?: boolean | null;
}

interface TransformerForwardArguments extends Required<TransformerForwardOptions> {
  src: Tensor;
  tgt: Tensor;
}

const transformerForward = new Signature<TransformerForwardArguments>('nn.Transformer.forward', {
  src: required,
  tgt: required,
  srcMask: null,
  tgtMask: null,
  memoryMask: null,
  srcKeyPaddingMask: null,
  tgtKeyPaddingMask: null,
  memoryKeyPaddingMask: null,
  srcIsCausal: null,
  tgtIsCausal: null,
  memoryIsCausal: false,
});

const squareMask = new Signature<{ sz: number; device?: DeviceLike; dtype?: DType }>(
  'nn.Transformer.generateSquareSubsequentMask',
  { sz: required, ...factoryDefaults },
);

/**
 * A transformer: an encoder that reads the source, and a decoder that writes the target from what
 * the encoder gives. *Attention Is All You Need*, 2017.
 *
 * Arguments, by position or by name: {@link TransformerOptions}.
 *
 * `forward(src, tgt, options)` takes {@link TransformerForwardOptions}, by position or by name.
 *
 * Shape: a source `(S, N, E)` or `(S, E)` and a target `(T, N, E)` or `(T, E)`, with N first where
 * `batchFirst`, to the target's shape.
 *
 * @example
 * ```ts
 * const model = new nn.Transformer({ nhead: 16, numEncoderLayers: 2, numDecoderLayers: 2 });
 * const output = model(torch.rand(10, 32, 512), torch.rand(20, 32, 512));
 * output.shape; // [20, 32, 512]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Transformer.html
 */
export class Transformer extends Module {
  encoder: Module;
  decoder: Module;
  dModel: number;
  nhead: number;
  batchFirst: boolean;

  constructor(
    ...args: Call<
      [],
      [
        dModel: number,
        nhead: number,
        numEncoderLayers: number,
        numDecoderLayers: number,
        dimFeedforward: number,
        dropout: number,
        activation: TransformerActivation,
        customEncoder: Module | null,
        customDecoder: Module | null,
        layerNormEps: number,
        batchFirst: boolean,
        normFirst: boolean,
        bias: boolean,
      ],
      TransformerOptions
    >
  ) {
    super();
    const given = transformer.bind(args);
    const { dModel, nhead, numEncoderLayers, numDecoderLayers, customEncoder, customDecoder } =
      given;
    const { dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst } = given;
    const { bias, device, dtype } = given;
    const options = {
      ...{ dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst },
      ...{ bias, device, dtype },
    };
    const norm = () => new LayerNorm(dModel, { eps: layerNormEps, bias, device, dtype });
    if (customEncoder !== null) {
      this.encoder = customEncoder;
    } else {
      const layer = new TransformerEncoderLayer(dModel, nhead, options);
      this.encoder = new TransformerEncoder(layer, numEncoderLayers, norm());
    }
    if (customDecoder !== null) {
      this.decoder = customDecoder;
    } else {
      const layer = new TransformerDecoderLayer(dModel, nhead, options);
      this.decoder = new TransformerDecoder(layer, numDecoderLayers, norm());
    }
    this._resetParameters();
    this.dModel = dModel;
    this.nhead = nhead;
    this.batchFirst = batchFirst;
  }

  /** Draws new weights: every matrix by `init.xavierUniform_`. */
  _resetParameters(): void {
    for (const parameter of this.parameters()) {
      if (parameter.dim() > 1) init.xavierUniform_(parameter);
    }
  }

  override forward(
    ...args: Call<
      [src: Tensor, tgt: Tensor],
      [
        srcMask: Tensor | null,
        tgtMask: Tensor | null,
        memoryMask: Tensor | null,
        srcKeyPaddingMask: Tensor | null,
        tgtKeyPaddingMask: Tensor | null,
        memoryKeyPaddingMask: Tensor | null,
        srcIsCausal: boolean | null,
        tgtIsCausal: boolean | null,
        memoryIsCausal: boolean,
      ],
      TransformerForwardOptions
    >
  ): Tensor {
    const { src, tgt, srcMask, srcKeyPaddingMask, srcIsCausal, ...options } =
      transformerForward.bind(args);
    checkTensor(transformerForward.where, 'src', src);
    checkTensor(transformerForward.where, 'tgt', tgt);
    const batchDim = this.batchFirst ? 0 : 1;
    if (src.dim() === 3 && src.size(batchDim) !== tgt.size(batchDim)) {
      throw new TorchError(
        `the batch number of src and tgt must be equal, got [${src.shape}] and [${tgt.shape}]`,
      );
    }
    if (src.size(-1) !== this.dModel || tgt.size(-1) !== this.dModel) {
      throw new TorchError(
        `the feature number of src and tgt must be equal to dModel (${this.dModel}), got [${src.shape}] and [${tgt.shape}]`,
      );
    }
    const encoding = { mask: srcMask, srcKeyPaddingMask, isCausal: srcIsCausal };
    return this.decoder(tgt, this.encoder(src, encoding), options);
  }

  /**
   * The mask that lets each place see itself and those before it: 0 on and below the diagonal,
   * minus infinity above.
   *
   * @param sz The length of the sequence.
   * @param device The device. Default: the CPU.
   * @param dtype The dtype. Default: `torch.getDefaultDtype()`.
   *
   * @example
   * ```ts
   * nn.Transformer.generateSquareSubsequentMask(2); // tensor([[0., -inf], [0., 0.]])
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Transformer.html#torch.nn.Transformer.generate_square_subsequent_mask
   */
  static generateSquareSubsequentMask(
    ...args: Call<
      [sz: number],
      [device: DeviceLike, dtype: DType],
      { device?: DeviceLike; dtype?: DType }
    >
  ): Tensor {
    const { sz, device, dtype } = squareMask.bind(args);
    return causalMask(sz, device, dtype);
  }
}
