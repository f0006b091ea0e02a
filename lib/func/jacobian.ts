import { TorchError, ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { type TreeSpec, treeFlatten, treeLeaves, treeMap, treeUnflatten } from '../utils/pytree.js';
import { type Argnums, type MapTensors, type Picked, positionsOf } from './argnums.js';
import { checkTransform, type GradOptions, named } from './grad.js';
import { pushforward } from './jvp.js';
import { type AnyFunction, checkRandomness, flattenTensors, type Randomness } from './nesting.js';
import { pullback } from './vjp.js';
import { vmap } from './vmap.js';

/** The options of {@link jacrev}. */
export interface JacrevOptions<Nums extends Argnums = Argnums, HasAux extends boolean = boolean>
  extends GradOptions<Nums, HasAux> {
  /** How many rows are computed at a time; 1 is a plain loop. Default: all. */
  chunkSize?: number | null;
}

/** The options of {@link jacfwd}. */
export interface JacfwdOptions<Nums extends Argnums = Argnums, HasAux extends boolean = boolean>
  extends GradOptions<Nums, HasAux> {
  /** What random functions do; see `vmap`. Default: `'error'`. */
  randomness?: Randomness;
}

/** For each tensor of the output, in its structure, the derivatives with respect to the inputs. */
export type Jacobian<Output, Args extends readonly unknown[], Nums extends Argnums> = MapTensors<
  Output,
  Picked<Args, Nums>
>;

function checkReal(where: string, what: string, tree: unknown): void {
  for (const leaf of treeLeaves(tree)) {
    if (leaf instanceof Tensor && leaf.dtype.isComplex) {
      throw new TorchError(`${where}: all ${what} must be real, got a tensor of ${leaf.dtype}`);
    }
  }
}

/**
 * The rows of an identity matrix, split among tensors: each part has the rows in front of its
 * tensor's shape. `start` and `count` choose the rows.
 */
function standardBasis(tensors: readonly Tensor[], start: number, count: number): Tensor[] {
  let offset = 0;
  return tensors.map((tensor) => {
    const columns = tensor.numel();
    const part = tensor.newZeros([count, columns]);
    operators.torch.diagonal(part, start - offset).fill_(1);
    offset += columns;
    return part.view([count, ...tensor.shape]);
  });
}

const sizeOf = (tensors: readonly Tensor[]) =>
  tensors.reduce((total, tensor) => total + tensor.numel(), 0);

/** The arguments that are differentiated with respect to, always as an array. */
function pickList(where: string, args: readonly unknown[], argnums: Argnums): unknown[] {
  return positionsOf(where, argnums, args.length).map((position) => args[position]);
}

/** Puts blocks, by output and then by input, into the structures of both. */
function assemble(
  blocks: readonly (readonly Tensor[])[],
  outputSpec: TreeSpec,
  inputSpec: TreeSpec,
  argnums: Argnums,
): unknown {
  const rows = blocks.map((row) => {
    const inputs = treeUnflatten(row, inputSpec) as unknown[];
    return typeof argnums === 'number' ? inputs[0] : inputs;
  });
  return treeUnflatten(rows, outputSpec);
}

interface JacrevArguments {
  func: AnyFunction;
  argnums: Argnums;
  hasAux: boolean;
  chunkSize: number | null;
}

const jacrevSignature = new Signature<JacrevArguments>(
  'jacrev()',
  { func: required, argnums: 0 },
  { hasAux: false, chunkSize: null },
);

/**
 * The function that computes the Jacobian of `func` by reverse-mode differentiation: all rows at
 * once, by `vmap`. Cheaper than {@link jacfwd} where there are more inputs than outputs.
 *
 * @param func Returns a real Tensor, or a structure of them; with `hasAux` an array of that and of
 * Tensors that are handed on.
 * @param argnums Which argument is differentiated with respect to, or which. Default: 0.
 * @param options.hasAux Whether `func` returns `[output, aux]`. Default: false.
 * @param options.chunkSize How many rows are computed at a time, to bound memory; 1 is a plain
 * loop, which needs nothing of `vmap`. Default: all.
 * @returns a function of the same arguments, which returns for each tensor of the output a tensor
 * of shape `[...output.shape, ...input.shape]` in the structure of the inputs, or
 * `[jacobian, aux]`.
 *
 * @example
 * ```ts
 * const x = torch.tensor([1, 2]);
 * torch.func.jacrev((x: Tensor) => x.pow(2))(x); // tensor([[2., 0.], [0., 4.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.jacrev.html
 */
export function jacrev<Args extends unknown[], Output, const Nums extends Argnums = 0>(
  func: (...args: Args) => Output,
  argnums?: Nums | JacrevOptions<Nums, false>,
  options?: JacrevOptions<Nums, false>,
): (...args: Args) => Jacobian<Output, Args, Nums>;
export function jacrev<Args extends unknown[], Output, Aux, const Nums extends Argnums = 0>(
  func: (...args: Args) => readonly [Output, Aux],
  ...options:
    | [argnums: Nums, options: JacrevOptions<never, true>]
    | [options: JacrevOptions<Nums, true>]
): (...args: Args) => [jacobian: Jacobian<Output, Args, Nums>, aux: Aux];
export function jacrev(...args: unknown[]): AnyFunction {
  const bound = jacrevSignature.bind(args);
  const { func, argnums, hasAux, chunkSize } = bound;
  checkTransform('jacrev()', bound);
  if (chunkSize !== null && !(Number.isInteger(chunkSize) && chunkSize > 0)) {
    throw new ValueError(`jacrev(): chunkSize must be an integer above 0, got ${chunkSize}`);
  }
  return named(func, (...args) => {
    checkReal('jacrev()', 'inputs', args);
    const { output, outputSpec, aux, pull } = pullback('jacrev()', func, args, argnums, hasAux);
    checkReal('jacrev()', 'outputs', output);
    const outputs = treeLeaves(output) as Tensor[];
    const [inputs, inputSpec] = treeFlatten(pickList('jacrev()', args, argnums));
    const total = sizeOf(outputs);
    const size = Math.max(1, chunkSize ?? total);
    const chunks: Tensor[][] = [];
    for (let start = 0; start === 0 || start < total; start += size) {
      const basis = standardBasis(outputs, start, Math.min(size, total - start));
      chunks.push(pullRows(pull, basis, chunkSize === 1));
    }
    // One tensor of all rows for each input; the rows belong to the outputs in turn.
    const perInput = inputs.map((input, i) => {
      const rows = chunks.map((chunk) => chunk[i] as Tensor);
      const all = rows.length === 1 ? (rows[0] as Tensor) : operators.torch.cat(rows, 0);
      const sizes = outputs.map((output) => output.numel());
      const blocks = operators.torch.splitWithSizes(all, sizes, 0);
      const shape = (input as Tensor).shape;
      return outputs.map((output, j) => (blocks[j] as Tensor).view([...output.shape, ...shape]));
    });
    const blocks = outputs.map((_, j) => perInput.map((parts) => parts[j] as Tensor));
    const jacobian = assemble(blocks, outputSpec, inputSpec, argnums);
    return hasAux ? [jacobian, aux] : jacobian;
  });
}

/** The gradients for some rows of the basis, a leading dimension of rows in each. */
function pullRows(
  pull: (cotangents: readonly Tensor[]) => unknown,
  basis: readonly Tensor[],
  isLoop: boolean,
): Tensor[] {
  if (!isLoop) return treeLeaves(vmap((...rows: Tensor[]) => pull(rows))(...basis)) as Tensor[];
  const row = basis.map((part) => operators.torch.squeeze(part, 0));
  return (treeLeaves(pull(row)) as Tensor[]).map((part) => operators.torch.unsqueeze(part, 0));
}

interface JacfwdArguments {
  func: AnyFunction;
  argnums: Argnums;
  hasAux: boolean;
  randomness: Randomness;
}

const jacfwdSignature = new Signature<JacfwdArguments>(
  'jacfwd()',
  { func: required, argnums: 0, hasAux: false },
  { randomness: 'error' },
);

/**
 * The function that computes the Jacobian of `func` by forward-mode differentiation: all columns
 * at once, by `vmap`. Cheaper than {@link jacrev} where there are more outputs than inputs.
 *
 * @param func Returns a real Tensor, or a structure of them; with `hasAux` an array of that and of
 * Tensors that are handed on.
 * @param argnums Which argument is differentiated with respect to, or which. Default: 0.
 * @param hasAux Whether `func` returns `[output, aux]`. Default: false.
 * @param options.randomness What random functions do; see `vmap`. Default: `'error'`.
 * @returns a function of the same arguments, which returns what that of {@link jacrev} does.
 *
 * @throws NotImplementedError where an operator has no forward-mode derivative.
 *
 * @example
 * ```ts
 * const x = torch.tensor([1, 2]);
 * torch.func.jacfwd((x: Tensor) => x.pow(2))(x); // tensor([[2., 0.], [0., 4.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.jacfwd.html
 */
export function jacfwd<Args extends unknown[], Output, const Nums extends Argnums = 0>(
  func: (...args: Args) => Output,
  argnums?: Nums | JacfwdOptions<Nums, false>,
  hasAux?: false | JacfwdOptions<Nums, false>,
  options?: JacfwdOptions<Nums, false>,
): (...args: Args) => Jacobian<Output, Args, Nums>;
export function jacfwd<Args extends unknown[], Output, Aux, const Nums extends Argnums = 0>(
  func: (...args: Args) => readonly [Output, Aux],
  ...options:
    | [argnums: Nums, hasAux: true, options?: JacfwdOptions<never, true>]
    | [options: JacfwdOptions<Nums, true>]
): (...args: Args) => [jacobian: Jacobian<Output, Args, Nums>, aux: Aux];
export function jacfwd(...args: unknown[]): AnyFunction {
  const bound = jacfwdSignature.bind(args);
  const { func, argnums, hasAux, randomness } = bound;
  checkTransform('jacfwd()', bound);
  checkRandomness('jacfwd()', randomness);
  return named(func, (...args) => {
    checkReal('jacfwd()', 'inputs', args);
    const picked = pickList('jacfwd()', args, argnums);
    const { tensors: inputs, spec: inputSpec } = flattenTensors('jacfwd()', 'the inputs', picked);
    const total = sizeOf(inputs);
    const push = (...columns: Tensor[]) => {
      const tangents = treeUnflatten(columns, inputSpec);
      const pushed = pushforward('jacfwd()', func, args, tangents, argnums, {
        strict: false,
        hasAux,
      });
      checkReal('jacfwd()', 'outputs', pushed.output);
      return [pushed.tangent, hasAux ? pushed.aux : []];
    };
    const basis = standardBasis(inputs, 0, total);
    const [tangents, aux] = vmap(push, { randomness })(...basis) as [unknown, unknown];
    const [columns, outputSpec] = treeFlatten(tangents);
    const sizes = inputs.map((input) => input.numel());
    const blocks = (columns as Tensor[]).map((column) => {
      const last = operators.torch.movedim(column, 0, -1);
      const parts = operators.torch.splitWithSizes(last, sizes, -1);
      return inputs.map((input, i) =>
        (parts[i] as Tensor).reshape([...last.shape.slice(0, -1), ...input.shape]),
      );
    });
    const jacobian = assemble(blocks, outputSpec, inputSpec, argnums);
    // The same for each column.
    return hasAux ? [jacobian, treeMap(aux, (leaf) => (leaf as Tensor)[0])] : jacobian;
  });
}

/**
 * The function that computes the Hessian of `func`: `jacfwd(jacrev(func))`.
 *
 * @param func Returns a real Tensor, or a structure of them.
 * @param argnums Which argument is differentiated with respect to, or which. Default: 0.
 *
 * @example
 * ```ts
 * const x = torch.tensor([1, 2]);
 * torch.func.hessian((x: Tensor) => x.pow(3).sum())(x); // tensor([[ 6.,  0.], [ 0., 12.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.hessian.html
 */
export function hessian<Args extends unknown[], Output, const Nums extends Argnums = 0>(
  func: (...args: Args) => Output,
  argnums?: Nums | { argnums?: Nums },
): (...args: Args) => Jacobian<Jacobian<Output, Args, Nums>, Args, Nums>;
export function hessian(...args: unknown[]): AnyFunction {
  const { func, argnums } = hessianSignature.bind(args);
  return jacfwd(jacrev(func, argnums) as (...args: unknown[]) => Tensor, argnums);
}

const hessianSignature = new Signature<{ func: AnyFunction; argnums: Argnums }>('hessian()', {
  func: required,
  argnums: 0,
});
