import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import { checkTensor } from '../modules/utils.js';
import {
  chosenReduction,
  type LegacyReductionOptions,
  type Reduction,
  reductionCode,
} from '../reduction.js';

/** Whether two shapes are the same. */
function sameShape(input: Tensor, target: Tensor): boolean {
  checkTensor('loss', 'input', input);
  checkTensor('loss', 'target', target);
  const sizes = input.shape;
  const others = target.shape;
  return sizes.length === others.length && sizes.every((size, i) => size === others[i]);
}

/** Both tensors in one shape, with PyTorch's warning where they had two. @internal */
export function inOneShape(input: Tensor, target: Tensor): [input: Tensor, target: Tensor] {
  if (sameShape(input, target)) return [input, target];
  warn(
    `Using a target size [${target.shape.join(', ')}] that is different to the input size [${input.shape.join(', ')}]. This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.`,
  );
  const [expandedInput, expandedTarget] = operators.torch.broadcastTensors([input, target]);
  return [expandedInput as Tensor, expandedTarget as Tensor];
}

/** Throws unless both tensors have one shape. @internal */
export function checkSameShape(input: Tensor, target: Tensor): void {
  if (sameShape(input, target)) return;
  throw new ValueError(
    `Target size [${target.shape.join(', ')}] must be the same as input size [${input.shape.join(', ')}]`,
  );
}

/** What the losses of single elements take after their required arguments. */
export interface ElementwiseLossOptions extends LegacyReductionOptions {
  /** How the elements' losses are combined. Default: `'mean'`. */
  reduction?: Reduction;
  /** A weight for each element, of the input's shape. Default: null. */
  weight?: Tensor | null;
}

type ElementwiseLossCall = Call<
  [input: Tensor, target: Tensor],
  [
    sizeAverage: boolean | null,
    reduce: boolean | null,
    reduction: Reduction,
    weight: Tensor | null,
  ],
  ElementwiseLossOptions
>;

interface ElementwiseLossArguments extends Required<ElementwiseLossOptions> {
  input: Tensor;
  target: Tensor;
}

function elementwiseSignature(name: string): Signature<ElementwiseLossArguments> {
  return new Signature<ElementwiseLossArguments>(`nn.functional.${name}`, {
    input: required,
    target: required,
    sizeAverage: null,
    reduce: null,
    reduction: 'mean',
    weight: null,
  });
}

/** Combines weighted losses; their mean is over the weights, where `perWeight` says so. */
function reduceWeighted(
  losses: Tensor,
  weight: Tensor,
  reduction: Reduction,
  perWeight: boolean,
): Tensor {
  checkTensor('loss', 'weight', weight);
  if (!sameShape(losses, weight)) {
    throw new ValueError('Weights and input must have the same size.');
  }
  const weighted = losses.mul(weight);
  const code = reductionCode(reduction);
  if (code === 0) return weighted;
  if (code === 2) return weighted.sum();
  return perWeight ? weighted.sum().div(weight.sum()) : weighted.mean();
}

const mseLossSignature = elementwiseSignature('mseLoss');

/**
 * The square of the difference between input and target; {@link nn.MSELoss} as a function.
 *
 * @param input Any shape.
 * @param target The same shape.
 *
 * Further arguments, by position or by name: {@link ElementwiseLossOptions}. With weights, the
 * mean is divided by their sum.
 *
 * @example
 * ```ts
 * nn.functional.mseLoss(torch.tensor([1, 2]), torch.tensor([1, 4])); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
 */
export function mseLoss(...args: ElementwiseLossCall): Tensor {
  const given = mseLossSignature.bind(args);
  const reduction = chosenReduction(given);
  const [input, target] = inOneShape(given.input, given.target);
  if (given.weight === null) return operators.nn.mseLoss(input, target, reductionCode(reduction));
  return reduceWeighted(input.sub(target).pow(2), given.weight, reduction, true);
}

const l1LossSignature = elementwiseSignature('l1Loss');

/**
 * The magnitude of the difference between input and target; {@link nn.L1Loss} as a function.
 *
 * @param input Any shape.
 * @param target The same shape.
 *
 * Further arguments, by position or by name: {@link ElementwiseLossOptions}. With weights, the
 * mean is divided by their sum.
 *
 * @example
 * ```ts
 * nn.functional.l1Loss(torch.tensor([1, 2]), torch.tensor([1, 4])); // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html
 */
export function l1Loss(...args: ElementwiseLossCall): Tensor {
  const given = l1LossSignature.bind(args);
  const reduction = chosenReduction(given);
  const [input, target] = inOneShape(given.input, given.target);
  if (given.weight === null) return operators.nn.l1Loss(input, target, reductionCode(reduction));
  return reduceWeighted(input.sub(target).abs(), given.weight, reduction, true);
}

