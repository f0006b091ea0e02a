/**
 * Jacobians, Hessians and their products with vectors; Python's `torch.autograd.functional`.
 *
 * @see https://pytorch.org/docs/stable/autograd.html#functional-higher-level-api
 * @module
 */
import { TorchError } from '../errors.js';
import { enableGrad, isGradEnabled, setGradEnabled } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, checkFlags, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import {
  checkRequiresGrad,
  checkVector,
  fillInZeros,
  type Gradients,
  gradients,
  postprocess,
  preprocess,
  type Same,
  type Stage,
  type TensorOrTensors,
  tuple,
  untuple,
} from './functional-support.js';

export type { TensorOrTensors } from './functional-support.js';
export { hessian, type Jacobian, type JacobianOptions, jacobian } from './jacobian.js';

/** The options of {@link vjp}, {@link jvp}, {@link vhp} and {@link hvp}. */
export interface ProductOptions {
  v?: TensorOrTensors | null;
  createGraph?: boolean;
  strict?: boolean;
}

type ProductRest = Call<
  [],
  [v: TensorOrTensors | null, createGraph: boolean, strict: boolean],
  ProductOptions
>;

interface ProductArguments {
  func: (...inputs: Tensor[]) => TensorOrTensors;
  inputs: TensorOrTensors;
  v: TensorOrTensors | null;
  createGraph: boolean;
  strict: boolean;
}

/** What the products have in common: the function is run, and its arguments are checked. */
class Product {
  readonly where: string;
  readonly createGraph: boolean;
  readonly strict: boolean;
  readonly isInputTuple: boolean;
  readonly inputs: Tensor[];
  v: Tensor[] | null = null;
  isOutputTuple = false;
  outputs: Tensor[] = [];
  readonly #bound: ProductArguments;

  constructor(where: string, args: readonly unknown[]) {
    this.where = where;
    const parameters = { func: required, inputs: required, v: null, createGraph: false };
    const signature = new Signature<ProductArguments>(where, { ...parameters, strict: false });
    this.#bound = signature.bind(args);
    const { func, inputs, createGraph, strict } = this.#bound;
    if (typeof func !== 'function') {
      throw new TypeError(`${where} takes a function, got ${typeof func}`);
    }
    checkFlags(where, { createGraph, strict });
    this.createGraph = createGraph;
    this.strict = strict;
    const [isTuple, all] = tuple(inputs, 'inputs', where);
    this.isInputTuple = isTuple;
    this.inputs = preprocess(all, createGraph, true);
  }

  run(): void {
    const what = 'outputs of the user-provided function';
    const result = this.#bound.func(...this.inputs);
    [this.isOutputTuple, this.outputs] = tuple(result, what, this.where);
    checkRequiresGrad(this.outputs, 'outputs', this.strict);
  }

  /** Reads `v`, which has the shapes of `like`, or is left out where that is one number. */
  readVector(like: readonly Tensor[], isTuple: boolean, what: string): void {
    const { v } = this.#bound;
    if (v === null) {
      if (like.length === 1 && like[0]?.numel() === 1) return;
      throw new TorchError(
        `${this.where}: v can be left out only where ${what} is a single Tensor with a single element`,
      );
    }
    this.v = preprocess(tuple(v, 'v', this.where)[1], this.createGraph, false);
    checkVector(this.v, like, isTuple);
  }

  checkScalar(): void {
    if (this.isOutputTuple) {
      throw new TorchError(`the function given to ${this.where} should return a single Tensor`);
    }
    if (this.outputs[0]?.numel() !== 1) {
      throw new TorchError(
        `the Tensor returned by the function given to ${this.where} should contain a single element`,
      );
    }
  }

  /** The product of `v` with the derivatives of `of` with respect to `by`. */
  multiply(of: Gradients, by: readonly Tensor[], like: readonly Tensor[], stage: Stage): Tensor[] {
    const { createGraph, strict } = this;
    return setGradEnabled(createGraph || isGradEnabled(), () => {
      const found = gradients(of, by, this.v, { createGraph });
      return fillInZeros(found, like, strict, createGraph, stage);
    });
  }

  result<O, P>(product: readonly Tensor[], isTuple: boolean): [O, P] {
    const { createGraph } = this;
    return [
      untuple(postprocess(this.outputs, createGraph), this.isOutputTuple) as O,
      untuple(postprocess(product, createGraph), isTuple) as P,
    ];
  }
}

/**
 * A function's value, and the product of a vector with its Jacobian.
 *
 * @param func Takes the inputs, and returns a Tensor or an array of them.
 * @param inputs A Tensor, or an array of them.
 * @param v The vector, of the shape of the function's output. Default: 1, for one element.
 * @param createGraph Whether value and product can be differentiated. Default: false.
 * @param strict Whether an input that the output does not depend on is an error, and not zeros.
 * Default: false.
 * @returns the value, and the product, of the inputs' shape.
 *
 * @example
 * ```ts
 * const square = (x: Tensor) => x.pow(2);
 * const at = torch.tensor([1, 2]);
 * const [value, product] = torch.autograd.functional.vjp(square, at, torch.tensor([1, 10]));
 * console.log(value); // tensor([1., 4.])
 * console.log(product); // tensor([ 2., 40.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.vjp.html
 */
