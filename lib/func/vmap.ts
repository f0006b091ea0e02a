import { kindOf } from '../describe.js';
import { wrap } from '../dispatch.js';
import { ValueError } from '../errors.js';
import { getRngState, setRngState } from '../generator.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import {
  broadcastToAndFlatten,
  type TreeSpec,
  treeFlatten,
  treeUnflatten,
} from '../utils/pytree.js';
import {
  type AnyFunction,
  callFunction,
  checkFunction,
  checkRandomness,
  nameOf,
  type Randomness,
  withVmapLevel,
} from './nesting.js';

/** A dimension for each input or output, in a structure like theirs; null where none is mapped. */
export type Dims = number | null | readonly Dims[] | { readonly [key: string]: Dims };

/** A dimension for all inputs, or one for each. */
export type InDims = number | readonly Dims[];

/** The options of {@link vmap}. */
export interface VmapOptions {
  /** Which dimension of each input is mapped over. Default: 0. */
  inDims?: InDims;
  /** Where the mapped dimension appears in each output. Default: 0. */
  outDims?: Dims;
  /** What random functions do: throw, differ or be the same for all samples. Default: `'error'`. */
  randomness?: Randomness;
  /** How many samples are computed at a time. Default: all. */
  chunkSize?: number | null;
}

const signature = new Signature<Required<VmapOptions> & { func: AnyFunction }>(
  'vmap()',
  { func: required, inDims: 0, outDims: 0, randomness: 'error' },
  { chunkSize: null },
);

/** The inputs as leaves, each with the dimension that is mapped over, or null. */
interface Inputs {
  leaves: unknown[];
  dims: (number | null)[];
  spec: TreeSpec;
  batchSize: number;
}

function checkInput(where: string, leaf: unknown, dim: unknown): number | null {
  if (dim === null || dim === undefined) return null;
  if (!Number.isInteger(dim)) {
    throw new ValueError(
      `${where}: inDims holds ${kindOf(dim)}; each must be an integer dimension or null`,
    );
  }
  if (!(leaf instanceof Tensor)) {
    throw new ValueError(
      `${where}: got the dimension ${dim} for an input that is ${kindOf(leaf)}; only Tensors can be mapped over: give null in inDims for the others`,
    );
  }
  const count = leaf.dim();
  if ((dim as number) < -count || (dim as number) >= count) {
    throw new ValueError(
      `${where}: got the dimension ${dim} for an input of ${count} dimensions; it must be in [${-count}, ${count})`,
    );
  }
  return (dim as number) < 0 ? (dim as number) + count : (dim as number);
}

function readInputs(where: string, args: readonly unknown[], inDims: InDims): Inputs {
  if (!Array.isArray(inDims) && !Number.isInteger(inDims)) {
    throw new ValueError(
      `${where}: inDims must be an integer or an array with one entry for each input, got ${kindOf(inDims)}`,
    );
  }
  if (args.length === 0) {
    throw new ValueError(`${where}: got no inputs; a function of none cannot be mapped`);
  }
  const [leaves, spec] = treeFlatten(args);
  const given = broadcastToAndFlatten(inDims, spec);
  if (given === null) {
    throw new ValueError(
      `${where}: inDims is not compatible with the structure of the inputs: it is ${treeFlatten(inDims)[1]}, and they are ${spec}`,
    );
  }
  const dims = leaves.map((leaf, i) => checkInput(where, leaf, given[i]));
  const sizes = dims.flatMap((dim, i) => (dim === null ? [] : [(leaves[i] as Tensor).size(dim)]));
  if (sizes.length === 0) throw new ValueError(`${where}: at least one Tensor must be mapped over`);
  if (sizes.some((size) => size !== sizes[0])) {
    throw new ValueError(
      `${where}: all tensors must have the same size in the mapped dimension, got [${sizes.join(', ')}]`,
    );
  }
  return { leaves, dims, spec, batchSize: sizes[0] as number };
}

function outDimOf(where: string, dim: unknown): number | null {
  if (dim === null || dim === undefined) return null;
  if (Number.isInteger(dim)) return dim as number;
  throw new ValueError(
    `${where}: outDims must be an integer, null, or a structure of these, got ${kindOf(dim)}`,
  );
}

/** The dimension for each leaf of an output. */
function readOutDims(where: string, outDims: Dims, output: unknown, spec: TreeSpec) {
  const isAlone = output instanceof Tensor && Array.isArray(outDims) && outDims.length === 1;
  const dims = broadcastToAndFlatten(isAlone ? outDims[0] : outDims, spec);
  if (dims === null) {
    throw new ValueError(
      `${where}: outDims is not compatible with the structure of the outputs: it is ${treeFlatten(outDims)[1]}, and they are ${spec}`,
    );
  }
  return dims.map((dim) => outDimOf(where, dim));
}

const BATCHED = 1;

function unwrapOutput(
  where: string,
  output: unknown,
  level: number,
  size: number,
  dim: number | null,
): unknown {
  if (dim === null) {
    if (output instanceof Tensor && native.wrapperOf(requiredId(output))[0] === BATCHED) {
      throw new ValueError(
        `${where}: an output that depends on the inputs cannot have outDims null`,
      );
    }
    return output;
  }
  if (!(output instanceof Tensor)) {
    throw new ValueError(
      `${where}: the function must return only Tensors, got ${kindOf(output)}; set outDims to null for that output`,
    );
  }
  return wrap(native.removeBatchDim(requiredId(output), level, size, dim));
}