/** What {@link smoothL1Loss} takes after its required arguments. */
export interface SmoothL1LossOptions extends LegacyReductionOptions {
  /** How the elements' losses are combined. Default: `'mean'`. */
  reduction?: Reduction;
  /** Where the loss changes from a square to a straight line; not negative. Default: 1. */
  beta?: number;
}

interface SmoothL1LossArguments extends Required<SmoothL1LossOptions> {
  input: Tensor;
  target: Tensor;
}

const smoothL1LossSignature = new Signature<SmoothL1LossArguments>('nn.functional.smoothL1Loss', {
  input: required,
  target: required,
  sizeAverage: null,
  reduce: null,
  reduction: 'mean',
  beta: 1,
});

/**
 * `0.5 * d * d / beta` where the magnitude of the difference `d` is below beta, and
 * `abs(d) - 0.5 * beta` elsewhere; {@link nn.SmoothL1Loss} as a function.
 *
 * @param input Any shape.
 * @param target The same shape.
 *
 * Further arguments, by position or by name: {@link SmoothL1LossOptions}.
 *
 * @example
 * ```ts
 * nn.functional.smoothL1Loss(torch.tensor([1, 2]), torch.tensor([1, 4])); // tensor(0.7500)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.smooth_l1_loss.html
 */
export function smoothL1Loss(
  ...args: Call<
    [input: Tensor, target: Tensor],
    [sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction, beta: number],
    SmoothL1LossOptions
  >
): Tensor {
  const given = smoothL1LossSignature.bind(args);
  const code = reductionCode(chosenReduction(given));
  const [input, target] = inOneShape(given.input, given.target);
  // libtorch divides by beta, so that 0 needs the loss that it tends to.
  if (given.beta === 0) return operators.nn.l1Loss(input, target, code);
  return operators.nn.smoothL1Loss(input, target, code, given.beta);
}

/** What {@link huberLoss} takes after its required arguments. */
export interface HuberLossOptions {
  /** How the elements' losses are combined. Default: `'mean'`. */
  reduction?: Reduction;
  /** Where the loss changes from a square to a straight line; above 0. Default: 1. */
  delta?: number;
  /** A weight for each element, of the input's shape. Default: null. */
  weight?: Tensor | null;
}

interface HuberLossArguments extends Required<HuberLossOptions> {
  input: Tensor;
  target: Tensor;
}

const huberLossSignature = new Signature<HuberLossArguments>('nn.functional.huberLoss', {
  input: required,
  target: required,
  reduction: 'mean',
  delta: 1,
  weight: null,
});

/**
 * `0.5 * d * d` where the magnitude of the difference `d` is below delta, and
 * `delta * (abs(d) - 0.5 * delta)` elsewhere; {@link nn.HuberLoss} as a function.
 *
 * @param input Any shape.
 * @param target The same shape.
 *
 * Further arguments, by position or by name: {@link HuberLossOptions}.
 *
 * @example
 * ```ts
 * nn.functional.huberLoss(torch.tensor([1, 2]), torch.tensor([1, 4])); // tensor(0.7500)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.huber_loss.html
 */
export function huberLoss(
  ...args: Call<
    [input: Tensor, target: Tensor],
    [reduction: Reduction, delta: number, weight: Tensor | null],
    HuberLossOptions
  >
): Tensor {
  const { reduction, delta, weight, ...given } = huberLossSignature.bind(args);
  const [input, target] = inOneShape(given.input, given.target);
  const { nn } = operators;
  if (weight === null) return nn.huberLoss(input, target, reductionCode(reduction), delta);
  return reduceWeighted(nn.huberLoss(input, target, 0, delta), weight, reduction, false);
}

/** What {@link klDiv} takes after its required arguments. */
export interface KLDivOptions extends LegacyReductionOptions {
  /** How the elements' losses are combined; `'batchmean'` divides by the batch size, as the divergence is defined. Default: `'mean'`. */
  reduction?: Reduction | 'batchmean';
  /** Whether the target holds log probabilities too. Default: false. */
  logTarget?: boolean;
}

interface KLDivArguments extends Required<KLDivOptions> {
  input: Tensor;
  target: Tensor;
}

const klDivSignature = new Signature<KLDivArguments>('nn.functional.klDiv', {
  input: required,
  target: required,
  sizeAverage: null,
  reduce: null,
  reduction: 'mean',
  logTarget: false,
});

