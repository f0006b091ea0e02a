import { Complex } from '../complex.js';
import { Device } from '../device.js';
import { DType, uint8 } from '../dtype.js';
import { TorchError } from '../errors.js';
import { idOf } from '../handle.js';
import { Layout } from '../layout.js';
import { native } from '../native.js';
import { metadataOf } from '../nn/modules/module-state.js';
import { Parameter } from '../nn/parameter.js';
import { isPlainObject } from '../options.js';
import { perChannelAffine, perTensorAffine, QScheme } from '../qscheme.js';
import { Tensor } from '../tensor.js';
import { Counter } from './counter.js';
import { Float, type Form, Global, PersistentId, Reduction, Tuple } from './python.js';
import { storageClassOf } from './storages.js';

interface SavedStorage {
  key: string;
  dtype: DType;
  /** One of the tensors on it. */
  tensor: Tensor;
}

const orderedDict = new Global('collections', 'OrderedDict');

function util(name: string): Global {
  return new Global('torch._utils', name);
}

/** Says how tensors and other objects are written, and gathers the storages behind them. */
export class Reducer {
  readonly #storages = new Map<bigint, SavedStorage>();

  /** One tensor for each storage, in the order of their keys, which are `0`, `1`, ... */
  get storages(): Tensor[] {
    return [...this.#storages.values()].map(({ tensor }) => tensor);
  }

  reduce(value: object): Form | undefined {
    if (value instanceof Parameter) {
      const args = [value.data, value.requiresGrad, new Reduction(orderedDict, [])];
      return new Reduction(util('_rebuild_parameter'), args);
    }
    if (value instanceof Tensor) return this.#tensor(value);
    if (value instanceof DType) return new Global('torch', value.name);
    if (value instanceof QScheme) return new Global('torch', value.name);
    if (value instanceof Layout) {
      return new Reduction(new Global('torch.serialization', '_get_layout'), [String(value)]);
    }
    if (value instanceof Device) {
      const { type, index } = value;
      return new Reduction(new Global('torch', 'device'), index === null ? [type] : [type, index]);
    }
    if (value instanceof Complex) {
      return new Reduction(new Global('__builtin__', 'complex'), [value.real, value.imag]);
    }
    if (value instanceof Uint8Array) {
      const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
      return new Reduction(new Global('_codecs', 'encode'), [text, 'latin1']);
    }
    if (value instanceof Counter) {
      return new Reduction(new Global('collections', 'Counter'), [new Map<unknown, number>(value)]);
    }
    if (value instanceof Set) return new Reduction(new Global('__builtin__', 'set'), [[...value]]);
    const metadata = isPlainObject(value) ? metadataOf(value) : undefined;
    if (metadata === undefined) return undefined;
    const ordered = new Reduction(orderedDict, [], Object.entries(metadata));
    return new Reduction(orderedDict, [], Object.entries(value), { _metadata: ordered });
  }

  #tensor(tensor: Tensor): Reduction {
    const { dtype, layout, requiresGrad } = tensor;
    if (tensor.isNested) return nested(tensor);
    if (layout.name.startsWith('sparse_')) return sparse(tensor);
    const size = new Tuple(tensor.size());
    const stride = new Tuple(tensor.stride());
    if (tensor.device.type === 'meta') {
      const rebuild = util('_rebuild_meta_tensor_no_storage');
      return new Reduction(rebuild, [dtype, size, stride, requiresGrad]);
    }
    if (layout.name !== 'strided') {
      throw new TorchError(`torch.save cannot write a tensor of ${dtype} and ${layout} yet`);
    }
    if (tensor.isQuantized) {
      const args = [this.#storage(tensor), tensor.storageOffset(), size, stride];
      const hooks = new Reduction(orderedDict, []);
      return new Reduction(util('_rebuild_qtensor'), [
        ...args,
        quantizer(tensor),
        requiresGrad,
        hooks,
      ]);
    }
    const isOld = storageClassOf(dtype) !== undefined;
    const args: unknown[] = [
      this.#storage(tensor),
      tensor.storageOffset(),
      size,
      stride,
      requiresGrad,
      new Reduction(orderedDict, []),
    ];
    if (!isOld) args.push(dtype);
    const bits: Record<string, boolean> = {};
    if (tensor.isConj()) bits.conj = true;
    if (tensor.isNeg()) bits.neg = true;
    if (Object.keys(bits).length > 0) args.push(bits);
    return new Reduction(util(isOld ? '_rebuild_tensor_v2' : '_rebuild_tensor_v3'), args);
  }

  #storage(tensor: Tensor): PersistentId {
    const storageClass = storageClassOf(tensor.dtype);
    const dtype = storageClass === undefined ? uint8 : tensor.dtype;
    const pointer = native.storagePointer(idOf(tensor));
    let saved = this.#storages.get(pointer);
    if (!saved) {
      saved = { key: String(this.#storages.size), dtype, tensor };
      this.#storages.set(pointer, saved);
    }
    if (saved.dtype !== dtype) {
      throw new TorchError(
        `torch.save cannot write tensors that share memory as different dtypes (${saved.dtype} and ${dtype}); clone() one of them`,
      );
    }
    const elements = native.storageBytes(idOf(tensor)) / dtype.itemsize;
    const type =
      storageClass === undefined
        ? new Global('torch.storage', 'UntypedStorage')
        : new Global('torch', storageClass);
    const location = String(tensor.device);
    return new PersistentId(
      new Tuple(['storage', type, saved.key, location, Math.floor(elements)]),
    );
  }
}

function quantizer(tensor: Tensor): Tuple {
  if (tensor.qscheme() === perTensorAffine) {
    // Python has floats and ints apart: 1.0 must not become 1.
    return new Tuple([perTensorAffine, new Float(tensor.qScale()), tensor.qZeroPoint()]);
  }
  const [scales, points] = [tensor.qPerChannelScales(), tensor.qPerChannelZeroPoints()];
  return new Tuple([perChannelAffine, scales, points, tensor.qPerChannelAxis()]);
}

/** The buffer that all the tensors of a nested one lie in, and where in it they lie. */
function nested(tensor: Tensor): Reduction {
  return new Reduction(util('_rebuild_nested_tensor'), [
    tensor.values(),
    tensor._nestedTensorSize(),
    tensor._nestedTensorStrides(),
    tensor._nestedTensorStorageOffsets(),
  ]);
}

function sparse(tensor: Tensor): Reduction {
  const { layout } = tensor;
  const size = new Tuple(tensor.size());
  const parts = (): unknown[] => {
    switch (layout.name) {
      case 'sparse_coo':
        return [tensor._indices(), tensor._values(), size, tensor.isCoalesced()];
      case 'sparse_csr':
      case 'sparse_bsr':
        return [tensor.crowIndices(), tensor.colIndices(), tensor.values(), size];
      default:
        return [tensor.ccolIndices(), tensor.rowIndices(), tensor.values(), size];
    }
  };
  return new Reduction(util('_rebuild_sparse_tensor'), [layout, new Tuple(parts())]);
}
