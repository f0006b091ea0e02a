import { ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';

/** Computes the new average of one parameter; `numAveraged` models are in it so far. */
export type AvgFn = (averaged: Tensor, current: Tensor, numAveraged: Tensor | number) => Tensor;

/** Changes the averages of many parameters of one dtype and device. */
export type MultiAvgFn = (
  averaged: readonly Tensor[],
  current: readonly Tensor[],
  numAveraged: Tensor | number,
) => void;

const ema = new Signature<{ decay: number }>('getEmaAvgFn', { decay: 0.999 });
const multiEma = new Signature<{ decay: number }>('getEmaMultiAvgFn', { decay: 0.999 });

function decayOf(signature: Signature<{ decay: number }>, args: readonly unknown[]): number {
  const { decay } = signature.bind(args);
  if (!(decay >= 0 && decay <= 1)) {
    throw new ValueError(`Invalid decay value ${decay} provided. Give a value in the range [0, 1]`);
  }
  return decay;
}

const isInexact = ([first]: readonly Tensor[]) =>
  first !== undefined && (first.dtype.isFloatingPoint || first.dtype.isComplex);

/**
 * The exponential moving average, for {@link AveragedModel}: `decay` of the old, the rest new.
 *
 * @param decay How much of the old average is kept, from 0 to 1. Default: 0.999.
 * @throws ValueError for a decay outside [0, 1].
 *
 * @example
 * ```ts
 * const avgFn = optim.swaUtils.getEmaAvgFn(0.75);
 * avgFn(torch.tensor([4]), torch.tensor([8]), 1).tolist(); // [5]
 * ```
 * @see https://pytorch.org/docs/stable/optim.html
 */
export function getEmaAvgFn(...args: [] | [decay: number | { decay?: number }]): AvgFn {
  const decay = decayOf(ema, args);
  return (averaged, current) => noGrad(() => averaged.mul(decay).add(current.mul(1 - decay)));
}

/**
 * The same for many parameters at once.
 *
 * @param decay How much of the old average is kept, from 0 to 1. Default: 0.999.
 * @throws ValueError for a decay outside [0, 1].
 *
 * @example
 * ```ts
 * const { AveragedModel, getEmaMultiAvgFn } = optim.swaUtils;
 * const averaged = new AveragedModel(model, { multiAvgFn: getEmaMultiAvgFn(0.99) });
 * ```
 * @see https://pytorch.org/docs/stable/optim.html
 */
export function getEmaMultiAvgFn(...args: [] | [decay: number | { decay?: number }]): MultiAvgFn {
  const decay = decayOf(multiEma, args);
  return (averaged, current) =>
    noGrad(() => {
      if (isInexact(averaged)) operators.torch._foreachLerp_(averaged, current, 1 - decay);
      else {
        averaged.forEach((average, i) => {
          average.copy_(average.mul(decay).add((current[i] as Tensor).mul(1 - decay)));
        });
      }
    });
}

/**
 * The equal average of all models, for {@link AveragedModel}.
 *
 * @example
 * ```ts
 * const avgFn = optim.swaUtils.getSwaAvgFn();
 * avgFn(torch.tensor([4]), torch.tensor([8]), 1).tolist(); // [6]
 * ```
 * @see https://pytorch.org/docs/stable/optim.html
 */
export function getSwaAvgFn(): AvgFn {
  return (averaged, current, numAveraged) =>
    noGrad(() => {
      const change = current.sub(averaged);
      const share =
        numAveraged instanceof Tensor
          ? change.div(numAveraged.add(1))
          : change.div(numAveraged + 1);
      return averaged.add(share);
    });
}

/**
 * The same for many parameters at once.
 *
 * @example
 * ```ts
 * const { AveragedModel, getSwaMultiAvgFn } = optim.swaUtils;
 * const averaged = new AveragedModel(model, { multiAvgFn: getSwaMultiAvgFn() });
 * ```
 * @see https://pytorch.org/docs/stable/optim.html
 */
export function getSwaMultiAvgFn(): MultiAvgFn {
  return (averaged, current, numAveraged) =>
    noGrad(() => {
      const { torch } = operators;
      const weight =
        numAveraged instanceof Tensor
          ? Number(numAveraged.add(1).reciprocal())
          : 1 / (numAveraged + 1);
      if (isInexact(averaged)) {
        torch._foreachLerp_(averaged, current, weight);
        return;
      }
      const changes = torch._foreachSub(current, averaged);
      if (numAveraged instanceof Tensor) {
        torch._foreachAddcdiv_(
          averaged,
          changes,
          averaged.map(() => numAveraged.add(1)),
        );
      } else {
        torch._foreachAdd_(averaged, changes, { alpha: weight });
      }
    });
}