/**
 * The Kullback-Leibler divergence of the input from the target: `target * (log(target) - input)`;
 * {@link nn.KLDivLoss} as a function.
 *
 * @param input Log probabilities, of any shape.
 * @param target Probabilities, of the same shape.
 *
 * Further arguments, by position or by name: {@link KLDivOptions}.
 *
 * @example
 * ```ts
 * const input = nn.functional.logSoftmax(torch.randn(3, 5), 1);
 * const target = nn.functional.softmax(torch.rand(3, 5), 1);
 * nn.functional.klDiv(input, target, { reduction: 'batchmean' });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html
 */
export function klDiv(
  ...args: Call<
    [input: Tensor, target: Tensor],
    [
      sizeAverage: boolean | null,
      reduce: boolean | null,
      reduction: Reduction | 'batchmean',
      logTarget: boolean,
    ],
    KLDivOptions
  >
): Tensor {
  const given = klDivSignature.bind(args);
  const { input, target, logTarget } = given;
  const reduction = chosenReduction(given);
  if (reduction !== 'batchmean') {
    if (reduction === 'mean') {
      warn(
        "klDiv: reduction 'mean' divides by the number of elements; 'batchmean' divides by the batch size, as the divergence is defined.",
      );
    }
    return operators.torch.klDiv(input, target, reductionCode(reduction), { logTarget });
  }
  const sum = operators.torch.klDiv(input, target, reductionCode('sum'), { logTarget });
  return input.dim() === 0 ? sum : sum.div(input.size(0));
}

/** What {@link nllLoss} takes after its required arguments. */
export interface NLLLossOptions extends LegacyReductionOptions {
  /** A weight for each class, `(C)`. Default: null. */
  weight?: Tensor | null;
  /** A target that counts for nothing. Default: -100. */
  ignoreIndex?: number;
  /** How the losses are combined; the mean is divided by the weights' sum. Default: `'mean'`. */
  reduction?: Reduction;
}

type NLLLossCall = Call<
  [input: Tensor, target: Tensor],
  [
    weight: Tensor | null,
    sizeAverage: boolean | null,
    ignoreIndex: number,
    reduce: boolean | null,
    reduction: Reduction,
  ],
  NLLLossOptions
>;

interface NLLLossArguments extends Required<NLLLossOptions> {
  input: Tensor;
  target: Tensor;
}

const nllLossSignature = new Signature<NLLLossArguments>('nn.functional.nllLoss', {
  input: required,
  target: required,
  weight: null,
  sizeAverage: null,
  ignoreIndex: -100,
  reduce: null,
  reduction: 'mean',
});

/**
 * The negated log probability of the target class; {@link nn.NLLLoss} as a function.
 *
 * @param input Log probabilities, `(C)`, `(N, C)` or `(N, C, *)`.
 * @param target Class indices (int64), `()`, `(N)` or `(N, *)`.
 *
 * Further arguments, by position or by name: {@link NLLLossOptions}.
 *
 * @example
 * ```ts
 * const input = nn.functional.logSoftmax(torch.randn(3, 5), 1);
 * nn.functional.nllLoss(input, torch.tensor([1n, 0n, 4n]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
 */
export function nllLoss(...args: NLLLossCall): Tensor {
  const given = nllLossSignature.bind(args);
  const code = reductionCode(chosenReduction(given));
  return operators.nn.nllLossNd(given.input, given.target, given.weight, code, given.ignoreIndex);
}

/** What {@link crossEntropy} takes after its required arguments. */
export interface CrossEntropyOptions extends NLLLossOptions {
  /** How much of the target, between 0 and 1, is spread evenly over all classes. Default: 0. */
  labelSmoothing?: number;
}

interface CrossEntropyArguments extends Required<CrossEntropyOptions> {
  input: Tensor;
  target: Tensor;
}

const crossEntropySignature = new Signature<CrossEntropyArguments>('nn.functional.crossEntropy', {
  input: required,
  target: required,
  weight: null,
  sizeAverage: null,
  ignoreIndex: -100,
  reduce: null,
  reduction: 'mean',
  labelSmoothing: 0,
});

/**
 * The cross entropy between the softmax of the input and the target;
 * {@link nn.CrossEntropyLoss} as a function.
 *
 * @param input Unnormalised scores, `(C)`, `(N, C)` or `(N, C, *)`.
 * @param target Class indices (int64), `()`, `(N)` or `(N, *)`; or probabilities, of the input's
 *   shape and dtype.
 *
 * Further arguments, by position or by name: {@link CrossEntropyOptions}.
 *
 * @example
 * ```ts
 * const input = torch.randn(3, 5, { requiresGrad: true });
 * nn.functional.crossEntropy(input, torch.tensor([1n, 0n, 4n])).backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
 */
