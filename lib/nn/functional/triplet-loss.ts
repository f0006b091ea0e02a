import { TorchError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';
import { chosenReduction, type Reduction, reductionCode } from '../reduction.js';
import type { MarginLossOptions } from './margin-loss.js';

interface Triplet {
  anchor: Tensor;
  positive: Tensor;
  negative: Tensor;
}

const triplet = { anchor: required, positive: required, negative: required };

/** Throws unless the margin is above 0. @internal */
export function checkMargin(where: string, margin: number): void {
  if (!(margin > 0)) throw new ValueError(`${where}: margin must be greater than 0, got ${margin}`);
}

/** What {@link tripletMarginLoss} takes after its required arguments. */
export interface TripletMarginLossOptions extends MarginLossOptions {
  /** The p of the norm. Default: 2. */
  p?: number;
  /** What is added to each difference. Default: 1e-6. */
  eps?: number;
  /** Whether the distance from the positive to the negative counts where it is less. Default: false. */
  swap?: boolean;
}

const tripletMarginLossSignature = new Signature<Required<TripletMarginLossOptions> & Triplet>(
  'nn.functional.tripletMarginLoss',
  {
    ...triplet,
    margin: 1,
    p: 2,
    eps: 1e-6,
    swap: false,
    sizeAverage: null,
    reduce: null,
    reduction: 'mean',
  },
);

/**
 * `max(0, d(anchor, positive) - d(anchor, negative) + margin)` with the p-norm's distance;
 * {@link nn.TripletMarginLoss} as a function.
 *
 * @param anchor `(N, D)` or `(D)`.
 * @param positive What is like it, of the same shape.
 * @param negative What is not, of the same shape.
 *
 * Further arguments, by position or by name: {@link TripletMarginLossOptions}; the margin is 1 by
 * default.
 *
 * @example
 * ```ts
 * const [a, b, c] = [torch.tensor([[0, 0]]), torch.tensor([[0, 3]]), torch.tensor([[2, 0]])];
 * nn.functional.tripletMarginLoss(a, b, c); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html
 */
export function tripletMarginLoss(
  ...args: Call<
    [anchor: Tensor, positive: Tensor, negative: Tensor],
    [
      margin: number,
      p: number,
      eps: number,
      swap: boolean,
      sizeAverage: boolean | null,
      reduce: boolean | null,
      reduction: Reduction,
    ],
    TripletMarginLossOptions
  >
): Tensor {
  const given = tripletMarginLossSignature.bind(args);
  const { anchor, positive, negative, margin, p, eps, swap } = given;
  const code = reductionCode(chosenReduction(given));
  checkMargin(tripletMarginLossSignature.where, margin);
  return operators.torch.tripletMarginLoss(anchor, positive, negative, margin, p, eps, swap, code);
}

/** The distance between the vectors of two tensors, or any number that is small for what is alike. */
export type DistanceFunction = (x: Tensor, y: Tensor) => Tensor;

/** What {@link tripletMarginWithDistanceLoss} takes after its required arguments. */
export interface TripletMarginWithDistanceLossOptions {
  /** The distance. Default: null, that of the 2-norm. */
  distanceFunction?: DistanceFunction | null;
  /** By how much the negative has to be farther; above 0. Default: 1. */
  margin?: number;
  /** Whether the distance from the positive to the negative counts where it is less. Default: false. */
  swap?: boolean;
  /** How the samples' losses are combined. Default: `'mean'`. */
  reduction?: Reduction;
}

const tripletMarginWithDistanceLossSignature = new Signature<
  Required<TripletMarginWithDistanceLossOptions> & Triplet
>('nn.functional.tripletMarginWithDistanceLoss', triplet, {
  distanceFunction: null,
  margin: 1,
  swap: false,
  reduction: 'mean',
});

/**
 * `max(0, d(anchor, positive) - d(anchor, negative) + margin)` with a distance of one's own;
 * {@link nn.TripletMarginWithDistanceLoss} as a function.
 *
 * @param anchor `(N, *)`.
 * @param positive What is like it, of the same shape.
 * @param negative What is not, of the same shape.
 *
 * Further arguments, by name: {@link TripletMarginWithDistanceLossOptions}.
 *
 * @example
 * ```ts
 * const [a, b, c] = [torch.tensor([[0, 0]]), torch.tensor([[0, 3]]), torch.tensor([[2, 0]])];
 * nn.functional.tripletMarginWithDistanceLoss(a, b, c, {
 *   distanceFunction: (x, y) => x.sub(y).abs().amax(1),
 * }); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_with_distance_loss.html
 */
export function tripletMarginWithDistanceLoss(
  ...args: Call<
    [anchor: Tensor, positive: Tensor, negative: Tensor],
    [],
    TripletMarginWithDistanceLossOptions
  >
): Tensor {
  const given = tripletMarginWithDistanceLossSignature.bind(args);
  const { anchor, positive, negative, margin, swap } = given;
  const { where } = tripletMarginWithDistanceLossSignature;
  const code = reductionCode(given.reduction);
  checkMargin(where, margin);
  const tensors = { anchor, positive, negative };
  for (const [name, tensor] of Object.entries(tensors)) checkTensor(where, name, tensor);
  const dimensions = Object.values(tensors).map((tensor) => tensor.dim());
  if (dimensions.some((count) => count !== dimensions[0])) {
    throw new TorchError(
      `The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor ${dimensions[0]}D, positive ${dimensions[1]}D, and negative ${dimensions[2]}D inputs`,
    );
  }
  const distance =
    given.distanceFunction ?? ((x: Tensor, y: Tensor) => operators.torch.pairwiseDistance(x, y));
  const toPositive = distance(anchor, positive);
  let toNegative = distance(anchor, negative);
  if (swap) toNegative = operators.torch.minimum(toNegative, distance(positive, negative));
  const loss = toPositive.add(margin).sub(toNegative).clampMin(0);
  if (code === 0) return loss;
  return code === 1 ? loss.mean() : loss.sum();
}
