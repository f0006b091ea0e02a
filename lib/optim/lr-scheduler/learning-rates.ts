import { ValueError } from '../../errors.js';
import { Tensor } from '../../tensor.js';
import type { ParamGroup } from '../optimizer.js';
import type { Real } from '../real.js';

/** A parameter group as schedulers see it: any optimizer's, with a learning rate. */
export type ScheduledGroup = ParamGroup<object> & { lr: Real } & Record<string, unknown>;

const copy = (value: Real): Real => (value instanceof Tensor ? value.clone() : value);

/** The values that groups have under a key, tensors copied. */
export function valuesOf(groups: readonly ScheduledGroup[], key = 'lr'): Real[] {
  return groups.map((group) => copy(group[key] as Real));
}

/** Sets a group's value; one that is a tensor keeps its identity, since a CUDA graph may hold it. */
export function setValue(group: ScheduledGroup, key: string, value: Real): void {
  const old = group[key];
  if (!(old instanceof Tensor)) group[key] = value;
  else if (value instanceof Tensor) old.copy_(value.squeeze());
  else old.fill_(value);
}

/**
 * A value for each group: one of a list, or the same for all.
 *
 * @throws ValueError for a list of another length.
 */
export function perGroup(
  name: string,
  groups: readonly ScheduledGroup[],
  given: Real | readonly Real[],
): Real[] {
  if (!Array.isArray(given)) return groups.map(() => copy(given as Real));
  const values: readonly Real[] = given;
  if (values.length !== groups.length) {
    throw new ValueError(
      `${name} has ${values.length} values, and the optimizer ${groups.length} parameter groups; give one for each`,
    );
  }
  return values.map(copy);
}
