export * as functional from './functional.js';
export { type ImageTransform, Transform } from './transform.js';
export { Compose, Lambda, Normalize, ToTensor } from './transforms.js';
