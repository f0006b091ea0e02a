export { type AutocastOptions, autocast, isAutocastAvailable } from './autocast-mode.js';
export { GradScaler, type GradScalerOptions, type GradScalerState } from './grad-scaler.js';
