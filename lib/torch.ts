import * as autocastMode from './amp/autocast-mode.js';
import * as amp from './amp/index.js';
import * as autograd from './autograd/index.js';
import { compileStep } from './compile-step/index.js';
import { Complex } from './complex.js';
import {
  asarray,
  asTensor,
  fromArrayBuffer,
  fromTypedArray,
  full,
  isTensor,
  tensor,
} from './creation.js';
import * as cuda from './cuda.js';
import { getDefaultDevice, setDefaultDevice } from './default-device.js';
import * as determinism from './determinism.js';
import { Device } from './device.js';
import * as distributions from './distributions/index.js';
import * as dtypes from './dtype.js';
import {
  IndexError,
  LinAlgError,
  NotImplementedError,
  OutOfMemoryError,
  TorchError,
  ValueError,
} from './errors.js';
import * as func from './func/index.js';
import * as functional from './functional.js';
import type { TorchFunctions } from './generated/functions.js';
import {
  defaultGenerator,
  Generator,
  getRngState,
  initialSeed,
  manualSeed,
  seed,
  setRngState,
} from './generator.js';
import {
  enableGrad,
  inferenceMode,
  isGradEnabled,
  isInferenceModeEnabled,
  noGrad,
  setGradEnabled,
} from './grad-mode.js';
import { moduleWithHints, withHints } from './hints.js';
import { Slice } from './indexing.js';
import {
  jagged,
  Layout,
  sparseBsc,
  sparseBsr,
  sparseCoo,
  sparseCsc,
  sparseCsr,
  strided,
} from './layout.js';
import { lobpcg } from './lobpcg/lobpcg.js';
import * as masked from './masked/index.js';
import {
  channelsLast,
  channelsLast3d,
  contiguousFormat,
  MemoryFormat,
  preserveFormat,
} from './memory-format.js';
import { nested } from './nested/index.js';
import * as nn from './nn/index.js';
import { operators } from './operators.js';
import { ops } from './ops.js';
import * as optim from './optim/index.js';
import { setPrintoptions } from './print-options.js';
import {
  perChannelAffine,
  perChannelAffineFloatQparams,
  perChannelSymmetric,
  perTensorAffine,
  perTensorSymmetric,
  QScheme,
} from './qscheme.js';
import {
  backends,
  config,
  getDefaultDtype,
  getNumInteropThreads,
  getNumThreads,
  setDefaultDtype,
  setNumInteropThreads,
  setNumThreads,
  version,
} from './runtime.js';
import { load, save } from './serialization.js';
import * as signal from './signal/index.js';
import { sparse } from './sparse/index.js';
import { isStorage, UntypedStorage } from './storage.js';
import { Tensor } from './tensor.js';
import * as testing from './testing/index.js';
import { keep, tidy } from './tidy.js';
import { finfo, iinfo } from './type-info.js';
import type { DeviceLike } from './types.js';
import * as utils from './utils/index.js';

/**
 * The device of a string such as `'cuda:1'`, or of a type and an index.
 *
 * @throws ValueError for a device that PyTorch does not have.
 *
 * @example
 * ```ts
 * const device = torch.device(torch.cuda.isAvailable() ? 'cuda' : 'cpu');
 * model.to(device);
 * ```
 * @see https://pytorch.org/docs/stable/tensor_attributes.html#torch.device
 */
function device(spec: DeviceLike, index?: number): Device {
  return Device.from(spec, index);
}

const { dtypeOfCode: _, DType, ...elementTypes } = dtypes;

/** What Python's module `torch` has beside libtorch's functions. */
const members = {
  // element types, and the second names that PyTorch gives them
  ...elementTypes,
  half: dtypes.float16,
  float: dtypes.float32,
  double: dtypes.float64,
  short: dtypes.int16,
  int: dtypes.int32,
  long: dtypes.int64,
  chalf: dtypes.complex32,
  cfloat: dtypes.complex64,
  cdouble: dtypes.complex128,

  // layouts and memory formats
  strided,
  sparseCoo,
  sparseCsr,
  sparseCsc,
  sparseBsr,
  sparseBsc,
  jagged,
  contiguousFormat,
  preserveFormat,
  channelsLast,
  channelsLast3d,

  // quantization schemes
  perTensorAffine,
  perChannelAffine,
  perTensorSymmetric,
  perChannelSymmetric,
  perChannelAffineFloatQparams,

  // classes
  Tensor,
  Generator,
  Complex,
  Device,
  DType,
  Layout,
  MemoryFormat,
  QScheme,
  UntypedStorage,
  Slice,
  TorchError,
  IndexError,
  ValueError,
  NotImplementedError,
  LinAlgError,
  OutOfMemoryError,

  // numbers of Python's module math
  inf: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
  pi: Math.PI,
  e: Math.E,
  newaxis: null,

  // making and printing
  tensor,
  asTensor,
  asarray,
  fromArrayBuffer,
  fromTypedArray,
  full,
  isTensor,
  isStorage,
  device,
  setPrintoptions,

  // written on top of libtorch's functions
  ...functional,
  lobpcg,

  // limits of dtypes
  finfo,
  iinfo,

  // files
  save,
  load,

  // autograd
  noGrad,
  enableGrad,
  inferenceMode,
  setGradEnabled,
  isGradEnabled,
  isInferenceModeEnabled,

  // random numbers
  manualSeed,
  seed,
  initialSeed,
  getRngState,
  setRngState,
  defaultGenerator,

  // runtime
  version,
  config,
  backends,
  getDefaultDtype,
  setDefaultDtype,
  setNumThreads,
  getNumThreads,
  setNumInteropThreads,
  getNumInteropThreads,
  setDefaultDevice,
  getDefaultDevice,
  ...determinism,

  // mixed precision
  amp: moduleWithHints(amp),
  GradScaler: amp.GradScaler,
  autocast: autocastMode.autocast,
  isAutocastEnabled: autocastMode.isAutocastEnabled,
  setAutocastEnabled: autocastMode.setAutocastEnabled,
  getAutocastDtype: autocastMode.getAutocastDtype,
  setAutocastDtype: autocastMode.setAutocastDtype,
  isAutocastCacheEnabled: autocastMode.isAutocastCacheEnabled,
  setAutocastCacheEnabled: autocastMode.setAutocastCacheEnabled,
  clearAutocastCache: autocastMode.clearAutocastCache,

  // steps off the event loop
  compileStep,

  // memory
  tidy,
  keep,

  // namespaces
  nn: moduleWithHints(nn),
  optim: moduleWithHints(optim),
  autograd: moduleWithHints(autograd),
  func: moduleWithHints(func),
  distributions: moduleWithHints(distributions),
  vmap: func.vmap,
  utils: moduleWithHints(utils),
  cuda: moduleWithHints(cuda),
  ops,
  masked: moduleWithHints(masked),
  signal: moduleWithHints(signal),
  testing: moduleWithHints(testing),
  linalg: withHints(operators.linalg),
  fft: withHints(operators.fft),
  special: withHints(operators.special),
  sparse,
  nested,
};

/** The module `torch`: its members, and every function of libtorch. */
export type Torch = typeof members & Omit<TorchFunctions, keyof typeof members>;

/**
 * What Python calls `torch`: every function, class, dtype and namespace.
 *
 * @example
 * ```ts
 * import torch from 'sconce';
 * console.log(torch.rand(2, 3));
 * ```
 * @see https://pytorch.org/docs/stable/torch.html
 */
export const torch: Torch = Object.setPrototypeOf(members, withHints(operators.torch));
