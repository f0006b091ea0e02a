/**
 * Tensors of modules as functions of others; Python's `torch.nn.utils.parametrize`.
 *
 * @see https://pytorch.org/docs/stable/nn.html#utilities
 * @module
 */
import { describe } from '../../describe.js';
import { NotImplementedError, ValueError } from '../../errors.js';
import { ModeGuard, noGrad } from '../../grad-mode.js';
import { type Call, checkFlags, Signature } from '../../options.js';
import { synchronous } from '../../synchronous.js';
import { Tensor } from '../../tensor.js';
import { ModuleDict, ModuleList } from '../modules/container.js';
import { Module } from '../modules/module.js';
import { forgetMember } from '../modules/module-members.js';
import { Parameter } from '../parameter.js';
import { readProperty, registerTensor, tensorOf } from './tensors.js';

/** A module that computes a tensor of another one, or of several, and perhaps back. */
export interface Parametrization extends Module {
  /** The tensor, or the tensors, of which `forward` makes this value. */
  rightInverse?(value: Tensor): Tensor | readonly Tensor[];
}

let cacheDepth = 0;
let cache = new Map<Module, Map<string, Tensor>>();

/**
 * Computes each parametrized tensor only once while `body` runs; without `body`, until the guard
 * that is returned is disposed of.
 *
 * @param body What to run, synchronously. Default: a guard is returned.
 *
 * @example
 * ```ts
 * const { cached } = nn.utils.parametrize;
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(2, 2));
 * cached(() => layer.weight === layer.weight); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.cached.html
 */
export function cached(): ModeGuard;
export function cached<R>(body: () => R): R;
export function cached<R>(body?: () => R): R | ModeGuard {
  cacheDepth++;
  const guard = new ModeGuard(() => {
    cacheDepth--;
    if (cacheDepth === 0) cache = new Map();
  });
  if (body === undefined) return guard;
  try {
    return synchronous(body(), 'cached() holds for synchronous code only');
  } finally {
    guard[Symbol.dispose]();
  }
}

/** The tensor of a parametrized name, from the cache where it is in use. */
function parametrized(module: Module, name: string): Tensor {
  const list = listOf(module, name);
  if (cacheDepth === 0) return list.forward();
  const tensors = cache.get(module) ?? new Map<string, Tensor>();
  cache.set(module, tensors);
  const found = tensors.get(name) ?? list.forward();
  tensors.set(name, found);
  return found;
}

const sizeText = (tensor: Tensor) => `torch.Size([${tensor.shape.join(', ')}])`;

/** Throws where `actual` differs from `expected` in dtype or shape. */
function checkSame(what: string, expected: Tensor, actual: unknown): void {
  if (!(actual instanceof Tensor)) {
    throw new ValueError(`${what} must return a tensor. Got ${describe(actual)}.`);
  }
  if (actual.dtype !== expected.dtype) {
    throw new ValueError(
      `${what} may not change the dtype of the tensor, unless the \`unsafe\` flag is enabled: it is ${expected.dtype}, and becomes ${actual.dtype}`,
    );
  }
  if (sizeText(actual) !== sizeText(expected)) {
    throw new ValueError(
      `${what} may not change the shape of the tensor, unless the \`unsafe\` flag is enabled: it is ${sizeText(expected)}, and becomes ${sizeText(actual)}`,
    );
  }
}

/** What a right inverse gives: one tensor, or several. */
function inverted(parametrizations: readonly Parametrization[], value: Tensor): unknown {
  let current: unknown = value;
  for (const parametrization of parametrizations.toReversed()) {
    if (typeof parametrization.rightInverse !== 'function') {
      throw new NotImplementedError(
        `parametrization ${parametrization._getName()} does not implement rightInverse.`,
      );
    }
    current = parametrization.rightInverse(current as Tensor);
  }
  return current;
}

/** The original of a tensor when it is parametrized; itself where there is no way back. */
function initial(parametrizations: readonly Parametrization[], original: Tensor): unknown {
  let current: unknown = original;
  for (const parametrization of parametrizations.toReversed()) {
    if (typeof parametrization.rightInverse !== 'function') continue;
    try {
      current = parametrization.rightInverse(current as Tensor);
    } catch (error) {
      if (!(error instanceof NotImplementedError)) throw error;
    }
  }
  return current;
}

/**
 * The parametrizations of one tensor, and the tensor or tensors that it is computed of:
 * `original`, or `original0`, `original1` and so on. It stands in `module.parametrizations` under
 * the tensor's name.
 *
 * @param modules The parametrizations, in the order in which they are applied.
 * @param original The tensor that becomes parametrized.
 * @param unsafe Whether dtype and shape may change. Default: false.
 * @throws ValueError where a parametrization changes dtype or shape, or where the first one's
 * `rightInverse` gives no tensors.
 *
 * @example
 * ```ts
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(2, 2));
 * const list = layer.getSubmodule('parametrizations.weight');
 * list instanceof nn.utils.parametrize.ParametrizationList; // true
 * [...list.namedParameters()].map(([name]) => name); // ['original0', 'original1']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.ParametrizationList.html
 */
