import { TorchError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';

/** Throws where a channel has only one element, whose variance is 0. @internal */
export function checkBatchSize(shape: readonly number[]): void {
  let perChannel = shape[0] as number;
  for (let d = 2; d < shape.length; d++) perChannel *= shape[d] as number;
  if (perChannel === 1) {
    throw new ValueError(
      `Expected more than 1 value per channel when training, got input size [${shape.join(', ')}]`,
    );
  }
}

/** What {@link batchNorm} takes after its required arguments. */
export interface BatchNormFunctionOptions {
  /** What the result is multiplied by, `(C)`. Default: null. */
  weight?: Tensor | null;
  /** What is added to the result, `(C)`. Default: null. */
  bias?: Tensor | null;
  /** Whether the batch's own statistics are used, and kept in the running ones. Default: false. */
  training?: boolean;
  /** The batch's share in the running statistics. Default: 0.1. */
  momentum?: number;
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
}

interface BatchNormArguments {
  input: Tensor;
  runningMean: Tensor | null;
  runningVar: Tensor | null;
  weight: Tensor | null;
  bias: Tensor | null;
  training: boolean;
  momentum: number;
  eps: number;
}

const batchNormSignature = new Signature<BatchNormArguments>('nn.functional.batchNorm', {
  input: required,
  runningMean: required,
  runningVar: required,
  weight: null,
  bias: null,
  training: false,
  momentum: 0.1,
  eps: 1e-5,
});

/**
 * Normalises each channel over the batch: by its own mean and variance in training, by the running
 * ones otherwise.
 *
 * @param input `(N, C, *)` with any number of further dimensions; the output has the same shape.
 * @param runningMean `(C)`, or null.
 * @param runningVar `(C)`, or null.
 *
 * Further arguments, by position or by name: {@link BatchNormFunctionOptions}.
 *
 * @example
 * ```ts
 * nn.functional.batchNorm(torch.randn(8, 3, 5), null, null, { training: true });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html
 */
export function batchNorm(
  ...args: Call<
    [input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null],
    [weight: Tensor | null, bias: Tensor | null, training: boolean, momentum: number, eps: number],
    BatchNormFunctionOptions
  >
): Tensor {
  const { input, runningMean, runningVar, weight, bias, training, momentum, eps } =
    batchNormSignature.bind(args);
  checkTensor(batchNormSignature.where, 'input', input);
  if (training) checkBatchSize(input.shape);
  if (eps < 0 || (training && eps === 0)) {
    throw new ValueError(
      `batchNorm eps must be ${training ? 'positive during training' : 'non-negative'}, but got ${eps}`,
    );
  }
  return operators.torch.batchNorm(
    input,
    weight,
    bias,
    runningMean,
    runningVar,
    training,
    momentum,
    eps,
    true,
  );
}

/** What {@link instanceNorm} takes after its required argument. */
export interface InstanceNormFunctionOptions {
  /** `(C)`. Default: null. */
  runningMean?: Tensor | null;
  /** `(C)`. Default: null. */
  runningVar?: Tensor | null;
  /** What the result is multiplied by, `(C)`. Default: null. */
  weight?: Tensor | null;
  /** What is added to the result, `(C)`. Default: null. */
  bias?: Tensor | null;
  /** Whether the samples' own statistics are used. Default: true. */
  useInputStats?: boolean;
  /** The samples' share in the running statistics. Default: 0.1. */
  momentum?: number;
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
}

interface InstanceNormArguments extends Required<InstanceNormFunctionOptions> {
  input: Tensor;
}

const instanceNormSignature = new Signature<InstanceNormArguments>('nn.functional.instanceNorm', {
  input: required,
  runningMean: null,
  runningVar: null,
  weight: null,
  bias: null,
  useInputStats: true,
  momentum: 0.1,
  eps: 1e-5,
});

/**
 * Normalises each channel of each sample by its own mean and variance.
 *
 * @param input `(N, C, *)` with one further dimension at least; the output has the same shape.
 *
 * Further arguments, by position or by name: {@link InstanceNormFunctionOptions}.
 *
 * @example
 * ```ts
 * nn.functional.instanceNorm(torch.randn(8, 3, 5));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.instance_norm.html
 */
export function instanceNorm(
  ...args: Call<
    [input: Tensor],
    [
      runningMean: Tensor | null,
      runningVar: Tensor | null,
      weight: Tensor | null,
      bias: Tensor | null,
      useInputStats: boolean,
      momentum: number,
      eps: number,
    ],
    InstanceNormFunctionOptions
  >
): Tensor {
  const { input, runningMean, runningVar, weight, bias, useInputStats, momentum, eps } =
    instanceNormSignature.bind(args);
  checkTensor(instanceNormSignature.where, 'input', input);
  if (useInputStats) checkSpatialSize(input.shape);
  return operators.torch.instanceNorm(
    input,
    weight,
    bias,
    runningMean,
    runningVar,
    useInputStats,
    momentum,
    eps,
    true,
  );
}

function checkSpatialSize(shape: readonly number[]): void {
  if (shape.slice(2).reduce((product, size) => product * size, 1) === 1) {
    throw new ValueError(
      `Expected more than 1 spatial element when training, got input size [${shape.join(', ')}]`,
    );
  }
}

/** What {@link layerNorm} takes after its required arguments. */
export interface LayerNormFunctionOptions {
  /** What the result is multiplied by, of the normalized shape. Default: null. */
  weight?: Tensor | null;
  /** What is added to the result, of the normalized shape. Default: null. */
  bias?: Tensor | null;
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
}

interface LayerNormArguments extends Required<LayerNormFunctionOptions> {
  input: Tensor;
  normalizedShape: readonly number[];
}

const layerNormSignature = new Signature<LayerNormArguments>('nn.functional.layerNorm', {
  input: required,
  normalizedShape: required,
  weight: null,
  bias: null,
  eps: 1e-5,
});

/**
 * Normalises the last dimensions by their own mean and variance.
 *
 * @param input `(*, ...normalizedShape)`; the output has the same shape.
 * @param normalizedShape The sizes of the last dimensions.
 *
 * Further arguments, by position or by name: {@link LayerNormFunctionOptions}.
 *
 * @example
 * ```ts
 * nn.functional.layerNorm(torch.randn(20, 5, 10), [10]);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html
 */
export function layerNorm(
  ...args: Call<
    [input: Tensor, normalizedShape: readonly number[]],
    [weight: Tensor | null, bias: Tensor | null, eps: number],
    LayerNormFunctionOptions
  >
): Tensor {
  const { input, normalizedShape, weight, bias, eps } = layerNormSignature.bind(args);
  return operators.torch.layerNorm(input, normalizedShape, weight, bias, eps);
}

interface RMSNormArguments {
  input: Tensor;
  normalizedShape: readonly number[];
  weight: Tensor | null;
  eps: number | null;
}

const rmsNormSignature = new Signature<RMSNormArguments>('nn.functional.rmsNorm', {
  input: required,
  normalizedShape: required,
  weight: null,
  eps: null,
});

/**
 * Divides the last dimensions by the root of the mean of their squares.
 *
 * @param input `(*, ...normalizedShape)`; the output has the same shape.
 * @param normalizedShape The sizes of the last dimensions.
 * @param weight What the result is multiplied by, of the normalized shape. Default: null.
 * @param eps What is added to the mean. Default: the dtype's machine epsilon.
 *
 * @example
 * ```ts
 * nn.functional.rmsNorm(torch.randn(20, 5, 10), [10]);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.rms_norm.html
 */
export function rmsNorm(
  ...args: Call<
    [input: Tensor, normalizedShape: readonly number[]],
    [weight: Tensor | null, eps: number | null],
    { weight?: Tensor | null; eps?: number | null }
  >
): Tensor {
  const { input, normalizedShape, weight, eps } = rmsNormSignature.bind(args);
  return operators.torch.rmsNorm(input, normalizedShape, weight, eps);
}

interface GroupNormArguments extends Required<LayerNormFunctionOptions> {
  input: Tensor;
  numGroups: number;
}

const groupNormSignature = new Signature<GroupNormArguments>('nn.functional.groupNorm', {
  input: required,
  numGroups: required,
  weight: null,
  bias: null,
  eps: 1e-5,
});

/**
 * Normalises the channels of each sample group by group, by each group's own mean and variance.
 *
 * @param input `(N, C, *)`; the output has the same shape.
 * @param numGroups Into how many groups the channels are cut.
 * @param weight What the result is multiplied by, `(C)`. Default: null.
 * @param bias What is added to the result, `(C)`. Default: null.
 * @param eps What is added to the variance. Default: 1e-5.
 *
 * @example
 * ```ts
 * nn.functional.groupNorm(torch.randn(20, 6, 10), 3);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html
 */
export function groupNorm(
  ...args: Call<
    [input: Tensor, numGroups: number],
    [weight: Tensor | null, bias: Tensor | null, eps: number],
    LayerNormFunctionOptions
  >
): Tensor {
  const { input, numGroups, weight, bias, eps } = groupNormSignature.bind(args);
  checkTensor(groupNormSignature.where, 'input', input);
  checkGroups(input.shape, numGroups);
  return operators.torch.groupNorm(input, numGroups, weight, bias, eps);
}

/** Throws where a group has only one element, or the input no channels. @internal */
export function checkGroups(shape: readonly number[], numGroups: number): void {
  if (shape.length < 2) {
    throw new TorchError(
      `Expected at least 2 dimensions for input tensor but received ${shape.length}`,
    );
  }
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  checkBatchSize([Math.floor((batch * channels) / numGroups), numGroups, ...spatial]);
}

/** What {@link localResponseNorm} takes after its required arguments. */
export interface LocalResponseNormOptions {
  /** The weight of the mean of the squares. Default: 1e-4. */
  alpha?: number;
  /** The power. Default: 0.75. */
  beta?: number;
  /** What is added to it. Default: 1. */
  k?: number;
}

interface LocalResponseNormArguments extends Required<LocalResponseNormOptions> {
  input: Tensor;
  size: number;
}

const localResponseNormSignature = new Signature<LocalResponseNormArguments>(
  'nn.functional.localResponseNorm',
  { input: required, size: required, alpha: 1e-4, beta: 0.75, k: 1 },
);

/**
 * Divides each element by `(k + alpha * mean(squares of the neighbouring channels)) ** beta`.
 *
 * @param input `(N, C, *)` with at least one further dimension; the output has the same shape.
 * @param size How many channels count as neighbours, the element's own among them.
 *
 * Further arguments, by position or by name: {@link LocalResponseNormOptions}.
 *
 * @example
 * ```ts
 * nn.functional.localResponseNorm(torch.randn(32, 5, 24, 24), 2);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.local_response_norm.html
 */
export function localResponseNorm(
  ...args: Call<
    [input: Tensor, size: number],
    [alpha: number, beta: number, k: number],
    LocalResponseNormOptions
  >
): Tensor {
  const { input, size, alpha, beta, k } = localResponseNormSignature.bind(args);
  checkTensor(localResponseNormSignature.where, 'input', input);
  const { shape } = input;
  if (shape.length < 3) {
    throw new ValueError(
      `Expected 3D or higher dimensionality input (got ${shape.length} dimensions)`,
    );
  }
  if (input.numel() === 0) return input;
  const means = neighbourMeans(input.mul(input), shape, size);
  return input.div(means.mul(alpha).add(k).pow(beta));
}

/** The mean over the neighbouring channels, those beyond the first and the last being 0. */
function neighbourMeans(squares: Tensor, shape: readonly number[], size: number): Tensor {
  const { nn } = operators;
  const before = Math.floor(size / 2);
  const after = Math.floor((size - 1) / 2);
  if (shape.length === 3) {
    const padded = nn.pad(squares.unsqueeze(1), [0, 0, before, after]);
    return nn.avgPool2d(padded, [size, 1], 1).squeeze(1);
  }
  const [batch, channels, height] = shape as [number, number, number];
  const volumes = squares.view([batch, 1, channels, height, -1]);
  const padded = nn.pad(volumes, [0, 0, 0, 0, before, after]);
  return nn.avgPool3d(padded, [size, 1, 1], 1).squeeze(1).view(shape);
}
