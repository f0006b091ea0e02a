/**
 * Averages of weights; Python's `torch.optim.swa_utils`.
 *
 * @see https://pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema
 * @module
 */
export { AveragedModel, type AveragedModelOptions, updateBn } from './averaged-model.js';
export {
  type AvgFn,
  getEmaAvgFn,
  getEmaMultiAvgFn,
  getSwaAvgFn,
  getSwaMultiAvgFn,
  type MultiAvgFn,
} from './averages.js';
export { SWALR, type SWALROptions } from './swalr.js';