export class ParametrizationList extends ModuleList<Parametrization> {
  unsafe: boolean;
  /** Whether there is one original. */
  isTensor: boolean;
  /** How many originals there are. */
  ntensors: number;

  constructor(modules: Iterable<Parametrization>, original: Tensor, unsafe = false) {
    super(modules);
    if (this.length === 0) {
      throw new ValueError('ParametrizationList requires one or more modules.');
    }
    this.unsafe = unsafe;
    const { dtype, device } = original;
    const like = original.detach();
    const found = noGrad(() => initial([...this], original));
    this.isTensor = found instanceof Tensor;
    this.ntensors = this.isTensor ? 1 : (found as Tensor[]).length;
    if (found instanceof Tensor) {
      if (found.dtype !== dtype || String(found.device) !== String(device)) {
        throw new ValueError(
          `When \`rightInverse\` outputs one tensor, it may not change the dtype or the device: they are ${dtype} and ${device}, and become ${found.dtype} and ${found.device}`,
        );
      }
      noGrad(() => original.set_(found));
      registerTensor(this, 'original', original);
    } else {
      this._registerOriginals(found, original);
    }
    if (!unsafe) checkSame('Registering a parametrization', like, this.forward());
  }

  private _registerOriginals(found: unknown, original: Tensor): void {
    if (!Array.isArray(found) || !found.every((one) => one instanceof Tensor)) {
      throw new ValueError(
        `'rightInverse' must return a Tensor or an array of Tensors. Got ${describe(found)}`,
      );
    }
    for (const [i, one] of found.entries()) {
      const { requiresGrad } = original;
      const tensor = original instanceof Parameter ? new Parameter(one, requiresGrad) : one;
      tensor.requiresGrad = requiresGrad;
      registerTensor(this, `original${i}`, tensor);
    }
  }

  /** The tensors that the first parametrization takes. */
  originals(): Tensor[] {
    if (this.isTensor) return [readProperty(this, 'original') as Tensor];
    return Array.from(
      { length: this.ntensors },
      (_, i) => readProperty(this, `original${i}`) as Tensor,
    );
  }

  /**
   * Sets the originals, without recording, to what the parametrizations make of a value.
   *
   * @throws NotImplementedError where one of them has no `rightInverse`; ValueError where that
   * gives other dtypes, or more or fewer tensors, than the originals.
   */
  rightInverse(value: Tensor): void {
    noGrad(() => {
      const found = inverted([...this], value);
      const originals = this.originals();
      if (this.isTensor !== found instanceof Tensor) {
        throw new ValueError(
          `\`rightInverse\` should return ${this.isTensor ? 'a tensor' : 'an array of tensors'}. Got ${describe(found)}`,
        );
      }
      const all = (this.isTensor ? [found] : found) as unknown[];
      if (!Array.isArray(all) || all.length !== originals.length) {
        throw new ValueError(
          `'rightInverse' must return an array of ${originals.length} tensors. Got ${describe(found)}`,
        );
      }
      for (const [i, one] of all.entries()) {
        const original = originals[i] as Tensor;
        if (!(one instanceof Tensor) || one.dtype !== original.dtype) {
          throw new ValueError(
            `Tensor ${i} returned by \`rightInverse\` must be of ${original.dtype}. Got ${one instanceof Tensor ? one.dtype : describe(one)}`,
          );
        }
      }
      for (const [i, one] of all.entries()) (originals[i] as Tensor).set_(one as Tensor);
    });
  }

  override forward(): Tensor {
    const [first, ...others] = this as Iterable<(...args: Tensor[]) => Tensor>;
    let result = (first as (...args: Tensor[]) => Tensor)(...this.originals());
    for (const parametrization of others) result = parametrization(result);
    return result;
  }
}

type AnyClass = abstract new (...args: never[]) => Module;

/** For each class, the one that its parametrized modules have. */
const parametrizedClasses = new WeakMap<object, AnyClass>();

/** The class `ParametrizedLinear` of `Linear`: nothing but its name is its own. */
function parametrizedClass(base: AnyClass): AnyClass {
  const known = parametrizedClasses.get(base);
  if (known) return known;
  const made = class extends (base as new () => Module) {};
  Object.defineProperty(made, 'name', { value: `Parametrized${base.name}` });
  parametrizedClasses.set(base, made);
  return made;
}

const classOf = (module: Module) => module.constructor as AnyClass;

const dictOf = (module: Module) => {
  const dict = readProperty(module, 'parametrizations');
  return dict instanceof ModuleDict ? (dict as ModuleDict) : undefined;
};

