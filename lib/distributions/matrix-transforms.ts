import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Transform } from './transform.js';
import { padded } from './transforms.js';
import { rsub, trilMatrixToVec, vecToTrilMatrix } from './utils.js';

type Constraint = constraints.Constraint;

/**
 * Vectors of `D * (D - 1) / 2` elements to the Cholesky factor of a D by D correlation matrix.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.CorrCholeskyTransform();
 * transform(torch.zeros(1)); // tensor([[1., 0.], [0., 1.]])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.CorrCholeskyTransform
 */
export class CorrCholeskyTransform extends Transform {
  override get bijective(): boolean {
    return true;
  }

  override get domain(): Constraint {
    return constraints.realVector;
  }

  override get codomain(): Constraint {
    return constraints.corrCholesky;
  }

  override _call(x: Tensor): Tensor {
    const { eps } = finfo(x.dtype);
    const lower = vecToTrilMatrix(x.tanh().clamp(-1 + eps, 1 - eps), -1);
    const left = rsub(1, lower.pow(2)).sqrt().cumprod(-1);
    const { dtype, device } = lower;
    const diagonal = operators.torch.eye(lower.size(-1), { dtype, device });
    return lower.add(diagonal).mul(padded(left['..., :-1'] as Tensor, [1, 0]));
  }

  override _inverse(y: Tensor): Tensor {
    const left = rsub(1, y.mul(y).cumsum(-1));
    const shifted = padded(left['..., :-1'] as Tensor, [1, 0]);
    const t = trilMatrixToVec(y, -1).div(trilMatrixToVec(shifted, -1).sqrt());
    // Half the difference of the logarithms is the inverse of tanh.
    return t.log1p().sub(t.neg().log1p()).div(2);
  }

  override logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    const left = rsub(1, y.mul(y).cumsum(-1));
    const sticks = trilMatrixToVec(left, -2).log().sum(-1).mul(0.5);
    const tanh = x
      .add(operators.nn.softplus(x.mul(-2)))
      .sub(Math.LN2)
      .sum(-1)
      .mul(-2);
    return sticks.add(tanh);
  }

  override forwardShape(shape: Size): number[] {
    if (shape.length < 1) throw new ValueError('too few dimensions on input');
    const count = shape.at(-1) as number;
    const size = Math.round(Math.sqrt(0.25 + 2 * count) + 0.5);
    if ((size * (size - 1)) / 2 !== count) {
      throw new ValueError(`${count} elements are not those below the diagonal of a matrix`);
    }
    return [...shape.slice(0, -1), size, size];
  }

  override inverseShape(shape: Size): number[] {
    if (shape.length < 2) throw new ValueError('too few dimensions on input');
    const size = shape.at(-1) as number;
    if (shape.at(-2) !== size) throw new ValueError('the input is not square');
    return [...shape.slice(0, -2), (size * (size - 1)) / 2];
  }
}

/**
 * Any square matrix to a lower triangular one with a positive diagonal.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.LowerCholeskyTransform();
 * transform(torch.zeros(2, 2)); // tensor([[1., 0.], [0., 1.]])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.LowerCholeskyTransform
 */
export class LowerCholeskyTransform extends Transform {
  override get domain(): Constraint {
    return constraints.independent(constraints.real, 2);
  }

  override get codomain(): Constraint {
    return constraints.lowerCholesky;
  }

  override equals(other: Transform): boolean {
    return other instanceof LowerCholeskyTransform;
  }

  override _call(x: Tensor): Tensor {
    return x.tril(-1).add(operators.torch.diagEmbed(x.diagonal(0, -2, -1).exp()));
  }

  override _inverse(y: Tensor): Tensor {
    return y.tril(-1).add(operators.torch.diagEmbed(y.diagonal(0, -2, -1).log()));
  }
}

/**
 * Any square matrix to a positive definite one.
 *
 * @example
 * ```ts
 * const transform = new torch.distributions.PositiveDefiniteTransform();
 * transform(torch.zeros(2, 2)); // tensor([[1., 0.], [0., 1.]])
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.transforms.PositiveDefiniteTransform
 */
export class PositiveDefiniteTransform extends Transform {
  override get domain(): Constraint {
    return constraints.independent(constraints.real, 2);
  }

  override get codomain(): Constraint {
    return constraints.positiveDefinite;
  }

  override equals(other: Transform): boolean {
    return other instanceof PositiveDefiniteTransform;
  }

  override _call(x: Tensor): Tensor {
    const lower = new LowerCholeskyTransform()(x);
    return lower.matmul(lower.mT);
  }

  override _inverse(y: Tensor): Tensor {
    return new LowerCholeskyTransform().inv(operators.linalg.cholesky(y));
  }
}
