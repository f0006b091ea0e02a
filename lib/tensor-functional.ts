import { type NestedArray, type TensorDataOptions, tensor } from './creation.js';
import { callGeneral, Operator } from './dispatch.js';
import { DType, type DTypeName } from './dtype.js';
import type { NonzeroOptions } from './functional/elements.js';
import type { NormOptions, NormOrder } from './functional/norm.js';
import type { UniqueConsecutiveOptions, UniqueOptions, UniqueResult } from './functional/unique.js';
import * as functional from './functional.js';
import { type Call, isPlainObject } from './options.js';
import type { Tensor } from './tensor.js';

const outputNr = new Operator('outputNr', true, ['output_nr']);

type Dims = number | readonly number[] | null;

/** What Python calls tensors of a dtype, as `x.type()` gives it. */
const typeNames: Partial<Record<DTypeName, string>> = {
  uint8: 'ByteTensor',
  int8: 'CharTensor',
  int16: 'ShortTensor',
  int32: 'IntTensor',
  int64: 'LongTensor',
  float16: 'HalfTensor',
  bfloat16: 'BFloat16Tensor',
  float32: 'FloatTensor',
  float64: 'DoubleTensor',
  complex64: 'ComplexFloatTensor',
  complex128: 'ComplexDoubleTensor',
  bool: 'BoolTensor',
};

/**
 * The methods of Tensor that Python writes on top of ATen's, `torch/_tensor.py`. lib/tensor.ts
 * copies them onto Tensor's prototype, where they stand before the operators of the same name.
 */
export class FunctionalMethods {
  /**
   * The norm of vectors or matrices; see `torch.norm`.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.norm.html
   */
  norm(
    this: Tensor,
    ...args: Call<
      [],
      [p: NormOrder, dim: Dims, keepdim: boolean, dtype: DType | null],
      Omit<NormOptions, 'out'>
    >
  ): Tensor {
    if (args.length > 3 && !isPlainObject(args[3])) {
      const [p, dim, keepdim, dtype] = args as [NormOrder, Dims, boolean, DType | null];
      return functional.norm(this, p, dim, keepdim, { dtype });
    }
    return functional.norm(this, ...(args as [NormOrder]));
  }

  /**
   * Where the tensor is not zero: int64, one row of indices for each such element; with `asTuple`,
   * one tensor for each dimension, as `x.index(...)` takes them.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.nonzero.html
   */
  nonzero(this: Tensor, options: { asTuple: true }): Tensor[];
  nonzero(this: Tensor, options?: { asTuple?: false }): Tensor;
  nonzero(this: Tensor, options?: Pick<NonzeroOptions, 'asTuple'>): Tensor | Tensor[];
  nonzero(this: Tensor, options: Pick<NonzeroOptions, 'asTuple'> = {}): Tensor | Tensor[] {
    return functional.nonzero(this, options);
  }

  /**
   * The different elements, or the different slices along `dim`; see `torch.unique`.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.unique.html
   */
  unique<Inverse extends boolean = false, Counts extends boolean = false>(
    this: Tensor,
    options: UniqueOptions<Inverse, Counts>,
  ): UniqueResult<Inverse, Counts>;
  unique<Inverse extends boolean = false, Counts extends boolean = false>(
    this: Tensor,
    sorted: boolean,
    options: UniqueConsecutiveOptions<Inverse, Counts>,
  ): UniqueResult<Inverse, Counts>;
  unique<Inverse extends boolean = false, Counts extends boolean = false>(
    this: Tensor,
    sorted?: boolean,
    returnInverse?: Inverse,
    returnCounts?: Counts,
    dim?: number | null,
  ): UniqueResult<Inverse, Counts>;
  unique(this: Tensor, ...args: unknown[]): unknown {
    return functional.unique(this, ...(args as []));
  }

  /**
   * The elements without those that equal the one before them; see `torch.uniqueConsecutive`.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.unique_consecutive.html
   */
  uniqueConsecutive<Inverse extends boolean = false, Counts extends boolean = false>(
    this: Tensor,
    options: UniqueConsecutiveOptions<Inverse, Counts>,
  ): UniqueResult<Inverse, Counts>;
  uniqueConsecutive<Inverse extends boolean = false, Counts extends boolean = false>(
    this: Tensor,
    returnInverse?: Inverse,
    returnCounts?: Counts,
    dim?: number | null,
  ): UniqueResult<Inverse, Counts>;
  uniqueConsecutive(this: Tensor, ...args: unknown[]): unknown {
    return functional.uniqueConsecutive(this, ...(args as []));
  }

  /**
   * The packed LU factorization; see `torch.lu`.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.lu.html
   */
  lu(
    this: Tensor,
    ...args: Call<[], [pivot: boolean, getInfos: boolean], { pivot?: boolean; getInfos?: boolean }>
  ): Tensor[] {
    return functional.lu(this, ...args);
  }

  /**
   * A new tensor of the data, of this tensor's dtype and on its device.
   *
   * @param data As `torch.tensor` takes it.
   *
   * @example
   * ```ts
   * x.newTensor([[0, 1], [2, 3]]);
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.new_tensor.html
   */
  newTensor(this: Tensor, data: NestedArray, options: TensorDataOptions = {}): Tensor {
    const { dtype, device } = options;
    return tensor(data, {
      ...options,
      dtype: dtype ?? this.dtype,
      device: device ?? this.device,
    });
  }

  /**
   * Without arguments the name of Python's class for such tensors, `'torch.FloatTensor'` say; with a
   * dtype, the tensor converted, as by `to`.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.type.html
   */
  type(this: Tensor): string;
  type(this: Tensor, dtype: DType, options?: { nonBlocking?: boolean }): Tensor;
  type(this: Tensor, dtype?: DType, options: { nonBlocking?: boolean } = {}): string | Tensor {
    if (dtype !== undefined) {
      if (dtype instanceof DType) return this.to(dtype, options);
      throw new TypeError(`type() takes a dtype such as torch.float32, got ${String(dtype)}`);
    }
    const home = this.isCpu ? 'torch' : `torch.${this.device.type}`;
    return `${home}.${typeNames[this.dtype.name] ?? this.dtype.name}`;
  }

  /** How many dimensions it has. */
  ndimension(this: Tensor): number {
    return this.dim();
  }

  /** How many elements it has. */
  nelement(this: Tensor): number {
    return this.numel();
  }

  /** The tensor in the COO layout; see `toSparse`. */
  toSparseCoo(this: Tensor): Tensor {
    return this.toSparse();
  }

  /** Which of the results of its `gradFn` it is; 0 for a leaf. */
  get outputNr(): number {
    return callGeneral(outputNr, [this]) as number;
  }

  /** Whether its layout is `torch.sparseCsr`. */
  get isSparseCsr(): boolean {
    return (this as unknown as Tensor).layout.name === 'sparse_csr';
  }

  /** Whether its dtype is one of the quantized ones. */
  get isQuantized(): boolean {
    return /^qu?int/.test((this as unknown as Tensor).dtype.name);
  }
}
