import { isAutocastEnabled } from '../../amp/autocast-mode.js';
import { backends } from '../../backends/index.js';
import { ValueError } from '../../errors.js';
import { isGradEnabled } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import { multiHeadAttentionForward } from '../functional/attention.js';
import { canonicalMask } from '../functional/attention-mask.js';
import * as init from '../init.js';
import { Parameter } from '../parameter.js';
import { NonDynamicallyQuantizableLinear } from './linear.js';
import { Module } from './module.js';
import { checkCounts, checkTensor } from './utils.js';

/** What {@link MultiheadAttention} takes after its required arguments. */
export interface MultiheadAttentionOptions extends FactoryOptions {
  /** The probability that a weight is dropped in training. Default: 0. */
  dropout?: number;
  /** Whether the projections have biases. Default: true. */
  bias?: boolean;
  /** Whether a learned key and value come after the others. Default: false. */
  addBiasKv?: boolean;
  /** Whether a key and value of zeros come after the others. Default: false. */
  addZeroAttn?: boolean;
  /** The size of the keys. Default: null, `embedDim`. */
  kdim?: number | null;
  /** The size of the values. Default: null, `embedDim`. */
  vdim?: number | null;
  /** Whether the batch comes before the sequence: `(N, L, E)`. Default: false, `(L, N, E)`. */
  batchFirst?: boolean;
}

interface MultiheadAttentionArguments extends FactoryOptions {
  embedDim: number;
  numHeads: number;
  dropout: number;
  bias: boolean;
  addBiasKv: boolean;
  addZeroAttn: boolean;
  kdim: number | null;
  vdim: number | null;
  batchFirst: boolean;
}

const multiheadAttention = new Signature<MultiheadAttentionArguments>('nn.MultiheadAttention', {
  embedDim: required,
  numHeads: required,
  dropout: 0,
  bias: true,
  addBiasKv: false,
  addZeroAttn: false,
  kdim: null,
  vdim: null,
  batchFirst: false,
  ...factoryDefaults,
});

/** What the `forward` of {@link MultiheadAttention} takes after query, key and value. */
export interface AttentionOptions {
  /** Keys that take no part, `(N, S)` or `(S)`: bool, or what is added to the scores. Default: null. */
  keyPaddingMask?: Tensor | null;
  /** Whether the weights are returned too; without them it is faster. Default: true. */
  needWeights?: boolean;
  /** Pairs that take no part, `(L, S)` or `(N * numHeads, L, S)`: bool, or what is added. Default: null. */
  attnMask?: Tensor | null;
  /** Whether the weights are averaged over the heads. Default: true. */
  averageAttnWeights?: boolean;
  /** Whether `attnMask` is the causal mask; a hint. Default: false. */
  isCausal?: boolean;
}

interface AttentionArguments extends Required<AttentionOptions> {
  query: Tensor;
  key: Tensor;
  value: Tensor;
}

const attention = new Signature<AttentionArguments>('nn.MultiheadAttention.forward', {
  query: required,
  key: required,
  value: required,
  keyPaddingMask: null,
  needWeights: true,
  attnMask: null,
  averageAttnWeights: true,
  isCausal: false,
});

/**
 * Attention of several heads: query, key and value are projected and cut into heads, each of which
 * attends on its own, and the heads are put together and projected once more. *Attention Is All You
 * Need*, 2017.
 *
 * @param embedDim The size E of the queries and of the output; a multiple of `numHeads`.
 * @param numHeads How many heads there are.
 *
 * Further arguments, by position or by name: {@link MultiheadAttentionOptions}.
 *
 * `forward(query, key, value, options)` takes {@link AttentionOptions}, by position or by name, and
 * gives the output and the weights, which are null unless they are needed.
 *
 * Shape: queries `(L, N, E)`, keys `(S, N, kdim)` and values `(S, N, vdim)`, each without N where
 * there is no batch, and with N first where `batchFirst`; to an output of the queries' shape and
 * weights `(N, L, S)` or, not averaged, `(N, numHeads, L, S)`.
 *
 * In evaluation without gradients, self-attention with `batchFirst` runs in one kernel.
 *
 * State: `in_proj_weight` `(3 * E, E)`, or `q_proj_weight`, `k_proj_weight` and `v_proj_weight`
 * where the sizes differ, `in_proj_bias` `(3 * E)`, `bias_k` and `bias_v` `(1, 1, E)`,
 * `out_proj.weight` `(E, E)` and `out_proj.bias` `(E)`.
 *
 * @example
 * ```ts
 * const attention = new nn.MultiheadAttention(16, 4, { batchFirst: true });
 * const x = torch.randn(2, 5, 16);
 * const [output, weights] = attention(x, x, x);
 * console.log(output.shape, weights?.shape); // [2, 5, 16] [2, 5, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
 */
