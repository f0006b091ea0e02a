import { isAutocastEnabled } from '../../amp/autocast-mode.js';
import { backends } from '../../backends/index.js';
import { describe } from '../../describe.js';
import { TorchError } from '../../errors.js';
import { isGradEnabled } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import { gelu, relu } from '../functional/activation.js';
import { canonicalMask } from '../functional/attention-mask.js';
import { GELU, ReLU } from './activation.js';
import { Dropout } from './dropout.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { hasForwardHooks } from './module-hooks.js';
import { MultiheadAttention } from './multihead-attention.js';
import { LayerNorm } from './normalization.js';
import { checkTensor } from './utils.js';

/** The function between the two layers of a feedforward network, by name or as itself. */
export type TransformerActivation = 'relu' | 'gelu' | ((x: Tensor) => Tensor);

/** What the layers of a transformer take after their required arguments. */
export interface TransformerLayerOptions extends FactoryOptions {
  /** The size of the hidden layer of the feedforward network. Default: 2048. */
  dimFeedforward?: number;
  /** The probability of every dropout. Default: 0.1. */
  dropout?: number;
  /** The function of the feedforward network. Default: `nn.functional.relu`. */
  activation?: TransformerActivation;
  /** What the normalizations add to the variance. Default: 1e-5. */
  layerNormEps?: number;
  /** Whether the batch comes before the sequence: `(N, S, E)`. Default: false, `(S, N, E)`. */
  batchFirst?: boolean;
  /** Whether each block normalises its input, rather than its output. Default: false. */
  normFirst?: boolean;
  /** Whether the linear layers and the normalizations have biases. Default: true. */
  bias?: boolean;
}

export interface TransformerLayerArguments extends FactoryOptions {
  dModel: number;
  nhead: number;
  dimFeedforward: number;
  dropout: number;
  activation: TransformerActivation;
  layerNormEps: number;
  batchFirst: boolean;
  normFirst: boolean;
  bias: boolean;
}

type TransformerLayerCall = Call<
  [dModel: number, nhead: number],
  [
    dimFeedforward: number,
    dropout: number,
    activation: TransformerActivation,
    layerNormEps: number,
    batchFirst: boolean,
    normFirst: boolean,
    bias: boolean,
  ],
  TransformerLayerOptions
>;

const layerSignature = (name: string) =>
  new Signature<TransformerLayerArguments>(`nn.${name}`, {
    dModel: required,
    nhead: required,
    dimFeedforward: 2048,
    dropout: 0.1,
    activation: relu,
    layerNormEps: 1e-5,
    batchFirst: false,
    normFirst: false,
    bias: true,
    ...factoryDefaults,
  });

function activationOf(activation: TransformerActivation): (x: Tensor) => Tensor {
  if (typeof activation === 'function') return activation;
  if (activation === 'relu') return relu;
  if (activation === 'gelu') return gelu;
  throw new TorchError(
    `activation should be 'relu', 'gelu' or a function, not ${describe(activation)}`,
  );
}

/** PyTorch's number of an activation that the one kernel for a layer has: ReLU, GELU; else 0. */
function codeOf(activation: unknown): 0 | 1 | 2 {
  if (activation === relu || activation instanceof ReLU) return 1;
  return activation === gelu || activation instanceof GELU ? 2 : 0;
}

/** What the parts of a layer are made of. */
function partsOf(given: TransformerLayerArguments) {
  const { dModel, nhead, dimFeedforward, dropout, batchFirst, bias, device, dtype } = given;
  const factory = { bias, device, dtype };
  return {
    attention: () => new MultiheadAttention(dModel, nhead, { dropout, batchFirst, ...factory }),
    widen: () => new Linear(dModel, dimFeedforward, factory),
    narrow: () => new Linear(dimFeedforward, dModel, factory),
    norm: () => new LayerNorm(dModel, { eps: given.layerNormEps, ...factory }),
    dropout: () => new Dropout(dropout),
  };
}

