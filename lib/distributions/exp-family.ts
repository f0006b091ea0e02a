import { grad } from '../autograd/index.js';
import { enableGrad } from '../grad-mode.js';
import type { Tensor } from '../tensor.js';
import { Distribution } from './distribution.js';
import { sumRightmost } from './utils.js';

/**
 * The base of the distributions of an exponential family, which have their entropy, and the
 * divergence between two of them, by differentiating the logarithm of the normalizer.
 *
 * @example
 * ```ts
 * const { ExponentialFamily, Normal } = torch.distributions;
 * new Normal(0, 1) instanceof ExponentialFamily; // true
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.exp_family.ExponentialFamily
 */
export abstract class ExponentialFamily extends Distribution {
  /** @internal */
  get _naturalParams(): Tensor[] {
    throw this._missing('natural parameters');
  }

  /** @internal */
  _logNormalizer(..._params: Tensor[]): Tensor {
    throw this._missing('log normalizer');
  }

  /** @internal */
  get _meanCarrierMeasure(): number {
    throw this._missing('mean carrier measure');
  }

  override entropy(): Tensor {
    const carrier = this._meanCarrierMeasure;
    const { params, normalizer, gradients } = differentiate(this);
    let result = normalizer.sub(carrier);
    for (const [i, param] of params.entries()) {
      const term = param.mul(gradients[i] as Tensor);
      result = result.sub(sumRightmost(term, term.dim() - this.batchShape.length));
    }
    return result;
  }
}

/** The normalizer at the natural parameters, and its derivatives. @internal */
export function differentiate(family: ExponentialFamily) {
  return enableGrad(() => {
    const params = family._naturalParams.map((param) => param.detach().requiresGrad_());
    const normalizer = family._logNormalizer(...params);
    const gradients = grad(normalizer.sum(), params, { createGraph: true }) as Tensor[];
    return { params, normalizer, gradients };
  });
}
