import { Complex } from '../complex.js';
import { Device } from '../device.js';
import * as dtypes from '../dtype.js';
import { DType } from '../dtype.js';
import * as layouts from '../layout.js';
import { Layout } from '../layout.js';
import { Parameter } from '../nn/parameter.js';
import { operators } from '../operators.js';
import * as qschemes from '../qscheme.js';
import { Tensor } from '../tensor.js';
import { UnpicklingError } from './errors.js';
import { Callable, Dict, Tuple } from './python.js';
import { LoadedStorage, type StorageLoader, storageClass } from './storages.js';

type Kind<T> = abstract new (...args: never[]) => T;

/** The argument, which must be of a class. */
function expect<T>(value: unknown, kind: Kind<T>, what: string): T {
  if (value instanceof kind) return value;
  throw new UnpicklingError(`the pickle has something else where ${what} must stand`);
}

function integer(value: unknown, what: string): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new UnpicklingError(`the pickle has something else where ${what} must stand`);
}

function integers(value: unknown, what: string): number[] {
  const items = Array.isArray(value) ? value : expect(value, Tuple, what).items;
  return items.map((item) => integer(item, what));
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new UnpicklingError(`the pickle has something else where ${what} must stand`);
}

function recorded(tensor: Tensor, requiresGrad: unknown): Tensor {
  return requiresGrad === true ? tensor.requiresGrad_() : tensor;
}

function rebuildTensor(
  storage: unknown,
  offset: unknown,
  size: unknown,
  stride: unknown,
  requiresGrad: unknown,
  dtype?: DType,
  metadata?: unknown,
): Tensor {
  const loaded = expect(storage, LoadedStorage, 'a storage');
  const actual = dtype ?? loaded.dtype;
  const bits = metadata instanceof Dict ? metadata : new Dict();
  const isConj = bits.get('conj') === true && actual.isComplex;
  const tensor = loaded.view(
    actual,
    integer(offset, 'an offset'),
    integers(size, 'a size'),
    integers(stride, 'a stride'),
    { isConj, isNeg: bits.get('neg') === true },
  );
  return recorded(tensor, requiresGrad);
}

function rebuildParameter(data: unknown, requiresGrad: unknown): Parameter {
  return new Parameter(expect(data, Tensor, 'a tensor'), requiresGrad === true);
}

type SparseMaker = (
  compressed: Tensor,
  plain: Tensor,
  values: Tensor,
  size: readonly number[],
) => Tensor;

function rebuildSparse(layout: unknown, data: unknown): Tensor {
  const { torch } = operators;
  const parts = expect(data, Tuple, 'the parts of a sparse tensor').items;
  const part = (index: number) => expect(parts[index], Tensor, 'a part of a sparse tensor');
  if (layout === layouts.sparseCoo) {
    const size = integers(parts[2], 'a size');
    const isCoalesced = parts[3] === true;
    torch._validateSparseCooTensorArgs(part(0), part(1), size, isCoalesced);
    return torch.sparseCooTensor(part(0), part(1), size, { isCoalesced });
  }
  const kind = expect(layout, Layout, 'a layout');
  const makers = new Map<Layout, SparseMaker>([
    [layouts.sparseCsr, torch.sparseCsrTensor],
    [layouts.sparseCsc, torch.sparseCscTensor],
    [layouts.sparseBsr, torch.sparseBsrTensor],
    [layouts.sparseBsc, torch.sparseBscTensor],
  ]);
  const make = makers.get(kind);
  if (!make) throw new UnpicklingError(`there is no sparse layout ${kind}`);
  const size = integers(parts[3], 'a size');
  torch._validateSparseCompressedTensorArgs(part(0), part(1), part(2), size, kind);
  return make(part(0), part(1), part(2), size);
}

/** The dtype of the integers of a quantized one. */
const integerDTypes = new Map([
  [dtypes.quint8, dtypes.uint8],
  [dtypes.qint8, dtypes.int8],
  [dtypes.qint32, dtypes.int32],
]);

function rebuildQuantized(
  storage: unknown,
  offset: unknown,
  size: unknown,
  stride: unknown,
  quantizer: unknown,
): Tensor {
  const loaded = expect(storage, LoadedStorage, 'a storage');
  const dtype = integerDTypes.get(loaded.dtype);
  if (!dtype) throw new UnpicklingError(`there is no quantized tensor of ${loaded.dtype}`);
  const [sizes, strides] = [integers(size, 'a size'), integers(stride, 'a stride')];
  const elements = loaded.view(dtype, integer(offset, 'an offset'), sizes, strides);
  const [scheme, ...parameters] = expect(quantizer, Tuple, 'a quantizer').items;
  const { torch } = operators;
  if (scheme === qschemes.perTensorAffine) {
    const scale = Number(parameters[0]);
    return torch._makePerTensorQuantizedTensor(
      elements,
      scale,
      integer(parameters[1], 'a zero point'),
    );
  }
  if (scheme !== qschemes.perChannelAffine && scheme !== qschemes.perChannelAffineFloatQparams) {
    throw new UnpicklingError(`there is no quantization scheme ${String(scheme)} to read`);
  }
  const scales = expect(parameters[0], Tensor, 'scales');
  const points = expect(parameters[1], Tensor, 'zero points');
  const axis = integer(parameters[2], 'an axis');
  if (scales.numel() !== sizes[axis] || points.numel() !== sizes[axis]) {
    throw new UnpicklingError(
      'the pickle has not as many scales as the quantized tensor has slices',
    );
  }
  return torch._makePerChannelQuantizedTensor(elements, scales, points, axis);
}

