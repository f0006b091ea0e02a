import { ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { floatRepr, repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import {
  type BagMode,
  type EmbeddingBagFunctionOptions,
  type EmbeddingFunctionOptions,
  embeddingBag,
  paddingRow,
  renormalizeRows,
} from '../functional/sparse.js';
import * as init from '../init.js';
import { Parameter } from '../parameter.js';
import { Module } from './module.js';
import { checkCounts, checkTensor } from './utils.js';

/** What {@link Embedding} takes after its required arguments. */
export interface EmbeddingOptions extends EmbeddingFunctionOptions, FactoryOptions {
  /** The table to start from, instead of a random one. Default: null. */
  _weight?: Tensor | null;
  /** Whether the table is not learned. Default: false. */
  _freeze?: boolean;
}

interface EmbeddingArguments extends FactoryOptions, Required<EmbeddingFunctionOptions> {
  numEmbeddings: number;
  embeddingDim: number;
  _weight: Tensor | null;
  _freeze: boolean;
}

const embedding = new Signature<EmbeddingArguments>(
  'nn.Embedding',
  {
    numEmbeddings: required,
    embeddingDim: required,
    paddingIdx: null,
    maxNorm: null,
    normType: 2,
    scaleGradByFreq: false,
    sparse: false,
  },
  { _weight: null, _freeze: false, ...factoryDefaults },
);

/** What {@link Embedding.fromPretrained} takes after its required argument. */
export interface FromPretrainedOptions extends EmbeddingFunctionOptions {
  /** Whether the table is not learned. Default: true. */
  freeze?: boolean;
}

interface FromPretrainedArguments extends Required<FromPretrainedOptions> {
  embeddings: Tensor;
}

const fromPretrained = new Signature<FromPretrainedArguments>('nn.Embedding.fromPretrained', {
  embeddings: required,
  freeze: true,
  paddingIdx: null,
  maxNorm: null,
  normType: 2,
  scaleGradByFreq: false,
  sparse: false,
});

/** Throws where a table to start from has another size. */
function checkTable(where: string, table: Tensor | null, size: readonly number[]): void {
  if (table && String(table.shape) !== String(size)) {
    throw new ValueError(
      `${where}: the shape [${table.shape}] of _weight does not match numEmbeddings and embeddingDim [${size}]`,
    );
  }
}

/** Draws the vectors of a table; the padding's is 0. */
function drawTable(weight: Parameter, paddingIdx: number | null): void {
  init.normal_(weight);
  if (paddingIdx !== null) noGrad(() => weight.select(0, paddingIdx).zero_());
}

/** The rows and columns of a table that exists already. */
function tableSize(where: string, embeddings: Tensor): [rows: number, columns: number] {
  checkTensor(where, 'embeddings', embeddings);
  if (embeddings.dim() !== 2) {
    throw new ValueError(
      `${where}: embeddings is expected to be 2-dimensional, got ${embeddings.dim()}D`,
    );
  }
  return embeddings.shape as [number, number];
}

/**
 * A table of learned vectors, looked up by their indices. The vectors are drawn from the standard
 * normal distribution; that of `paddingIdx` is 0.
 *
 * @param numEmbeddings How many vectors there are.
 * @param embeddingDim The size of each.
 *
 * Further arguments, by position or by name: {@link EmbeddingOptions}.
 *
 * Shape: `(*)`, int32 or int64, to `(*, embeddingDim)`.
 *
 * State: `weight` `(numEmbeddings, embeddingDim)`.
 *
 * @example
 * ```ts
 * const embedding = new nn.Embedding(10, 3);
 * embedding(torch.tensor([[1n, 2n, 4n, 5n], [4n, 3n, 2n, 9n]])).shape; // [2, 4, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html
 */
export class Embedding extends Module {
  numEmbeddings: number;
  embeddingDim: number;
  paddingIdx: number | null;
  maxNorm: number | null;
  normType: number;
  scaleGradByFreq: boolean;
  sparse: boolean;
  weight: Parameter;

  constructor(
    ...args: Call<
      [numEmbeddings: number, embeddingDim: number],
      [
        paddingIdx: number | null,
        maxNorm: number | null,
        normType: number,
        scaleGradByFreq: boolean,
        sparse: boolean,
      ],
      EmbeddingOptions
    >
  ) {
    super();
    const given = embedding.bind(args);
    const { numEmbeddings, embeddingDim, paddingIdx, device, dtype } = given;
    checkCounts(embedding.where, { numEmbeddings, embeddingDim });
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx =
      paddingIdx === null ? null : paddingRow(embedding.where, paddingIdx, numEmbeddings);
    this.maxNorm = given.maxNorm;
    this.normType = given.normType;
    this.scaleGradByFreq = given.scaleGradByFreq;
    this.sparse = given.sparse;
    const size = [numEmbeddings, embeddingDim];
    checkTable(embedding.where, given._weight, size);
    const table = given._weight ?? operators.torch.empty(size, { device, dtype });
    this.weight = new Parameter(table, !given._freeze);
    if (!given._weight) this.resetParameters();
  }

  /** Draws new vectors. */
  resetParameters(): void {
    drawTable(this.weight, this.paddingIdx);
  }

  override forward(input: Tensor): Tensor {
    const { weight, maxNorm } = this;
    let indices = input;
    if (maxNorm !== null) {
      indices = input.contiguous();
      renormalizeRows(weight, indices, maxNorm, this.normType);
    }
    const padding = this.paddingIdx ?? -1;
    return operators.torch.embedding(weight, indices, padding, this.scaleGradByFreq, this.sparse);
  }

  override extraRepr(): string {
    let text = `${this.numEmbeddings}, ${this.embeddingDim}`;
    if (this.paddingIdx !== null) text += `, padding_idx=${this.paddingIdx}`;
    if (this.maxNorm !== null) text += `, max_norm=${repr(this.maxNorm)}`;
    if (this.normType !== 2) text += `, norm_type=${floatRepr(this.normType)}`;
    if (this.scaleGradByFreq) text += ', scale_grad_by_freq=True';
    if (this.sparse) text += ', sparse=True';
    return text;
  }

  /**
   * An embedding of vectors that exist already.
   *
   * @param embeddings The vectors, `(numEmbeddings, embeddingDim)`; their memory is shared.
   * @param freeze Whether they are not learned. Default: true.
   *
   * Further arguments, by position or by name: {@link FromPretrainedOptions}.
   *
   * @example
   * ```ts
   * const weight = torch.tensor([[1, 2.3, 3], [4, 5.1, 6.3]]);
   * const embedding = nn.Embedding.fromPretrained(weight);
   * embedding(torch.tensor([1n])); // tensor([[4.0000, 5.1000, 6.3000]])
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html#torch.nn.Embedding.from_pretrained
   */
  static fromPretrained(
    ...args: Call<
      [embeddings: Tensor],
      [
        freeze: boolean,
        paddingIdx: number | null,
        maxNorm: number | null,
        normType: number,
        scaleGradByFreq: boolean,
        sparse: boolean,
      ],
      FromPretrainedOptions
    >
  ): Embedding {
    const { embeddings, freeze, ...options } = fromPretrained.bind(args);
    const [rows, columns] = tableSize(fromPretrained.where, embeddings);
    return new Embedding(rows, columns, { ...options, _weight: embeddings, _freeze: freeze });
  }
}

/** What {@link EmbeddingBag} takes after its required arguments. */
export interface EmbeddingBagOptions
  extends Omit<EmbeddingBagFunctionOptions, 'offsets' | 'perSampleWeights'>,
    FactoryOptions {
  /** The table to start from, instead of a random one. Default: null. */
  _weight?: Tensor | null;
}

interface EmbeddingBagArguments extends Required<Omit<EmbeddingBagOptions, keyof FactoryOptions>> {
  numEmbeddings: number;
  embeddingDim: number;
  device?: FactoryOptions['device'];
  dtype?: FactoryOptions['dtype'];
}

const embeddingBagLayer = new Signature<EmbeddingBagArguments>(
  'nn.EmbeddingBag',
  {
    numEmbeddings: required,
    embeddingDim: required,
    maxNorm: null,
    normType: 2,
    scaleGradByFreq: false,
    mode: 'mean',
    sparse: false,
    _weight: null,
    includeLastOffset: false,
    paddingIdx: null,
  },
  factoryDefaults,
);

/** What {@link EmbeddingBag.fromPretrained} takes after its required argument. */
export interface BagFromPretrainedOptions
  extends Omit<EmbeddingBagFunctionOptions, 'offsets' | 'perSampleWeights'> {
  /** Whether the table is not learned. Default: true. */
  freeze?: boolean;
}

const bagFromPretrained = new Signature<
  Required<BagFromPretrainedOptions> & { embeddings: Tensor }
>('nn.EmbeddingBag.fromPretrained', {
  embeddings: required,
  freeze: true,
  maxNorm: null,
  normType: 2,
  scaleGradByFreq: false,
  mode: 'mean',
  sparse: false,
  includeLastOffset: false,
  paddingIdx: null,
});

/**
 * The sum, mean or maximum of bags of learned vectors, without the vectors in between: an
 * {@link Embedding} followed by a reduction, in less time and memory.
 *
 * @param numEmbeddings How many vectors there are.
 * @param embeddingDim The size of each.
 *
 * Further arguments, by position or by name: {@link EmbeddingBagOptions}.
 *
 * `forward(input, offsets, perSampleWeights)` takes indices (int32 or int64) `(B, N)`, or `(N)` with
 * the offsets `(B)` at which bags begin, and for the mode `'sum'` weights of the input's shape.
 *
 * Shape: to `(B, embeddingDim)`; an empty bag gives zeros.
 *
 * State: `weight` `(numEmbeddings, embeddingDim)`.
 *
 * @example
 * ```ts
 * const bag = new nn.EmbeddingBag(10, 3, { mode: 'sum' });
 * const input = torch.tensor([1n, 2n, 4n, 5n, 4n, 3n, 2n, 9n]);
 * bag(input, torch.tensor([0n, 4n])).shape; // [2, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html
 */
export class EmbeddingBag extends Module {
  numEmbeddings: number;
  embeddingDim: number;
  maxNorm: number | null;
  normType: number;
  scaleGradByFreq: boolean;
  paddingIdx: number | null;
  weight: Parameter;
  mode: BagMode;
  sparse: boolean;
  includeLastOffset: boolean;

  constructor(
    ...args: Call<
      [numEmbeddings: number, embeddingDim: number],
      [
        maxNorm: number | null,
        normType: number,
        scaleGradByFreq: boolean,
        mode: BagMode,
        sparse: boolean,
        _weight: Tensor | null,
        includeLastOffset: boolean,
        paddingIdx: number | null,
      ],
      EmbeddingBagOptions
    >
  ) {
    super();
    const given = embeddingBagLayer.bind(args);
    const { numEmbeddings, embeddingDim, paddingIdx, device, dtype } = given;
    const { where } = embeddingBagLayer;
    checkCounts(where, { numEmbeddings, embeddingDim });
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.maxNorm = given.maxNorm;
    this.normType = given.normType;
    this.scaleGradByFreq = given.scaleGradByFreq;
    this.paddingIdx = paddingIdx === null ? null : paddingRow(where, paddingIdx, numEmbeddings);
    const size = [numEmbeddings, embeddingDim];
    checkTable(where, given._weight, size);
    this.weight = new Parameter(given._weight ?? operators.torch.empty(size, { device, dtype }));
    this.mode = given.mode;
    this.sparse = given.sparse;
    this.includeLastOffset = given.includeLastOffset;
    if (!given._weight) this.resetParameters();
  }

  /** Draws new vectors. */
  resetParameters(): void {
    drawTable(this.weight, this.paddingIdx);
  }

  override forward(
    input: Tensor,
    offsets: Tensor | null = null,
    perSampleWeights: Tensor | null = null,
  ): Tensor {
    const { maxNorm, normType, scaleGradByFreq, mode, sparse, includeLastOffset, paddingIdx } =
      this;
    return embeddingBag(input, this.weight, {
      offsets,
      maxNorm,
      normType,
      scaleGradByFreq,
      mode,
      sparse,
      perSampleWeights,
      includeLastOffset,
      paddingIdx,
    });
  }

  override extraRepr(): string {
    let text = `${this.numEmbeddings}, ${this.embeddingDim}`;
    if (this.maxNorm !== null) text += `, max_norm=${repr(this.maxNorm)}`;
    if (this.normType !== 2) text += `, norm_type=${floatRepr(this.normType)}`;
    if (this.scaleGradByFreq) text += ', scale_grad_by_freq=True';
    text += `, mode=${repr(this.mode)}`;
    if (this.paddingIdx !== null) text += `, padding_idx=${this.paddingIdx}`;
    return text;
  }

  /**
   * An embedding bag of vectors that exist already.
   *
   * @param embeddings The vectors, `(numEmbeddings, embeddingDim)`; their memory is shared.
   * @param freeze Whether they are not learned. Default: true.
   *
   * Further arguments, by position or by name: {@link BagFromPretrainedOptions}.
   *
   * @example
   * ```ts
   * const weight = torch.tensor([[1, 2.3, 3], [4, 5.1, 6.3]]);
   * const bag = nn.EmbeddingBag.fromPretrained(weight);
   * bag(torch.tensor([[1n, 0n]])); // tensor([[2.5000, 3.7000, 4.6500]])
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html#torch.nn.EmbeddingBag.from_pretrained
   */
  static fromPretrained(
    ...args: Call<
      [embeddings: Tensor],
      [
        freeze: boolean,
        maxNorm: number | null,
        normType: number,
        scaleGradByFreq: boolean,
        mode: BagMode,
        sparse: boolean,
        includeLastOffset: boolean,
        paddingIdx: number | null,
      ],
      BagFromPretrainedOptions
    >
  ): EmbeddingBag {
    const { embeddings, freeze, ...options } = bagFromPretrained.bind(args);
    const [rows, columns] = tableSize(bagFromPretrained.where, embeddings);
    const bag = new EmbeddingBag(rows, columns, { ...options, _weight: embeddings });
    bag.weight.requiresGrad = !freeze;
    return bag;
  }
}