export function crossEntropy(
  ...args: Call<
    [input: Tensor, target: Tensor],
    [
      weight: Tensor | null,
      sizeAverage: boolean | null,
      ignoreIndex: number,
      reduce: boolean | null,
      reduction: Reduction,
      labelSmoothing: number,
    ],
    CrossEntropyOptions
  >
): Tensor {
  const given = crossEntropySignature.bind(args);
  return operators.nn.crossEntropyLoss(
    given.input,
    given.target,
    given.weight,
    reductionCode(chosenReduction(given)),
    given.ignoreIndex,
    given.labelSmoothing,
  );
}

/** What {@link binaryCrossEntropy} takes after its required arguments. */
export interface BinaryCrossEntropyOptions extends LegacyReductionOptions {
  /** A weight for each element, of a shape that broadcasts with the target's. Default: null. */
  weight?: Tensor | null;
  /** How the elements' losses are combined. Default: `'mean'`. */
  reduction?: Reduction;
}

interface BinaryCrossEntropyArguments extends Required<BinaryCrossEntropyOptions> {
  input: Tensor;
  target: Tensor;
}

const binaryCrossEntropySignature = new Signature<BinaryCrossEntropyArguments>(
  'nn.functional.binaryCrossEntropy',
  {
    input: required,
    target: required,
    weight: null,
    sizeAverage: null,
    reduce: null,
    reduction: 'mean',
  },
);

/**
 * The cross entropy of probabilities of yes or no: `-(t * log(x) + (1 - t) * log(1 - x))`;
 * {@link nn.BCELoss} as a function.
 *
 * @param input Probabilities, of any shape.
 * @param target Between 0 and 1, of the same shape.
 *
 * Further arguments, by position or by name: {@link BinaryCrossEntropyOptions}.
 *
 * @example
 * ```ts
 * const input = torch.sigmoid(torch.randn(3));
 * nn.functional.binaryCrossEntropy(input, torch.tensor([0, 1, 1]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html
 */
export function binaryCrossEntropy(
  ...args: Call<
    [input: Tensor, target: Tensor],
    [
      weight: Tensor | null,
      sizeAverage: boolean | null,
      reduce: boolean | null,
      reduction: Reduction,
    ],
    BinaryCrossEntropyOptions
  >
): Tensor {
  const given = binaryCrossEntropySignature.bind(args);
  const { input, target, weight } = given;
  const code = reductionCode(chosenReduction(given));
  checkSameShape(input, target);
  // The operator takes a weight of the target's shape only.
  const expanded = weight && operators.torch.broadcastTensors([weight, target])[0];
  return operators.nn.binaryCrossEntropy(input, target, expanded, code);
}

/** What {@link binaryCrossEntropyWithLogits} takes after its required arguments. */
export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** A weight for the yes answers, of a shape that broadcasts with the target's. Default: null. */
  posWeight?: Tensor | null;
}

interface BinaryCrossEntropyWithLogitsArguments
  extends Required<BinaryCrossEntropyWithLogitsOptions> {
  input: Tensor;
  target: Tensor;
}

const binaryCrossEntropyWithLogitsSignature = new Signature<BinaryCrossEntropyWithLogitsArguments>(
  'nn.functional.binaryCrossEntropyWithLogits',
  {
    input: required,
    target: required,
    weight: null,
    sizeAverage: null,
    reduce: null,
    reduction: 'mean',
    posWeight: null,
  },
);

/**
 * {@link binaryCrossEntropy} of the input's sigmoid, computed in one stable step;
 * {@link nn.BCEWithLogitsLoss} as a function.
 *
 * @param input Unnormalised scores, of any shape.
 * @param target Between 0 and 1, of the same shape.
 *
 * Further arguments, by position or by name: {@link BinaryCrossEntropyWithLogitsOptions}.
 *
 * @example
 * ```ts
 * nn.functional.binaryCrossEntropyWithLogits(torch.randn(3), torch.tensor([0, 1, 1]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html
 */
export function binaryCrossEntropyWithLogits(
  ...args: Call<
    [input: Tensor, target: Tensor],
    [
      weight: Tensor | null,
      sizeAverage: boolean | null,
      reduce: boolean | null,
      reduction: Reduction,
      posWeight: Tensor | null,
    ],
    BinaryCrossEntropyWithLogitsOptions
  >
): Tensor {
  const given = binaryCrossEntropyWithLogitsSignature.bind(args);
  const { input, target, weight, posWeight } = given;
  const code = reductionCode(chosenReduction(given));
  checkSameShape(input, target);
  return operators.torch.binaryCrossEntropyWithLogits(input, target, weight, posWeight, code);
}