function listOf(module: Module, name: string): ParametrizationList {
  return readProperty(dictOf(module) as ModuleDict, name) as ParametrizationList;
}

/** Puts a property that computes the tensor in the tensor's place. */
function injectProperty(module: Module, name: string): void {
  // Not enumerable: the tensor is no member any more. By `this`, so that it serves a deep copy too.
  Object.defineProperty(module, name, {
    get(this: Module) {
      return parametrized(this, name);
    },
    set(this: Module, value: Tensor) {
      listOf(this, name).rightInverse(value);
    },
    enumerable: false,
    configurable: true,
  });
}

function checkModule(where: string, module: unknown): asserts module is Module {
  if (!(module instanceof Module)) {
    throw new TypeError(
      `nn.utils.parametrize.${where}: expected a module, got ${describe(module)}`,
    );
  }
}

const registerOptions = new Signature<{ unsafe: boolean }>(
  'nn.utils.parametrize.registerParametrization',
  {},
  { unsafe: false },
);

/** Throws where one more parametrization does not fit behind those there are. */
function checkAnother(module: Module, name: string, parametrization: Parametrization): void {
  const before = readProperty(module, name) as Tensor;
  const after = (parametrization as (x: Tensor) => unknown)(before);
  checkSame('Registering a parametrization', before, after);
  if (typeof parametrization.rightInverse !== 'function') return;
  try {
    checkSame('rightInverse', before, parametrization.rightInverse(after as Tensor));
  } catch (error) {
    if (!(error instanceof NotImplementedError)) throw error;
  }
}

/**
 * Makes a parameter or a buffer of a module a function of another tensor, which is learned in its
 * place: `module.weight` then gives `parametrization(original)`, computed each time it is read.
 *
 * The original is `module.parametrizations.weight.original`, in the state dict too, and the same
 * parameter as before. Where the parametrization has a method `rightInverse`, the original is what
 * that makes of the value, and `module.weight = value` may be written; where it gives several
 * tensors, the originals are `original0`, `original1` and so on. A second parametrization is
 * applied behind the first.
 *
 * @param module The module, which is changed in place.
 * @param tensorName The name of its parameter or buffer.
 * @param parametrization The module whose `forward` computes the tensor.
 * @param options.unsafe Whether it may change dtype and shape. Default: false.
 * @returns The module.
 * @throws ValueError where there is no such tensor, or where dtype or shape change.
 *
 * @example
 * ```ts
 * class Symmetric extends nn.Module {
 *   forward(X: Tensor) {
 *     return X.triu().add(X.triu(1).transpose(-1, -2));
 *   }
 * }
 * const layer = new nn.Linear(3, 3);
 * nn.utils.parametrize.registerParametrization(layer, 'weight', new Symmetric());
 * layer.weight.equal(layer.weight.T); // true
 * Object.keys(layer.stateDict()); // ['bias', 'parametrizations.weight.original']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.register_parametrization.html
 */
export function registerParametrization<M extends Module>(
  module: M,
  tensorName: string,
  parametrization: Parametrization,
  options: { unsafe?: boolean } = {},
): M {
  checkModule('registerParametrization', module);
  checkModule('registerParametrization', parametrization);
  const { unsafe } = registerOptions.bind([options]);
  checkFlags(registerOptions.where, { unsafe });
  parametrization.train(module.training);
  if (isParametrized(module, tensorName)) {
    if (!unsafe) checkAnother(module, tensorName, parametrization);
    const list = listOf(module, tensorName);
    list.append(parametrization);
    list.unsafe ||= unsafe;
    return module;
  }
  const original = tensorOf(module, tensorName);
  if (!original) {
    throw new ValueError(
      `Module '${module}' does not have a parameter, a buffer, or a parametrized element with name '${tensorName}'`,
    );
  }
  const list = new ParametrizationList([parametrization], original, unsafe);
  module[forgetMember](tensorName);
  if (!isParametrized(module)) {
    Object.setPrototypeOf(module, parametrizedClass(classOf(module)).prototype);
    module.registerModule('parametrizations', new ModuleDict());
  }
  injectProperty(module, tensorName);
  dictOf(module)?.addModule(tensorName, list);
  return module;
}

/**
 * Whether a module has a parametrization, of one tensor or of any.
 *
 * @param module The module.
 * @param tensorName The name of the tensor. Default: any.
 *
 * @example
 * ```ts
 * const { isParametrized } = nn.utils.parametrize;
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(2, 2));
 * console.log(isParametrized(layer), isParametrized(layer, 'bias')); // true false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.is_parametrized.html
 */
export function isParametrized(module: Module, tensorName?: string | null): boolean {
  const dict = dictOf(module);
  if (!dict) return false;
  return tensorName === undefined || tensorName === null ? dict.length > 0 : dict.has(tensorName);
}

