/**
 * Probability distributions: samples, densities, moments, entropies, divergences, and the constraints
 * and transforms of their parameters. Python's `torch.distributions`.
 *
 * @see https://pytorch.org/docs/stable/distributions.html
 * @module
 */
import './kl-cross.js';
import './kl-multivariate.js';
import './kl-same.js';

export * from './bernoulli.js';
export * from './beta.js';
export * from './binomial.js';
export * from './categorical.js';
export * from './cauchy.js';
export * from './chi2.js';
export { bijectTo, ConstraintRegistry, transformTo } from './constraint-registry.js';
export * as constraints from './constraints.js';
export * from './continuous-bernoulli.js';
export * from './dirichlet.js';
export * from './distribution.js';
export * from './exp-family.js';
export * from './exponential.js';
export * from './fishersnedecor.js';
export * from './gamma.js';
export * from './generalized-pareto.js';
export * from './geometric.js';
export * from './gumbel.js';
export * from './half-cauchy.js';
export * from './half-normal.js';
export * from './independent.js';
export * from './inverse-gamma.js';
export { klDivergence, registerKl } from './kl.js';
export * from './kumaraswamy.js';
export * from './laplace.js';
export * from './lkj-cholesky.js';
export * from './log-normal.js';
export * from './logistic-normal.js';
export * from './lowrank-multivariate-normal.js';
export * from './matrix-transforms.js';
export * from './mixture-same-family.js';
export * from './multinomial.js';
export * from './multivariate-normal.js';
export * from './negative-binomial.js';
export * from './normal.js';
export * from './one-hot-categorical.js';
export * from './pareto.js';
export * from './poisson.js';
export * from './relaxed-bernoulli.js';
export * from './relaxed-categorical.js';
export * from './sequence-transforms.js';
export * from './student-t.js';
export * from './transformed-distribution.js';
export * from './transforms.js';
export * from './uniform.js';
export * from './von-mises.js';
export * from './weibull.js';
export * from './wishart.js';
