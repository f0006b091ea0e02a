/**
 * Gradients, and functions with derivatives of one's own; Python's `torch.autograd`.
 *
 * @see https://pytorch.org/docs/stable/autograd.html
 * @module
 */
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
  type ApplyArguments,
  AutogradFunction as Function,
  FunctionCtx,
  onceDifferentiable,
  type VmapInfo,
} from './function.js';
export * as functional from './functional.js';
export { backward, type GradientsOf, grad } from './grad.js';
export { GradcheckError, gradcheck, gradgradcheck } from './gradcheck.js';
export * as graph from './graph.js';
