/**
 * What tests need; Python's `torch.testing`.
 *
 * @see https://pytorch.org/docs/stable/testing.html
 * @module
 */
export { type AssertCloseOptions, assertClose } from './comparison.js';
export { type MakeTensorOptions, makeTensor } from './creation.js';
