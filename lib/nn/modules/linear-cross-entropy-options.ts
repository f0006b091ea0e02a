import { describe } from '../../describe.js';
import type { DType } from '../../dtype.js';
import * as dtypes from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { type Call, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';

/** What is kept in the accumulation's dtype, and so how exact and how large the computation is. */
export type AccumulationPolicy = 'accurate' | 'balanced' | 'compact' | 'auto';

/** What {@link LinearCrossEntropyOptions} takes. */
export interface LinearCrossEntropySettings {
  /** Whether backward may run more than once through a `'mean'` or a `'sum'`. Default: false. */
  allowRetainGraph?: boolean;
  /** How many rows of the batch are computed at a time. Default: null, all. */
  batchChunkSize?: number | null;
  /**
   * How that number is found: `'aspect_ratio'`, `'aspect_ratio:N'` for N times smaller chunks, null
   * for `batchChunkSize`. Default: `'auto'`.
   */
  chunkingMethod?: string | null;
  /** The balance of exactness and memory. Default: `'auto'`. */
  accPolicy?: AccumulationPolicy;
  /** The dtype of sums. Default: null, float32 for halves, else the input's. */
  accDtype?: DType | null;
}

/** What they come to for a call. @internal */
export interface ResolvedChunks {
  chunkSize: number;
  accPolicy: Exclude<AccumulationPolicy, 'auto'>;
  accDtype: DType;
}

const settings = new Signature<Required<LinearCrossEntropySettings>>(
  'nn.LinearCrossEntropyOptions',
  {
    allowRetainGraph: false,
    batchChunkSize: null,
    chunkingMethod: 'auto',
    accPolicy: 'auto',
    accDtype: null,
  },
);

const policies: readonly unknown[] = ['auto', 'accurate', 'balanced', 'compact'];

/**
 * How {@link LinearCrossEntropyLoss} computes in chunks of the batch, so that the scores of all
 * classes, which for a vocabulary are large, never exist at once.
 *
 * Arguments, by position or by name: {@link LinearCrossEntropySettings}.
 *
 * @throws ValueError for a setting that there is not.
 *
 * @example
 * ```ts
 * const options = new nn.LinearCrossEntropyOptions({ chunkingMethod: 'aspect_ratio:4' });
 * const loss = new nn.LinearCrossEntropyLoss(16, 1000, { options });
 * loss(torch.randn(8, 16), torch.randint(0, 1000, [8])).shape; // []
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LinearCrossEntropyOptions.html
 */
export class LinearCrossEntropyOptions {
  readonly allowRetainGraph: boolean;
  readonly batchChunkSize: number | null;
  readonly chunkingMethod: string | null;
  readonly accPolicy: AccumulationPolicy;
  readonly accDtype: DType | null;

  constructor(
    ...args: Call<
      [],
      [
        allowRetainGraph: boolean,
        batchChunkSize: number | null,
        chunkingMethod: string | null,
        accPolicy: AccumulationPolicy,
        accDtype: DType | null,
      ],
      LinearCrossEntropySettings
    >
  ) {
    const given = settings.bind(args);
    const { batchChunkSize, chunkingMethod, accPolicy, accDtype } = given;
    if (!policies.includes(accPolicy)) {
      throw new ValueError(`invalid accPolicy: ${describe(accPolicy)}`);
    }
    const isMethod = /^(auto|aspect_ratio(:0*[1-9]\d*)?)$/.test(String(chunkingMethod));
    if (chunkingMethod !== null && !isMethod) {
      throw new ValueError(`invalid chunkingMethod: ${describe(chunkingMethod)}`);
    }
    if (batchChunkSize !== null && !(Number.isInteger(batchChunkSize) && batchChunkSize > 0)) {
      throw new ValueError(
        `batchChunkSize must be positive int or null, got ${describe(batchChunkSize)}`,
      );
    }
    const { float16, bfloat16, float32, float64 } = dtypes;
    if (accDtype !== null && ![float16, bfloat16, float32, float64].includes(accDtype)) {
      throw new ValueError(
        `accDtype must be null or one of torch.float16, torch.bfloat16, torch.float32 and torch.float64, got ${accDtype}`,
      );
    }
    this.allowRetainGraph = given.allowRetainGraph;
    this.batchChunkSize = batchChunkSize;
    this.chunkingMethod = chunkingMethod;
    this.accPolicy = accPolicy;
    this.accDtype = accDtype;
  }

  /**
   * What the settings come to for an input and a linear weight.
   *
   * @throws ValueError where the chunk size and the method that are given disagree.
   *
   * @internal
   */
  resolve(input: Tensor, linearWeight: Tensor): ResolvedChunks {
    const { float16, bfloat16, float32 } = dtypes;
    const isHalf = input.dtype === float16 || input.dtype === bfloat16;
    const isHalfOnCpu = isHalf && input.device.type === 'cpu';
    const [batch, inFeatures] = input.shape as [number, number];
    const isAuto = this.accPolicy === 'auto';
    return {
      chunkSize: this._chunkSize(batch, inFeatures, linearWeight.size(0), isHalfOnCpu),
      accPolicy: isAuto ? (isHalfOnCpu ? 'accurate' : 'compact') : this.accPolicy,
      accDtype: this.accDtype ?? (isAuto && isHalf ? float32 : input.dtype),
    };
  }

  private _chunkSize(
    batch: number,
    inFeatures: number,
    numClasses: number,
    isHalfOnCpu: boolean,
  ): number {
    const { batchChunkSize, chunkingMethod } = this;
    const wanted = batchChunkSize === null ? batch : Math.min(batchChunkSize, batch);
    let method = chunkingMethod;
    if (method === 'auto') {
      if (batchChunkSize !== null) method = null;
      else method = isHalfOnCpu ? 'aspect_ratio' : 'aspect_ratio:2';
    }
    if (method === null) return Math.max(1, wanted);
    const factor = Number(method.split(':')[1] ?? 1);
    const target = Math.ceil(batch / Math.ceil(numClasses / inFeatures));
    const power = target > 1 ? 2 ** Math.ceil(Math.log2(target)) : 1;
    const size = Math.min(Math.floor(power / factor), batch);
    if (batchChunkSize !== null && batchChunkSize !== size) {
      throw new ValueError(
        `batchChunkSize (${batchChunkSize}) and chunkingMethod ('${method}') give different chunk sizes (${batchChunkSize} and ${size}); pass only one.`,
      );
    }
    return Math.max(1, size);
  }

  /** As PyTorch prints it. */
  toString(): string {
    return `LinearCrossEntropyOptions(allow_retain_graph=${repr(this.allowRetainGraph)}, batch_chunk_size=${repr(this.batchChunkSize)}, chunking_method=${repr(this.chunkingMethod)}, acc_policy=${repr(this.accPolicy)}, acc_dtype=${repr(this.accDtype)})`;
  }
}
