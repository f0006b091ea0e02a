import { float64 } from '../dtype.js';
import { noGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { broadcastAll, lazy, type Param, rsub } from './utils.js';

// The polynomials of the modified Bessel functions of order 0 and 1, for small and large arguments.
const small = [
  [1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813],
  [0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411],
] as const;
const large = [
  [
    0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537,
    -0.01647633, 0.00392377,
  ],
  [
    0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967, -0.02895312,
    0.01787654, -0.00420059,
  ],
] as const;

const polynomial = (y: Tensor, coefficients: readonly number[]): Tensor =>
  coefficients
    .slice(0, -1)
    .reduceRight(
      (result: Tensor, coefficient) => y.mul(result).add(coefficient),
      operators.torch.fullLike(y, coefficients.at(-1) as number),
    );

/** The logarithm of the modified Bessel function of the first kind, for positive arguments. */
function logBessel(x: Tensor, order: 0 | 1): Tensor {
  const y = x.div(3.75);
  const near = polynomial(y.mul(y), small[order]);
  const below = (order === 1 ? x.abs().mul(near) : near).log();
  const above = x
    .sub(x.log().mul(0.5))
    .add(polynomial(x.reciprocal().mul(3.75), large[order]).log());
  return operators.torch.where(x.lt(3.75), below, above);
}

/** Draws until each is accepted, as PyTorch does: all again, each time. */
function rejectionSample(loc: Tensor, kappa: Tensor, proposal: Tensor, shape: Size): Tensor {
  const { dtype, device } = loc;
  let x = operators.torch.empty([...shape], { dtype, device });
  let done = operators.torch.full([...shape], false, { device });
  while (!done.all().item()) {
    const [u1, u2, u3] = operators.torch.rand([3, ...shape], { dtype, device }).unbind() as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const z = u1.mul(Math.PI).cos();
    const f = proposal.mul(z).add(1).div(proposal.add(z));
    const c = kappa.mul(proposal.sub(f));
    const isBelow = c.mul(rsub(2, c)).sub(u2).gt(0);
    const accept = isBelow.logicalOr(c.div(u2).log().add(1).sub(c).ge(0));
    if (!accept.any().item()) continue;
    x = operators.torch.where(accept, u3.sub(0.5).sign().mul(f.acos()), x);
    done = done.logicalOr(accept);
  }
  return x
    .add(Math.PI)
    .add(loc)
    .remainder(2 * Math.PI)
    .sub(Math.PI);
}

const vonMisesSignature = new Signature<{
  loc: Param;
  concentration: Param;
  validateArgs: boolean | null;
}>('distributions.VonMises', { loc: required, concentration: required, validateArgs: null });

/**
 * The von Mises distribution, of angles.
 *
 * @param loc The mean angle, in radians.
 * @param concentration How narrow it is.
 *
 * @example
 * ```ts
 * const angle = new torch.distributions.VonMises(0, 1);
 * angle.mean; // tensor(0.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.von_mises.VonMises
 */
export class VonMises extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly loc: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly concentration: Tensor;

  constructor(
    ...args: Call<
      [loc: Param, concentration: Param],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    super();
    const { loc, concentration, validateArgs } = vonMisesSignature.bind(args);
    const [loc_, concentration_] = broadcastAll(loc, concentration) as Tensor[] as [Tensor, Tensor];
    this.loc = loc_;
    this.concentration = concentration_;
    this._init(this.loc.shape, [], validateArgs);
  }

  override get argConstraints() {
    return { loc: constraints.real, concentration: constraints.positive };
  }

  override get support() {
    return constraints.real;
  }

  override get hasRsample(): boolean {
    return false;
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    let logProb = this.concentration.mul(value.sub(this.loc).cos());
    logProb = logProb.sub(Math.log(2 * Math.PI)).sub(logBessel(this.concentration, 0));
    return logProb;
  }

  /** @internal */
  get _loc(): Tensor {
    return lazy(this, '_loc', () => this.loc.to(float64));
  }

  /** @internal */
  get _concentration(): Tensor {
    return lazy(this, '_concentration', () => this.concentration.to(float64));
  }

  /** @internal */
  get _proposalR(): Tensor {
    return lazy(this, '_proposalR', () => {
      const kappa = this._concentration;
      const tau = kappa.pow(2).mul(4).add(1).sqrt().add(1);
      const rho = tau.sub(tau.mul(2).sqrt()).div(kappa.mul(2));
      const _proposalR = rho.pow(2).add(1).div(rho.mul(2));
      const _proposalRTaylor = kappa.reciprocal().add(kappa);
      return operators.torch.where(kappa.lt(1e-5), _proposalRTaylor, _proposalR);
    });
  }

  override sample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    return noGrad(() => rejectionSample(this._loc, this._concentration, this._proposalR, shape)).to(
      this.loc.dtype,
    );
  }

  override get mean(): Tensor {
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get variance(): Tensor {
    return lazy(this, 'variance', () =>
      rsub(1, logBessel(this.concentration, 1).sub(logBessel(this.concentration, 0)).exp()),
    );
  }
}
