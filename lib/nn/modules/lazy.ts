/**
 * Modules that learn their shapes from their first input; Python's `torch.nn.modules.lazy`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.modules.lazy.LazyModuleMixin.html
 * @module
 */
import { NotImplementedError, TorchError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { Tensor } from '../../tensor.js';
import { isLazy } from '../uninitialized.js';
import type { Module } from './module.js';
import { members } from './module-members.js';
import type { LocalMetadata, StateDict } from './module-state.js';

// biome-ignore lint/suspicious/noExplicitAny: a mixin's base has any constructor
type ModuleClass = abstract new (...args: any[]) => Module;

/** What {@link LazyModuleMixin} adds to a class. */
export interface LazyModule {
  /** What the module is once it knows its shapes; undefined where it stays what it is. */
  readonly clsToBecome: ModuleClass | undefined;
  /** Gives the parameters and buffers their shapes, from the arguments of `forward`. */
  initializeParameters(...args: unknown[]): void;
  /** Whether a parameter or buffer has no shape yet. */
  hasUninitializedParams(): boolean;
}

/** The first call of a lazy module's `forward`. */
function firstForward(this: Module & LazyModule, ...args: unknown[]): unknown {
  this.initializeParameters(...args);
  if (this.hasUninitializedParams()) {
    throw new TorchError(`module ${this._getName()} has not been fully initialized`);
  }
  Reflect.deleteProperty(this, 'forward');
  const { clsToBecome } = this;
  if (clsToBecome !== undefined) Object.setPrototypeOf(this, clsToBecome.prototype);
  return this.forward(...args);
}

/**
 * A class whose instances begin with parameters of unknown shapes, {@link nn.UninitializedParameter}s.
 * The first call of `forward` has `initializeParameters` give them shapes, and makes the module an
 * instance of `clsToBecome`. A state dict that is loaded before gives them its shapes.
 *
 * @param Base The class of which the module is to be.
 *
 * @example
 * ```ts
 * class Scale extends nn.modules.lazy.LazyModuleMixin(nn.Module) {
 *   weight = new nn.UninitializedParameter();
 *
 *   override initializeParameters(x: Tensor) {
 *     if (!this.hasUninitializedParams()) return;
 *     this.weight.materialize([x.size(-1)]);
 *     nn.init.ones_(this.weight);
 *   }
 *
 *   override forward(x: Tensor) {
 *     return x.mul(this.weight);
 *   }
 * }
 * new Scale()(torch.zeros(2, 3)).shape; // [2, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.modules.lazy.LazyModuleMixin.html
 */
export function LazyModuleMixin<Base extends ModuleClass>(
  Base: Base,
  // biome-ignore lint/suspicious/noExplicitAny: a mixin's base has any constructor
): Base & (abstract new (...args: any[]) => LazyModule) {
  abstract class Lazy extends Base implements LazyModule {
    // biome-ignore lint/suspicious/noExplicitAny: a mixin's base has any constructor
    constructor(...args: any[]) {
      super(...args);
      // It stands before the class's own `forward` until it has run, in copies of the module too.
      const first = { value: firstForward, configurable: true };
      Object.defineProperty(this, 'forward', first);
    }

    get clsToBecome(): ModuleClass | undefined {
      return undefined;
    }

    initializeParameters(..._args: unknown[]): void {
      throw new NotImplementedError(
        `initializeParameters is not implemented for ${this._getName()}`,
      );
    }

    hasUninitializedParams(): boolean {
      const { parameters, buffers } = this[members]();
      return [...parameters, ...buffers].some(([, tensor]) => isLazy(tensor));
    }

    override _saveToStateDict(destination: StateDict, prefix: string, keepVars: boolean): void {
      const { parameters, buffers } = this[members]();
      const persistent = buffers.filter(([, , isPersistent]) => isPersistent);
      for (const [name, tensor] of [...parameters, ...persistent]) {
        destination[prefix + name] = keepVars || isLazy(tensor) ? tensor : tensor.detach();
      }
    }

    override _loadFromStateDict(
      stateDict: StateDict,
      prefix: string,
      localMetadata: LocalMetadata,
      strict: boolean,
      missingKeys: string[],
      unexpectedKeys: string[],
      errorMessages: string[],
    ): void {
      const { parameters, buffers } = this[members]();
      for (const [name, tensor] of [...parameters, ...buffers]) {
        const given = stateDict[prefix + name];
        if (!isLazy(tensor) || !(given instanceof Tensor) || isLazy(given)) continue;
        noGrad(() => tensor.materialize(given.shape));
      }
      super._loadFromStateDict(
        stateDict,
        prefix,
        localMetadata,
        strict,
        missingKeys,
        unexpectedKeys,
        errorMessages,
      );
    }
  }
  return Lazy;
}