/** What the `forward` of {@link TransformerEncoderLayer} takes after its input. */
export interface EncoderLayerForwardOptions {
  /** Pairs that take no part in the attention. Default: null. */
  srcMask?: Tensor | null;
  /** Places of the input that take no part, `(N, S)` or `(S)`. Default: null. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether `srcMask` is the causal mask; a hint. Default: false. */
  isCausal?: boolean;
}

interface EncoderLayerArguments extends Required<EncoderLayerForwardOptions> {
  src: Tensor;
}

const encoderLayer = layerSignature('TransformerEncoderLayer');
const encoderLayerForward = new Signature<EncoderLayerArguments>(
  'nn.TransformerEncoderLayer.forward',
  { src: required, srcMask: null, srcKeyPaddingMask: null, isCausal: false },
);

/**
 * A layer of a transformer's encoder: self-attention and a feedforward network, each added to its
 * input and normalised.
 *
 * @param dModel The size E of the input and the output.
 * @param nhead How many heads the attention has.
 *
 * Further arguments, by position or by name: {@link TransformerLayerOptions}.
 *
 * `forward(src, options)` takes {@link EncoderLayerForwardOptions}, by position or by name.
 *
 * Shape: `(S, N, E)` or `(S, E)`, with `batchFirst` `(N, S, E)`, and the same.
 *
 * In evaluation without gradients, a layer with `batchFirst` runs in one kernel.
 *
 * @example
 * ```ts
 * const layer = new nn.TransformerEncoderLayer(512, 8);
 * layer(torch.rand(10, 32, 512)).shape; // [10, 32, 512]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html
 */
export class TransformerEncoderLayer extends Module {
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  normFirst: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  /** 1 where the activation is ReLU, 2 where it is GELU, else 0. */
  activationReluOrGelu: 0 | 1 | 2;
  activation: (x: Tensor) => Tensor;

  constructor(...args: TransformerLayerCall) {
    super();
    const given = encoderLayer.bind(args);
    const activation = activationOf(given.activation);
    const make = partsOf(given);
    this.self_attn = make.attention();
    this.linear1 = make.widen();
    this.dropout = make.dropout();
    this.linear2 = make.narrow();
    this.normFirst = given.normFirst;
    this.norm1 = make.norm();
    this.norm2 = make.norm();
    this.dropout1 = make.dropout();
    this.dropout2 = make.dropout();
    this.activationReluOrGelu = codeOf(activation);
    this.activation = activation;
  }

  override forward(
    ...args: Call<
      [src: Tensor],
      [srcMask: Tensor | null, srcKeyPaddingMask: Tensor | null, isCausal: boolean],
      EncoderLayerForwardOptions
    >
  ): Tensor {
    const { src, isCausal, ...given } = encoderLayerForward.bind(args);
    checkTensor(encoderLayerForward.where, 'src', src);
    const padding = canonicalMask(given.srcKeyPaddingMask, 'srcKeyPaddingMask', src.dtype, {
      mask: given.srcMask,
      name: 'srcMask',
    });
    const mask = canonicalMask(given.srcMask, 'srcMask', src.dtype);
    if (this.isFast(src, mask ?? padding)) return this.fast(src, mask, padding);
    if (this.normFirst) {
      const x = src.add(this.attend(this.norm1(src), mask, padding, isCausal));
      return x.add(this.feed(this.norm2(x)));
    }
    const x = this.norm1(src.add(this.attend(src, mask, padding, isCausal)));
    return this.norm2(x.add(this.feed(x)));
  }

  /** The block of self-attention. */
  private attend(
    x: Tensor,
    attnMask: Tensor | null,
    keyPaddingMask: Tensor | null,
    isCausal: boolean,
  ): Tensor {
    const options = { attnMask, keyPaddingMask, needWeights: false, isCausal };
    return this.dropout1(this.self_attn(x, x, x, options)[0]);
  }