/** libtorch sees to it that the tensors lie within the buffer. */
function rebuildNested(...parts: unknown[]): Tensor {
  const [buffer, sizes, strides, offsets] = parts.map((part) =>
    expect(part, Tensor, 'a part of a nested tensor'),
  ) as [Tensor, Tensor, Tensor, Tensor];
  return operators.torch._nestedViewFromBuffer(buffer, sizes, strides, offsets);
}

function layoutOf(name: unknown): Layout {
  const path = text(name, 'a layout');
  const layout = Object.values(layouts).find(
    (value): value is Layout => value instanceof Layout && String(value) === path,
  );
  if (!layout) throw new UnpicklingError(`there is no layout ${path}`);
  return layout;
}

/** Bytes, which protocol 2 writes as the text of as many code points. */
function encode(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(text(value, 'a text'), 'latin1');
}

function dictOf(items: unknown): Dict {
  if (items === undefined) return new Dict();
  if (items instanceof Dict) return new Dict(items);
  const pairs = Array.isArray(items) ? items : [];
  return new Dict(
    pairs.map((pair) => {
      const [key, value] = Array.isArray(pair) ? pair : expect(pair, Tuple, 'an item').items;
      return [key, value];
    }),
  );
}

function call(callable: unknown, args: unknown): unknown {
  return expect(callable, Callable, 'a function').call(...expect(args, Tuple, 'a tuple').items);
}

/**
 * What a pickle may name, as PyTorch's own allow-list: what tensors are rebuilt with, and plain
 * containers. Attributes and hooks that Python has set on a tensor are left behind.
 */
export function allowedGlobals(storages: StorageLoader): (path: string) => unknown {
  const functions: Record<string, (...args: never[]) => unknown> = {
    'torch._utils._rebuild_tensor': (storage, offset, size, stride) =>
      rebuildTensor(storage, offset, size, stride, false),
    'torch._utils._rebuild_tensor_v2': (
      ...[storage, offset, size, stride, requiresGrad, , metadata]: unknown[]
    ) => rebuildTensor(storage, offset, size, stride, requiresGrad, undefined, metadata),
    'torch._utils._rebuild_tensor_v3': (
      ...[storage, offset, size, stride, requiresGrad, , dtype, metadata]: unknown[]
    ) => {
      const actual = expect(dtype, DType, 'a dtype');
      return rebuildTensor(storage, offset, size, stride, requiresGrad, actual, metadata);
    },
    'torch._utils._rebuild_parameter': rebuildParameter,
    'torch._utils._rebuild_parameter_with_state': rebuildParameter,
    'torch._utils._rebuild_sparse_tensor': rebuildSparse,
    'torch._utils._rebuild_qtensor': (
      ...[storage, offset, size, stride, quantizer, requiresGrad]: unknown[]
    ) => recorded(rebuildQuantized(storage, offset, size, stride, quantizer), requiresGrad),
    'torch._utils._rebuild_nested_tensor': rebuildNested,
    'torch._utils._rebuild_meta_tensor_no_storage': (
      dtype: unknown,
      size: unknown,
      stride: unknown,
      requiresGrad: unknown,
    ) => {
      const options = { dtype: expect(dtype, DType, 'a dtype'), device: 'meta' };
      const sizes = integers(size, 'a size');
      const empty = operators.torch.emptyStrided(sizes, integers(stride, 'a stride'), options);
      return recorded(empty, requiresGrad);
    },
    'torch._utils._rebuild_device_tensor_from_cpu_tensor': (
      data: unknown,
      dtype: unknown,
      device: unknown,
      requiresGrad: unknown,
    ) => {
      const target = storages.deviceFor(text(device, 'a device'));
      const tensor = expect(data, Tensor, 'a tensor');
      return recorded(tensor.to(target, expect(dtype, DType, 'a dtype')), requiresGrad);
    },
    'torch._tensor._rebuild_from_type_v2': (callable, _type, args) => call(callable, args),
    'torch.serialization._get_layout': layoutOf,
    'torch.nn.parameter.Parameter': (data: unknown, requiresGrad: unknown = true) =>
      rebuildParameter(data, requiresGrad),
    'torch.Size': (items: unknown) => new Tuple(integers(items, 'a size')),
    'torch.Tensor': () => {
      throw new UnpicklingError('the pickle makes a tensor of its own, without a storage');
    },
    'torch.device': (type: unknown, index?: unknown) =>
      Device.from(
        text(type, 'a device'),
        index === undefined || index === null ? undefined : integer(index, 'an index'),
      ),
    'collections.OrderedDict': dictOf,
    'collections.Counter': dictOf,
    '_codecs.encode': encode,
    'builtins.bytearray': encode,
    'builtins.set': (items: unknown = []) => new Set(expect(items, Array<unknown>, 'a list')),
    'builtins.complex': (real: unknown, imaginary: unknown) =>
      new Complex(Number(real), Number(imaginary)),
  };
  const known = new Map<string, unknown>();
  for (const [path, body] of Object.entries(functions)) {
    known.set(path, new Callable(path, body as (...args: unknown[]) => unknown));
  }
  for (const value of Object.values(dtypes)) {
    if (value instanceof DType) known.set(String(value), value);
  }
  for (const value of Object.values(qschemes)) {
    if (value instanceof qschemes.QScheme) known.set(String(value), value);
  }
  return (path) => known.get(path) ?? storageClass(path);
}
