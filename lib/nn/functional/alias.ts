/**
 * An operator under its name in `nn.functional`. It is looked up at each call, because the
 * operators are not there yet when this module loads.
 */
// biome-ignore lint/suspicious/noExplicitAny: any function at all.
export function alias<F extends (...args: any[]) => unknown>(operator: () => F): F {
  return ((...args: unknown[]) => operator()(...args)) as F;
}
