import * as autograd from './autograd/index.js';
import { Complex } from './complex.js';
import { asTensor, fromArrayBuffer, fromTypedArray, full, isTensor, tensor } from './creation.js';
import * as cuda from './cuda.js';
import { Device } from './device.js';
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
import { withHints } from './hints.js';
import { Slice } from './indexing.js';
import {
  Layout,
  sparseBsc,
  sparseBsr,
  sparseCoo,
  sparseCsc,
  sparseCsr,
  strided,
} from './layout.js';
import {
  channelsLast,
  channelsLast3d,
  contiguousFormat,
  MemoryFormat,
  preserveFormat,
} from './memory-format.js';
import * as nn from './nn/index.js';
import { operators } from './operators.js';
import { ops } from './ops.js';
import * as optim from './optim/index.js';
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
import { Tensor } from './tensor.js';
import { setPrintoptions } from './tensor-str.js';
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

const { uint8, int8, int16, int32, int64, uint16, uint32, uint64, bool } = dtypes;
const { float16, float32, float64, bfloat16, complex32, complex64, complex128 } = dtypes;
const { qint8, quint8, qint32, float8_e5m2, float8_e4m3fn, DType } = dtypes;

/** What Python's module `torch` has beside libtorch's functions. */
const members = {
  // element types, and the second names that PyTorch gives them
  uint8,
  int8,
  int16,
  int32,
  int64,
  uint16,
  uint32,
  uint64,
  bool,
  float16,
  float32,
  float64,
  bfloat16,
  complex32,
  complex64,
  complex128,
  qint8,
  quint8,
  qint32,
  float8_e5m2,
  float8_e4m3fn,
  half: float16,
  float: float32,
  double: float64,
  short: int16,
  int: int32,
  long: int64,
  chalf: complex32,
  cfloat: complex64,
  cdouble: complex128,

  // layouts and memory formats
  strided,
  sparseCoo,
  sparseCsr,
  sparseCsc,
  sparseBsr,
  sparseBsc,
  contiguousFormat,
  preserveFormat,
  channelsLast,
  channelsLast3d,

  // classes
  Tensor,
  Generator,
  Complex,
  Device,
  DType,
  Layout,
  MemoryFormat,
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
  fromArrayBuffer,
  fromTypedArray,
  full,
  isTensor,
  device,
  setPrintoptions,

  // written on top of libtorch's functions
  ...functional,

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

  // memory
  tidy,
  keep,

  // namespaces
  nn,
  optim,
  autograd,
  func,
  utils,
  cuda,
  ops,
  linalg: withHints(operators.linalg),
  fft: withHints(operators.fft),
  special: withHints(operators.special),
  sparse: withHints(operators.sparse),
  nested: withHints(operators.nested),
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