const removeOptions = new Signature<{ leaveParametrized: boolean }>(
  'nn.utils.parametrize.removeParametrizations',
  { leaveParametrized: true },
);

/** What stands in a tensor's place when its parametrizations are gone. */
function remains(module: Module, name: string, leaveParametrized: boolean): Tensor {
  const list = listOf(module, name);
  const [original] = list.originals() as [Tensor];
  if (list.isTensor) {
    if (leaveParametrized) noGrad(() => original.set_(readProperty(module, name) as Tensor));
    return original;
  }
  if (!leaveParametrized) {
    throw new ValueError(
      'Cannot leave unparametrized (`leaveParametrized: false`) a tensor that is parametrized in terms of a sequence of tensors.',
    );
  }
  const tensor = readProperty(module, name) as Tensor;
  return tensor.requiresGrad ? new Parameter(tensor) : tensor;
}

/**
 * Takes the parametrizations of a tensor away: it is a parameter or a buffer again.
 *
 * @param module The module, which is changed in place.
 * @param tensorName The name of the tensor.
 * @param leaveParametrized Whether it keeps the value that was computed rather than that of its
 * original. Default: true.
 * @returns The module.
 * @throws ValueError where the tensor has none, or where there are several originals and
 * `leaveParametrized` is false.
 *
 * @example
 * ```ts
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(2, 2));
 * nn.utils.parametrize.removeParametrizations(layer, 'weight');
 * Object.keys(layer.stateDict()); // ['bias', 'weight']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.remove_parametrizations.html
 */
export function removeParametrizations<M extends Module>(
  module: M,
  tensorName: string,
  ...rest: Call<[], [leaveParametrized: boolean], { leaveParametrized?: boolean }>
): M {
  checkModule('removeParametrizations', module);
  const { leaveParametrized } = removeOptions.bind(rest);
  if (!isParametrized(module, tensorName)) {
    throw new ValueError(`Module ${module} does not have a parametrization on ${tensorName}`);
  }
  const tensor = remains(module, tensorName, leaveParametrized);
  Reflect.deleteProperty(module, tensorName);
  dictOf(module)?.pop(tensorName);
  registerTensor(module, tensorName, tensor);
  if (!isParametrized(module)) {
    module[forgetMember]('parametrizations');
    Object.setPrototypeOf(module, Object.getPrototypeOf(classOf(module)).prototype);
  }
  return module;
}

/**
 * The class that a module had before it was parametrized; its class where it is not.
 *
 * @param module The module.
 *
 * @example
 * ```ts
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(2, 2));
 * layer.constructor.name; // 'ParametrizedLinear'
 * nn.utils.parametrize.typeBeforeParametrizations(layer) === nn.Linear; // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.type_before_parametrizations.html
 */
export function typeBeforeParametrizations(module: Module): unknown {
  checkModule('typeBeforeParametrizations', module);
  const own = classOf(module);
  return isParametrized(module) ? Object.getPrototypeOf(own) : own;
}

/**
 * Gives a module the parametrizations of another, and their originals: both share them.
 *
 * @param fromModule The module that has them.
 * @param toModule The module that gets them; what it lacks, it gets too.
 * @param tensorName The tensor. Default: all that are parametrized.
 * @returns `toModule`.
 *
 * @example
 * ```ts
 * const { transferParametrizationsAndParams } = nn.utils.parametrize;
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(2, 2));
 * const other = transferParametrizationsAndParams(layer, new nn.Linear(2, 2));
 * other.weight.equal(layer.weight); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.transfer_parametrizations_and_params.html
 */
export function transferParametrizationsAndParams<M extends Module>(
  fromModule: Module,
  toModule: M,
  tensorName?: string | null,
): M {
  checkModule('transferParametrizationsAndParams', fromModule);
  checkModule('transferParametrizationsAndParams', toModule);
  if (!isParametrized(fromModule)) return toModule;
  for (const name of tensorName ? [tensorName] : [...(dictOf(fromModule)?.keys() ?? [])]) {
    if (!isParametrized(fromModule, name)) {
      throw new ValueError(`Module ${fromModule} does not have a parametrization on ${name}`);
    }
    if (!(name in toModule)) {
      const value = (readProperty(fromModule, name) as Tensor).detach();
      toModule.registerParameter(name, new Parameter(value));
    }
    const from = listOf(fromModule, name);
    for (const parametrization of from) registerParametrization(toModule, name, parametrization);
    const to = listOf(toModule, name) as unknown as Record<string, Tensor>;
    const names = from.isTensor
      ? ['original']
      : Array.from({ length: from.ntensors }, (_, i) => `original${i}`);
    for (const original of names) to[original] = readProperty(from, original) as Tensor;
  }
  return toModule;
}
