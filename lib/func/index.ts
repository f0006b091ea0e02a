/**
 * Functions of functions, and modules as functions; Python's `torch.func`.
 *
 * @see https://pytorch.org/docs/stable/func.html
 */
export * from './functional-call.js';
