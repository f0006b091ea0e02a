import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { Size } from '../types.js';
import type { Constraint } from './constraints.js';
import * as constraints from './constraints.js';
import { Distribution, type DistributionOptions } from './distribution.js';
import { batchShapeOf, broadcastAll, type Param, rsub, uniform } from './utils.js';

const generalizedParetoSignature = new Signature<{
  loc: Param;
  scale: Param;
  concentration: Param;
  validateArgs: boolean | null;
}>('distributions.GeneralizedPareto', {
  loc: required,
  scale: required,
  concentration: required,
  validateArgs: null,
});

/**
 * The generalized Pareto distribution, of what lies above a threshold.
 *
 * @param loc The lower end.
 * @param scale The scale.
 * @param concentration The shape: how heavy the tail is.
 *
 * @example
 * ```ts
 * const excess = new torch.distributions.GeneralizedPareto(0, 1, 0);
 * excess.mean; // tensor(1.)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.generalized_pareto.GeneralizedPareto
 */
export class GeneralizedPareto extends Distribution {
  /** The parameter of this name, for each of the batch. */
  declare readonly loc: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly scale: Tensor;

  /** The parameter of this name, for each of the batch. */
  declare readonly concentration: Tensor;

  constructor(
    ...args: Call<
      [loc: Param, scale: Param, concentration: Param],
      [validateArgs: boolean | null],
      DistributionOptions
    >
  ) {
    super();
    const { loc, scale, concentration, validateArgs } = generalizedParetoSignature.bind(args);
    const [loc_, scale_, concentration_] = broadcastAll(loc, scale, concentration) as Tensor[] as [
      Tensor,
      Tensor,
      Tensor,
    ];
    this.loc = loc_;
    this.scale = scale_;
    this.concentration = concentration_;
    this._init(batchShapeOf(this.loc, loc, scale, concentration), [], validateArgs);
  }

  override get argConstraints() {
    return { loc: constraints.real, scale: constraints.positive, concentration: constraints.real };
  }

  override get hasRsample(): boolean {
    return true;
  }

  override rsample(sampleShape: Size = []): Tensor {
    const shape = this._extendedShape(sampleShape);
    const u = uniform(shape, this.loc);
    return this.icdf(u);
  }

  override logProb(value: Tensor): Tensor {
    this._check(value);
    const z = this._z(value);
    const eqZero = this.concentration.isclose(operators.torch.zerosLike(this.concentration));
    const safeConc = operators.torch.where(
      eqZero,
      operators.torch.onesLike(this.concentration),
      this.concentration,
    );
    const y = safeConc.reciprocal().add(operators.torch.onesLike(z));
    const whereNonzero = operators.torch.where(y.eq(0), y, y.mul(safeConc.mul(z).log1p()));
    return this.scale
      .log()
      .neg()
      .sub(operators.torch.where(eqZero, z, whereNonzero));
  }

  /** The logarithm of the probability of a value above `value`. */
  logSurvivalFunction(value: Tensor): Tensor {
    this._check(value);
    const z = this._z(value);
    const eqZero = this.concentration.isclose(operators.torch.zerosLike(this.concentration));
    const safeConc = operators.torch.where(
      eqZero,
      operators.torch.onesLike(this.concentration),
      this.concentration,
    );
    const whereNonzero = safeConc.mul(z).log1p().neg().div(safeConc);
    return operators.torch.where(eqZero, z.neg(), whereNonzero);
  }

  /** The logarithm of `cdf`. */
  logCdf(value: Tensor): Tensor {
    return this.logSurvivalFunction(value).exp().neg().log1p();
  }

  override cdf(value: Tensor): Tensor {
    return this.logCdf(value).exp();
  }

  override icdf(value: Tensor): Tensor {
    const loc = this.loc;
    const scale = this.scale;
    const concentration = this.concentration;
    const eqZero = concentration.isclose(operators.torch.zerosLike(concentration));
    const safeConc = operators.torch.where(
      eqZero,
      operators.torch.onesLike(concentration),
      concentration,
    );
    const logu = value.neg().log1p();
    const whereNonzero = loc.add(scale.div(safeConc).mul(safeConc.neg().mul(logu).expm1()));
    const whereZero = loc.sub(scale.mul(logu));
    return operators.torch.where(eqZero, whereZero, whereNonzero);
  }

  /** @internal */
  _z(x: Tensor): Tensor {
    return x.sub(this.loc).div(this.scale);
  }

  override get mean(): Tensor {
    const concentration = this.concentration;
    const valid = concentration.lt(1);
    const safeConc = operators.torch.where(valid, concentration, 0.5);
    const result = this.loc.add(this.scale.div(rsub(1, safeConc)));
    return operators.torch.where(valid, result, NaN);
  }

  override get variance(): Tensor {
    const concentration = this.concentration;
    const valid = concentration.lt(0.5);
    const safeConc = operators.torch.where(valid, concentration, 0.25);
    const result = this.scale.pow(2).div(
      rsub(1, safeConc)
        .pow(2)
        .mul(rsub(1, safeConc.mul(2))),
    );
    return operators.torch.where(valid, result, NaN);
  }

  override entropy(): Tensor {
    const ans = this.scale.log().add(this.concentration).add(1);
    return operators.torch.broadcastTo(ans, this.batchShape);
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get support(): Constraint {
    const lower = this.loc;
    const upper = operators.torch.where(
      this.concentration.lt(0),
      lower.sub(this.scale.div(this.concentration)),
      Infinity,
    );
    return constraints.interval(lower, upper);
  }
}
