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
