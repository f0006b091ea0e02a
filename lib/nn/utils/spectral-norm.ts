import { TorchError, ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { contiguousFormat } from '../../memory-format.js';
import { operators } from '../../operators.js';
import { type Call, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { normalize } from '../functional/distance.js';
import type { Module } from '../modules/module.js';
import { moduleHooks } from '../modules/module-hooks.js';
import { forgetMember, members } from '../modules/module-members.js';
import {
  type LoadStateDictPreHook,
  type StateDictPostHook,
  stateHookLists,
} from '../modules/module-state.js';
import { Parameter } from '../parameter.js';
import { asMatrix, outputDimension, type SpectralNormOptions } from './parametrizations.js';
import { readProperty, replaceByPlain, setPlain } from './tensors.js';

interface Norm extends Required<SpectralNormOptions> {
  dim: number;
}

/** The functions that one tensor's norm has registered; each names the norm. */
type Tagged<F> = F & { spectralNorm: Norm };

function tagged<F extends object>(hook: F, norm: Norm): Tagged<F> {
  return Object.assign(hook, { spectralNorm: norm });
}

const isOf =
  (name: string) =>
  (hook: unknown): boolean =>
    (hook as Partial<Tagged<object>>).spectralNorm?.name === name;

const part = (module: Module, { name }: Norm, suffix: string) =>
  readProperty(module, name + suffix) as Tensor;

function computeWeight(module: Module, norm: Norm, doesIterate: boolean): Tensor {
  const weight = part(module, norm, '_orig');
  const matrix = asMatrix(weight, norm.dim);
  let [u, v] = [part(module, norm, '_u'), part(module, norm, '_v')];
  if (doesIterate) {
    noGrad(() => {
      for (let i = 0; i < norm.nPowerIterations; i++) {
        normalize(matrix.t().mv(u), { dim: 0, eps: norm.eps, out: v });
        normalize(matrix.mv(v), { dim: 0, eps: norm.eps, out: u });
      }
      // The buffers change in place; backward needs those of now.
      u = u.clone({ memoryFormat: contiguousFormat });
      v = v.clone({ memoryFormat: contiguousFormat });
    });
  }
  return weight.div(operators.torch.dot(u, matrix.mv(v)));
}

/** States of version 0 hold the weight, and not `_v`, which follows from it. */
function upgrade(norm: Norm): LoadStateDictPreHook {
  return (_, stateDict, prefix, localMetadata, strict, missingKeys) => {
    const versions = localMetadata.spectral_norm as Record<string, number> | undefined;
    const version = versions?.[`${norm.name}.version`];
    if (version !== undefined && version >= 1) return;
    const key = prefix + norm.name;
    const has = (suffix: string) => key + suffix in stateDict;
    if (version === undefined && ['_orig', '_u', '_v'].every(has) && !has('')) return;
    const missing = ['_orig', '', '_u'].filter((suffix) => !has(suffix));
    if (missing.length > 0) {
      if (strict) missingKeys.push(...missing.map((suffix) => key + suffix));
      return;
    }
    noGrad(() => {
      const original = stateDict[`${key}_orig`] as Tensor;
      const u = stateDict[`${key}_u`] as Tensor;
      const sigma = original.div(stateDict[key] as Tensor).mean();
      delete stateDict[key];
      const matrix = asMatrix(original, norm.dim);
      const transposed = matrix.t();
      const v = operators.linalg
        .multiDot([transposed.mm(matrix).pinverse(), transposed, u.unsqueeze(1)])
        .squeeze(1);
      stateDict[`${key}_v`] = v.mul(sigma.div(operators.torch.dot(u, matrix.mv(v))));
    });
  };
}

const signature = new Signature<Required<SpectralNormOptions>>('nn.utils.spectralNorm', {
  name: 'weight',
  nPowerIterations: 1,
  eps: 1e-12,
  dim: null,
});

/**
 * Divides a parameter by its largest singular value, as a matrix, before each `forward`. The value
 * is approached by power iteration in training; the buffers `weight_u` and `weight_v` hold the
 * singular vectors.
 *
 * PyTorch has replaced it by `nn.utils.parametrizations.spectralNorm`, which a new model should use.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter. Default: `'weight'`.
 * @param nPowerIterations How many steps each call in training makes. Default: 1.
 * @param eps The least length that is divided by. Default: 1e-12.
 * @param dim The dimension of the outputs. Default: 1 for transposed convolutions, else 0.
 * @returns The module.
 * @throws TorchError where the parameter has it already; ValueError where there is none.
 *
 * @example
 * ```ts
 * const layer = nn.utils.spectralNorm(new nn.Linear(20, 40));
 * Object.keys(layer.stateDict()); // ['bias', 'weight_orig', 'weight_u', 'weight_v']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.spectral_norm.html
 */
export function spectralNorm<M extends Module>(
  module: M,
  ...rest: Call<
    [],
    [name: string, nPowerIterations: number, eps: number, dim: number | null],
    SpectralNormOptions
  >
): M {
  const bound = signature.bind(rest);
  const { name, nPowerIterations, eps } = bound;
  const norm: Norm = { ...bound, dim: bound.dim ?? outputDimension(module) };
  if (nPowerIterations <= 0) {
    throw new ValueError(
      `Expected nPowerIterations to be positive, but got nPowerIterations=${nPowerIterations}`,
    );
  }
  if (module[moduleHooks]().forwardPre.entries.some(({ hook }) => isOf(name)(hook))) {
    throw new TorchError(`Cannot register two spectralNorm hooks on the same parameter ${name}`);
  }
  const weight = module[members]().parameters.find(([other]) => other === name)?.[1];
  if (!weight) {
    throw new ValueError(
      `\`SpectralNorm\` cannot be applied as parameter \`${name}\` is null or not there`,
    );
  }
  const [u, v] = noGrad(() =>
    asMatrix(weight, norm.dim).shape.map((size) =>
      normalize(weight.newEmpty([size]).normal_(0, 1), { dim: 0, eps }),
    ),
  );
  replaceByPlain(module, name, weight.data);
  module.registerParameter(`${name}_orig`, weight);
  module.registerBuffer(`${name}_u`, (u as Tensor).detach());
  module.registerBuffer(`${name}_v`, (v as Tensor).detach());
  const before = (self: Module) => setPlain(self, name, computeWeight(self, norm, self.training));
  module.registerForwardPreHook(tagged(before, norm));
  const noteVersion = (...[, , , metadata]: Parameters<StateDictPostHook>) => {
    metadata.spectral_norm = { ...(metadata.spectral_norm as object), [`${name}.version`]: 1 };
  };
  module.registerStateDictPostHook(tagged(noteVersion, norm));
  module.registerLoadStateDictPreHook(tagged(upgrade(norm), norm));
  return module;
}

/**
 * Makes a weight that {@link spectralNorm} divides a parameter again, with the value of now.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter. Default: `'weight'`.
 * @returns The module.
 * @throws ValueError where it has none.
 *
 * @example
 * ```ts
 * const layer = nn.utils.spectralNorm(new nn.Linear(20, 40));
 * Object.keys(nn.utils.removeSpectralNorm(layer).stateDict()); // ['bias', 'weight']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.remove_spectral_norm.html
 */
export function removeSpectralNorm<M extends Module>(module: M, name = 'weight'): M {
  const { forwardPre } = module[moduleHooks]();
  const found = forwardPre.entries.find(({ hook }) => isOf(name)(hook));
  if (!found) throw new ValueError(`spectralNorm of '${name}' not found in ${module}`);
  const { spectralNorm: norm } = found.hook as unknown as Tagged<object>;
  const weight = noGrad(() => computeWeight(module, norm, false));
  for (const suffix of ['', '_u', '_v', '_orig']) module[forgetMember](name + suffix);
  module.registerParameter(name, new Parameter(weight.detach()));
  const states = module[stateHookLists]();
  forwardPre.remove(({ hook }) => isOf(name)(hook));
  states.saved.remove(isOf(name));
  states.load.remove(isOf(name));
  return module;
}
