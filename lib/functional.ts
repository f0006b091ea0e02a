/**
 * The functions of `torch` that are written on top of libtorch's operators; Python's
 * `torch/functional.py`.
 */
export * from './functional/elements.js';
export * from './functional/linear-algebra.js';
export * from './functional/norm.js';
export * from './functional/products.js';
export * from './functional/shapes.js';
export * from './functional/sparse.js';
export * from './functional/types.js';
export * from './functional/unique.js';
