import { operators } from '../operators.js';
import { required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';

/** The elements alone, or with what else was asked for: their places, how often they occur. */
export type UniqueResult<Inverse extends boolean, Counts extends boolean> = Inverse extends true
  ? Counts extends true
    ? [output: Tensor, inverseIndices: Tensor, counts: Tensor]
    : [output: Tensor, inverseIndices: Tensor]
  : Counts extends true
    ? [output: Tensor, counts: Tensor]
    : Tensor;

/** The options of {@link uniqueConsecutive}. */
export interface UniqueConsecutiveOptions<Inverse extends boolean, Counts extends boolean> {
  /** Whether to tell where each element of the input went. Default: false. */
  returnInverse?: Inverse;
  /** Whether to tell how often each element occurs. Default: false. */
  returnCounts?: Counts;
  /** Compare slices along this dimension. Default: single elements, of the flattened input. */
  dim?: number | null;
}

/** The options of {@link unique}. */
export interface UniqueOptions<Inverse extends boolean, Counts extends boolean>
  extends UniqueConsecutiveOptions<Inverse, Counts> {
  /** Whether to sort the elements. Default: true. */
  sorted?: boolean;
}

interface UniqueArguments {
  input: Tensor;
  sorted: boolean;
  returnInverse: boolean;
  returnCounts: boolean;
  dim: number | null;
}

type Flags = Pick<UniqueArguments, 'returnInverse' | 'returnCounts'>;

function wanted(results: [Tensor, Tensor, Tensor], flags: Flags): Tensor | Tensor[] {
  const [output, inverse, counts] = results;
  if (!flags.returnInverse && !flags.returnCounts) return output;
  return [
    output,
    ...(flags.returnInverse ? [inverse] : []),
    ...(flags.returnCounts ? [counts] : []),
  ];
}

const uniqueSignature = new Signature<UniqueArguments>('unique()', {
  input: required,
  sorted: true,
  returnInverse: false,
  returnCounts: false,
  dim: null,
});

/**
 * The different elements of a tensor, or its different slices along a dimension.
 *
 * @param input Any shape.
 * @param sorted Whether to sort them. Default: true; on the CPU they always are.
 * @param returnInverse Whether to tell where each element of the input went. Default: false.
 * @param returnCounts Whether to tell how often each occurs. Default: false.
 * @param dim Compare slices along this dimension. Default: single elements.
 * @returns The elements, `[count]`; an array with the indices and the counts behind them where
 * these were asked for.
 *
 * @example
 * ```ts
 * torch.unique(torch.tensor([2n, 1n, 2n])); // tensor([1, 2])
 * const [values, counts] = torch.unique(x, { returnCounts: true });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.unique.html
 */
export function unique<Inverse extends boolean = false, Counts extends boolean = false>(
  input: Tensor,
  options: UniqueOptions<Inverse, Counts>,
): UniqueResult<Inverse, Counts>;
export function unique<Inverse extends boolean = false, Counts extends boolean = false>(
  input: Tensor,
  sorted: boolean,
  options: UniqueConsecutiveOptions<Inverse, Counts>,
): UniqueResult<Inverse, Counts>;
export function unique<Inverse extends boolean = false, Counts extends boolean = false>(
  input: Tensor,
  sorted?: boolean,
  returnInverse?: Inverse,
  returnCounts?: Counts,
  dim?: number | null,
): UniqueResult<Inverse, Counts>;
export function unique(...args: unknown[]): Tensor | Tensor[] {
  const bound = uniqueSignature.bind(args);
  const { input, sorted, returnInverse, returnCounts, dim } = bound;
  const results =
    dim === null
      ? operators.torch._unique2(input, sorted, returnInverse, returnCounts)
      : operators.torch.uniqueDim(input, dim, sorted, returnInverse, returnCounts);
  return wanted(results, bound);
}

const consecutiveSignature = new Signature<Omit<UniqueArguments, 'sorted'>>('uniqueConsecutive()', {
  input: required,
  returnInverse: false,
  returnCounts: false,
  dim: null,
});

/**
 * The elements of a tensor without those that equal the one before them, or its slices along a
 * dimension.
 *
 * @param input Any shape.
 * @param returnInverse Whether to tell where each element of the input went. Default: false.
 * @param returnCounts Whether to tell how long each run of equals was. Default: false.
 * @param dim Compare slices along this dimension. Default: single elements.
 * @returns The elements, `[count]`; an array with the indices and the counts behind them where
 * these were asked for.
 *
 * @example
 * ```ts
 * torch.uniqueConsecutive(torch.tensor([1n, 1n, 2n, 1n])); // tensor([1, 2, 1])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.unique_consecutive.html
 */
export function uniqueConsecutive<Inverse extends boolean = false, Counts extends boolean = false>(
  input: Tensor,
  options: UniqueConsecutiveOptions<Inverse, Counts>,
): UniqueResult<Inverse, Counts>;
export function uniqueConsecutive<Inverse extends boolean = false, Counts extends boolean = false>(
  input: Tensor,
  returnInverse?: Inverse,
  returnCounts?: Counts,
  dim?: number | null,
): UniqueResult<Inverse, Counts>;
export function uniqueConsecutive(...args: unknown[]): Tensor | Tensor[] {
  const bound = consecutiveSignature.bind(args);
  const { input, returnInverse, returnCounts, dim } = bound;
  return wanted(operators.torch.uniqueConsecutive(input, returnInverse, returnCounts, dim), bound);
}