  /** The block of the feedforward network. */
  private feed(x: Tensor): Tensor {
    return this.dropout2(this.linear2(this.dropout(this.activation(this.linear1(x)))));
  }

  /** The tensors that the one kernel reads. */
  private weights(): (Tensor | null)[] {
    const { self_attn: attention, norm1, norm2, linear1, linear2 } = this;
    return [
      attention.in_proj_weight,
      attention.in_proj_bias,
      attention.out_proj.weight,
      attention.out_proj.bias,
      ...[norm1, norm2, linear1, linear2].flatMap((layer) => [layer.weight, layer.bias]),
    ];
  }

  /** Whether the layer runs in one kernel. */
  private isFast(src: Tensor, mask: Tensor | null): boolean {
    const { self_attn: attention } = this;
    return (
      backends.mha.getFastpathEnabled() &&
      src.dim() === 3 &&
      !this.training &&
      !isAutocastEnabled() &&
      attention.batchFirst &&
      attention.in_proj_bias !== null &&
      attention._qkvSameEmbedDim &&
      this.activationReluOrGelu !== 0 &&
      this.norm1.eps === this.norm2.eps &&
      !(src.isNested && mask) &&
      attention.numHeads % 2 === 0 &&
      !this.needsGradients(src) &&
      ![...this.modules()].some((module) => module[hasForwardHooks])
    );
  }

  /** The layer in one kernel. */
  private fast(src: Tensor, srcMask: Tensor | null, padding: Tensor | null): Tensor {
    const { self_attn: attention, norm1, norm2, linear1, linear2 } = this;
    const [mask, maskType] = attention.mergeMasks(srcMask, padding, src);
    return operators.torch._transformerEncoderLayerFwd(
      src,
      attention.embedDim,
      attention.numHeads,
      attention.in_proj_weight as Tensor,
      attention.in_proj_bias as Tensor,
      attention.out_proj.weight,
      attention.out_proj.bias as Tensor,
      this.activationReluOrGelu === 2,
      this.normFirst,
      norm1.eps,
      norm1.weight as Tensor,
      norm1.bias as Tensor,
      norm2.weight as Tensor,
      norm2.bias as Tensor,
      linear1.weight,
      linear1.bias as Tensor,
      linear2.weight,
      linear2.bias as Tensor,
      mask,
      maskType,
    );
  }

  /** Whether gradients of any of the tensors that the one kernel reads are computed. @internal */
  needsGradients(src: Tensor): boolean {
    return isGradEnabled() && [src, ...this.weights()].some((tensor) => tensor?.requiresGrad);
  }
}

/** What the `forward` of {@link TransformerDecoderLayer} takes after its inputs. */
export interface DecoderLayerForwardOptions {
  /** Pairs that take no part in the self-attention. Default: null. */
  tgtMask?: Tensor | null;
  /** Pairs that take no part in the attention to the memory. Default: null. */
  memoryMask?: Tensor | null;
  /** Places of the target that take no part, `(N, T)` or `(T)`. Default: null. */
  tgtKeyPaddingMask?: Tensor | null;
  /** Places of the memory that take no part, `(N, S)` or `(S)`. Default: null. */
  memoryKeyPaddingMask?: Tensor | null;
  /** Whether `tgtMask` is the causal mask; a hint. Default: false. */
  tgtIsCausal?: boolean;
  /** Whether `memoryMask` is the causal mask; a hint. Default: false. */
  memoryIsCausal?: boolean;
}

interface DecoderLayerArguments extends Required<DecoderLayerForwardOptions> {
  tgt: Tensor;
  memory: Tensor;
}

const decoderLayer = layerSignature('TransformerDecoderLayer');
const decoderLayerForward = new Signature<DecoderLayerArguments>(
  'nn.TransformerDecoderLayer.forward',
  {
    tgt: required,
    memory: required,
    tgtMask: null,
    memoryMask: null,
    tgtKeyPaddingMask: null,
    memoryKeyPaddingMask: null,
    tgtIsCausal: false,
    memoryIsCausal: false,
  },
);

