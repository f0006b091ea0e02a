/**
 * Ways to fill weights at first; Python's `torch.nn.init`.
 *
 * @see https://pytorch.org/docs/stable/nn.init.html
 * @module
 */
export type { GeneratorOptions } from './init/arguments.js';
export * from './init/deprecated.js';
export * from './init/fan.js';
export * from './init/fill.js';
export * from './init/gain.js';
export * from './init/matrices.js';
export * from './init/trunc-normal.js';
