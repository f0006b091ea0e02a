/**
 * What is done to images before a model sees them; torchvision's `transforms`.
 *
 * @see https://pytorch.org/vision/stable/transforms.html
 * @module
 */
export * as functional from './functional.js';
export { type ImageTransform, Transform } from './transform.js';
export { Compose, Lambda, Normalize, ToTensor } from './transforms.js';
