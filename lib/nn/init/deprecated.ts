import { warn } from '../../warnings.js';
import { kaimingNormal_, kaimingUniform_, xavierNormal_, xavierUniform_ } from './fan.js';
import { constant_, dirac_, eye_, normal_, uniform_ } from './fill.js';
import { orthogonal_, sparse_ } from './matrices.js';

// biome-ignore lint/suspicious/noExplicitAny: any function at all
function renamed<F extends (...args: any[]) => unknown>(name: string, current: F): F {
  return ((...args: Parameters<F>) => {
    warn(
      `\`nn.init.${name}\` is now deprecated in favor of \`nn.init.${name}_\`.`,
      'DeprecationWarning',
    );
    return current(...args);
  }) as F;
}

/**
 * The old name of {@link uniform_}.
 *
 * @deprecated Use {@link uniform_}.
 *
 * @example
 * ```ts
 * nn.init.uniform(torch.empty(3, 5));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.uniform_
 */
export const uniform = renamed('uniform', uniform_);

/**
 * The old name of {@link normal_}.
 *
 * @deprecated Use {@link normal_}.
 *
 * @example
 * ```ts
 * nn.init.normal(torch.empty(3, 5));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.normal_
 */
export const normal = renamed('normal', normal_);

/**
 * The old name of {@link constant_}.
 *
 * @deprecated Use {@link constant_}.
 *
 * @example
 * ```ts
 * nn.init.constant(torch.empty(2), 0.5);
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.constant_
 */
export const constant = renamed('constant', constant_);

/**
 * The old name of {@link eye_}.
 *
 * @deprecated Use {@link eye_}.
 *
 * @example
 * ```ts
 * nn.init.eye(torch.empty(3, 3));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.eye_
 */
export const eye = renamed('eye', eye_);

/**
 * The old name of {@link dirac_}.
 *
 * @deprecated Use {@link dirac_}.
 *
 * @example
 * ```ts
 * nn.init.dirac(torch.empty(3, 16, 5));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.dirac_
 */
export const dirac = renamed('dirac', dirac_);

/**
 * The old name of {@link xavierUniform_}.
 *
 * @deprecated Use {@link xavierUniform_}.
 *
 * @example
 * ```ts
 * nn.init.xavierUniform(torch.empty(3, 5));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_uniform_
 */
export const xavierUniform = renamed('xavierUniform', xavierUniform_);

/**
 * The old name of {@link xavierNormal_}.
 *
 * @deprecated Use {@link xavierNormal_}.
 *
 * @example
 * ```ts
 * nn.init.xavierNormal(torch.empty(3, 5));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_normal_
 */
export const xavierNormal = renamed('xavierNormal', xavierNormal_);

/**
 * The old name of {@link kaimingUniform_}.
 *
 * @deprecated Use {@link kaimingUniform_}.
 *
 * @example
 * ```ts
 * nn.init.kaimingUniform(torch.empty(3, 5));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_uniform_
 */
export const kaimingUniform = renamed('kaimingUniform', kaimingUniform_);

/**
 * The old name of {@link kaimingNormal_}.
 *
 * @deprecated Use {@link kaimingNormal_}.
 *
 * @example
 * ```ts
 * nn.init.kaimingNormal(torch.empty(3, 5));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_normal_
 */
export const kaimingNormal = renamed('kaimingNormal', kaimingNormal_);

/**
 * The old name of {@link orthogonal_}.
 *
 * @deprecated Use {@link orthogonal_}.
 *
 * @example
 * ```ts
 * nn.init.orthogonal(torch.empty(3, 5));
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.orthogonal_
 */
export const orthogonal = renamed('orthogonal', orthogonal_);

/**
 * The old name of {@link sparse_}.
 *
 * @deprecated Use {@link sparse_}.
 *
 * @example
 * ```ts
 * nn.init.sparse(torch.empty(3, 5), 0.1);
 * ```
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.sparse_
 */
export const sparse = renamed('sparse', sparse_);