export function vjp<const I extends TensorOrTensors, O extends TensorOrTensors>(
  func: (...inputs: Tensor[]) => O,
  inputs: I,
  ...rest: ProductRest
): [output: Same<O>, vjp: Same<I>] {
  const product = new Product('vjp', [func, inputs, ...rest]);
  enableGrad(() => {
    product.run();
    const what = 'the output of the user-provided function';
    product.readVector(product.outputs, product.isOutputTuple, what);
  });
  const values = product.multiply(product.outputs, product.inputs, product.inputs, 'back');
  return product.result(values, product.isInputTuple);
}

/**
 * A function's value, and the product of its Jacobian with a vector. It is computed by two
 * backwards; `torch.func.jvp` and `autograd.forwardAd` compute it forwards.
 *
 * @param func Takes the inputs, and returns a Tensor or an array of them.
 * @param inputs A Tensor, or an array of them.
 * @param v The vector, of the inputs' shape. Default: 1, for one element.
 * @param createGraph Whether value and product can be differentiated. Default: false.
 * @param strict Whether an output that does not depend on the inputs is an error, and not zeros.
 * Default: false.
 * @returns the value, and the product, of the value's shape.
 *
 * @example
 * ```ts
 * const square = (x: Tensor) => x.pow(2);
 * const at = torch.tensor([1, 2]);
 * const [, product] = torch.autograd.functional.jvp(square, at, torch.tensor([1, 10]));
 * console.log(product); // tensor([ 2., 40.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.jvp.html
 */
export function jvp<const I extends TensorOrTensors, O extends TensorOrTensors>(
  func: (...inputs: Tensor[]) => O,
  inputs: I,
  ...rest: ProductRest
): [output: Same<O>, jvp: Same<O>] {
  const product = new Product('jvp', [func, inputs, ...rest]);
  const [weights, slopes] = enableGrad(() => {
    product.readVector(product.inputs, product.isInputTuple, 'the input');
    product.run();
    // Backward is linear in these: their values are of no account.
    const zeros = product.outputs.map((output) =>
      operators.torch.zerosLike(output, { requiresGrad: true }),
    );
    const found = gradients(product.outputs, product.inputs, zeros, { createGraph: true });
    checkRequiresGrad(found, 'gradInputs', product.strict);
    return [zeros, found];
  });
  const values = product.multiply(slopes, weights, product.outputs, 'backTrick');
  return product.result(values, product.isOutputTuple);
}

/**
 * A scalar function's value, and the product of a vector with its Hessian.
 *
 * @param func Takes the inputs, and returns a Tensor of one element.
 * @param inputs A Tensor, or an array of them.
 * @param v The vector, of the inputs' shape. Default: 1, for one element.
 * @param createGraph Whether value and product can be differentiated. Default: false.
 * @param strict Whether an input that the Jacobian does not depend on is an error, and not zeros.
 * Default: false.
 * @returns the value, and the product, of the inputs' shape.
 *
 * @example
 * ```ts
 * const cubes = (x: Tensor) => x.pow(3).sum();
 * const at = torch.tensor([1, 2]);
 * const [, product] = torch.autograd.functional.vhp(cubes, at, torch.tensor([1, 10]));
 * console.log(product); // tensor([  6., 120.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.vhp.html
 */
export function vhp<const I extends TensorOrTensors>(
  func: (...inputs: Tensor[]) => Tensor,
  inputs: I,
  ...rest: ProductRest
): [output: Tensor, vhp: Same<I>] {
  const product = new Product('vhp', [func, inputs, ...rest]);
  const slopes = runScalar(product);
  const values = product.multiply(slopes, product.inputs, product.inputs, 'doubleBack');
  return product.result(values, product.isInputTuple);
}

/** The gradients of the scalar that the function returns. */
function runScalar(product: Product): Gradients {
  return enableGrad(() => {
    product.readVector(product.inputs, product.isInputTuple, 'the input');
    product.run();
    product.checkScalar();
    const slopes = gradients(product.outputs, product.inputs, null, { createGraph: true });
    checkRequiresGrad(slopes, 'jacobian', product.strict);
    return slopes;
  });
}

/**
 * A scalar function's value, and the product of its Hessian with a vector. Where the Hessian is
 * symmetric, {@link vhp} is the same and much faster.
 *
 * @param func Takes the inputs, and returns a Tensor of one element.
 * @param inputs A Tensor, or an array of them.
 * @param v The vector, of the inputs' shape. Default: 1, for one element.
 * @param createGraph Whether value and product can be differentiated. Default: false.
 * @param strict Whether an input that the Jacobian does not depend on is an error, and not zeros.
 * Default: false.
 * @returns the value, and the product, of the inputs' shape.
 *
 * @example
 * ```ts
 * const cubes = (x: Tensor) => x.pow(3).sum();
 * const at = torch.tensor([1, 2]);
 * const [, product] = torch.autograd.functional.hvp(cubes, at, torch.tensor([1, 10]));
 * console.log(product); // tensor([  6., 120.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.hvp.html
 */
export function hvp<const I extends TensorOrTensors>(
  func: (...inputs: Tensor[]) => Tensor,
  inputs: I,
  ...rest: ProductRest
): [output: Tensor, hvp: Same<I>] {
  const product = new Product('hvp', [func, inputs, ...rest]);
  const slopes = runScalar(product);
  const [weights, doubles] = enableGrad(() => {
    const zeros = product.inputs.map((input) =>
      operators.torch.zerosLike(input, { requiresGrad: true }),
    );
    const found = gradients(slopes, product.inputs, zeros, { createGraph: true });
    checkRequiresGrad(slopes, 'hessian', product.strict);
    return [zeros, found];
  });
  const values = product.multiply(doubles, weights, product.inputs, 'doubleBackTrick');
  return product.result(values, product.isInputTuple);
}
