import { describe } from '../../describe.js';
import { TorchError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, checkFlags, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import * as init from '../init.js';
import { Parameter } from '../parameter.js';
import { Module } from './module.js';
import { checkCounts, checkPair, checkTensor } from './utils.js';

/** What the recurrent cells take after their required arguments. */
export interface RNNCellBaseOptions extends FactoryOptions {
  /** Whether there are learnable biases. Default: true. */
  bias?: boolean;
}

/** What {@link RNNCell} takes after its required arguments. */
export interface RNNCellOptions extends RNNCellBaseOptions {
  /** The function of the step: `'tanh'` or `'relu'`. Default: `'tanh'`. */
  nonlinearity?: 'tanh' | 'relu';
}

interface CellArguments extends FactoryOptions {
  inputSize: number;
  hiddenSize: number;
  bias: boolean;
}

const defaults = { inputSize: required, hiddenSize: required, bias: true };
const rnnCell = new Signature<CellArguments & { nonlinearity: 'tanh' | 'relu' }>(
  'nn.RNNCell',
  { ...defaults, nonlinearity: 'tanh' },
  factoryDefaults,
);
const lstmCell = new Signature<CellArguments>('nn.LSTMCell', defaults, factoryDefaults);
const gruCell = new Signature<CellArguments>('nn.GRUCell', defaults, factoryDefaults);

type CellCall = Call<[inputSize: number, hiddenSize: number], [bias: boolean], RNNCellBaseOptions>;

const cellBase = new Signature<CellArguments & { numChunks: number }>(
  'nn.RNNCellBase',
  { inputSize: required, hiddenSize: required, bias: required, numChunks: required },
  factoryDefaults,
);

/**
 * What the recurrent cells share: their parameters. It has no `forward`.
 *
 * @param inputSize The size of each input.
 * @param hiddenSize The size of each hidden state.
 * @param bias Whether there are learnable biases.
 * @param numChunks How many rows of a weight belong to one hidden unit.
 *
 * @example
 * ```ts
 * new nn.LSTMCell(3, 4) instanceof nn.RNNCellBase; // true
 * ```
 */
export class RNNCellBase extends Module {
  inputSize: number;
  hiddenSize: number;
  /** Whether there are learnable biases. */
  bias: boolean;
  weight_ih: Parameter;
  weight_hh: Parameter;
  bias_ih: Parameter | null;
  bias_hh: Parameter | null;

  constructor(
    ...args: Call<
      [inputSize: number, hiddenSize: number, bias: boolean, numChunks: number],
      [],
      FactoryOptions
    >
  ) {
    super();
    const { inputSize, hiddenSize, bias, numChunks, device, dtype } = cellBase.bind(args);
    const where = `nn.${new.target.name}`;
    checkCounts(where, { inputSize, hiddenSize, numChunks });
    checkFlags(where, { bias });
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    const rows = numChunks * hiddenSize;
    const parameter = (...shape: number[]) =>
      new Parameter(operators.torch.empty(shape, { device, dtype }));
    this.weight_ih = parameter(rows, inputSize);
    this.weight_hh = parameter(rows, hiddenSize);
    this.bias_ih = bias ? parameter(rows) : null;
    this.bias_hh = bias ? parameter(rows) : null;
    this.resetParameters();
  }

  /** Draws new weights, as the constructor does: uniformly within `1 / sqrt(hiddenSize)`. */
  resetParameters(): void {
    const bound = this.hiddenSize > 0 ? 1 / Math.sqrt(this.hiddenSize) : 0;
    for (const weight of this.parameters()) init.uniform_(weight, -bound, bound);
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias ? '' : ', bias=False'}`;
  }
}

function checkDimensions(where: string, name: string, value: Tensor): void {
  if (value.ndim !== 1 && value.ndim !== 2) {
    throw new ValueError(`${where}: Expected ${name} to be 1D or 2D, got ${value.ndim}D instead`);
  }
}

/** A step of a cell: libtorch's function of input, states and weights. */
type Step = (...args: [Tensor, Tensor[], Tensor, Tensor, Tensor | null, Tensor | null]) => Tensor[];

/** Runs a step with a batch, whether or not the input has one. */
function step(
  cell: RNNCellBase,
  input: Tensor,
  given: readonly Tensor[] | null,
  count: number,
  compute: Step,
): Tensor[] {
  const where = cell._getName();
  checkTensor(where, 'input', input);
  checkDimensions(where, 'input', input);
  for (const [i, state] of (given ?? []).entries()) {
    checkDimensions(where, count > 1 ? `hx[${i}]` : 'hidden', state);
  }
  const isBatched = input.ndim === 2;
  const data = isBatched ? input : input.unsqueeze(0);
  const { dtype, device } = input;
  const zeros = () => operators.torch.zeros([data.size(0), cell.hiddenSize], { dtype, device });
  const states = given
    ? given.map((state) => (isBatched ? state : state.unsqueeze(0)))
    : new Array<Tensor>(count).fill(zeros());
  const { weight_ih, weight_hh, bias_ih, bias_hh } = cell;
  const result = compute(data, states, weight_ih, weight_hh, bias_ih, bias_hh);
  return isBatched ? result : result.map((state) => state.squeeze(0));
}

/** One step of a cell with a single state. */
function singleStep(
  cell: RNNCellBase,
  input: Tensor,
  hx: Tensor | null | undefined,
  operator: (
    input: Tensor,
    hx: Tensor,
    weightIh: Tensor,
    weightHh: Tensor,
    biasIh: Tensor | null,
    biasHh: Tensor | null,
  ) => Tensor,
): Tensor {
  if (hx !== null && hx !== undefined) checkTensor(cell._getName(), 'hx', hx);
  const [result] = step(cell, input, hx ? [hx] : null, 1, (data, [state], ...weights) => [
    operator(data, state as Tensor, ...weights),
  ]);
  return result as Tensor;
}

/**
 * One step of an {@link RNN}: `tanh(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)`.
 *
 * All parameters are drawn uniformly within `1 / sqrt(hiddenSize)`.
 *
 * @param inputSize The size of each input.
 * @param hiddenSize The size of each hidden state.
 *
 * Further arguments, by position or by name: {@link RNNCellOptions}.
 *
 * Shape: the input `(N, inputSize)` or `(inputSize)`, the hidden state and the result
 * `(N, hiddenSize)` or `(hiddenSize)`; the hidden state is zeros by default.
 *
 * State: `weight_ih` `(hiddenSize, inputSize)`, `weight_hh` `(hiddenSize, hiddenSize)` and, with
 * `bias`, `bias_ih` and `bias_hh` `(hiddenSize)`.
 *
 * @example
 * ```ts
 * const cell = new nn.RNNCell(10, 20);
 * let hx = torch.randn(3, 20);
 * for (const step of torch.randn(6, 3, 10)) hx = cell(step, hx);
 * hx.shape; // [3, 20]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.RNNCell.html
 */
export class RNNCell extends RNNCellBase {
  nonlinearity: 'tanh' | 'relu';

  constructor(
    ...args: Call<
      [inputSize: number, hiddenSize: number],
      [bias: boolean, nonlinearity: 'tanh' | 'relu'],
      RNNCellOptions
    >
  ) {
    const { nonlinearity, inputSize, hiddenSize, bias, ...factory } = rnnCell.bind(args);
    super(inputSize, hiddenSize, bias, 1, factory);
    this.nonlinearity = nonlinearity;
  }

  override forward(input: Tensor, hx?: Tensor | null): Tensor {
    const { rnnTanhCell, rnnReluCell } = operators.torch;
    if (this.nonlinearity !== 'tanh' && this.nonlinearity !== 'relu') {
      throw new TorchError(`Unknown nonlinearity: ${describe(this.nonlinearity)}`);
    }
    return singleStep(this, input, hx, this.nonlinearity === 'tanh' ? rnnTanhCell : rnnReluCell);
  }

  override extraRepr(): string {
    const { nonlinearity } = this;
    return super.extraRepr() + (nonlinearity === 'tanh' ? '' : `, nonlinearity=${nonlinearity}`);
  }
}

/**
 * One step of an {@link LSTM}.
 *
 * All parameters are drawn uniformly within `1 / sqrt(hiddenSize)`.
 *
 * @param inputSize The size of each input.
 * @param hiddenSize The size of each state.
 *
 * Further arguments, by position or by name: {@link RNNCellBaseOptions}.
 *
 * Shape: the input `(N, inputSize)` or `(inputSize)`; the states `[h, c]`, and those that come
 * back, each `(N, hiddenSize)` or `(hiddenSize)`, zeros by default.
 *
 * State: `weight_ih` `(4 * hiddenSize, inputSize)`, `weight_hh` `(4 * hiddenSize, hiddenSize)` and,
 * with `bias`, `bias_ih` and `bias_hh` `(4 * hiddenSize)`; the rows in the order `i, f, g, o`.
 *
 * @example
 * ```ts
 * const cell = new nn.LSTMCell(10, 20);
 * let [hx, cx] = cell(torch.randn(3, 10));
 * [hx, cx] = cell(torch.randn(3, 10), [hx, cx]);
 * console.log(hx.shape, cx.shape); // [3, 20] [3, 20]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
 */
export class LSTMCell extends RNNCellBase {
  constructor(...args: CellCall) {
    const { inputSize, hiddenSize, bias, ...factory } = lstmCell.bind(args);
    super(inputSize, hiddenSize, bias, 4, factory);
  }

  override forward(
    input: Tensor,
    hx?: readonly [h: Tensor, c: Tensor] | null,
  ): [h: Tensor, c: Tensor] {
    checkPair(this._getName(), hx);
    return step(this, input, hx ?? null, 2, operators.torch.lstmCell) as [Tensor, Tensor];
  }
}

/**
 * One step of a {@link GRU}.
 *
 * All parameters are drawn uniformly within `1 / sqrt(hiddenSize)`.
 *
 * @param inputSize The size of each input.
 * @param hiddenSize The size of each hidden state.
 *
 * Further arguments, by position or by name: {@link RNNCellBaseOptions}.
 *
 * Shape: as {@link RNNCell}'s.
 *
 * State: as {@link RNNCell}'s, with `3 * hiddenSize` rows in the order `r, z, n`.
 *
 * @example
 * ```ts
 * const cell = new nn.GRUCell(10, 20);
 * cell(torch.randn(3, 10), torch.randn(3, 20)).shape; // [3, 20]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GRUCell.html
 */
export class GRUCell extends RNNCellBase {
  constructor(...args: CellCall) {
    const { inputSize, hiddenSize, bias, ...factory } = gruCell.bind(args);
    super(inputSize, hiddenSize, bias, 3, factory);
  }

  override forward(input: Tensor, hx?: Tensor | null): Tensor {
    return singleStep(this, input, hx, operators.torch.gruCell);
  }
}
