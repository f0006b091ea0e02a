/**
 * Windows of signals, each a function of its length; Python's `torch.signal.windows`.
 *
 * @see https://pytorch.org/docs/stable/signal.html
 * @module
 */
export {
  bartlett,
  blackman,
  cosine,
  exponential,
  gaussian,
  generalCosine,
  generalHamming,
  hamming,
  hann,
  kaiser,
  nuttall,
  type WindowOptions,
} from './windows.js';
