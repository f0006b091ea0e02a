/**
 * Optimizers; Python's `torch.optim`.
 *
 * @see https://pytorch.org/docs/stable/optim.html
 * @module
 */
export {
  Adadelta,
  type AdadeltaGroupOptions,
  type AdadeltaOptions,
  type AdadeltaState,
} from './adadelta.js';
export {
  Adafactor,
  type AdafactorGroupOptions,
  type AdafactorOptions,
  type AdafactorState,
} from './adafactor.js';
export {
  Adagrad,
  type AdagradGroupOptions,
  type AdagradOptions,
  type AdagradState,
} from './adagrad.js';
export {
  Adam,
  type AdamBetas,
  type AdamGroupOptions,
  type AdamOptions,
  type AdamState,
} from './adam.js';
export {
  Adamax,
  type AdamaxGroupOptions,
  type AdamaxOptions,
  type AdamaxState,
} from './adamax.js';
export { AdamW, type AdamWOptions } from './adamw.js';
export { ASGD, type ASGDGroupOptions, type ASGDOptions, type ASGDState } from './asgd.js';
export { LBFGS, type LBFGSGroupOptions, type LBFGSOptions, type LBFGSState } from './lbfgs.js';
export * as lrScheduler from './lr-scheduler/index.js';
export {
  type AdjustLr,
  Muon,
  type MuonGroupOptions,
  type MuonOptions,
  type MuonState,
} from './muon.js';
export { NAdam, type NAdamGroupOptions, type NAdamOptions, type NAdamState } from './nadam.js';
export {
  type NewParamGroup,
  Optimizer,
  type OptimizerParams,
  type ParamGroup,
  type ParamsOrNamed,
} from './optimizer.js';
export {
  type OptimizerLoadStateDictPostHook,
  type OptimizerLoadStateDictPreHook,
  type OptimizerStateDictPostHook,
  type OptimizerStateDictPreHook,
  registerOptimizerStepPostHook,
  registerOptimizerStepPreHook,
  type StepPostHook,
  type StepPreHook,
} from './optimizer-hooks.js';
export { RAdam, type RAdamGroupOptions, type RAdamOptions, type RAdamState } from './radam.js';
export {
  RMSprop,
  type RMSpropGroupOptions,
  type RMSpropOptions,
  type RMSpropState,
} from './rmsprop.js';
export { Rprop, type RpropGroupOptions, type RpropOptions, type RpropState } from './rprop.js';
export { SGD, type SGDGroupOptions, type SGDOptions, type SGDState } from './sgd.js';
export {
  SparseAdam,
  type SparseAdamGroupOptions,
  type SparseAdamOptions,
  type SparseAdamState,
} from './sparse-adam.js';
export type {
  LoadableOptimizerStateDict,
  OptimizerStateDict,
  PackedParamGroup,
} from './state-dict.js';
export { swapInOptimizerParamsAndState } from './stateless.js';
export * as swaUtils from './swa-utils/index.js';