export class MultiheadAttention extends Module {
  embedDim: number;
  kdim: number;
  vdim: number;
  _qkvSameEmbedDim: boolean;
  numHeads: number;
  dropout: number;
  batchFirst: boolean;
  headDim: number;
  q_proj_weight: Parameter | null = null;
  k_proj_weight: Parameter | null = null;
  v_proj_weight: Parameter | null = null;
  in_proj_weight: Parameter | null = null;
  in_proj_bias: Parameter | null;
  out_proj: NonDynamicallyQuantizableLinear;
  bias_k: Parameter | null = null;
  bias_v: Parameter | null = null;
  addZeroAttn: boolean;

  constructor(
    ...args: Call<
      [embedDim: number, numHeads: number],
      [
        dropout: number,
        bias: boolean,
        addBiasKv: boolean,
        addZeroAttn: boolean,
        kdim: number | null,
        vdim: number | null,
        batchFirst: boolean,
      ],
      MultiheadAttentionOptions
    >
  ) {
    super();
    const { embedDim, numHeads, bias, device, dtype, ...given } = multiheadAttention.bind(args);
    const { where } = multiheadAttention;
    const kdim = given.kdim ?? embedDim;
    const vdim = given.vdim ?? embedDim;
    checkCounts(where, { embedDim, numHeads, kdim, vdim });
    if (embedDim === 0 || numHeads === 0) {
      throw new ValueError(
        `embedDim and numHeads must be greater than 0, got embedDim=${embedDim} and numHeads=${numHeads} instead`,
      );
    }
    if (embedDim % numHeads !== 0) {
      throw new ValueError(
        `${where}: embedDim (${embedDim}) must be divisible by numHeads (${numHeads})`,
      );
    }
    this.embedDim = embedDim;
    this.kdim = kdim;
    this.vdim = vdim;
    this._qkvSameEmbedDim = kdim === embedDim && vdim === embedDim;
    this.numHeads = numHeads;
    this.dropout = given.dropout;
    this.batchFirst = given.batchFirst;
    this.headDim = embedDim / numHeads;
    const parameter = (...size: number[]) =>
      new Parameter(operators.torch.empty(size, { device, dtype }));
    if (this._qkvSameEmbedDim) {
      this.in_proj_weight = parameter(3 * embedDim, embedDim);
    } else {
      this.q_proj_weight = parameter(embedDim, embedDim);
      this.k_proj_weight = parameter(embedDim, kdim);
      this.v_proj_weight = parameter(embedDim, vdim);
    }
    this.in_proj_bias = bias ? parameter(3 * embedDim) : null;
    this.out_proj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, {
      bias,
      device,
      dtype,
    });
    if (given.addBiasKv) {
      this.bias_k = parameter(1, 1, embedDim);
      this.bias_v = parameter(1, 1, embedDim);
    }
    this.addZeroAttn = given.addZeroAttn;
    this._resetParameters();
  }

  /** Draws new weights, as the constructor does. */
  _resetParameters(): void {
    const { in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight } = this;
    for (const weight of [in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight]) {
      if (weight) init.xavierUniform_(weight);
    }
    if (this.in_proj_bias) init.zeros_(this.in_proj_bias);
    if (this.in_proj_bias && this.out_proj.bias) init.zeros_(this.out_proj.bias);
    if (this.bias_k) init.xavierNormal_(this.bias_k);
    if (this.bias_v) init.xavierNormal_(this.bias_v);
  }

  override forward(
    ...args: Call<
      [query: Tensor, key: Tensor, value: Tensor],
      [
        keyPaddingMask: Tensor | null,
        needWeights: boolean,
        attnMask: Tensor | null,
        averageAttnWeights: boolean,
        isCausal: boolean,
      ],
      AttentionOptions
    >
  ): [output: Tensor, weights: Tensor | null] {
    const given = attention.bind(args);
    for (const name of ['query', 'key', 'value'] as const) {
      checkTensor(attention.where, name, given[name]);
    }
    const { query, key, value } = given;
    const keyPaddingMask = canonicalMask(given.keyPaddingMask, 'keyPaddingMask', query.dtype, {
      mask: given.attnMask,
      name: 'attnMask',
    });
    const attnMask = canonicalMask(given.attnMask, 'attnMask', query.dtype);
    const obstacle = this.slowBecause(given);
    if (obstacle === undefined) return this.fast(given, attnMask, keyPaddingMask);
    if (query.isNested || key.isNested || value.isNested) {
      throw new ValueError(
        `MultiheadAttention does not support nested tensors outside of its fast path, which was not taken because ${obstacle}`,
      );
    }
    return this.slow({ ...given, keyPaddingMask, attnMask });
  }

  /** What keeps a call from the one kernel for it; undefined where nothing does. */
  private slowBecause({
    query,
    key,
    value,
    attnMask,
    keyPaddingMask,
  }: AttentionArguments): string | undefined {
    const { in_proj_weight: weight, in_proj_bias: bias, out_proj } = this;
    if (attnMask?.dtype.isFloatingPoint || keyPaddingMask?.dtype.isFloatingPoint) {
      return 'a mask is of a floating-point dtype';
    }
    if (!backends.mha.getFastpathEnabled()) return 'backends.mha.getFastpathEnabled() is false';
    if (query.dim() !== 3) return `query has ${query.dim()} dimensions, not 3`;
    if (query !== key || key !== value) return 'query, key and value are not the same tensor';
    if (weight === null) return 'the sizes of query, key and value differ';
    if (bias === null) return 'there is no bias';
    if (query.dtype !== weight.dtype) return 'query and weights differ in dtype';
    if (this.training) return 'it is in training mode';
    if (isAutocastEnabled()) return 'autocast is enabled';
    if (this.numHeads % 2 !== 0) return 'numHeads is not even';
    if (!this.batchFirst) return 'batchFirst is false';
    if (this.bias_k || this.bias_v) return 'addBiasKv is true';
    if (this.addZeroAttn) return 'addZeroAttn is true';
    if (query.isNested && (keyPaddingMask || attnMask)) return 'a nested tensor comes with a mask';
    const tensors = [query, weight, bias, out_proj.weight, out_proj.bias];
    if (isGradEnabled() && tensors.some((tensor) => tensor?.requiresGrad)) {
      return 'gradients are computed';
    }
    return undefined;
  }

  /** The call in one kernel. */
  private fast(
    { query, key, value, needWeights, averageAttnWeights }: AttentionArguments,
    attnMask: Tensor | null,
    keyPaddingMask: Tensor | null,
  ): [output: Tensor, weights: Tensor | null] {
    const [mask, maskType] = this.mergeMasks(attnMask, keyPaddingMask, query);
    const [output, weights] = operators.torch._nativeMultiHeadAttention(
      query,
      key,
      value,
      this.embedDim,
      this.numHeads,
      this.in_proj_weight as Tensor,
      this.in_proj_bias as Tensor,
      this.out_proj.weight,
      this.out_proj.bias as Tensor,
      mask,
      needWeights,
      averageAttnWeights,
      maskType,
    );
    return [output, needWeights ? weights : null];
  }

  /** The call in several steps, with gradients. */
  private slow(given: AttentionArguments): [output: Tensor, weights: Tensor | null] {
    const turned = this.batchFirst && given.query.dim() === 3;
    // Where they are one and the same tensor, they stay one: they are projected in one product.
    const turn = (x: Tensor) => (turned ? x.transpose(1, 0) : x);
    const query = turn(given.query);
    const key = given.key === given.query ? query : turn(given.key);
    const value = given.value === given.key ? key : turn(given.value);
    const [output, weights] = multiHeadAttentionForward(
      query,
      key,
      value,
      this.embedDim,
      this.numHeads,
      this.in_proj_weight,
      this.in_proj_bias,
      this.bias_k,
      this.bias_v,
      this.addZeroAttn,
      this.dropout,
      this.out_proj.weight,
      this.out_proj.bias,
      {
        training: this.training,
        keyPaddingMask: given.keyPaddingMask,
        needWeights: given.needWeights,
        attnMask: given.attnMask,
        useSeparateProjWeight: !this._qkvSameEmbedDim,
        qProjWeight: this.q_proj_weight,
        kProjWeight: this.k_proj_weight,
        vProjWeight: this.v_proj_weight,
        averageAttnWeights: given.averageAttnWeights,
        isCausal: given.isCausal,
      },
    );
    return [turned ? output.transpose(1, 0) : output, weights];
  }

  /**
   * Both masks in one, in the form of what is added to the scores.
   *
   * @param attnMask `(L, L)`, `(N * numHeads, L, L)` or null.
   * @param keyPaddingMask `(N, L)` or null.
   * @param query `(N, L, E)`.
   * @returns The mask, and libtorch's number of its kind: 1 for `(N, L)`, 2 for
   * `(N, numHeads, L, L)`; null for none.
   */
  mergeMasks(
    attnMask: Tensor | null,
    keyPaddingMask: Tensor | null,
    query: Tensor,
  ): [mask: Tensor | null, kind: number | null] {
    if (attnMask === null) return keyPaddingMask === null ? [null, null] : [keyPaddingMask, 1];
    const [batch, length] = query.shape as [number, number];
    const pairs =
      attnMask.dim() === 3
        ? attnMask.view(batch, -1, length, length)
        : attnMask.view(1, 1, length, length).expand(batch, this.numHeads, -1, -1);
    if (keyPaddingMask === null) return [pairs, 2];
    const keys = keyPaddingMask.view(batch, 1, 1, length).expand(-1, this.numHeads, -1, -1);
    return [pairs.add(keys), 2];
  }
}