interface Mapped {
  output: unknown[];
  spec: TreeSpec;
  dims: (number | null)[];
}

/** One pass over all samples. */
function mapOnce(
  where: string,
  func: AnyFunction,
  inputs: Inputs,
  outDims: Dims,
  randomness: Randomness,
): Mapped {
  return withVmapLevel(inputs.batchSize, randomness, (level) => {
    const batched = inputs.leaves.map((leaf, i) => {
      const dim = inputs.dims[i] as number | null;
      if (dim === null) return leaf;
      return wrap(native.addBatchDim(requiredId(leaf as Tensor), dim, level));
    });
    const result = callFunction(where, func, treeUnflatten(batched, inputs.spec) as unknown[]);
    const [leaves, spec] = treeFlatten(result);
    const dims = readOutDims(where, outDims, result, spec);
    const output = leaves.map((leaf, i) =>
      unwrapOutput(where, leaf, level, inputs.batchSize, dims[i] as number | null),
    );
    return { output, spec, dims };
  });
}

/** The inputs in parts of at most `size` samples. */
function* chunksOf(inputs: Inputs, size: number): Generator<Inputs> {
  // A batch without samples is one part too: it tells the outputs' shapes.
  for (let start = 0; start === 0 || start < inputs.batchSize; start += size) {
    const length = Math.min(size, inputs.batchSize - start);
    const leaves = inputs.leaves.map((leaf, i) => {
      const dim = inputs.dims[i] as number | null;
      return dim === null ? leaf : operators.torch.narrow(leaf as Tensor, dim, start, length);
    });
    yield { ...inputs, leaves, batchSize: length };
  }
}

/** One pass for each part; where all samples are to draw the same numbers, all parts do. */
function mapChunks(
  where: string,
  func: AnyFunction,
  inputs: Inputs,
  outDims: Dims,
  randomness: Randomness,
  size: number,
): Mapped {
  const state = randomness === 'same' ? getRngState() : null;
  const chunks = Array.from(chunksOf(inputs, size), (chunk) => {
    if (state !== null) setRngState(state);
    return mapOnce(where, func, chunk, outDims, randomness);
  });
  const first = chunks[0] as Mapped;
  const output = first.output.map((_, i) => {
    const dim = first.dims[i] as number | null;
    if (dim === null) {
      throw new ValueError(`${where}: with chunkSize, outDims cannot be null`);
    }
    return operators.torch.cat(
      chunks.map((chunk) => chunk.output[i] as Tensor),
      dim,
    );
  });
  return { ...first, output };
}

/**
 * Vectorizes `func`: the function that it returns takes inputs with one more dimension, and runs
 * `func` for all their slices at once, each operator in one call for the whole batch.
 *
 * Every argument of the returned function is an input: a Tensor, or an array, plain object or Map
 * of them. Inside `func`, `item()` and branches on a tensor's value throw: there is one value for
 * each sample.
 *
 * @param func What runs for each sample; it must return one Tensor or a structure of them.
 * @param inDims Which dimension of each input is mapped over: one number for all, or an array with
 * an entry for each argument, which may be a structure like the argument's; null marks an input
 * that is the same for all samples. Default: 0.
 * @param outDims Where the mapped dimension appears in the outputs: one number for all, or a
 * structure like the output's. Default: 0.
 * @param randomness Whether random functions throw (`'error'`), or draw numbers for each sample
 * (`'different'`) or once for all (`'same'`). Default: `'error'`.
 * @param options.chunkSize How many samples are computed at a time, to bound memory. Default: all.
 *
 * @throws ValueError where the inputs' sizes along the mapped dimension differ, or where `inDims`
 * or `outDims` does not fit.
 *
 * @example
 * ```ts
 * const x = torch.tensor([[1, 2], [3, 4]]);
 * const y = torch.tensor([10, 1]);
 * torch.vmap((a: Tensor, b: Tensor) => a.dot(b), [0, null])(x, y); // tensor([12., 34.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.vmap.html
 */
export function vmap<Args extends unknown[], Result>(
  ...args: Call<
    [func: (...args: Args) => Result],
    [inDims: InDims, outDims: Dims, randomness: Randomness],
    VmapOptions
  >
): (...args: Args) => Result {
  const { func, inDims, outDims, randomness, chunkSize } = signature.bind(args);
  checkFunction('vmap()', func);
  checkRandomness('vmap()', randomness);
  if (chunkSize !== null && !(Number.isInteger(chunkSize) && chunkSize > 0)) {
    throw new ValueError(`vmap(): chunkSize must be null or an integer above 0, got ${chunkSize}`);
  }
  const where = `vmap(${nameOf(func)})`;
  // Wrong ones are told of at once, as far as that can be without the outputs.
  for (const dim of treeFlatten(outDims)[0]) outDimOf(where, dim);
  const mapped = (...args: Args): Result => {
    const inputs = readInputs(where, args, inDims);
    const { output, spec } =
      chunkSize === null
        ? mapOnce(where, func, inputs, outDims, randomness)
        : mapChunks(where, func, inputs, outDims, randomness, chunkSize);
    return treeUnflatten(output, spec) as Result;
  };
  return Object.defineProperty(mapped, 'name', { value: nameOf(func) });
}
