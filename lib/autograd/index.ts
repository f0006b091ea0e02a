export {
  enableGrad,
  inferenceMode,
  isGradEnabled,
  isMultithreadingEnabled,
  noGrad,
  setGradEnabled,
  setMultithreadingEnabled,
} from '../grad-mode.js';
export { detectAnomaly, isAnomalyEnabled, setDetectAnomaly } from './anomaly-mode.js';
export * as forwardAd from './forward-ad.js';
export {
  AutogradFunction as Function,
  FunctionCtx,
  onceDifferentiable,
  type VmapInfo,
} from './function.js';
export * as functional from './functional.js';
export { backward, grad } from './grad.js';
export { GradcheckError, gradcheck, gradgradcheck } from './gradcheck.js';
export * as graph from './graph.js';
