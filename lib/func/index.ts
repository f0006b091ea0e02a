/**
 * Functions that transform functions: gradients, Jacobians, and `vmap`, which runs a function for
 * a whole batch. They may be nested in any order. Python's `torch.func`.
 *
 * @see https://pytorch.org/docs/stable/func.html
 * @module
 */

export type { Argnums, MapTensors, Picked } from './argnums.js';
export * from './batch-norm-replacement.js';
export * from './debug-unwrap.js';
export * from './functional-call.js';
export { type FunctionalizeOptions, functionalize } from './functionalize.js';
export { type GradOptions, grad, gradAndValue } from './grad.js';
export {
  hessian,
  type JacfwdOptions,
  type Jacobian,
  type JacrevOptions,
  jacfwd,
  jacrev,
} from './jacobian.js';
export { type JvpOptions, jvp } from './jvp.js';
export { linearize } from './linearize.js';
export type { AnyFunction, Randomness } from './nesting.js';
export { rearrange } from './rearrange.js';
export { type VjpFunction, type VjpOptions, vjp } from './vjp.js';
export { type Dims, type InDims, type VmapOptions, vmap } from './vmap.js';
