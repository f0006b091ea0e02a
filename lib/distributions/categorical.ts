import { int64 } from '../dtype.js';
import { ValueError } from '../errors.js';
import { broadcastTensors } from '../functional/shapes.js';
import { operators } from '../operators.js';
import { type Call, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';
import type { Constraint } from './constraints.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import {
  alongBatch,
  checkEither,
  checkTensor,
  filled,
  give,
  isGiven,
  lazy,
  logitsToProbs,
  probsToLogits,
} from './utils.js';

/** The options of {@link Categorical}. */
export interface CategoricalOptions extends DistributionOptions {
  probs?: Tensor | null;
  logits?: Tensor | null;
}

const categoricalSignature = new Signature<{
  probs: Tensor | null;
  logits: Tensor | null;
  validateArgs: boolean | null;
}>('distributions.Categorical', { probs: null, logits: null, validateArgs: null });

/**
 * The number of one of several classes.
 *
 * @param probs The probability of each class, along the last dimension; they are made to sum to 1.
 * @param logits Unnormalized logarithms of them, in the place of `probs`.
 *
 * @example
 * ```ts
 * const die = new torch.distributions.Categorical(torch.ones(6));
 * die.entropy(); // tensor(1.7918)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.categorical.Categorical
 */
export class Categorical extends Distribution {
  /** @internal */
  declare readonly _numEvents: number;

  constructor(
    ...args: Call<
      [],
      [probs: Tensor | null, logits: Tensor | null, validateArgs: boolean | null],
      CategoricalOptions
    >
  ) {
    super();
    const { probs, logits, validateArgs } = categoricalSignature.bind(args);
    checkEither('distributions.Categorical', probs, logits);
    const given = (probs ?? logits) as Tensor;
    checkTensor('distributions.Categorical', probs === null ? 'logits' : 'probs', given);
    if (given.dim() < 1)
      throw new ValueError(
        'distributions.Categorical: the parameter must have at least one dimension',
      );
    if (probs !== null) give(this, 'probs', probs.div(probs.sum(-1, true)));
    else give(this, 'logits', given.sub(given.logsumexp(-1, true)));
    this._numEvents = given.size(-1);
    this._init(given.shape.slice(0, -1), [], validateArgs);
  }

  override get argConstraints() {
    return { probs: constraints.simplex, logits: constraints.realVector };
  }

  override get hasEnumerateSupport(): boolean {
    return true;
  }

  override get support(): Constraint {
    return constraints.integerInterval(0, this._numEvents - 1);
  }

  /** The log odds, or the logarithms of the probabilities. */
  get logits(): Tensor {
    return lazy(this, 'logits', () => probsToLogits(this.probs));
  }

  /** The probabilities. */
  get probs(): Tensor {
    return lazy(this, 'probs', () => logitsToProbs(this.logits));
  }

  override get mean(): Tensor {
    return filled(this._extendedShape(), NaN, this.probs);
  }

  override get mode(): Tensor {
    return this.probs.argmax({ dim: -1 });
  }

  override get variance(): Tensor {
    return filled(this._extendedShape(), NaN, this.probs);
  }

  override sample(sampleShape: Size = []): Tensor {
    const probs = this.probs.reshape([-1, this._numEvents]);
    const count = sampleShape.reduce((product, size) => product * size, 1);
    const samples = operators.torch.multinomial(probs, count, true).T;
    return samples.reshape(this._extendedShape(sampleShape));
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const [index, logPmf] = broadcastTensors(value.long().unsqueeze(-1), this.logits) as [
      Tensor,
      Tensor,
    ];
    return logPmf.gather(-1, index['..., :1'] as Tensor).squeeze(-1);
  }

  override entropy(): Tensor {
    const minReal = finfo(this.logits.dtype).min;
    const logits = this.logits.clamp({ min: minReal });
    const pLogP = logits.mul(this.probs);
    return pLogP.sum(-1).neg();
  }

  override enumerateSupport(expand = true): Tensor {
    const numEvents = this._numEvents;
    return alongBatch(
      operators.torch.arange(numEvents, { dtype: int64, device: this._param.device }),
      this.batchShape,
      expand,
    );
  }

  /** @internal */
  override get _lazyNames(): readonly string[] {
    return ['probs', 'logits'];
  }

  /** @internal */
  get _param(): Tensor {
    return isGiven(this, 'probs') ? this.probs : this.logits;
  }

  /** The shape of the parameters. */
  get paramShape(): number[] {
    return this._param.shape;
  }
}
