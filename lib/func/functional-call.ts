import { TorchError, ValueError } from '../errors.js';
import { Module } from '../nn/modules/module.js';
import { type ParametersAndBuffers, reparametrized } from '../nn/utils/stateless.js';
import { operators } from '../operators.js';
import { type Call, checkFlags, isPlainObject, Signature } from '../options.js';
import { synchronous } from '../synchronous.js';
import { Tensor } from '../tensor.js';

export type { ParametersAndBuffers } from '../nn/utils/stateless.js';

/** What {@link functionalCall} takes after its required arguments. */
export interface FunctionalCallOptions {
  /** The arguments of the call: an array of them, or the only one. Default: none. */
  args?: unknown;
  /** Named arguments of the call; the module gets them as its last one. Default: none. */
  kwargs?: Record<string, unknown> | null;
  /** Whether what the module shares stays shared. Default: true. */
  tieWeights?: boolean;
  /** Whether every parameter and buffer must be given, and nothing else. Default: false. */
  strict?: boolean;
}

const signature = new Signature<Required<FunctionalCallOptions>>(
  'func.functionalCall',
  { args: undefined, kwargs: null },
  { tieWeights: true, strict: false },
);

function checkModule(where: string, module: unknown): asserts module is Module {
  if (!(module instanceof Module)) {
    throw new TypeError(`${where}: expected an nn.Module, got ${typeof module}`);
  }
}

/** One dictionary of several, which must not have a name in common. */
function merged(dicts: unknown): ParametersAndBuffers {
  if (isPlainObject(dicts)) return dicts as ParametersAndBuffers;
  if (!Array.isArray(dicts) || !dicts.every(isPlainObject)) {
    throw new TypeError(
      'func.functionalCall: the parameters and buffers must be an object of tensors, or an array of such objects',
    );
  }
  const all: ParametersAndBuffers = {};
  for (const [name, tensor] of dicts.flatMap((dict) => Object.entries(dict))) {
    if (Object.hasOwn(all, name)) {
      throw new ValueError(
        `'${name}' appeared in multiple dictionaries; behavior of functional call is ambiguous`,
      );
    }
    all[name] = tensor as Tensor;
  }
  return all;
}

/**
 * Calls a module with tensors in the place of its parameters and buffers, and leaves the module as
 * it was. Gradients flow to the tensors; those that are not given stay the module's own.
 *
 * Where the module puts another tensor in the place of one that was given, this is written into the
 * object of tensors, if it is only one. A parameter with a parametrization is reached as
 * `parametrizations.weight.original`.
 *
 * @param module The module.
 * @param parametersAndBuffers Tensors by name, in one object or in several without a common name.
 * @param args The arguments: an array of them, or the only one. Default: none.
 * @param kwargs Named arguments, which come last. Default: none.
 * @param tieWeights Whether a value for one name of a shared tensor counts for all its names.
 * Default: true.
 * @param strict Whether every parameter and buffer must be given, and nothing else. Default: false.
 * @returns What the module returns.
 * @throws TorchError where `strict` finds names amiss, ValueError where tied tensors are given
 * different values, TypeError where the module returns a Promise.
 *
 * @example
 * ```ts
 * const layer = new nn.Linear(2, 1);
 * const weight = torch.ones(1, 2);
 * torch.func.functionalCall(layer, { weight, bias: torch.zeros(1) }, torch.tensor([[3, 4]]));
 * // tensor([[7.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.functional_call.html
 */
export function functionalCall<M extends Module>(
  module: M,
  parametersAndBuffers: ParametersAndBuffers | readonly ParametersAndBuffers[],
  ...rest: Call<[], [args: unknown, kwargs: Record<string, unknown> | null], FunctionalCallOptions>
): ReturnType<M['forward']> {
  checkModule('func.functionalCall', module);
  const given = merged(parametersAndBuffers);
  for (const [name, tensor] of Object.entries(given)) {
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw new TypeError(`func.functionalCall: '${name}' must be a Tensor, got ${typeof tensor}`);
    }
  }
  const { args, kwargs, tieWeights, strict } = signature.bind(rest);
  checkFlags(signature.where, { tieWeights, strict });
  if (kwargs !== null && !isPlainObject(kwargs)) {
    throw new TypeError('func.functionalCall: kwargs must be a plain object');
  }
  const positional = args === undefined || args === null ? [] : args;
  const list = Array.isArray(positional) ? [...positional] : [positional];
  if (kwargs) list.push(kwargs);
  return reparametrized(module, given, { tieWeights, strict }, () =>
    synchronous(
      (module as (...args: unknown[]) => ReturnType<M['forward']>)(...list),
      'functionalCall() holds for synchronous code only; the module returned a Promise',
    ),
  );
}

/** The tensors of one name in all models, as one leaf. */
function stackedLeaf(name: string, tensors: readonly (Tensor | undefined)[]): Tensor {
  const found = tensors.filter((tensor) => tensor !== undefined);
  const learned = found.filter((tensor) => tensor.requiresGrad).length;
  if (found.length < tensors.length) {
    throw new TorchError(`stackModuleState: not every model has ${name}`);
  }
  if (learned > 0 && learned < found.length) {
    throw new TorchError(`Expected ${name} from each model to have the same .requires_grad`);
  }
  const stacked = operators.torch.stack(found);
  return learned > 0 ? stacked.detach().requiresGrad_() : stacked;
}

function stacked(states: Map<string, Tensor>[]): ParametersAndBuffers {
  const names = [...(states[0]?.keys() ?? [])];
  return Object.fromEntries(
    names.map((name) => [
      name,
      stackedLeaf(
        name,
        states.map((state) => state.get(name)),
      ),
    ]),
  );
}

/**
 * The parameters and the buffers of several models of one class, stacked along a new first
 * dimension: what `vmap` over {@link functionalCall} takes to run them all at once. The stacked
 * parameters are leaves of their own, which an optimizer may learn.
 *
 * @param models An array or a ModuleList of models of the same class and mode.
 * @returns `[parameters, buffers]`, by the names of the state dict.
 * @throws TorchError where there is no model, or where they differ in class, mode or `requiresGrad`.
 *
 * @example
 * ```ts
 * const models = Array.from({ length: 5 }, () => new nn.Linear(3, 2));
 * const [params, buffers] = torch.func.stackModuleState(models);
 * params.weight?.shape; // [5, 2, 3]
 * Object.keys(buffers); // []
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.stack_module_state.html
 */
export function stackModuleState(
  models: Iterable<Module>,
): [parameters: ParametersAndBuffers, buffers: ParametersAndBuffers] {
  const all = [...models];
  for (const model of all) checkModule('func.stackModuleState', model);
  const [first] = all;
  if (!first) throw new TorchError('stackModuleState: Expected at least one model, got 0.');
  if (all.some(({ training }) => training !== first.training)) {
    throw new TorchError(
      'stackModuleState: Expected all models to have the same training/eval mode.',
    );
  }
  if (all.some((model) => model.constructor !== first.constructor)) {
    throw new TorchError('stackModuleState: Expected all models to be of the same class.');
  }
  return [
    stacked(all.map((model) => new Map<string, Tensor>(model.namedParameters()))),
    stacked(all.map((model) => new Map(model.namedBuffers()))),
  ];
}
