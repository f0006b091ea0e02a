import { NotImplementedError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { warn } from '../warnings.js';
import { Distribution } from './distribution.js';
import { filled } from './utils.js';

// biome-ignore lint/suspicious/noExplicitAny: constructors of any arguments
type DistributionClass<D extends Distribution = Distribution> = abstract new (...args: any[]) => D;
type Divergence = (p: never, q: never) => Tensor;

interface Entry {
  p: DistributionClass;
  q: DistributionClass;
  divergence: Divergence;
}

const registry: Entry[] = [];
const found = new Map<unknown, Map<unknown, Divergence | null>>();

const isClass = (value: unknown): value is DistributionClass =>
  typeof value === 'function' &&
  (value === Distribution || value.prototype instanceof Distribution);

/** Whether one class is another, or derived of it. */
const isWithin = (derived: DistributionClass, base: DistributionClass): boolean =>
  derived === base || derived.prototype instanceof base;

/**
 * Registers the Kullback-Leibler divergence between two classes of distributions, and those derived
 * of them for which no nearer one is registered.
 *
 * @param typeP The class of the first distribution.
 * @param typeQ That of the second.
 * @param divergence Computes it, for each of the batch.
 *
 * @example
 * ```ts
 * const { Distribution, Normal, klDivergence, registerKl } = torch.distributions;
 * class Point extends Distribution {}
 * registerKl(Point, Normal, (p, q) => q.logProb(torch.zeros(1)).neg());
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.kl.register_kl
 */
export function registerKl<P extends Distribution, Q extends Distribution>(
  typeP: DistributionClass<P>,
  typeQ: DistributionClass<Q>,
  divergence: (p: P, q: Q) => Tensor,
): void {
  for (const Class of [typeP, typeQ]) {
    if (!isClass(Class)) throw new TypeError('registerKl(): expected a class of distributions');
  }
  const known = registry.findIndex(({ p, q }) => p === typeP && q === typeQ);
  if (known >= 0) registry.splice(known, 1);
  registry.push({ p: typeP, q: typeQ, divergence: divergence as Divergence });
  found.clear();
}

/** The entry that is nearest, by the classes in the order that `side` gives. */
function nearest(entries: readonly Entry[], side: (entry: Entry) => DistributionClass[]): Entry {
  return entries.reduce((best, entry) => {
    const [mine, other] = [side(entry), side(best)];
    for (const [i, Class] of mine.entries()) {
      if (Class === other[i]) continue;
      return isWithin(Class, other[i] as DistributionClass) ? entry : best;
    }
    return best;
  });
}

function dispatch(typeP: DistributionClass, typeQ: DistributionClass): Divergence | null {
  const matches = registry.filter(({ p, q }) => isWithin(typeP, p) && isWithin(typeQ, q));
  if (matches.length === 0) return null;
  const left = nearest(matches, ({ p, q }) => [p, q]);
  const right = nearest(matches, ({ p, q }) => [q, p]);
  if (left.divergence !== right.divergence) {
    warn(
      `ambiguous klDivergence(${typeP.name}, ${typeQ.name}): register one with registerKl(${left.p.name}, ${right.q.name})`,
      'RuntimeWarning',
    );
  }
  return left.divergence;
}

/**
 * The Kullback-Leibler divergence of `q` from `p`, for each of the batch: how much a coding for `q`
 * wastes on values of `p`.
 *
 * @throws NotImplementedError where it is not known for the two classes.
 *
 * @example
 * ```ts
 * const { Normal, klDivergence } = torch.distributions;
 * klDivergence(new Normal(0, 1), new Normal(1, 1)); // tensor(0.5000)
 * ```
 * @see https://pytorch.org/docs/stable/distributions.html#torch.distributions.kl.kl_divergence
 */
export function klDivergence(p: Distribution, q: Distribution): Tensor {
  for (const distribution of [p, q]) {
    if (!(distribution instanceof Distribution)) {
      throw new TypeError('klDivergence() takes two distributions');
    }
  }
  const [typeP, typeQ] = [p.constructor as DistributionClass, q.constructor as DistributionClass];
  const row = found.get(typeP) ?? new Map<unknown, Divergence | null>();
  found.set(typeP, row);
  let divergence = row.get(typeQ);
  if (divergence === undefined) {
    divergence = dispatch(typeP, typeQ);
    row.set(typeQ, divergence);
  }
  if (divergence === null) {
    throw new NotImplementedError(
      `no KL divergence is known of ${typeQ.name} from ${typeP.name}; registerKl() registers one`,
    );
  }
  return divergence(p as never, q as never);
}

/** Infinity for each element. @internal */
export const infiniteLike = (tensor: Tensor): Tensor =>
  filled(tensor.shape, Number.POSITIVE_INFINITY, tensor);
