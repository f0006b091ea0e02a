import { ValueError } from '../../errors.js';
import type { Optimizer } from '../optimizer.js';
import type { Real } from '../real.js';
import type { ScheduledGroup } from './learning-rates.js';

/**
 * Whether the momentum of an optimizer is its first beta.
 *
 * @throws ValueError where it has neither a momentum nor betas.
 */
export function usesBeta1(optimizer: Optimizer): boolean {
  const defaults: object = optimizer.defaults;
  if (!('momentum' in defaults || 'betas' in defaults)) {
    throw new ValueError(
      'optimizer must support momentum or beta1 with `cycleMomentum` option enabled',
    );
  }
  return 'betas' in defaults;
}

/** Sets the momentum of a group, or its first beta. */
export function setMomentum(group: ScheduledGroup, isBeta1: boolean, momentum: Real): void {
  if (isBeta1) group.betas = [momentum, ...(group.betas as unknown[]).slice(1)];
  else group.momentum = momentum;
}
