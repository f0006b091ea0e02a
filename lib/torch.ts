/**
 * Every function, class, dtype and namespace of Python's `torch`. Functions take their arguments by
 * position, in PyTorch's order, or by name in one plain object that comes last:
 * `torch.sum(x, 1, true)`, `torch.sum(x, { dim: 1, keepdim: true })`. The pages of operators show
 * the first form only, and PyTorch's own signature.
 *
 * @see https://pytorch.org/docs/stable/torch.html
 * @module
 */
import * as accelerator from './accelerator/index.js';
import * as autocastMode from './amp/autocast-mode.js';
import * as amp from './amp/index.js';
import * as autograd from './autograd/index.js';
import { backends } from './backends/index.js';
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
import * as cuda from './cuda/index.js';
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
import * as memory from './memory/index.js';
import {
  channelsLast,
  channelsLast3d,
  contiguousFormat,
  MemoryFormat,
  preserveFormat,
} from './memory-format.js';
import * as mps from './mps/index.js';
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
import * as random from './random.js';
import {
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
import { closeHandle, fromHandle, toHandle } from './shared-handle.js';
import * as signal from './signal/index.js';
import { sparse } from './sparse/index.js';
import { isStorage, UntypedStorage } from './storage.js';
import { Event, Stream } from './streams.js';
import { Tensor } from './tensor.js';
import * as testing from './testing/index.js';
import { keep, tidy } from './tidy.js';
import { finfo, iinfo } from './type-info.js';
import type { DeviceLike } from './types.js';
import * as utils from './utils/index.js';
import * as xpu from './xpu/index.js';

/**
 * The device of a string such as `'cuda:1'`, or of a type and an index. With a function at the end,
 * what makes tensors in it makes them there, where it is not told otherwise; its result is returned.
 * `torch.setDefaultDevice` does so from here on, or for a block.
 *
 * @throws ValueError for a device that PyTorch does not have.
 *
 * @example
 * ```ts
 * const device = torch.device(torch.cuda.isAvailable() ? 'cuda' : 'cpu');
 * model.to(device);
 * torch.device('meta', () => torch.zeros(2)).device; // device(type='meta')
 * ```
 * @see https://pytorch.org/docs/stable/tensor_attributes.html#torch.device
 */
function device(spec: DeviceLike | number, index?: number): Device;
function device<R>(spec: DeviceLike | number, body: () => R): R;
function device<R>(spec: DeviceLike | number, index: number, body: () => R): R;
function device<R>(
  spec: DeviceLike | number,
  index?: number | (() => R),
  body?: () => R,
): Device | R {
  if (typeof index === 'function') return setDefaultDevice(Device.from(spec), index);
  const found = Device.from(spec, index);
  return body === undefined ? found : setDefaultDevice(found, body);
}

/**
 * The module of a type of device: `torch.cuda` of `'cuda'`, and so on.
 *
 * @param device Default: the accelerator of this libtorch.
 *
 * @throws TorchError where there is no such module.
 *
 * @example
 * ```ts
 * torch.getDeviceModule('cuda') === torch.cuda; // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.get_device_module.html
 */
function getDeviceModule(device: DeviceLike | null = null) {
  const { type } =
    device === null
      ? (accelerator.currentAccelerator() ?? Device.from('cpu'))
      : Device.from(device);
  if (type === 'cuda' || type === 'mps' || type === 'xpu') return members[type];
  throw new TorchError(
    `Invalid device module '${type}': there is none of the CPU's, whose functions are torch's own`,
  );
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
  Stream,
  Event,
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
  getDeviceModule,
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
  toHandle,
  fromHandle,
  closeHandle,
  memory: moduleWithHints(memory),

  // namespaces
  nn: moduleWithHints(nn),
  optim: moduleWithHints(optim),
  autograd: moduleWithHints(autograd),
  func: moduleWithHints(func),
  distributions: moduleWithHints(distributions),
  vmap: func.vmap,
  utils: moduleWithHints(utils),
  cuda: moduleWithHints(cuda),
  accelerator: moduleWithHints(accelerator),
  mps: moduleWithHints(mps),
  xpu: moduleWithHints(xpu),
  random: moduleWithHints(random),
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
