import { type Call, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import * as functional from '../functional/triplet-loss.js';
import type { Reduction } from '../reduction.js';
import { PairwiseDistance } from './distance.js';
import { Loss, lossDefaults } from './loss-base.js';

const tripletMarginLoss = new Signature<Required<functional.TripletMarginLossOptions>>(
  'nn.TripletMarginLoss',
  { margin: 1, p: 2, eps: 1e-6, swap: false, ...lossDefaults },
);

/**
 * `max(0, d(anchor, positive) - d(anchor, negative) + margin)` with the p-norm's distance: whether
 * what is like the anchor is nearer than what is not.
 *
 * @param margin By how much the negative has to be farther; above 0. Default: 1.
 * @param p The p of the norm. Default: 2.
 *
 * Further arguments, by position or by name: {@link nn.functional.TripletMarginLossOptions}.
 *
 * Shape: `(N, D)` or `(D)` three times, to `()`, or with `'none'` to `(N)`.
 *
 * @example
 * ```ts
 * const loss = new nn.TripletMarginLoss();
 * const [a, b, c] = [torch.tensor([[0, 0]]), torch.tensor([[0, 3]]), torch.tensor([[2, 0]])];
 * loss(a, b, c); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TripletMarginLoss.html
 */
export class TripletMarginLoss extends Loss {
  margin: number;
  p: number;
  eps: number;
  swap: boolean;

  constructor(
    ...args: Call<
      [],
      [
        margin: number,
        p: number,
        eps: number,
        swap: boolean,
        sizeAverage: boolean | null,
        reduce: boolean | null,
        reduction: Reduction,
      ],
      functional.TripletMarginLossOptions
    >
  ) {
    const given = tripletMarginLoss.bind(args);
    functional.checkMargin('TripletMarginLoss', given.margin);
    super(given);
    this.margin = given.margin;
    this.p = given.p;
    this.eps = given.eps;
    this.swap = given.swap;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { margin, p, eps, swap, reduction } = this;
    const options = { margin, p, eps, swap, reduction };
    return functional.tripletMarginLoss(anchor, positive, negative, options);
  }
}

const tripletMarginWithDistanceLoss = new Signature<
  Required<functional.TripletMarginWithDistanceLossOptions>
>(
  'nn.TripletMarginWithDistanceLoss',
  {},
  { distanceFunction: null, margin: 1, swap: false, reduction: 'mean' },
);

/**
 * `max(0, d(anchor, positive) - d(anchor, negative) + margin)` with a distance of one's own, which
 * may be a module.
 *
 * Arguments, by name: {@link nn.functional.TripletMarginWithDistanceLossOptions}.
 *
 * Shape: `(N, *)` three times, to `()`, or with `'none'` to what the distance gives.
 *
 * @example
 * ```ts
 * const distanceFunction = (x: Tensor, y: Tensor) => x.sub(y).abs().amax(1);
 * const loss = new nn.TripletMarginWithDistanceLoss({ distanceFunction });
 * const [a, b, c] = [torch.tensor([[0, 0]]), torch.tensor([[0, 3]]), torch.tensor([[2, 0]])];
 * loss(a, b, c); // tensor(2.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TripletMarginWithDistanceLoss.html
 */
export class TripletMarginWithDistanceLoss extends Loss {
  distance_function: functional.DistanceFunction;
  margin: number;
  swap: boolean;

  constructor(...args: Call<[], [], functional.TripletMarginWithDistanceLossOptions>) {
    const given = tripletMarginWithDistanceLoss.bind(args);
    functional.checkMargin('TripletMarginWithDistanceLoss', given.margin);
    super({ sizeAverage: null, reduce: null, reduction: given.reduction });
    this.distance_function = given.distanceFunction ?? new PairwiseDistance();
    this.margin = given.margin;
    this.swap = given.swap;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distance_function: distanceFunction, margin, swap, reduction } = this;
    const options = { distanceFunction, margin, swap, reduction };
    return functional.tripletMarginWithDistanceLoss(anchor, positive, negative, options);
  }
}
