import type { Call } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { ReducedLossOptions as LossOptions } from '../functional/margin-loss.js';
import { Buffer } from '../parameter.js';
import { chosenReduction, type Reduction, reductionCode } from '../reduction.js';
import { Module } from './module.js';
import { checkTensor } from './utils.js';

export type { LossOptions };

/** What the losses with weights take. */
export interface WeightedLossOptions extends LossOptions {
  /** A weight for each class, `(C)`, or what the loss says. Default: null. */
  weight?: Tensor | null;
}

export type LossCall = Call<
  [],
  [sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction],
  LossOptions
>;

export const lossDefaults = { sizeAverage: null, reduce: null, reduction: 'mean' };

/** A loss's weights as its buffer. */
export function buffer(name: string, weight: Tensor | null): Buffer | null {
  if (weight === null) return null;
  checkTensor('loss', name, weight);
  return new Buffer(weight);
}

/** What the losses share. */
export abstract class Loss<R extends string = Reduction> extends Module {
  reduction: R | Reduction;

  constructor(given: { sizeAverage: boolean | null; reduce: boolean | null; reduction: R }) {
    super();
    this.reduction = chosenReduction(given);
    if (this.reduction !== 'batchmean') reductionCode(this.reduction);
  }
}
