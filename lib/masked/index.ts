/**
 * Operations that leave out the elements which a mask hides; Python's `torch.masked`. Its
 * MaskedTensor, a prototype that carries the mask along, is not here: pass `mask`.
 *
 * @module
 */
export {
  amax,
  amin,
  argmax,
  argmin,
  cumprod,
  cumsum,
  type LogaddexpOptions,
  logaddexp,
  logSoftmax,
  logsumexp,
  type MaskedOptions,
  type MaskedReductionOptions,
  mean,
  median,
  norm,
  normalize,
  prod,
  softmax,
  softmin,
  std,
  sum,
  type VarianceOptions,
  var,
} from './ops.js';
