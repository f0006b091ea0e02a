import { TorchError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';
import type { Module } from '../modules/module.js';
import { moduleHooks } from '../modules/module-hooks.js';
import { forgetMember } from '../modules/module-members.js';
import { Parameter } from '../parameter.js';
import type { WeightNormOptions } from './parametrizations.js';
import { readProperty, setPlain } from './tensors.js';

/** The hook of one tensor: which, and how its weight is computed. */
interface WeightNormHook {
  (module: Module): void;
  weightNorm: { name: string; dim: number };
}

function computeWeight(module: Module, name: string, dim: number): Tensor {
  const [g, v] = ['_g', '_v'].map((suffix) => readProperty(module, name + suffix) as Tensor);
  return operators.torch._weightNorm(v as Tensor, g as Tensor, dim);
}

function makeHook(name: string, dim: number): WeightNormHook {
  const hook = (module: Module) => setPlain(module, name, computeWeight(module, name, dim));
  return Object.assign(hook, { weightNorm: { name, dim } });
}

/** The hook of a tensor, if it has one. */
function hookOf(module: Module, name: string): WeightNormHook | undefined {
  const hooks = module[moduleHooks]().forwardPre.entries.map(({ hook }) => hook);
  return (hooks as WeightNormHook[]).find(({ weightNorm }) => weightNorm?.name === name);
}

const signature = new Signature<Required<WeightNormOptions>>('nn.utils.weightNorm', {
  name: 'weight',
  dim: 0,
});

/**
 * Splits a parameter into magnitude `weight_g` and direction `weight_v`, of which the weight is
 * computed before each `forward`.
 *
 * PyTorch has replaced it by `nn.utils.parametrizations.weightNorm`, which a new model should use.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter. Default: `'weight'`.
 * @param dim The dimension along which there is a norm for each index; null is one norm of all.
 * Default: 0.
 * @returns The module.
 * @throws TorchError where the parameter has it already; ValueError where there is none.
 *
 * @example
 * ```ts
 * const layer = nn.utils.weightNorm(new nn.Linear(20, 40));
 * Object.keys(layer.stateDict()); // ['bias', 'weight_g', 'weight_v']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.weight_norm.html
 */
export function weightNorm<M extends Module>(
  module: M,
  ...rest: Call<[], [name: string, dim: number | null], WeightNormOptions>
): M {
  const { name, dim } = signature.bind(rest);
  if (hookOf(module, name)) {
    throw new TorchError(`Cannot register two weightNorm hooks on the same parameter ${name}`);
  }
  const weight = readProperty(module, name);
  if (!(weight instanceof Tensor)) {
    throw new ValueError(`Module '${module}' has no parameter with name '${name}'`);
  }
  const along = dim ?? -1;
  const norm = operators.torch.normExceptDim(weight, 2, along);
  module[forgetMember](name);
  module.registerParameter(`${name}_g`, new Parameter(norm.data));
  module.registerParameter(`${name}_v`, new Parameter(weight.data));
  setPlain(module, name, computeWeight(module, name, along));
  module.registerForwardPreHook(makeHook(name, along));
  return module;
}

/**
 * Makes a weight that {@link weightNorm} has split a parameter again.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter. Default: `'weight'`.
 * @returns The module.
 * @throws ValueError where it has not been split.
 *
 * @example
 * ```ts
 * const layer = nn.utils.weightNorm(new nn.Linear(20, 40));
 * Object.keys(nn.utils.removeWeightNorm(layer).stateDict()); // ['bias', 'weight']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.remove_weight_norm.html
 */
export function removeWeightNorm<M extends Module>(module: M, name = 'weight'): M {
  const found = hookOf(module, name);
  if (!found) throw new ValueError(`weightNorm of '${name}' not found in ${module}`);
  const weight = computeWeight(module, name, found.weightNorm.dim);
  for (const suffix of ['', '_g', '_v']) module[forgetMember](name + suffix);
  module.registerParameter(name, new Parameter(weight.data));
  module[moduleHooks]().forwardPre.remove(({ hook }) => hook === found);
  return module;
}
