import { int64 } from '../../dtype.js';
import type { Generator } from '../../generator.js';
import { operators } from '../../operators.js';
import type { Tensor } from '../../tensor.js';

/** The elements of an int64 tensor. Doubles hold every index exactly, and spare us BigInts. */
export function toNumbers(indices: Tensor): Float64Array {
  return indices.double().toTypedArray() as Float64Array;
}

/** A random permutation of 0 to n - 1. */
export function permutation(n: number, generator: Generator | null | undefined): Float64Array {
  return toNumbers(operators.torch.randperm(n, { generator }));
}

/** A seed drawn from a generator as PyTorch's data loading draws one. */
export function drawSeed(generator: Generator | null | undefined): bigint {
  const seed = operators.torch.empty([], { dtype: int64 });
  return seed.random_({ generator }).itemBigInt();
}
