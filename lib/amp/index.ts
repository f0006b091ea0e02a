export { type AutocastOptions, autocast, isAutocastAvailable } from './autocast-mode.js';
