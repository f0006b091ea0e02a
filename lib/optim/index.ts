export { Adam, type AdamGroupOptions, type AdamOptions, type AdamState } from './adam.js';
export { AdamW, type AdamWOptions } from './adamw.js';
export {
  type NewParamGroup,
  Optimizer,
  type OptimizerParams,
  type ParamGroup,
  type ParamsOrNamed,
  registerOptimizerStepPostHook,
  registerOptimizerStepPreHook,
  type StepPostHook,
  type StepPreHook,
} from './optimizer.js';
export { SGD, type SGDGroupOptions, type SGDOptions, type SGDState } from './sgd.js';
export type {
  LoadableOptimizerStateDict,
  OptimizerStateDict,
  PackedParamGroup,
} from './state-dict.js';
