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
