/**
 * Sequences of different lengths; Python's `torch.nn.utils.rnn`.
 *
 * @see https://pytorch.org/docs/stable/nn.html#utilities
 * @module
 */
import { tensor } from '../../creation.js';
import { describe } from '../../describe.js';
import type { DType } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { idOf } from '../../handle.js';
import { native } from '../../native.js';
import { operators } from '../../operators.js';
import { type Call, checkFlags, required, Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';
import type { ToOptions } from '../../tensor-conversions.js';
import type { DeviceLike } from '../../types.js';
import { checkTensor } from '../modules/utils.js';

/** What {@link PackedSequence} is made of after its data. */
export interface PackedSequenceOptions {
  /** How many sequences there are at each step; int64, on the CPU. */
  batchSizes: Tensor;
  /** Which sequence of the batch stands at each place. Default: null, they stand as they came. */
  sortedIndices?: Tensor | null;
  /** Where each sequence of the batch stands. Default: the inverse of `sortedIndices`. */
  unsortedIndices?: Tensor | null;
}

const packedSequence = new Signature<{ data: Tensor } & Required<PackedSequenceOptions>>(
  'nn.utils.rnn.PackedSequence',
  { data: required, batchSizes: required, sortedIndices: null, unsortedIndices: null },
);

/**
 * Sequences of different lengths without padding: the first elements of all, then the second
 * elements of those that have one, and so on. Every recurrent layer takes one as its input.
 *
 * It is made by {@link packSequence} and {@link packPaddedSequence}, and gives its four tensors in
 * order when it is iterated, as Python's named tuple does.
 *
 * @param data The elements, `(sum of lengths, *)`.
 * @param batchSizes How many sequences there are at each step; int64, on the CPU.
 * @param sortedIndices Which sequence of the batch stands at each place. Default: null.
 * @param unsortedIndices Where each sequence of the batch stands. Default: the inverse of
 * `sortedIndices`.
 * @throws ValueError where `batchSizes` is not on the CPU.
 *
 * @example
 * ```ts
 * const { packSequence } = nn.utils.rnn;
 * const packed = packSequence([torch.tensor([1, 2, 3]), torch.tensor([4, 5])]);
 * console.log(packed.data, packed.batchSizes); // tensor([1., 4., 2., 5., 3.]) tensor([2, 2, 1])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html
 */
export class PackedSequence {
  /** The elements. */
  readonly data: Tensor;
  /** How many sequences there are at each step. */
  readonly batchSizes: Tensor;
  /** Which sequence of the batch stands at each place; null where they stand as they came. */
  readonly sortedIndices: Tensor | null;
  /** Where each sequence of the batch stands. */
  readonly unsortedIndices: Tensor | null;

  constructor(
    ...args: Call<
      [data: Tensor, batchSizes: Tensor],
      [sortedIndices: Tensor | null, unsortedIndices: Tensor | null],
      Partial<PackedSequenceOptions>
    >
  ) {
    const { data, batchSizes, sortedIndices, unsortedIndices } = packedSequence.bind(args);
    checkTensor(packedSequence.where, 'data', data);
    checkTensor(packedSequence.where, 'batchSizes', batchSizes);
    if (!batchSizes.isCpu) {
      throw new ValueError(
        'batchSizes should always be on the CPU; packSequence() and packPaddedSequence() make a PackedSequence that is right',
      );
    }
    this.data = data;
    this.batchSizes = batchSizes;
    this.sortedIndices = sortedIndices;
    this.unsortedIndices = unsortedIndices ?? invertPermutation(sortedIndices);
  }

  /** The four tensors, in the order of the constructor. */
  *[Symbol.iterator](): Generator<Tensor | null, void> {
    yield this.data;
    yield this.batchSizes;
    yield this.sortedIndices;
    yield this.unsortedIndices;
  }

  private _with(data: Tensor, change: (indices: Tensor) => Tensor): PackedSequence {
    const { batchSizes, sortedIndices, unsortedIndices } = this;
    const sorted = sortedIndices && change(sortedIndices);
    return new PackedSequence(data, batchSizes, sorted, unsortedIndices && change(unsortedIndices));
  }

  /** The same in page-locked memory, from which copies to a GPU are faster. */
  pinMemory(): PackedSequence {
    return this._with(this.data.pinMemory(), (indices) => indices.pinMemory());
  }

  private _moved(data: Tensor): PackedSequence {
    if (native.isSame(idOf(data), idOf(this.data))) return this;
    return this._with(data, (indices) => indices.to(data.device));
  }

  /**
   * The same with the data of another dtype or on another device; itself where nothing would
   * change. It takes what `Tensor.to` takes; the indices move along and stay int64.
   */
  to(dtype: DType, nonBlocking?: boolean, copy?: boolean): PackedSequence;
  to(device: DeviceLike, dtype?: DType, nonBlocking?: boolean, copy?: boolean): PackedSequence;
  to(other: Tensor | ToOptions, nonBlocking?: boolean, copy?: boolean): PackedSequence;
  to(...args: unknown[]): PackedSequence {
    const to = this.data.to as (...args: unknown[]) => Tensor;
    return this._moved(to.apply(this.data, args));
  }

  /** The same on a GPU. Default: the current one. */
  cuda(device: DeviceLike = 'cuda'): PackedSequence {
    return this._moved(this.data.cuda(device));
  }

  /** The same in the CPU's memory. */
  cpu(): PackedSequence {
    return this._moved(this.data.cpu());
  }

  /** The same with data of float64. */
  double(): PackedSequence {
    return this._moved(this.data.double());
  }

  /** The same with data of float32. */
  float(): PackedSequence {
    return this._moved(this.data.float());
  }

  /** The same with data of float16. */
  half(): PackedSequence {
    return this._moved(this.data.half());
  }

  /** The same with data of int64. */
  long(): PackedSequence {
    return this._moved(this.data.long());
  }

  /** The same with data of int32. */
  int(): PackedSequence {
    return this._moved(this.data.int());
  }

  /** The same with data of int16. */
  short(): PackedSequence {
    return this._moved(this.data.short());
  }

  /** The same with data of int8. */
  char(): PackedSequence {
    return this._moved(this.data.char());
  }

  /** The same with data of uint8. */
  byte(): PackedSequence {
    return this._moved(this.data.byte());
  }

  /** Whether the data lie on a GPU. */
  get isCuda(): boolean {
    return this.data.isCuda;
  }

  /** Whether the data lie in page-locked memory. */
  isPinned(): boolean {
    return this.data.isPinned();
  }

  /** As Python prints it. */
  toString(): string {
    const shown = (tensor: Tensor | null) => (tensor === null ? 'None' : String(tensor));
    const { data, batchSizes, sortedIndices, unsortedIndices } = this;
    return `PackedSequence(data=${data}, batch_sizes=${batchSizes}, sorted_indices=${shown(sortedIndices)}, unsorted_indices=${shown(unsortedIndices)})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * The inverse of a permutation.
 *
 * @param permutation int64, one-dimensional: each number below its length once; null stays null.
 *
 * @example
 * ```ts
 * nn.utils.rnn.invertPermutation(torch.tensor([2n, 0n, 1n])); // tensor([1, 2, 0])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.invert_permutation.html
 */
export function invertPermutation<T extends Tensor | null>(permutation: T): T {
  if (permutation === null) return permutation;
  checkTensor('nn.utils.rnn.invertPermutation', 'permutation', permutation);
  const { device } = permutation;
  const places = operators.torch.arange(0, permutation.numel(), { device });
  return operators.torch.emptyLike(permutation).scatter_(0, permutation, places) as T;
}

/** The lengths of sequences: numbers, or a tensor of int64 on the CPU. */
export type Lengths = Tensor | readonly number[];

function lengthsTensor(where: string, lengths: unknown): Tensor {
  if (lengths instanceof Tensor) return lengths.long();
  if (!Array.isArray(lengths) || !lengths.every(Number.isInteger)) {
    throw new TypeError(
      `${where}: lengths must be an array of integers or a Tensor, got ${describe(lengths)}`,
    );
  }
  return tensor(BigInt64Array.from(lengths, BigInt));
}

/** What {@link packPaddedSequence} takes after its required arguments. */
export interface PackPaddedSequenceOptions {
  /** Whether the batch is the input's first dimension rather than its second. Default: false. */
  batchFirst?: boolean;
  /** Whether the lengths must decrease; false sorts the sequences. Default: true. */
  enforceSorted?: boolean;
}

const packPadded = new Signature<
  { input: Tensor; lengths: Lengths } & Required<PackPaddedSequenceOptions>
>('nn.utils.rnn.packPaddedSequence', {
  input: required,
  lengths: required,
  batchFirst: false,
  enforceSorted: true,
});

/**
 * Packs a batch of padded sequences.
 *
 * @param input `(T, B, *)`, or `(B, T, *)` with `batchFirst`, where `T` is the longest length.
 * @param lengths The length of each sequence, above 0: numbers, or a tensor on the CPU.
 * @param batchFirst Whether the batch is the first dimension. Default: false.
 * @param enforceSorted Whether the lengths must decrease; false sorts the sequences, and notes
 * their order. Default: true.
 * @throws TorchError where a length is 0, where there are more or fewer lengths than sequences,
 * and where `enforceSorted` finds them unsorted.
 *
 * @example
 * ```ts
 * const { packPaddedSequence, padPackedSequence } = nn.utils.rnn;
 * const padded = torch.tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]]);
 * const options = { batchFirst: true, enforceSorted: false };
 * const packed = packPaddedSequence(padded, [2, 1, 3], options);
 * packed.data; // tensor([4., 1., 3., 5., 2., 6.])
 * packed.sortedIndices; // tensor([2, 0, 1])
 * padPackedSequence(packed, { batchFirst: true })[1]; // tensor([2, 1, 3])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html
 */
export function packPaddedSequence(
  ...args: Call<
    [input: Tensor, lengths: Lengths],
    [batchFirst: boolean, enforceSorted: boolean],
    PackPaddedSequenceOptions
  >
): PackedSequence {
  const { input, lengths, batchFirst, enforceSorted } = packPadded.bind(args);
  checkTensor(packPadded.where, 'input', input);
  checkFlags(packPadded.where, { batchFirst, enforceSorted });
  const given = lengthsTensor(packPadded.where, lengths);
  const { sort, indexSelect, _packPaddedSequence } = operators.torch;
  if (enforceSorted) {
    const [data, batchSizes] = _packPaddedSequence(input, given, batchFirst);
    return new PackedSequence(data, batchSizes);
  }
  const [sortedLengths, order] = sort(given, { descending: true });
  const sortedIndices = order.to(input.device);
  const sorted = indexSelect(input, batchFirst ? 0 : 1, sortedIndices);
  const [data, batchSizes] = _packPaddedSequence(sorted, sortedLengths, batchFirst);
  return new PackedSequence(data, batchSizes, sortedIndices);
}

/** What {@link padPackedSequence} takes after its required argument. */
export interface PadPackedSequenceOptions {
  /** Whether the batch is the output's first dimension rather than its second. Default: false. */
  batchFirst?: boolean;
  /** What stands behind the shorter sequences. Default: 0. */
  paddingValue?: number;
  /** How long the output is; null is the longest sequence. Default: null. */
  totalLength?: number | null;
}

const padPacked = new Signature<{ sequence: PackedSequence } & Required<PadPackedSequenceOptions>>(
  'nn.utils.rnn.padPackedSequence',
  { sequence: required, batchFirst: false, paddingValue: 0, totalLength: null },
);

function checkPacked(where: string, sequence: unknown): asserts sequence is PackedSequence {
  if (!(sequence instanceof PackedSequence)) {
    throw new TypeError(`${where}: expected a PackedSequence, got ${describe(sequence)}`);
  }
}

/**
 * Pads packed sequences: the inverse of {@link packPaddedSequence}. They stand in the order in
 * which they were packed.
 *
 * @param sequence The packed sequences.
 * @param batchFirst Whether the batch is the first dimension. Default: false.
 * @param paddingValue What stands behind the shorter sequences. Default: 0.
 * @param totalLength How long the output is. Default: the longest sequence.
 * @returns The sequences, `(T, B, *)` or, with `batchFirst`, `(B, T, *)`, and their lengths, `(B)`
 * of int64.
 * @throws ValueError where `totalLength` is less than the longest sequence.
 *
 * @example
 * ```ts
 * const { packSequence, padPackedSequence } = nn.utils.rnn;
 * const packed = packSequence([torch.tensor([1, 2, 3]), torch.tensor([4, 5])]);
 * padPackedSequence(packed, true); // [tensor([[1., 2., 3.], [4., 5., 0.]]), tensor([3, 2])]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html
 */
export function padPackedSequence(
  ...args: Call<
    [sequence: PackedSequence],
    [batchFirst: boolean, paddingValue: number, totalLength: number | null],
    PadPackedSequenceOptions
  >
): [sequences: Tensor, lengths: Tensor] {
  const { sequence, batchFirst, paddingValue, totalLength } = padPacked.bind(args);
  checkPacked(padPacked.where, sequence);
  checkFlags(padPacked.where, { batchFirst });
  const { data, batchSizes, unsortedIndices } = sequence;
  const longest = batchSizes.size(0);
  if (totalLength !== null && totalLength < longest) {
    throw new ValueError(
      `Expected total_length to be at least the length of the longest sequence in input, but got total_length=${totalLength} and max sequence length being ${longest}`,
    );
  }
  const [padded, lengths] = operators.torch._padPackedSequence(
    data,
    batchSizes,
    batchFirst,
    paddingValue,
    totalLength ?? longest,
  );
  if (unsortedIndices === null) return [padded, lengths];
  return [
    padded.indexSelect(batchFirst ? 0 : 1, unsortedIndices),
    lengths.indexSelect(0, unsortedIndices.cpu()),
  ];
}

/** What {@link padSequence} takes after its required argument. */
export interface PadSequenceOptions {
  /** Whether the batch is the output's first dimension rather than its second. Default: false. */
  batchFirst?: boolean;
  /** What stands beside the shorter sequences. Default: 0. */
  paddingValue?: number;
  /** On which side it stands. Default: `'right'`. */
  paddingSide?: 'right' | 'left';
}

const pad = new Signature<{ sequences: Iterable<Tensor> } & Required<PadSequenceOptions>>(
  'nn.utils.rnn.padSequence',
  { sequences: required, batchFirst: false, paddingValue: 0, paddingSide: 'right' },
);

function tensorsOf(where: string, sequences: unknown): Tensor[] {
  const isIterable = typeof (sequences as Iterable<unknown>)?.[Symbol.iterator] === 'function';
  if (!isIterable) {
    throw new TypeError(
      `${where}: Expected iterable for input sequences, but got ${describe(sequences)}`,
    );
  }
  const all = [...(sequences as Iterable<unknown>)];
  for (const [i, sequence] of all.entries()) checkTensor(where, `sequences[${i}]`, sequence);
  return all as Tensor[];
}

/**
 * Stacks sequences of different lengths along a new dimension, the shorter ones padded.
 *
 * @param sequences Sequences of `(L, *)` with the same `*`.
 * @param batchFirst Whether the batch is the first dimension. Default: false.
 * @param paddingValue What stands beside the shorter sequences. Default: 0.
 * @param paddingSide On which side: `'right'` or `'left'`. Default: `'right'`.
 * @returns `(T, B, *)`, or `(B, T, *)` with `batchFirst`, where `T` is the longest length.
 *
 * @example
 * ```ts
 * const sequences = [torch.tensor([1, 2, 3]), torch.tensor([4, 5])];
 * nn.utils.rnn.padSequence(sequences, { batchFirst: true, paddingValue: -1 });
 * // tensor([[1., 2., 3.], [4., 5., -1.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_sequence.html
 */
export function padSequence(
  ...args: Call<
    [sequences: Iterable<Tensor>],
    [batchFirst: boolean, paddingValue: number, paddingSide: 'right' | 'left'],
    PadSequenceOptions
  >
): Tensor {
  const { sequences, batchFirst, paddingValue, paddingSide } = pad.bind(args);
  const all = tensorsOf(pad.where, sequences);
  checkFlags(pad.where, { batchFirst });
  return operators.nn.padSequence(all, batchFirst, paddingValue, paddingSide);
}

const unpad = new Signature<{ paddedSequences: Tensor; lengths: Lengths; batchFirst: boolean }>(
  'nn.utils.rnn.unpadSequence',
  { paddedSequences: required, lengths: required, batchFirst: false },
);

/**
 * Takes padded sequences apart: the inverse of {@link padSequence}.
 *
 * @param paddedSequences `(T, B, *)`, or `(B, T, *)` with `batchFirst`; padded on the right. Unlike
 * Python's, it is left as it is.
 * @param lengths The length of each sequence.
 * @param batchFirst Whether the batch is the first dimension. Default: false.
 * @returns A copy of each sequence, `(L, *)`.
 * @throws ValueError where there are more or fewer lengths than sequences.
 *
 * @example
 * ```ts
 * const padded = torch.tensor([[1, 2, 3], [4, 5, 0]]);
 * nn.utils.rnn.unpadSequence(padded, [3, 2], true); // [tensor([1., 2., 3.]), tensor([4., 5.])]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpad_sequence.html
 */
export function unpadSequence(
  ...args: Call<
    [paddedSequences: Tensor, lengths: Lengths],
    [batchFirst: boolean],
    { batchFirst?: boolean }
  >
): Tensor[] {
  const { paddedSequences, lengths, batchFirst } = unpad.bind(args);
  checkTensor(unpad.where, 'paddedSequences', paddedSequences);
  checkFlags(unpad.where, { batchFirst });
  const all = lengthsTensor(unpad.where, lengths);
  const batch = batchFirst ? paddedSequences : paddedSequences.transpose(0, 1);
  if (all.numel() !== batch.size(0)) {
    throw new ValueError(
      `${unpad.where}: there are ${batch.size(0)} sequences and ${all.numel()} lengths`,
    );
  }
  const steps = operators.torch.arange(batch.size(1), { device: all.device });
  return [...batch].map((sequence, i) => sequence.index(steps.lt(all.select(0, i))));
}

const pack = new Signature<{ sequences: Iterable<Tensor>; enforceSorted: boolean }>(
  'nn.utils.rnn.packSequence',
  { sequences: required, enforceSorted: true },
);

/**
 * Packs sequences of different lengths.
 *
 * @param sequences Sequences of `(L, *)` with the same `*`, each of at least one element.
 * @param enforceSorted Whether the lengths must decrease; false sorts the sequences, and notes
 * their order. Default: true.
 *
 * @example
 * ```ts
 * const sequences = [torch.tensor([1, 2, 3]), torch.tensor([4, 5]), torch.tensor([6])];
 * nn.utils.rnn.packSequence(sequences).data; // tensor([1., 4., 6., 2., 5., 3.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_sequence.html
 */
export function packSequence(
  ...args: Call<
    [sequences: Iterable<Tensor>],
    [enforceSorted: boolean],
    { enforceSorted?: boolean }
  >
): PackedSequence {
  const { sequences, enforceSorted } = pack.bind(args);
  const all = tensorsOf(pack.where, sequences);
  const lengths = all.map((sequence) => sequence.size(0));
  return packPaddedSequence(padSequence(all), lengths, { enforceSorted });
}

/**
 * Takes packed sequences apart: the inverse of {@link packSequence}.
 *
 * @param packedSequences The packed sequences.
 * @returns A copy of each sequence, `(L, *)`, in the order in which they were packed.
 *
 * @example
 * ```ts
 * const { packSequence, unpackSequence } = nn.utils.rnn;
 * const packed = packSequence([torch.tensor([1]), torch.tensor([2, 3])], { enforceSorted: false });
 * unpackSequence(packed); // [tensor([1.]), tensor([2., 3.])]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpack_sequence.html
 */
export function unpackSequence(packedSequences: PackedSequence): Tensor[] {
  checkPacked('nn.utils.rnn.unpackSequence', packedSequences);
  const [padded, lengths] = padPackedSequence(packedSequences, { batchFirst: true });
  return unpadSequence(padded, lengths, { batchFirst: true });
}