/**
 * A layer of a transformer's decoder: self-attention, attention to the encoder's output and a
 * feedforward network, each added to its input and normalised.
 *
 * @param dModel The size E of the inputs and the output.
 * @param nhead How many heads the attentions have.
 *
 * Further arguments, by position or by name: {@link TransformerLayerOptions}.
 *
 * `forward(tgt, memory, options)` takes {@link DecoderLayerForwardOptions}, by position or by name.
 *
 * Shape: a target `(T, N, E)` or `(T, E)` and a memory `(S, N, E)` or `(S, E)`, with N first where
 * `batchFirst`, to the target's shape.
 *
 * @example
 * ```ts
 * const layer = new nn.TransformerDecoderLayer(512, 8);
 * layer(torch.rand(20, 32, 512), torch.rand(10, 32, 512)).shape; // [20, 32, 512]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html
 */
export class TransformerDecoderLayer extends Module {
  self_attn: MultiheadAttention;
  multihead_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  normFirst: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  activation: (x: Tensor) => Tensor;

  constructor(...args: TransformerLayerCall) {
    super();
    const given = decoderLayer.bind(args);
    const activation = activationOf(given.activation);
    const make = partsOf(given);
    this.self_attn = make.attention();
    this.multihead_attn = make.attention();
    this.linear1 = make.widen();
    this.dropout = make.dropout();
    this.linear2 = make.narrow();
    this.normFirst = given.normFirst;
    this.norm1 = make.norm();
    this.norm2 = make.norm();
    this.norm3 = make.norm();
    this.dropout1 = make.dropout();
    this.dropout2 = make.dropout();
    this.dropout3 = make.dropout();
    this.activation = activation;
  }

  override forward(
    ...args: Call<
      [tgt: Tensor, memory: Tensor],
      [
        tgtMask: Tensor | null,
        memoryMask: Tensor | null,
        tgtKeyPaddingMask: Tensor | null,
        memoryKeyPaddingMask: Tensor | null,
        tgtIsCausal: boolean,
        memoryIsCausal: boolean,
      ],
      DecoderLayerForwardOptions
    >
  ): Tensor {
    const given = decoderLayerForward.bind(args);
    const { tgt } = given;
    checkTensor(decoderLayerForward.where, 'tgt', tgt);
    checkTensor(decoderLayerForward.where, 'memory', given.memory);
    if (this.normFirst) {
      let x = tgt.add(this.attend(this.norm1(tgt), given));
      x = x.add(this.attendToMemory(this.norm2(x), given));
      return x.add(this.feed(this.norm3(x)));
    }
    let x = this.norm1(tgt.add(this.attend(tgt, given)));
    x = this.norm2(x.add(this.attendToMemory(x, given)));
    return this.norm3(x.add(this.feed(x)));
  }

  /** The block of self-attention. */
  private attend(x: Tensor, given: DecoderLayerArguments): Tensor {
    const options = {
      attnMask: given.tgtMask,
      keyPaddingMask: given.tgtKeyPaddingMask,
      isCausal: given.tgtIsCausal,
      needWeights: false,
    };
    return this.dropout1(this.self_attn(x, x, x, options)[0]);
  }

  /** The block of attention to the memory. */
  private attendToMemory(x: Tensor, given: DecoderLayerArguments): Tensor {
    const { memory } = given;
    const options = {
      attnMask: given.memoryMask,
      keyPaddingMask: given.memoryKeyPaddingMask,
      isCausal: given.memoryIsCausal,
      needWeights: false,
    };
    return this.dropout2(this.multihead_attn(x, memory, memory, options)[0]);
  }

  /** The block of the feedforward network. */
  private feed(x: Tensor): Tensor {
    return this.dropout3(this.linear2(this.dropout(this.activation(this.linear1(x)))));
  }
}
