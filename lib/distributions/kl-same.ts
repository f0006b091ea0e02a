import { NotImplementedError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { Bernoulli } from './bernoulli.js';
import { Beta } from './beta.js';
import { Binomial } from './binomial.js';
import { Categorical } from './categorical.js';
import { Cauchy } from './cauchy.js';
import { ContinuousBernoulli } from './continuous-bernoulli.js';
import { Dirichlet } from './dirichlet.js';
import { differentiate, ExponentialFamily } from './exp-family.js';
import { Exponential } from './exponential.js';
import { Gamma } from './gamma.js';
import { Geometric } from './geometric.js';
import { Gumbel } from './gumbel.js';
import { HalfNormal } from './half-normal.js';
import { Independent } from './independent.js';
import { klDivergence, registerKl } from './kl.js';
import { Laplace } from './laplace.js';
import { Normal } from './normal.js';
import { OneHotCategorical } from './one-hot-categorical.js';
import { Pareto } from './pareto.js';
import { Poisson } from './poisson.js';
import { TransformedDistribution } from './transformed-distribution.js';
import type { Transform } from './transforms.js';
import { Uniform } from './uniform.js';
import { EULER, rsub, softplus, sumRightmost } from './utils.js';

registerKl(Bernoulli, Bernoulli, (p, q) => {
  const t1 = p.probs.mul(softplus(q.logits.neg()).sub(softplus(p.logits.neg())));
  t1.maskedFill_(q.probs.eq(0), Infinity);
  t1.maskedFill_(p.probs.eq(0), 0);
  const t2 = rsub(1, p.probs).mul(softplus(q.logits).sub(softplus(p.logits)));
  t2.maskedFill_(q.probs.eq(1), Infinity);
  t2.maskedFill_(p.probs.eq(1), 0);
  return t1.add(t2);
});

registerKl(Beta, Beta, (p, q) => {
  const sumParamsP = p.concentration1.add(p.concentration0);
  const sumParamsQ = q.concentration1.add(q.concentration0);
  const t1 = q.concentration1.lgamma().add(q.concentration0.lgamma()).add(sumParamsP.lgamma());
  const t2 = p.concentration1.lgamma().add(p.concentration0.lgamma()).add(sumParamsQ.lgamma());
  const t3 = p.concentration1.sub(q.concentration1).mul(p.concentration1.digamma());
  const t4 = p.concentration0.sub(q.concentration0).mul(p.concentration0.digamma());
  const t5 = sumParamsQ.sub(sumParamsP).mul(sumParamsP.digamma());
  return t1.sub(t2).add(t3).add(t4).add(t5);
});

registerKl(Binomial, Binomial, (p, q) => {
  if (p.totalCount.lt(q.totalCount).any().item()) {
    throw new NotImplementedError(
      'klDivergence(): there is none of a Binomial from one of fewer trials',
    );
  }
  const kl = p.totalCount.mul(
    p.probs.mul(p.logits.sub(q.logits)).add(p.probs.neg().log1p()).sub(q.probs.neg().log1p()),
  );
  const infIdxs = p.totalCount.gt(q.totalCount);
  kl.maskedFill_(infIdxs, Infinity);
  return kl;
});

registerKl(Categorical, Categorical, (p, q) => {
  const t = p.probs.mul(p.logits.sub(q.logits));
  t.maskedFill_(q.probs.eq(0).expandAs(t), Infinity);
  t.maskedFill_(p.probs.eq(0).expandAs(t), 0);
  return t.sum(-1);
});

registerKl(ContinuousBernoulli, ContinuousBernoulli, (p, q) => {
  const t1 = p.mean.mul(p.logits.sub(q.logits));
  const t2 = p._contBernLogNorm().add(p.probs.neg().log1p());
  const t3 = q._contBernLogNorm().neg().sub(q.probs.neg().log1p());
  return t1.add(t2).add(t3);
});

registerKl(Dirichlet, Dirichlet, (p, q) => {
  const sumPConcentration = p.concentration.sum(-1);
  const sumQConcentration = q.concentration.sum(-1);
  const t1 = sumPConcentration.lgamma().sub(sumQConcentration.lgamma());
  const t2 = p.concentration.lgamma().sub(q.concentration.lgamma()).sum(-1);
  const t3 = p.concentration.sub(q.concentration);
  const t4 = p.concentration.digamma().sub(sumPConcentration.digamma().unsqueeze(-1));
  return t1.sub(t2).add(t3.mul(t4).sum(-1));
});

registerKl(Exponential, Exponential, (p, q) => {
  const rateRatio = q.rate.div(p.rate);
  const t1 = rateRatio.log().neg();
  return t1.add(rateRatio).sub(1);
});

registerKl(ExponentialFamily, ExponentialFamily, (p, q) => {
  if (p.constructor !== q.constructor) {
    throw new NotImplementedError(
      'klDivergence(): there is none between exponential families of different classes',
    );
  }
  const { params, normalizer, gradients } = differentiate(p);
  let result = q._logNormalizer(...q._naturalParams).sub(normalizer);
  for (const [i, param] of q._naturalParams.entries()) {
    const term = param.sub(params[i] as Tensor).mul(gradients[i] as Tensor);
    result = result.sub(sumRightmost(term, q.eventShape.length));
  }
  return result;
});

registerKl(Gamma, Gamma, (p, q) => {
  const t1 = q.concentration.mul(p.rate.div(q.rate).log());
  const t2 = q.concentration.lgamma().sub(p.concentration.lgamma());
  const t3 = p.concentration.sub(q.concentration).mul(p.concentration.digamma());
  const t4 = q.rate.sub(p.rate).mul(p.concentration.div(p.rate));
  return t1.add(t2).add(t3).add(t4);
});

registerKl(Gumbel, Gumbel, (p, q) => {
  const ct1 = p.scale.div(q.scale);
  const ct2 = q.loc.div(q.scale);
  const ct3 = p.loc.div(q.scale);
  const t1 = ct1.log().neg().sub(ct2).add(ct3);
  const t2 = ct1.mul(EULER);
  const t3 = ct2.add(ct1.add(1).lgamma()).sub(ct3).exp();
  return t1
    .add(t2)
    .add(t3)
    .sub(1 + EULER);
});

registerKl(Geometric, Geometric, (p, q) => {
  return p.entropy().neg().sub(q.probs.neg().log1p().div(p.probs)).sub(q.logits);
});

registerKl(HalfNormal, HalfNormal, (p, q) => {
  return klDivergence(p.baseDist, q.baseDist);
});

registerKl(Laplace, Laplace, (p, q) => {
  const scaleRatio = p.scale.div(q.scale);
  const locAbsDiff = p.loc.sub(q.loc).abs();
  const t1 = scaleRatio.log().neg();
  const t2 = locAbsDiff.div(q.scale);
  const t3 = scaleRatio.mul(locAbsDiff.neg().div(p.scale).exp());
  return t1.add(t2).add(t3).sub(1);
});

registerKl(Normal, Normal, (p, q) => {
  const varRatio = p.scale.div(q.scale).pow(2);
  const t1 = p.loc.sub(q.loc).div(q.scale).pow(2);
  return varRatio.add(t1).sub(1).sub(varRatio.log()).mul(0.5);
});

registerKl(OneHotCategorical, OneHotCategorical, (p, q) => {
  return klDivergence(p._categorical, q._categorical);
});

registerKl(Pareto, Pareto, (p, q) => {
  const scaleRatio = p.scale.div(q.scale);
  const alphaRatio = q.alpha.div(p.alpha);
  const t1 = q.alpha.mul(scaleRatio.log());
  const t2 = alphaRatio.log().neg();
  const result = t1.add(t2).add(alphaRatio).sub(1);
  result.maskedFill_(p.scale.lt(q.scale), Infinity);
  return result;
});

registerKl(Poisson, Poisson, (p, q) => {
  return p.rate.mul(p.rate.log().sub(q.rate.log())).sub(p.rate.sub(q.rate));
});

registerKl(TransformedDistribution, TransformedDistribution, (p, q) => {
  const isSame =
    p.transforms.length === q.transforms.length &&
    p.transforms.every((transform, i) => transform.equals(q.transforms[i] as Transform)) &&
    p.eventShape.join() === q.eventShape.join();
  if (!isSame) {
    throw new NotImplementedError(
      'klDivergence(): transformed distributions have one only where their transforms are equal',
    );
  }
  return klDivergence(p.baseDist, q.baseDist);
});

registerKl(Uniform, Uniform, (p, q) => {
  const result = q.high.sub(q.low).div(p.high.sub(p.low)).log();
  result.maskedFill_(q.low.gt(p.low).logicalOr(q.high.lt(p.high)), Infinity);
  return result;
});

registerKl(Independent, Independent, (p, q) => {
  if (p.reinterpretedBatchNdims !== q.reinterpretedBatchNdims) {
    throw new NotImplementedError(
      'klDivergence(): the distributions reinterpret different numbers of dimensions',
    );
  }
  const result = klDivergence(p.baseDist, q.baseDist);
  return sumRightmost(result, p.reinterpretedBatchNdims);
});

registerKl(Cauchy, Cauchy, (p, q) => {
  const t1 = p.scale.add(q.scale).pow(2).add(p.loc.sub(q.loc).pow(2)).log();
  const t2 = p.scale.mul(4).mul(q.scale).log();
  return t1.sub(t2);
});
