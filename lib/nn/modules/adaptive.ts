import { describe } from '../../describe.js';
import { TorchError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import { ModuleList, Sequential } from './container.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { checkCounts, checkTensor } from './utils.js';

/** What {@link AdaptiveLogSoftmaxWithLoss} takes after its required arguments. */
export interface AdaptiveLogSoftmaxWithLossOptions extends FactoryOptions {
  /** By what the size of the projections shrinks from one cluster to the next. Default: 4. */
  divValue?: number;
  /** Whether the head has a bias. Default: false. */
  headBias?: boolean;
}

interface AdaptiveArguments extends FactoryOptions {
  inFeatures: number;
  nClasses: number;
  cutoffs: readonly number[];
  divValue: number;
  headBias: boolean;
}

const adaptive = new Signature<AdaptiveArguments>('nn.AdaptiveLogSoftmaxWithLoss', {
  inFeatures: required,
  nClasses: required,
  cutoffs: required,
  divValue: 4,
  headBias: false,
  ...factoryDefaults,
});

/** What the `forward` of {@link AdaptiveLogSoftmaxWithLoss} gives. */
export type AdaptiveLogSoftmaxOutput = [output: Tensor, loss: Tensor] & {
  /** The log probability of each target, `(N)` or `()`. */
  readonly output: Tensor;
  /** The mean of their negatives, `()`. */
  readonly loss: Tensor;
};

function checkCutoffs(cutoffs: unknown, nClasses: number): asserts cutoffs is readonly number[] {
  if (!Array.isArray(cutoffs) || cutoffs.length === 0) {
    throw new ValueError('cutoffs should be an array of length larger than 0');
  }
  const isRising = cutoffs.every(
    (cutoff, i) => Number.isInteger(cutoff) && cutoff > (i === 0 ? 0 : cutoffs[i - 1]),
  );
  if (!isRising || cutoffs.at(-1) > nClasses - 1) {
    throw new ValueError(
      `cutoffs should be unique, positive integers sorted in an increasing order, each between 1 and nClasses - 1 (${nClasses - 1}), got ${describe(cutoffs)}`,
    );
  }
}

/**
 * A softmax over many classes of which few are frequent, such as words: the frequent ones are
 * scored at once, the others in clusters, by projections that are the smaller the rarer the classes.
 * *Efficient softmax approximation for GPUs*, 2016.
 *
 * Classes are to be numbered by their frequency, the most frequent first.
 *
 * @param inFeatures The size of the inputs.
 * @param nClasses The number of classes.
 * @param cutoffs Before which classes a cluster ends: `[10, 100]` makes one of the classes 0 to 9,
 *   one of 10 to 99 and one of the rest.
 *
 * Further arguments, by position or by name: {@link AdaptiveLogSoftmaxWithLossOptions}.
 *
 * Shape: `(N, inFeatures)` or `(inFeatures)` and class indices (int64) `(N)` or `()`, to an `output`
 * `(N)` or `()`, the log probability of each target, and a `loss` `()`, the mean of their negatives.
 *
 * State: `head.weight`, `head.bias` with `headBias`, `tail.0.0.weight`, `tail.0.1.weight`, ...
 *
 * @example
 * ```ts
 * const softmax = new nn.AdaptiveLogSoftmaxWithLoss(16, 1000, [10, 100]);
 * const { output, loss } = softmax(torch.randn(8, 16), torch.randint(0, 1000, [8]));
 * console.log(output.shape, loss.shape); // [8] []
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  inFeatures: number;
  nClasses: number;
  cutoffs: number[];
  divValue: number;
  headBias: boolean;
  shortlistSize: number;
  nClusters: number;
  headSize: number;
  head: Linear;
  tail: ModuleList<Sequential>;

  constructor(
    ...args: Call<
      [inFeatures: number, nClasses: number, cutoffs: readonly number[]],
      [divValue: number, headBias: boolean],
      AdaptiveLogSoftmaxWithLossOptions
    >
  ) {
    super();
    const given = adaptive.bind(args);
    const { inFeatures, nClasses, cutoffs, divValue, headBias, device, dtype } = given;
    checkCounts(adaptive.where, { inFeatures, nClasses });
    checkCutoffs(cutoffs, nClasses);
    this.inFeatures = inFeatures;
    this.nClasses = nClasses;
    this.cutoffs = [...cutoffs, nClasses];
    this.divValue = divValue;
    this.headBias = headBias;
    this.shortlistSize = cutoffs[0] as number;
    this.nClusters = cutoffs.length;
    this.headSize = this.shortlistSize + this.nClusters;
    this.head = new Linear(inFeatures, this.headSize, { bias: headBias, device, dtype });
    const factory = { bias: false, device, dtype };
    this.tail = new ModuleList(
      cutoffs.map((cutoff, i) => {
        const hidden = Math.floor(inFeatures / divValue ** (i + 1));
        const classes = (this.cutoffs[i + 1] as number) - cutoff;
        return new Sequential(
          new Linear(inFeatures, hidden, factory),
          new Linear(hidden, classes, factory),
        );
      }),
    );
  }

  /** Draws new weights. */
  resetParameters(): void {
    this.head.resetParameters();
    for (const projection of this.tail) {
      for (const layer of projection) (layer as Linear).resetParameters();
    }
  }

  override forward(input: Tensor, target: Tensor): AdaptiveLogSoftmaxOutput {
    this.checkInputs(input, target);
    const isBatched = target.dim() > 0;
    const inputs = isBatched ? input : input.unsqueeze(0);
    const targets = isBatched ? target : target.unsqueeze(0);
    const { output: ofClusters, heads } = this.scoreClusters(inputs, targets);
    const headLogProbs = this.head(inputs).logSoftmax(1);
    const sums = ofClusters.add(headLogProbs.gather(1, heads.unsqueeze(1)).squeeze());
    const loss = sums.neg().mean();
    const output = isBatched ? sums : sums.squeeze(0);
    // By name too, as PyTorch's named tuple, and neither printed nor counted twice.
    return Object.defineProperties([output, loss], {
      output: { value: output },
      loss: { value: loss },
    }) as AdaptiveLogSoftmaxOutput;
  }

  /** Throws unless input and target go together. */
  private checkInputs(input: Tensor, target: Tensor): void {
    checkTensor(adaptive.where, 'input', input);
    checkTensor(adaptive.where, 'target', target);
    const dimensions = target.dim();
    if (dimensions > 1) {
      throw new TorchError('0D or 1D target tensor expected, multi-target not supported');
    }
    if (input.dim() !== dimensions + 1) {
      throw new TorchError(
        `${dimensions}D target tensor expects ${dimensions + 1}D input tensors, but found inputs with size [${input.shape}]`,
      );
    }
    if (dimensions === 1 && input.size(0) !== target.size(0)) {
      throw new TorchError('Input and target should have the same size in the batch dimension.');
    }
  }

  /**
   * The log probability of each target within its cluster, 0 for those that the head scores itself,
   * and the place in the head of each target or its cluster.
   */
  private scoreClusters(input: Tensor, target: Tensor): { output: Tensor; heads: Tensor } {
    const batch = target.size(0);
    const { torch } = operators;
    const output = torch.zeros([batch], { dtype: input.dtype, device: input.device });
    const heads = torch.empty([batch], { dtype: target.dtype, device: target.device });
    let used = 0;
    let low = 0;
    for (const [i, high] of this.cutoffs.entries()) {
      const rows = target.ge(low).logicalAnd(target.lt(high)).nonzero().squeeze(1);
      const count = rows.numel();
      if (count > 0) {
        const within = target.indexSelect(0, rows);
        if (i === 0) {
          heads.indexCopy_(0, rows, within);
        } else {
          const scores = (this.tail[i - 1] as Sequential)(input.indexSelect(0, rows)) as Tensor;
          const places = within.sub(low).unsqueeze(1);
          heads.indexFill_(0, rows, this.shortlistSize + i - 1);
          output.indexCopy_(0, rows, scores.logSoftmax(1).gather(1, places).squeeze(1));
        }
        used += count;
      }
      low = high;
    }
    if (used !== batch) {
      throw new TorchError(
        `Target values should be in [0, ${this.nClasses - 1}], but values in range [${target.min().item()}, ${target.max().item()}] were found. `,
      );
    }
    return { output, heads };
  }

  /** The log probabilities of all classes from the head's scores. */
  private fullLogProb(input: Tensor, headOutput: Tensor): Tensor {
    const headLogProb = headOutput.logSoftmax(1);
    const clusters = [...this.tail].map((projection, i) => {
      const cluster = headLogProb.select(1, this.shortlistSize + i).unsqueeze(1);
      return (projection(input) as Tensor).logSoftmax(1).add(cluster);
    });
    return operators.torch.cat([headLogProb.narrow(1, 0, this.shortlistSize), ...clusters], 1);
  }

  /**
   * The log probabilities of all classes.
   *
   * @param input `(N, inFeatures)`.
   * @returns `(N, nClasses)`.
   */
  logProb(input: Tensor): Tensor {
    return this.fullLogProb(input, this.head(input));
  }

  /**
   * The most probable class of each input; without the clusters' scores where the head's suffice.
   *
   * @param input `(N, inFeatures)`.
   * @returns Class indices (int64), `(N)`.
   */
  predict(input: Tensor): Tensor {
    const headOutput = this.head(input);
    const output = headOutput.argmax(1);
    const rows = output.ge(this.shortlistSize).nonzero().squeeze(1);
    if (rows.numel() === 0) return output;
    const others = [input, headOutput].map((x) => x.indexSelect(0, rows)) as [Tensor, Tensor];
    return output.indexCopy(0, rows, this.fullLogProb(...others).argmax(1));
  }
}
