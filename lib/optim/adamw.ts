import { type Call, required, Signature } from '../options.js';
import { Adam, type AdamGroupOptions, type AdamPositional } from './adam.js';
import type { OptimizerParams } from './optimizer.js';

type AdamWGroupOptions = Omit<AdamGroupOptions, 'decoupledWeightDecay'>;

/** What {@link AdamW} takes after the parameters. */
export type AdamWOptions = Partial<AdamWGroupOptions>;

const adamw = new Signature<AdamWGroupOptions & { params: OptimizerParams<AdamGroupOptions> }>(
  'optim.AdamW',
  {
    params: required,
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 1e-2,
    amsgrad: false,
  },
  { maximize: false, foreach: null, capturable: false, differentiable: false, fused: null },
);

/**
 * {@link Adam} whose weight decay shrinks the parameters themselves, `p *= 1 - lr * weightDecay`,
 * instead of entering the running averages.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups.
 * @param lr The learning rate. Default: 1e-3.
 * @param betas How much is kept of the running averages. Default: (0.9, 0.999).
 * @param eps Added to the denominator, so that it is not zero. Default: 1e-8.
 * @param weightDecay The factor of the weight decay. Default: 1e-2.
 *
 * Further arguments, by position or by name: {@link AdamGroupOptions}.
 *
 * @throws ValueError for a negative `lr`, `eps` or `weightDecay`, and for betas outside [0, 1).
 *
 * @example
 * ```ts
 * const optimizer = new optim.AdamW(model.parameters(), { lr: 3e-4, weightDecay: 0.1 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
export class AdamW extends Adam {
  constructor(
    ...args: Call<[params: OptimizerParams<AdamGroupOptions>], AdamPositional, AdamWOptions>
  ) {
    const { params, ...options } = adamw.bind(args);
    super(params, { ...options, decoupledWeightDecay: true });
  }

  /** A checkpoint of {@link Adam} continues with decoupled weight decay. */
  protected override restore(): void {
    super.restore();
    for (const group of this.paramGroups) group.decoupledWeightDecay = true;
  }
}
