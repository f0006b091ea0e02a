import { BatchNorm } from '../nn/modules/batchnorm.js';
import { Module } from '../nn/modules/module.js';

/**
 * Takes the running statistics from every batch norm of a module, in place: `vmap` cannot update
 * one state for all samples.
 *
 * @param root The module.
 * @returns `root`.
 *
 * @example
 * ```ts
 * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
 * torch.func.replaceAllBatchNormModules_(net);
 * Object.keys(net.stateDict()).length; // 4
 * ```
 * @see https://pytorch.org/docs/stable/func.batch_norm.html
 */
export function replaceAllBatchNormModules_<M extends Module>(root: M): M {
  if (!(root instanceof Module)) {
    throw new TypeError(`replaceAllBatchNormModules_() takes a Module, got ${typeof root}`);
  }
  for (const module of root.modules()) {
    if (!(module instanceof BatchNorm) || !module.trackRunningStats) continue;
    module.running_mean = null;
    module.running_var = null;
    module.num_batches_tracked = null;
    module.trackRunningStats = false;
  }
  return root;
}
