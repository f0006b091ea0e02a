/**
 * Copies of tensors, modules and optimizers with what hangs on them; Python's `copy`.
 *
 * @module
 */
import { Complex } from './complex.js';
import { Device } from './device.js';
import { wrap } from './dispatch.js';
import { DType, uint8 } from './dtype.js';
import { TorchError } from './errors.js';
import { Generator } from './generator.js';
import { noGrad } from './grad-mode.js';
import { idOf } from './handle.js';
import { Slice } from './indexing.js';
import { Layout } from './layout.js';
import { MemoryFormat } from './memory-format.js';
import { native } from './native.js';
import { Buffer, Parameter } from './nn/parameter.js';
import { operators } from './operators.js';
import { Tensor } from './tensor.js';

/**
 * What {@link deepcopy} has copied so far: for each original its copy, and for each memory of
 * tensors, by its address, the memory of the copies.
 */
export type Memo = Map<unknown, unknown>;

/** Values that never change, so that a copy is the value itself. */
const immutable = [Complex, Device, DType, Layout, MemoryFormat, Slice];

/**
 * A copy of a value and of everything in it; Python's `copy.deepcopy`.
 *
 * A module is copied with its parameters, buffers, submodules, hooks and other properties. What is
 * shared in the original is shared in the copy, and not with the original: tied weights are tied,
 * and views of one memory are views of one. A parameter is copied without its gradient, as in
 * Python; any other tensor with it. Functions are not copied. An optimizer is copied with its
 * parameters and state, and without its hooks, as in Python: copy it together with its model.
 *
 * A class can say how it is copied by a method `__deepcopy__(memo)`. It must where it has members
 * whose names begin with `#`: no code outside the class can copy these.
 *
 * @param value What to copy: a module, a tensor, an array, a plain object, a Map, ...
 * @param memo What has been copied already, by original. Default: nothing.
 * @throws TorchError for a tensor that is the result of a recorded computation: `detach()` it.
 *
 * @example
 * ```ts
 * import { copy } from 'sconce';
 *
 * const layer = new nn.Linear(4, 4);
 * const twin = copy.deepcopy(layer);
 * twin.weight.equal(layer.weight); // true
 * twin.weight === layer.weight; // false
 *
 * const optimizer = new optim.Adam(layer.parameters());
 * const both = copy.deepcopy({ layer, optimizer });
 * both.optimizer.paramGroups[0]?.params[0] === both.layer.weight; // true
 * ```
 */
export function deepcopy<T>(value: T, memo: Memo = new Map()): T {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
  if (memo.has(value)) return memo.get(value) as T;
  const { __deepcopy__: own } = value as { __deepcopy__?: (memo: Memo) => T };
  const copied = typeof own === 'function' ? own.call(value, memo) : copyObject(value, memo);
  memo.set(value, copied);
  return copied as T;
}

function copyObject(value: object, memo: Memo): unknown {
  if (typeof value === 'function' || immutable.some((Class) => value instanceof Class)) {
    return value;
  }
  if (value instanceof Tensor) return noGrad(() => copyTensor(value, memo));
  if (value instanceof Generator) return copyGenerator(value);
  if (value instanceof Map) {
    const copied = new Map();
    memo.set(value, copied);
    for (const [key, item] of value) copied.set(deepcopy(key, memo), deepcopy(item, memo));
    return copied;
  }
  if (value instanceof Set) {
    const copied = new Set();
    memo.set(value, copied);
    for (const item of value) copied.add(deepcopy(item, memo));
    return copied;
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return structuredClone(value);
  if (value instanceof Date || value instanceof RegExp) return structuredClone(value);
  const copied = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value));
  memo.set(value, copied);
  copyProperties(value, copied, memo);
  return copied;
}

/** Classes whose source shows private members. */
const withPrivateMembers = new WeakMap<object, boolean>();

/**
 * Throws where an object that is made without its class's constructor would lack private members.
 *
 * @param end The first class that has been constructed. Default: Object.
 */
function checkMembers(value: object, end: object): void {
  let prototype = Object.getPrototypeOf(value);
  for (; prototype && prototype !== end; prototype = Object.getPrototypeOf(prototype)) {
    const Class = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined;
    if (typeof Class !== 'function') continue;
    let found = withPrivateMembers.get(Class);
    if (found === undefined) {
      found = /\bthis\.#[\w$]/.test(Function.prototype.toString.call(Class));
      withPrivateMembers.set(Class, found);
    }
    if (found) {
      throw new TypeError(
        `deepcopy: the class ${Class.name} has private members (#...), which no other code can copy; give it a method __deepcopy__(memo), or name them without #`,
      );
    }
  }
}

/**
 * Gives `target`, an object of the same class, copies of the own properties of `source`.
 *
 * @param end The prototype of the class whose constructor `target` has been through.
 *
 * @internal
 */
export function copyProperties(
  source: object,
  target: object,
  memo: Memo,
  end: object = Object.prototype,
): void {
  checkMembers(source, end);
  for (const key of Reflect.ownKeys(source)) {
    const property = Object.getOwnPropertyDescriptor(source, key) as PropertyDescriptor;
    if ('value' in property) property.value = deepcopy(property.value, memo);
    Object.defineProperty(target, key, property);
  }
}

function copyGenerator(generator: Generator): Generator {
  const copied = new Generator(generator.device);
  copied.setState(generator.getState());
  return copied;
}

function copyTensor(tensor: Tensor, memo: Memo): Tensor {
  if (tensor instanceof Parameter) {
    return new Parameter(tensor.data.clone(), tensor.requiresGrad);
  }
  if (!tensor.isLeaf) {
    throw new TorchError(
      'deepcopy: only tensors that were not computed from others with recording (graph leaves) can be copied; detach() the tensor first. In a module, weightNorm() and its like leave such a tensor: use nn.utils.parametrizations',
    );
  }
  const data = copyData(tensor, memo);
  const copied =
    tensor instanceof Buffer ? new Buffer(data, { persistent: tensor.persistent }) : data;
  copied.requiresGrad = tensor.requiresGrad;
  if (tensor.grad) copied.grad = deepcopy(tensor.grad, memo);
  return copied;
}

/** The elements in memory of their own, which is shared as the original's is. */
function copyData(tensor: Tensor, memo: Memo): Tensor {
  const { dtype, layout, isMeta } = tensor;
  const id = idOf(tensor);
  const bytes = layout.name === 'strided' && !isMeta ? native.storageBytes(id) : 0;
  if (bytes === 0 || dtype.name.startsWith('q')) return tensor.detach().clone();
  const pointer = native.storagePointer(id);
  let storage = memo.get(pointer) as Tensor | undefined;
  if (!storage) {
    const whole = native.storageView(id, uint8.code, 0, [bytes], [1], false, false);
    storage = operators.torch.clone(wrap(whole) as Tensor);
    memo.set(pointer, storage);
  }
  const view = native.storageView(
    idOf(storage),
    dtype.code,
    tensor.storageOffset(),
    tensor.shape,
    tensor.stride(),
    tensor.isConj(),
    tensor.isNeg(),
  );
  return wrap(view) as Tensor;
}
