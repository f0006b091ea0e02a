/**
 * Mixed precision; Python's `torch.amp`.
 *
 * @see https://pytorch.org/docs/stable/amp.html
 * @module
 */
export { type AutocastOptions, autocast, isAutocastAvailable } from './autocast-mode.js';
export { type CustomFwdOptions, customBwd, customFwd } from './custom.js';
export { GradScaler, type GradScalerOptions, type GradScalerState } from './grad-scaler.js';
