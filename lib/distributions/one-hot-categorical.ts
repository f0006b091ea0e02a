import { operators } from '../operators.js';
import { type Call, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import { Categorical } from './categorical.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { rsub } from './utils.js';

/** The options of {@link OneHotCategorical}. */
export interface OneHotCategoricalOptions extends DistributionOptions {
  probs?: Tensor | null;
  logits?: Tensor | null;
}

const oneHotCategoricalSignature = new Signature<{
  probs: Tensor | null;
  logits: Tensor | null;
  validateArgs: boolean | null;
}>('distributions.OneHotCategorical', { probs: null, logits: null, validateArgs: null });

/**
 * One of several classes, as a one-hot vector.
 *
 * @param probs The probability of each class, along the last dimension; they are made to sum to 1.
 * @param logits Unnormalized logarithms of them, in the place of `probs`.
 *
 * @example
 * ```ts
 * const die = new torch.distributions.OneHotCategorical(torch.ones(6));
 * die.sample().shape; // [6]
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.one_hot_categorical.OneHotCategorical
 */
export class OneHotCategorical extends Distribution {
  /** @internal */
  declare readonly _categorical: Categorical;

  constructor(
    ...args: Call<
      [],
      [probs: Tensor | null, logits: Tensor | null, validateArgs: boolean | null],
      OneHotCategoricalOptions
    >
  ) {
    super();
    const { probs, logits, validateArgs } = oneHotCategoricalSignature.bind(args);
    this._categorical = new Categorical({ probs, logits });
    this._init(this._categorical.batchShape, this._categorical.paramShape.slice(-1), validateArgs);
  }

  override get argConstraints() {
    return { probs: constraints.simplex, logits: constraints.realVector };
  }

  override get support() {
    return constraints.oneHot;
  }

  override get hasEnumerateSupport(): boolean {
    return true;
  }

  /** @internal */
  get _param(): Tensor {
    return this._categorical._param;
  }

  /** The probabilities. */
  get probs(): Tensor {
    return this._categorical.probs;
  }

  /** The log odds, or the logarithms of the probabilities. */
  get logits(): Tensor {
    return this._categorical.logits;
  }

  override get mean(): Tensor {
    return this._categorical.probs;
  }

  override get mode(): Tensor {
    const probs = this._categorical.probs;
    const mode = probs.argmax({ dim: -1 });
    return operators.nn.oneHot(mode, { numClasses: probs.shape.at(-1) as number }).to(probs);
  }

  override get variance(): Tensor {
    return this._categorical.probs.mul(rsub(1, this._categorical.probs));
  }

  override sample(sampleShape: Size = []): Tensor {
    const probs = this._categorical.probs;
    const numEvents = this._categorical._numEvents;
    const indices = this._categorical.sample(sampleShape);
    return operators.nn.oneHot(indices, numEvents).to(probs);
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const indices = value.max(-1)[1];
    return this._categorical.logProb(indices);
  }

  override entropy(): Tensor {
    return this._categorical.entropy();
  }

  override enumerateSupport(expand = true): Tensor {
    const n = this.eventShape[0] as number;
    let values = operators.torch.eye(n, { dtype: this._param.dtype, device: this._param.device });
    values = values.view([n, ...Array(this.batchShape.length).fill(1), n]);
    if (expand) {
      values = values.expand([n, ...this.batchShape, n]);
    }
    return values;
  }

  /** The shape of the parameters. */
  get paramShape(): number[] {
    return this._categorical.paramShape;
  }
}

/**
 * As {@link OneHotCategorical}, with gradients that pass the samples by.
 *
 * @example
 * ```ts
 * const die = new torch.distributions.OneHotCategoricalStraightThrough(torch.ones(6));
 * die.hasRsample; // true
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.one_hot_categorical.OneHotCategoricalStraightThrough
 */
export class OneHotCategoricalStraightThrough extends OneHotCategorical {
  override get hasRsample(): boolean {
    return true;
  }

  override rsample(sampleShape: Size = []): Tensor {
    const samples = this.sample(sampleShape);
    const probs = this._categorical.probs;
    return samples.add(probs.sub(probs.detach()));
  }
}
