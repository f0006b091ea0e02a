/**
 * Ready-made parametrizations; Python's `torch.nn.utils.parametrizations`.
 *
 * @see https://pytorch.org/docs/stable/nn.html#utilities
 * @module
 */
import { describe } from '../../describe.js';
import { IndexError, NotImplementedError, ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { contiguousFormat } from '../../memory-format.js';
import { operators } from '../../operators.js';
import { type Call, Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { finfo } from '../../type-info.js';
import { normalize } from '../functional/distance.js';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from '../modules/conv.js';
import { Module } from '../modules/module.js';
import { registerParametrization } from './parametrize.js';
import { readProperty } from './tensors.js';

/** How {@link orthogonal} makes a matrix orthogonal. */
export type OrthogonalMap = 'matrix_exp' | 'cayley' | 'householder';

const maps: readonly string[] = ['matrix_exp', 'cayley', 'householder'];
/** The last two dimensions. */
const lastTwo = { dim1: -2, dim2: -1 };

function isOrthogonal(Q: Tensor): boolean {
  const { dtype, device } = Q;
  const identity = operators.torch.eye(Q.size(-1), { dtype, device });
  const atol = 10 * Q.size(-2) * finfo(dtype).eps;
  return operators.torch.allclose(Q.mH.matmul(Q), identity, { atol });
}

/** The orthogonal factor of a QR decomposition, with the signs that make it unique. */
function makeOrthogonal(A: Tensor): Tensor {
  const [X, tau] = operators.torch.geqrf(A);
  const Q = operators.linalg.householderProduct(X, tau);
  return Q.mul_(X.diagonal(lastTwo).sgn().unsqueeze(-2));
}

class Orthogonal extends Module {
  static {
    Object.defineProperty(Orthogonal, 'name', { value: '_Orthogonal' });
  }

  readonly shape: number[];
  readonly orthogonalMap: OrthogonalMap;
  declare base?: Tensor | null;

  constructor(weight: Tensor, orthogonalMap: OrthogonalMap, useTrivialization: boolean) {
    super();
    if (weight.dtype.isComplex && orthogonalMap === 'householder') {
      throw new ValueError('The householder parametrization does not support complex tensors.');
    }
    this.shape = weight.shape;
    this.orthogonalMap = orthogonalMap;
    if (useTrivialization) this.registerBuffer('base', null);
  }

  override forward(X: Tensor): Tensor {
    const isWide = X.size(-2) < X.size(-1);
    const tall = isWide ? X.mT : X;
    let Q = this.orthogonalMap === 'householder' ? householder(tall) : this._ofSkew(tall);
    if (this.base) Q = this.base.matmul(Q);
    return isWide ? Q.mT : Q;
  }

  /** The exponential, or Cayley's map, of the skew-symmetric matrix of a lower triangle. */
  private _ofSkew(X: Tensor): Tensor {
    const [n, k] = [X.size(-2), X.size(-1)];
    let lower = X.tril();
    if (n !== k) {
      const zeros = X.newZeros([n, n - k]).expand([...X.shape.slice(0, -2), -1, -1]);
      lower = operators.torch.cat([lower, zeros], -1);
    }
    const A = lower.sub(lower.mH);
    let Q: Tensor;
    if (this.orthogonalMap === 'matrix_exp') {
      Q = operators.torch.matrixExp(A);
    } else {
      const { dtype, device } = A;
      const identity = operators.torch.eye(n, { dtype, device });
      const [minus, plus] = [-0.5, 0.5].map((alpha) => identity.add(A, { alpha }));
      Q = operators.linalg.solve(minus as Tensor, plus as Tensor);
    }
    return n === k ? Q : Q.narrow(-1, 0, k);
  }

  rightInverse(given: Tensor): Tensor {
    return noGrad(() => {
      if (String(given.shape) !== String(this.shape)) {
        throw new ValueError(
          `Expected a matrix or batch of matrices of shape [${this.shape.join(', ')}]. Got a tensor of shape [${given.shape.join(', ')}].`,
        );
      }
      const isWide = given.size(-2) < given.size(-1);
      const Q = isWide ? given.mT : given;
      if ('base' in this) return this._setBase(given, Q);
      if (this.orthogonalMap !== 'householder') {
        throw new NotImplementedError(
          'It is not possible to assign to the matrix exponential or the Cayley parametrizations when useTrivialization is false.',
        );
      }
      const [A, tau] = operators.torch.geqrf(Q);
      const diagonal = A.diagonal(lastTwo);
      diagonal.sign_();
      diagonal.copy_(operators.torch.where(tau.eq(0), diagonal.neg(), diagonal));
      return isWide ? A.mT : A;
    });
  }

  /** Makes an orthogonal matrix the base, to which -1 is then the way. */
  private _setBase(given: Tensor, Q: Tensor): Tensor {
    const [n, k] = [Q.size(-2), Q.size(-1)];
    if (n === k) {
      this.base = isOrthogonal(Q) ? Q.clone() : makeOrthogonal(Q);
    } else {
      const { dtype, device } = Q;
      const size = [...Q.shape.slice(0, -2), n, n - k];
      const noise = operators.torch.randn(size, { dtype, device });
      this.base = makeOrthogonal(operators.torch.cat([Q, noise], -1));
    }
    const result = operators.torch.zerosLike(given);
    result.diagonal(lastTwo).fill_(-1);
    return result;
  }
}

/** The product of Householder reflections that a lower triangle gives. */
function householder(X: Tensor): Tensor {
  const A = X.tril(-1);
  const tau = A.mul(A).sum(-2).add(1).reciprocal().mul(2);
  const Q = operators.linalg.householderProduct(A, tau);
  // The diagonal of X is 1 or -1.
  return Q.mul(X.diagonal(lastTwo).int().unsqueeze(-2));
}

/** The tensor of a name; throws where it is none. */
function weightOf(module: Module, name: string): Tensor {
  const weight = module instanceof Module ? readProperty(module, name) : undefined;
  if (!(weight instanceof Tensor)) {
    throw new ValueError(`Module '${module}' has no parameter or buffer with name '${name}'`);
  }
  return weight;
}

/** What {@link orthogonal} takes after the module. */
export interface OrthogonalOptions {
  /** The name of the tensor. Default: `'weight'`. */
  name?: string;
  /** How; null is `'matrix_exp'` for square and complex matrices, else `'householder'`. Default: null. */
  orthogonalMap?: OrthogonalMap | null;
  /** Whether the tensor may be assigned to, for the price of one more matrix product. Default: true. */
  useTrivialization?: boolean;
}

const orthogonalSignature = new Signature<Required<OrthogonalOptions>>(
  'nn.utils.parametrizations.orthogonal',
  { name: 'weight', orthogonalMap: null },
  { useTrivialization: true },
);

/**
 * Makes a matrix, or a batch of them, of a module orthogonal (unitary, where it is complex): of a
 * wide one the rows, of a tall one the columns.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter or buffer. Default: `'weight'`.
 * @param orthogonalMap How: `'matrix_exp'`, `'cayley'` or `'householder'`. Default: `'matrix_exp'`
 * for square and complex matrices, else `'householder'`.
 * @param options.useTrivialization Whether the tensor may be assigned to, for the price of one more
 * matrix product. Default: true.
 * @returns The module.
 * @throws ValueError where there is no such tensor, or where it has fewer than two dimensions.
 *
 * @example
 * ```ts
 * const layer = nn.utils.parametrizations.orthogonal(new nn.Linear(20, 40));
 * const Q = layer.weight;
 * torch.dist(Q.T.mm(Q), torch.eye(20)).item() < 1e-4; // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.orthogonal.html
 */
export function orthogonal<M extends Module>(
  module: M,
  ...rest: Call<[], [name: string, orthogonalMap: OrthogonalMap | null], OrthogonalOptions>
): M {
  const { name, orthogonalMap, useTrivialization } = orthogonalSignature.bind(rest);
  const weight = weightOf(module, name);
  if (weight.ndim < 2) {
    throw new ValueError(
      `Expected a matrix or batch of matrices. Got a tensor of ${weight.ndim} dimensions.`,
    );
  }
  const isSquare = weight.size(-2) === weight.size(-1);
  const fitting = isSquare || weight.dtype.isComplex ? 'matrix_exp' : 'householder';
  const map = orthogonalMap ?? fitting;
  if (!maps.includes(map)) {
    throw new ValueError(
      `orthogonalMap has to be one of "matrix_exp", "cayley", "householder". Got: ${describe(map)}`,
    );
  }
  const parametrization = new Orthogonal(weight, map, useTrivialization);
  return registerParametrization(module, name, parametrization, { unsafe: true });
}

class WeightNorm extends Module {
  static {
    Object.defineProperty(WeightNorm, 'name', { value: '_WeightNorm' });
  }

  constructor(readonly dim: number) {
    super();
  }

  override forward(g: Tensor, v: Tensor): Tensor {
    return operators.torch._weightNorm(v, g, this.dim);
  }

  rightInverse(weight: Tensor): [g: Tensor, v: Tensor] {
    return [operators.torch.normExceptDim(weight, 2, this.dim), weight];
  }
}

/** What {@link weightNorm} takes after the module. */
export interface WeightNormOptions {
  /** The name of the tensor. Default: `'weight'`. */
  name?: string;
  /** The dimension along which there is a norm for each index; null is one norm. Default: 0. */
  dim?: number | null;
}

const weightNormSignature = new Signature<Required<WeightNormOptions>>(
  'nn.utils.parametrizations.weightNorm',
  { name: 'weight', dim: 0 },
);

/**
 * Splits a tensor of a module into magnitude and direction, which are learned apart:
 * `weight = g * v / norm(v)`. The originals are `parametrizations.weight.original0`, the magnitude
 * `g`, and `original1`, the direction `v`; states of the older `nn.utils.weightNorm` are read too.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter. Default: `'weight'`.
 * @param dim The dimension along which there is a norm for each index; null is one norm of all.
 * Default: 0.
 * @returns The module.
 *
 * @example
 * ```ts
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(20, 40));
 * Object.values(layer.stateDict()).map((tensor) => tensor.shape); // [[40], [40, 1], [40, 20]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.weight_norm.html
 */
export function weightNorm<M extends Module>(
  module: M,
  ...rest: Call<[], [name: string, dim: number | null], WeightNormOptions>
): M {
  const { name, dim } = weightNormSignature.bind(rest);
  weightOf(module, name);
  registerParametrization(module, name, new WeightNorm(dim ?? -1), { unsafe: true });
  module.registerLoadStateDictPreHook((_, stateDict, prefix) => {
    const [g, v] = [`${prefix}${name}_g`, `${prefix}${name}_v`];
    if (!(g in stateDict) || !(v in stateDict)) return;
    for (const [i, key] of [g, v].entries()) {
      stateDict[`${prefix}parametrizations.${name}.original${i}`] = stateDict[key];
      delete stateDict[key];
    }
  });
  return module;
}

/** A weight as a matrix whose rows are those of one dimension. @internal */
export function asMatrix(weight: Tensor, dim: number): Tensor {
  const others = weight.shape.map((_, i) => i).filter((i) => i !== dim);
  const moved = dim === 0 ? weight : weight.permute([dim, ...others]);
  return moved.flatten(1);
}

class SpectralNorm extends Module {
  static {
    Object.defineProperty(SpectralNorm, 'name', { value: '_SpectralNorm' });
  }

  readonly dim: number;
  declare _u: Tensor;
  declare _v: Tensor;

  constructor(
    weight: Tensor,
    readonly nPowerIterations: number,
    dim: number,
    readonly eps: number,
  ) {
    super();
    const { ndim } = weight;
    if (dim >= ndim || dim < -ndim) {
      throw new IndexError(
        `Dimension out of range (expected to be in range of [-${ndim}, ${ndim - 1}] but got ${dim})`,
      );
    }
    if (nPowerIterations <= 0) {
      throw new ValueError(
        `Expected nPowerIterations to be positive, but got nPowerIterations=${nPowerIterations}`,
      );
    }
    this.dim = dim >= 0 ? dim : dim + ndim;
    if (ndim < 2) return;
    const matrix = asMatrix(weight, this.dim);
    const [u, v] = matrix.shape.map((size) => matrix.newEmpty([size]).normal_(0, 1).detach());
    this.registerBuffer('_u', normalize(u as Tensor, { dim: 0, eps }));
    this.registerBuffer('_v', normalize(v as Tensor, { dim: 0, eps }));
    this._powerMethod(matrix, 15);
  }

  /** Brings `_u` and `_v` nearer to the largest singular value's vectors, in place. */
  private _powerMethod(matrix: Tensor, iterations: number): void {
    noGrad(() => {
      for (let i = 0; i < iterations; i++) {
        normalize(matrix.mv(this._v), { dim: 0, eps: this.eps, out: this._u });
        normalize(matrix.H.mv(this._u), { dim: 0, eps: this.eps, out: this._v });
      }
    });
  }

  override forward(weight: Tensor): Tensor {
    if (weight.ndim === 1) return normalize(weight, { dim: 0, eps: this.eps });
    const matrix = asMatrix(weight, this.dim);
    if (this.training) this._powerMethod(matrix, this.nPowerIterations);
    // The buffers change in place; backward needs those of now.
    const [u, v] = [this._u, this._v].map((x) => x.clone({ memoryFormat: contiguousFormat }));
    return weight.div(operators.torch.vdot(u as Tensor, matrix.mv(v as Tensor)));
  }

  rightInverse(value: Tensor): Tensor {
    return value;
  }
}

/** What {@link spectralNorm} takes after the module. */
export interface SpectralNormOptions {
  /** The name of the tensor. Default: `'weight'`. */
  name?: string;
  /** How many steps each call in training makes towards the largest singular value. Default: 1. */
  nPowerIterations?: number;
  /** The least length that is divided by. Default: 1e-12. */
  eps?: number;
  /** The dimension of the outputs; null is 1 for transposed convolutions, else 0. Default: null. */
  dim?: number | null;
}

const spectralNormSignature = new Signature<Required<SpectralNormOptions>>(
  'nn.utils.parametrizations.spectralNorm',
  { name: 'weight', nPowerIterations: 1, eps: 1e-12, dim: null },
);

/** The dimension of a layer's outputs in its weight. @internal */
export function outputDimension(module: Module): number {
  const transposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d];
  return transposed.some((Class) => module instanceof Class) ? 1 : 0;
}

/**
 * Divides a tensor of a module by its largest singular value, as a matrix; a vector by its length.
 * The value is approached by power iteration: each time the tensor is computed in training, the
 * buffers `_u` and `_v` come nearer to the singular vectors.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter. Default: `'weight'`.
 * @param nPowerIterations How many steps each computation in training makes. Default: 1.
 * @param eps The least length that is divided by. Default: 1e-12.
 * @param dim The dimension of the outputs. Default: 1 for transposed convolutions, else 0.
 * @returns The module.
 * @throws IndexError where there is no such dimension; ValueError where there is no such tensor, or
 * where `nPowerIterations` is not positive.
 *
 * @example
 * ```ts
 * const layer = nn.utils.parametrizations.spectralNorm(new nn.Linear(20, 40));
 * const norm = torch.linalg.matrixNorm(layer.weight, 2);
 * Math.abs(norm.item() - 1) < 0.1; // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.spectral_norm.html
 */
export function spectralNorm<M extends Module>(
  module: M,
  ...rest: Call<
    [],
    [name: string, nPowerIterations: number, eps: number, dim: number | null],
    SpectralNormOptions
  >
): M {
  const { name, nPowerIterations, eps, dim } = spectralNormSignature.bind(rest);
  const weight = weightOf(module, name);
  const norm = new SpectralNorm(weight, nPowerIterations, dim ?? outputDimension(module), eps);
  return registerParametrization(module, name, norm);
}
