import { ValueError } from '../errors.js';
import { broadcastShapes } from '../functional/shapes.js';
import { registerKl } from './kl.js';
import {
  batchLowrankLogdet,
  batchLowrankMahalanobis,
  batchMahalanobis,
  batchTraceXXT,
  solveTriangular,
} from './lowrank.js';
import { LowRankMultivariateNormal } from './lowrank-multivariate-normal.js';
import { MultivariateNormal } from './multivariate-normal.js';

type Vectors = MultivariateNormal | LowRankMultivariateNormal;

function checkEvents(p: Vectors, q: Vectors): void {
  if (p.eventShape.join() !== q.eventShape.join()) {
    throw new ValueError(
      `klDivergence(): the normal distributions are of vectors of ${p.eventShape} and ${q.eventShape} elements`,
    );
  }
}

registerKl(LowRankMultivariateNormal, LowRankMultivariateNormal, (p, q) => {
  checkEvents(p, q);
  const term1 = batchLowrankLogdet(
    q._unbroadcastedCovFactor,
    q._unbroadcastedCovDiag,
    q._capacitanceTril,
  ).sub(batchLowrankLogdet(p._unbroadcastedCovFactor, p._unbroadcastedCovDiag, p._capacitanceTril));
  const term3 = batchLowrankMahalanobis(
    q._unbroadcastedCovFactor,
    q._unbroadcastedCovDiag,
    q.loc.sub(p.loc),
    q._capacitanceTril,
  );
  const qWtQDinv = q._unbroadcastedCovFactor.mT.div(q._unbroadcastedCovDiag.unsqueeze(-2));
  const A = solveTriangular(q._capacitanceTril, qWtQDinv);
  const term21 = p._unbroadcastedCovDiag.div(q._unbroadcastedCovDiag).sum(-1);
  const term22 = batchTraceXXT(
    p._unbroadcastedCovFactor.mul(q._unbroadcastedCovDiag.rsqrt().unsqueeze(-1)),
  );
  const term23 = batchTraceXXT(A.mul(p._unbroadcastedCovDiag.sqrt().unsqueeze(-2)));
  const term24 = batchTraceXXT(A.matmul(p._unbroadcastedCovFactor));
  const term2 = term21.add(term22).sub(term23).sub(term24);
  return term1
    .add(term2)
    .add(term3)
    .sub(p.eventShape[0] as number)
    .mul(0.5);
});

registerKl(MultivariateNormal, LowRankMultivariateNormal, (p, q) => {
  checkEvents(p, q);
  const term1 = batchLowrankLogdet(
    q._unbroadcastedCovFactor,
    q._unbroadcastedCovDiag,
    q._capacitanceTril,
  ).sub(p._unbroadcastedScaleTril.diagonal(0, -2, -1).log().sum(-1).mul(2));
  const term3 = batchLowrankMahalanobis(
    q._unbroadcastedCovFactor,
    q._unbroadcastedCovDiag,
    q.loc.sub(p.loc),
    q._capacitanceTril,
  );
  const qWtQDinv = q._unbroadcastedCovFactor.mT.div(q._unbroadcastedCovDiag.unsqueeze(-2));
  const A = solveTriangular(q._capacitanceTril, qWtQDinv);
  const term21 = batchTraceXXT(
    p._unbroadcastedScaleTril.mul(q._unbroadcastedCovDiag.rsqrt().unsqueeze(-1)),
  );
  const term22 = batchTraceXXT(A.matmul(p._unbroadcastedScaleTril));
  const term2 = term21.sub(term22);
  return term1
    .add(term2)
    .add(term3)
    .sub(p.eventShape[0] as number)
    .mul(0.5);
});

registerKl(LowRankMultivariateNormal, MultivariateNormal, (p, q) => {
  checkEvents(p, q);
  const term1 = q._unbroadcastedScaleTril
    .diagonal(0, -2, -1)
    .log()
    .sum(-1)
    .mul(2)
    .sub(
      batchLowrankLogdet(p._unbroadcastedCovFactor, p._unbroadcastedCovDiag, p._capacitanceTril),
    );
  const term3 = batchMahalanobis(q._unbroadcastedScaleTril, q.loc.sub(p.loc));
  const combinedBatchShape = broadcastShapes(
    q._unbroadcastedScaleTril.shape.slice(0, -2),
    p._unbroadcastedCovFactor.shape.slice(0, -2),
  );
  const n = p.eventShape[0] as number;
  const qScaleTril = q._unbroadcastedScaleTril.expand([...combinedBatchShape, n, n]);
  const pCovFactor = p._unbroadcastedCovFactor.expand([
    ...combinedBatchShape,
    n,
    p.covFactor.size(-1),
  ]);
  const pCovDiag = p._unbroadcastedCovDiag
    .sqrt()
    .diagEmbed()
    .expand([...combinedBatchShape, n, n]);
  const term21 = batchTraceXXT(solveTriangular(qScaleTril, pCovFactor));
  const term22 = batchTraceXXT(solveTriangular(qScaleTril, pCovDiag));
  const term2 = term21.add(term22);
  return term1
    .add(term2)
    .add(term3)
    .sub(p.eventShape[0] as number)
    .mul(0.5);
});

registerKl(MultivariateNormal, MultivariateNormal, (p, q) => {
  checkEvents(p, q);
  const halfTerm1 = q._unbroadcastedScaleTril
    .diagonal(0, -2, -1)
    .log()
    .sum(-1)
    .sub(p._unbroadcastedScaleTril.diagonal(0, -2, -1).log().sum(-1));
  const combinedBatchShape = broadcastShapes(
    q._unbroadcastedScaleTril.shape.slice(0, -2),
    p._unbroadcastedScaleTril.shape.slice(0, -2),
  );
  const n = p.eventShape[0] as number;
  const qScaleTril = q._unbroadcastedScaleTril.expand([...combinedBatchShape, n, n]);
  const pScaleTril = p._unbroadcastedScaleTril.expand([...combinedBatchShape, n, n]);
  const term2 = batchTraceXXT(solveTriangular(qScaleTril, pScaleTril));
  const term3 = batchMahalanobis(q._unbroadcastedScaleTril, q.loc.sub(p.loc));
  return halfTerm1.add(term2.add(term3).sub(n).mul(0.5));
});
