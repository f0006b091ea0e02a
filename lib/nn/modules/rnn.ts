import { describe } from '../../describe.js';
import { TorchError, ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, checkFlags, required, Signature } from '../../options.js';
import { floatRepr, repr } from '../../python-repr.js';
import { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import * as init from '../init.js';
import { Parameter } from '../parameter.js';
import { PackedSequence } from '../utils/rnn.js';
import { Module } from './module.js';
import { checkCounts, checkPair, checkTensor } from './utils.js';

/** What a recurrent layer computes: which of libtorch's functions. */
export type RNNMode = 'LSTM' | 'GRU' | 'RNN_TANH' | 'RNN_RELU';

/** What the recurrent layers take after their required arguments. */
export interface RNNBaseOptions extends FactoryOptions {
  /** How many layers are stacked, each on the outputs of the one below. Default: 1. */
  numLayers?: number;
  /** Whether there are learnable biases. Default: true. */
  bias?: boolean;
  /** Whether the batch is the first dimension of input and output. Default: false. */
  batchFirst?: boolean;
  /** The probability of dropout on the outputs of each layer but the last. Default: 0. */
  dropout?: number;
  /** Whether a second layer runs from the end, its outputs beside the first's. Default: false. */
  bidirectional?: boolean;
}

/** What {@link RNN} takes after its required arguments. */
export interface RNNOptions extends RNNBaseOptions {
  /** The function of each step: `'tanh'` or `'relu'`. Default: `'tanh'`. */
  nonlinearity?: 'tanh' | 'relu';
}

/** What {@link LSTM} takes after its required arguments. */
export interface LSTMOptions extends RNNBaseOptions {
  /** The size to which each hidden state is projected; 0 is no projection. Default: 0. */
  projSize?: number;
}

interface RNNArguments
  extends Required<Omit<RNNBaseOptions, keyof FactoryOptions>>,
    FactoryOptions {
  inputSize: number;
  hiddenSize: number;
}

type RNNBaseArguments = RNNArguments & { mode: RNNMode; projSize: number };

const sizeDefaults = { inputSize: required, hiddenSize: required, numLayers: 1 };
const flagDefaults = { bias: true, batchFirst: false, dropout: 0, bidirectional: false };

const base = new Signature<RNNBaseArguments>(
  'nn.RNNBase',
  { mode: required, ...sizeDefaults, ...flagDefaults, projSize: 0 },
  factoryDefaults,
);
const rnn = new Signature<RNNArguments & { nonlinearity: 'tanh' | 'relu' }>(
  'nn.RNN',
  { ...sizeDefaults, nonlinearity: 'tanh', ...flagDefaults },
  factoryDefaults,
);
const lstm = new Signature<RNNArguments & { projSize: number }>(
  'nn.LSTM',
  { ...sizeDefaults, ...flagDefaults, projSize: 0 },
  factoryDefaults,
);
const gru = new Signature<RNNArguments>(
  'nn.GRU',
  { ...sizeDefaults, ...flagDefaults },
  factoryDefaults,
);

/** How many rows of a weight belong to one hidden unit. */
const gates: Record<RNNMode, number> = { LSTM: 4, GRU: 3, RNN_TANH: 1, RNN_RELU: 1 };
/** cuDNN's numbers of the modes. */
const cudnnModes: Record<RNNMode, number> = { RNN_RELU: 0, RNN_TANH: 1, LSTM: 2, GRU: 3 };

/** What the operators of one mode take, beside the data. */
type RecurrentOperator = (...args: unknown[]) => Tensor[];

const operatorOf = (mode: RNNMode): RecurrentOperator => {
  const { lstm, gru, rnnTanh, rnnRelu } = operators.torch;
  return { LSTM: lstm, GRU: gru, RNN_TANH: rnnTanh, RNN_RELU: rnnRelu }[mode] as RecurrentOperator;
};

function check(where: string, given: RNNBaseArguments): void {
  const { mode, inputSize, hiddenSize, numLayers, dropout, projSize } = given;
  const { bias, batchFirst, bidirectional } = given;
  if (typeof dropout !== 'number' || !(dropout >= 0 && dropout <= 1)) {
    throw new ValueError(
      `${where}: dropout should be a number in range [0, 1] representing the probability of an element being zeroed, got ${describe(dropout)}`,
    );
  }
  checkFlags(where, { bias, batchFirst, bidirectional });
  checkCounts(where, { inputSize, hiddenSize, numLayers, projSize });
  for (const [name, size] of Object.entries({ inputSize, hiddenSize, numLayers })) {
    if (size === 0) throw new ValueError(`${where}: ${name} must be greater than zero`);
  }
  if (projSize >= hiddenSize) {
    throw new ValueError(
      `${where}: projSize has to be smaller than hiddenSize, got ${projSize} and ${hiddenSize}`,
    );
  }
  if (!(mode in gates)) throw new ValueError(`Unrecognized RNN mode: ${mode}`);
  if (dropout > 0 && numLayers === 1) {
    warn(
      `dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects numLayers greater than 1, but got dropout=${dropout} and numLayers=1`,
    );
  }
}

/**
 * What the recurrent layers share: their parameters, and how they run. It has no `forward`.
 *
 * @param mode `'LSTM'`, `'GRU'`, `'RNN_TANH'` or `'RNN_RELU'`.
 * @param inputSize The size of each input.
 * @param hiddenSize The size of each hidden state.
 *
 * Further arguments, by position or by name: those of {@link LSTM}.
 *
 * @example
 * ```ts
 * new nn.LSTM(3, 4) instanceof nn.RNNBase; // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.RNNBase.html
 */
export class RNNBase extends Module {
  mode: RNNMode;
  inputSize: number;
  hiddenSize: number;
  numLayers: number;
  /** Whether there are learnable biases. */
  bias: boolean;
  batchFirst: boolean;
  dropout: number;
  bidirectional: boolean;
  projSize: number;

  constructor(
    ...args: Call<
      [mode: RNNMode, inputSize: number, hiddenSize: number],
      [
        numLayers: number,
        bias: boolean,
        batchFirst: boolean,
        dropout: number,
        bidirectional: boolean,
        projSize: number,
      ],
      LSTMOptions
    >
  ) {
    super();
    const given = base.bind(args);
    check(`nn.${new.target.name}`, given);
    this.mode = given.mode;
    this.inputSize = given.inputSize;
    this.hiddenSize = given.hiddenSize;
    this.numLayers = given.numLayers;
    this.bias = given.bias;
    this.batchFirst = given.batchFirst;
    this.dropout = given.dropout;
    this.bidirectional = given.bidirectional;
    this.projSize = given.projSize;
    const { device, dtype } = given;
    for (const [name, shape] of layerShapes(this).flat()) {
      this[name] = new Parameter(operators.torch.empty(shape, { device, dtype }));
    }
    this.flattenParameters();
    this.resetParameters();
  }

  /** The parameters of each layer and direction. */
  get allWeights(): Parameter[][] {
    return layerShapes(this).map((shapes) => shapes.map(([name]) => this[name] as Parameter));
  }

  /** Draws new weights, as the constructor does: uniformly within `1 / sqrt(hiddenSize)`. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const weight of this.parameters()) init.uniform_(weight, -bound, bound);
  }

  /**
   * Puts the parameters into one block of memory, in which cuDNN is faster. It does nothing on the
   * CPU, and is called by itself where the module moves to a GPU.
   */
  flattenParameters(): void {
    const weights = this.allWeights.flat();
    const [first] = weights;
    const isFit = (weight: unknown) =>
      weight instanceof Tensor && weight.isCuda && weight.dtype === first?.dtype;
    if (!weights.every(isFit) || !operators.torch._useCudnnRnnFlattenWeight()) return;
    // Where weights are shared, cuDNN copies.
    if (new Set(weights.map((weight) => weight.dataPtr())).size < weights.length) return;
    noGrad(() =>
      operators.torch._cudnnRnnFlattenWeight(
        weights,
        (this.bias ? 4 : 2) + (this.projSize > 0 ? 1 : 0),
        this.inputSize,
        cudnnModes[this.mode],
        this.hiddenSize,
        this.projSize,
        this.numLayers,
        this.batchFirst,
        this.bidirectional,
      ),
    );
  }

  /** @internal */
  override _apply(change: (tensor: Tensor) => Tensor, recurse = true): this {
    super._apply(change, recurse);
    this.flattenParameters();
    return this;
  }

  override extraRepr(): string {
    const { inputSize, hiddenSize, projSize, numLayers, dropout } = this;
    return [
      `${inputSize}, ${hiddenSize}`,
      projSize === 0 ? '' : `, proj_size=${projSize}`,
      numLayers === 1 ? '' : `, num_layers=${numLayers}`,
      this.bias ? '' : ', bias=False',
      this.batchFirst ? ', batch_first=True' : '',
      dropout === 0 ? '' : `, dropout=${floatRepr(dropout)}`,
      this.bidirectional ? ', bidirectional=True' : '',
    ].join('');
  }
}

export interface RNNBase {
  [weight: `weight_${string}`]: Parameter;
  [bias: `bias_${string}`]: Parameter;
}

/** The names and shapes of the parameters of each layer and direction. */
function layerShapes(
  module: RNNBase,
): [name: `weight_${string}` | `bias_${string}`, shape: number[]][][] {
  const { mode, inputSize, hiddenSize, numLayers, bias, bidirectional, projSize } = module;
  const rows = gates[mode] * hiddenSize;
  const outputSize = projSize || hiddenSize;
  const suffixes = bidirectional ? ['', '_reverse'] : [''];
  const layers = Array.from({ length: numLayers }, (_, layer) => layer);
  return layers.flatMap((layer) =>
    suffixes.map((direction) => {
      const columns = layer === 0 ? inputSize : outputSize * suffixes.length;
      const suffix = `l${layer}${direction}`;
      const shapes: ReturnType<typeof layerShapes>[number] = [
        [`weight_ih_${suffix}`, [rows, columns]],
        [`weight_hh_${suffix}`, [rows, outputSize]],
      ];
      if (bias) shapes.push([`bias_ih_${suffix}`, [rows]], [`bias_hh_${suffix}`, [rows]]);
      if (projSize > 0) shapes.push([`weight_hr_${suffix}`, [projSize, hiddenSize]]);
      return shapes;
    }),
  );
}

/** What goes into one run of a layer, all of it with a batch. */
interface Prepared {
  data: Tensor;
  batchSizes: Tensor | null;
  states: Tensor[];
}

const plural = (states: readonly Tensor[]) => (states.length > 1 ? 'hx and cx' : 'hx');
const dimensions = (states: readonly Tensor[]) => states.map((state) => `${state.ndim}-D`);

/** Checks and reshapes an input that is no packed sequence. */
function prepareTensor(module: RNNBase, input: Tensor, given: readonly Tensor[] | null): Prepared {
  if (input.ndim !== 2 && input.ndim !== 3) {
    throw new ValueError(
      `${module._getName()}: Expected input to be 2D or 3D, got ${input.ndim}D instead`,
    );
  }
  const isBatched = input.ndim === 3;
  if (given?.some((state) => state.ndim !== input.ndim)) {
    const kind = isBatched ? 'batched' : 'unbatched';
    throw new TorchError(
      `For ${kind} ${input.ndim}-D input, ${plural(given)} should also be ${input.ndim}-D but got ${dimensions(given).join(', ')}`,
    );
  }
  const batchDim = module.batchFirst ? 0 : 1;
  const data = isBatched ? input : input.unsqueeze(batchDim);
  const states = isBatched ? given : given?.map((state) => state.unsqueeze(1));
  return prepare(module, data, null, data.size(batchDim), states ?? null);
}

function preparePacked(
  module: RNNBase,
  { data, batchSizes, sortedIndices }: PackedSequence,
  given: readonly Tensor[] | null,
): Prepared {
  if (given?.some((state) => state.ndim !== 3)) {
    throw new TorchError(
      `For a packed sequence, ${plural(given)} should be 3-D but got ${dimensions(given).join(', ')}`,
    );
  }
  const batch = batchSizes.select(0, 0).item();
  const states = sortedIndices ? given?.map((state) => state.indexSelect(1, sortedIndices)) : given;
  return prepare(module, data, batchSizes, batch, states ?? null);
}

function prepare(
  module: RNNBase,
  data: Tensor,
  batchSizes: Tensor | null,
  batch: number,
  given: readonly Tensor[] | null,
): Prepared {
  const { inputSize, hiddenSize, numLayers, projSize, bidirectional, mode } = module;
  const [weight] = module.allWeights[0] as [Parameter];
  if (data.dtype !== weight.dtype) {
    throw new ValueError(
      `RNN input dtype (${data.dtype}) does not match weight dtype (${weight.dtype}). Convert input: input.to(${weight.dtype}), or convert model: model.to(${data.dtype})`,
    );
  }
  const dims = batchSizes ? 2 : 3;
  if (data.ndim !== dims) {
    throw new TorchError(`input must have ${dims} dimensions, got ${data.ndim}`);
  }
  if (data.size(-1) !== inputSize) {
    throw new TorchError(
      `input.size(-1) must be equal to inputSize. Expected ${inputSize}, got ${data.size(-1)}`,
    );
  }
  const layers = numLayers * (bidirectional ? 2 : 1);
  const sizes = mode === 'LSTM' ? [projSize || hiddenSize, hiddenSize] : [hiddenSize];
  const shapes = sizes.map((size) => [layers, batch, size]);
  const { dtype, device } = data;
  if (!given) {
    const states = shapes.map((shape) => operators.torch.zeros(shape, { dtype, device }));
    return { data, batchSizes, states };
  }
  for (const [i, state] of given.entries()) {
    if (repr(state.shape) === repr(shapes[i])) continue;
    const name = given.length > 1 ? `hidden[${i}]` : 'hidden';
    throw new TorchError(
      `Expected ${name} size ${repr(shapes[i])}, got [${state.shape.join(', ')}]`,
    );
  }
  return { data, batchSizes, states: [...given] };
}

/** Runs a layer; gives its outputs and its last states. */
function run<Input extends Tensor | PackedSequence>(
  module: RNNBase,
  input: Input,
  given: readonly Tensor[] | null,
): [output: Input, states: Tensor[]] {
  const packed = input instanceof PackedSequence ? input : null;
  if (!packed) checkTensor(module._getName(), 'input', input);
  const { data, batchSizes, states } = packed
    ? preparePacked(module, packed, given)
    : prepareTensor(module, input as Tensor, given);
  const { mode, bias, numLayers, dropout, training, bidirectional, batchFirst } = module;
  const hidden = mode === 'LSTM' ? states : states[0];
  const weights = module.allWeights.flat();
  const options = [bias, numLayers, dropout, training, bidirectional];
  const operator = operatorOf(mode);
  const [output, ...last] = (
    batchSizes
      ? operator(data, batchSizes, hidden, weights, ...options)
      : operator(data, hidden, weights, ...options, batchFirst)
  ) as [Tensor, ...Tensor[]];
  if (packed) {
    const { sortedIndices, unsortedIndices } = packed;
    const unsorted = unsortedIndices
      ? last.map((state) => state.indexSelect(1, unsortedIndices))
      : last;
    const sequences = new PackedSequence(output, packed.batchSizes, sortedIndices, unsortedIndices);
    return [sequences as Input, unsorted];
  }
  if ((input as Tensor).ndim === 3) return [output as Input, last];
  const flat = output.squeeze(batchFirst ? 0 : 1);
  return [flat as Input, last.map((state) => state.squeeze(1))];
}

/** The only state of an RNN or a GRU. */
function singleState(module: RNNBase, hx: Tensor | null | undefined): Tensor[] | null {
  if (hx === null || hx === undefined) return null;
  checkTensor(module._getName(), 'hx', hx);
  return [hx];
}

type RecurrentCall<Options, Extra extends unknown[] = []> = Call<
  [inputSize: number, hiddenSize: number],
  [
    numLayers: number,
    bias: boolean,
    batchFirst: boolean,
    dropout: number,
    bidirectional: boolean,
    ...Extra,
  ],
  Options
>;

/**
 * A recurrent layer of Elman's kind: each step computes
 * `h = tanh(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)` of the step's input `x` and the
 * last `h`.
 *
 * All parameters are drawn uniformly within `1 / sqrt(hiddenSize)`.
 *
 * @param inputSize The size H_in of each input.
 * @param hiddenSize The size H of each hidden state.
 *
 * Further arguments, by position or by name: {@link RNNOptions}; `nonlinearity` stands behind
 * `numLayers`.
 *
 * Shape, with N the batch, L the length and D the directions: the input `(L, N, H_in)`, with
 * `batchFirst` `(N, L, H_in)`, without a batch `(L, H_in)`, or a PackedSequence; the first hidden
 * state `(D * numLayers, N, H)`, without a batch `(D * numLayers, H)`, zeros by default. The output
 * is as the input, of size `D * H`; the last hidden state is as the first.
 *
 * State, for each layer `k`: `weight_ih_lk` `(H, H_in)`, from the second layer on `(H, D * H)`,
 * `weight_hh_lk` `(H, H)` and, with `bias`, `bias_ih_lk` and `bias_hh_lk` `(H)`; with
 * `bidirectional` also `weight_ih_lk_reverse` and so on.
 *
 * @example
 * ```ts
 * const rnn = new nn.RNN(10, 20, 2);
 * const [output, hn] = rnn(torch.randn(5, 3, 10), torch.randn(2, 3, 20));
 * console.log(output.shape, hn.shape); // [5, 3, 20] [2, 3, 20]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.RNN.html
 */
export class RNN extends RNNBase {
  nonlinearity: 'tanh' | 'relu';

  constructor(
    ...args: Call<
      [inputSize: number, hiddenSize: number],
      [
        numLayers: number,
        nonlinearity: 'tanh' | 'relu',
        bias: boolean,
        batchFirst: boolean,
        dropout: number,
        bidirectional: boolean,
      ],
      RNNOptions
    >
  ) {
    const { nonlinearity, inputSize, hiddenSize, ...options } = rnn.bind(args);
    if (nonlinearity !== 'tanh' && nonlinearity !== 'relu') {
      throw new ValueError(
        `Unknown nonlinearity ${describe(nonlinearity)}. Select from 'tanh' or 'relu'.`,
      );
    }
    super(nonlinearity === 'tanh' ? 'RNN_TANH' : 'RNN_RELU', inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  override forward<Input extends Tensor | PackedSequence>(
    input: Input,
    hx?: Tensor | null,
  ): [output: Input, hn: Tensor] {
    const [output, states] = run(this, input, singleState(this, hx));
    return [output, states[0] as Tensor];
  }
}

export interface RNN {
  (input: Tensor, hx?: Tensor | null): [output: Tensor, hn: Tensor];
  (input: PackedSequence, hx?: Tensor | null): [output: PackedSequence, hn: Tensor];
}

/**
 * A recurrent layer of long short-term memory. Each step computes the gates `i`, `f` and `o` with
 * a sigmoid and `g` with tanh, each of the step's input and the last hidden state with weights of
 * its own, and then the cell `c = f * c + i * g` and the hidden state `h = o * tanh(c)`; with
 * `projSize`, `h` is multiplied by `weight_hr`.
 *
 * All parameters are drawn uniformly within `1 / sqrt(hiddenSize)`.
 *
 * @param inputSize The size H_in of each input.
 * @param hiddenSize The size H of each cell.
 *
 * Further arguments, by position or by name: {@link LSTMOptions}.
 *
 * Shape, with N the batch, L the length, D the directions and P `projSize` or else H: the input
 * `(L, N, H_in)`, with `batchFirst` `(N, L, H_in)`, without a batch `(L, H_in)`, or a
 * PackedSequence; the first states, as `[h, c]`, `(D * numLayers, N, P)` and
 * `(D * numLayers, N, H)`, without a batch `(D * numLayers, P)` and `(D * numLayers, H)`, zeros by
 * default. The output is as the input, of size `D * P`; the last states are as the first.
 *
 * State, for each layer `k`, the rows in the order `i, f, g, o`: `weight_ih_lk` `(4 * H, H_in)`,
 * from the second layer on `(4 * H, D * P)`, `weight_hh_lk` `(4 * H, P)` and, with `bias`,
 * `bias_ih_lk` and `bias_hh_lk` `(4 * H)`; with `projSize` `weight_hr_lk` `(P, H)`; with
 * `bidirectional` also `weight_ih_lk_reverse` and so on.
 *
 * @example
 * ```ts
 * const lstm = new nn.LSTM(10, 20, { numLayers: 2, bidirectional: true });
 * const [output, [hn, cn]] = lstm(torch.randn(5, 3, 10));
 * console.log(output.shape, hn.shape, cn.shape); // [5, 3, 40] [4, 3, 20] [4, 3, 20]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 */
export class LSTM extends RNNBase {
  constructor(...args: RecurrentCall<LSTMOptions, [projSize: number]>) {
    const { inputSize, hiddenSize, ...options } = lstm.bind(args);
    super('LSTM', inputSize, hiddenSize, options);
  }

  override forward<Input extends Tensor | PackedSequence>(
    input: Input,
    hx?: readonly [h: Tensor, c: Tensor] | null,
  ): [output: Input, states: [hn: Tensor, cn: Tensor]] {
    checkPair(this._getName(), hx);
    const [output, states] = run(this, input, hx ?? null);
    return [output, states as [Tensor, Tensor]];
  }
}

export interface LSTM {
  (
    input: Tensor,
    hx?: readonly [h: Tensor, c: Tensor] | null,
  ): [output: Tensor, states: [hn: Tensor, cn: Tensor]];
  (
    input: PackedSequence,
    hx?: readonly [h: Tensor, c: Tensor] | null,
  ): [output: PackedSequence, states: [hn: Tensor, cn: Tensor]];
}

/**
 * A recurrent layer of gated units. Each step computes the gates `r` and `z` with a sigmoid of the
 * step's input and the last hidden state, each with weights of its own, then
 * `n = tanh(x @ W_in.T + b_in + r * (h @ W_hn.T + b_hn))` and `h = (1 - z) * n + z * h`.
 *
 * All parameters are drawn uniformly within `1 / sqrt(hiddenSize)`.
 *
 * @param inputSize The size H_in of each input.
 * @param hiddenSize The size H of each hidden state.
 *
 * Further arguments, by position or by name: {@link RNNBaseOptions}.
 *
 * Shape: as {@link RNN}'s.
 *
 * State: as {@link RNN}'s, with `3 * H` rows in the order `r, z, n`.
 *
 * @example
 * ```ts
 * const gru = new nn.GRU(10, 20, { batchFirst: true });
 * const [output, hn] = gru(torch.randn(3, 5, 10));
 * console.log(output.shape, hn.shape); // [3, 5, 20] [1, 3, 20]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GRU.html
 */
export class GRU extends RNNBase {
  constructor(...args: RecurrentCall<RNNBaseOptions>) {
    const { inputSize, hiddenSize, ...options } = gru.bind(args);
    super('GRU', inputSize, hiddenSize, options);
  }

  override forward<Input extends Tensor | PackedSequence>(
    input: Input,
    hx?: Tensor | null,
  ): [output: Input, hn: Tensor] {
    const [output, states] = run(this, input, singleState(this, hx));
    return [output, states[0] as Tensor];
  }
}

export interface GRU {
  (input: Tensor, hx?: Tensor | null): [output: Tensor, hn: Tensor];
  (input: PackedSequence, hx?: Tensor | null): [output: PackedSequence, hn: Tensor];
}
