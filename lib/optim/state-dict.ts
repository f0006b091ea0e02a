import { float32 } from '../dtype.js';
import { ValueError } from '../errors.js';
import { camelCase } from '../naming.js';
import { Tensor } from '../tensor.js';

/** A parameter group as a state dict holds it: PyTorch's names, and numbers for the parameters. */
export interface PackedParamGroup {
  /** A number for each parameter, counted through all groups. */
  params: number[];
  [option: string]: unknown;
}

/**
 * What `stateDict()` of an optimizer returns. Its content is data that Python's optimizers read
 * and write, and so spelled as PyTorch spells it (`momentum_buffer`, `weight_decay`).
 */
export interface OptimizerStateDict {
  /** The state of each parameter, by the number that `param_groups` gives it. */
  state: Map<number, Record<string, unknown>>;
  param_groups: PackedParamGroup[];
}

/**
 * What `loadStateDict()` takes: an {@link OptimizerStateDict}, or one whose `state` is a plain
 * object.
 */
export interface LoadableOptimizerStateDict {
  state: ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;
  param_groups: readonly Readonly<PackedParamGroup>[];
}

/** The name that an option has in a state dict: `weightDecay` is `weight_decay` there. */
export function packedName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

interface AnyParamGroup {
  params: Tensor[];
}

/** The number of each parameter, counted through the groups. */
function numberParameters(groups: readonly AnyParamGroup[]): Map<Tensor, number> {
  const numbers = new Map<Tensor, number>();
  let start = 0;
  for (const { params } of groups) {
    params.forEach((param, i) => {
      if (!numbers.has(param)) numbers.set(param, start + i);
    });
    start += params.length;
  }
  return numbers;
}

/** The state dict of an optimizer's groups and state; its tensors are the state's own. */
export function pack(
  groups: readonly AnyParamGroup[],
  state: ReadonlyMap<Tensor, object>,
): OptimizerStateDict {
  const numbers = numberParameters(groups);
  const packedGroups = groups.map(({ params, ...options }) => {
    const packed: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(options)) packed[packedName(name)] = value;
    return { ...packed, params: params.map((param) => numbers.get(param) as number) };
  });
  const packedState = new Map<number, Record<string, unknown>>();
  for (const [param, entries] of state) {
    const number = numbers.get(param);
    if (number !== undefined) packedState.set(number, { ...entries });
  }
  return { state: packedState, param_groups: packedGroups };
}

/** The entries of a `state`, which may be a Map or a plain object, with numbers for keys. */
export function* stateEntries(
  state: LoadableOptimizerStateDict['state'],
): Generator<[number, Record<string, unknown>]> {
  const entries = state instanceof Map ? state.entries() : Object.entries(state);
  for (const [key, value] of entries) yield [Number(key), value as Record<string, unknown>];
}

/** A copy of a group's option, so that changing it leaves the state dict as it is. */
function copyOption(value: unknown): unknown {
  if (value instanceof Tensor) return value.detach().clone();
  return Array.isArray(value) ? value.map(copyOption) : value;
}

/** What a loaded value becomes for a parameter: tensors take its device, and its dtype. */
function castValue(value: unknown, key: string, param: Tensor, group: PackedParamGroup): unknown {
  if (value instanceof Tensor) {
    if (key === 'step') {
      // Counts stay exact and on the CPU, except where the kernel itself reads them.
      const hosted = !group.capturable && !group.fused;
      return hosted ? value : value.to({ dtype: float32, device: param.device });
    }
    const dtype = param.dtype.isFloatingPoint ? param.dtype : value.dtype;
    return value.to({ dtype, device: param.device });
  }
  return Array.isArray(value) ? value.map((item) => castValue(item, '', param, group)) : value;
}

/**
 * The options and the state that a state dict holds for these groups.
 *
 * @throws ValueError where the numbers of groups or parameters differ, or where a state belongs
 * to no parameter.
 */
export function unpack(
  groups: readonly AnyParamGroup[],
  loaded: LoadableOptimizerStateDict,
): { options: Record<string, unknown>[]; state: Map<Tensor, Record<string, unknown>> } {
  if (!Array.isArray(loaded?.param_groups) || typeof (loaded.state ?? 0) !== 'object') {
    throw new TypeError("an optimizer's state dict must have `state` and `param_groups`");
  }
  const saved: readonly PackedParamGroup[] = loaded.param_groups;
  if (saved.length !== groups.length) {
    throw new ValueError(
      `the state dict has ${saved.length} parameter groups, the optimizer ${groups.length}`,
    );
  }
  const owners = new Map<number, { param: Tensor; group: PackedParamGroup }>();
  saved.forEach((group, i) => {
    const params = (groups[i] as AnyParamGroup).params;
    if (group.params.length !== params.length) {
      throw new ValueError(
        `parameter group ${i} of the state dict has ${group.params.length} parameters, the optimizer's ${params.length}`,
      );
    }
    group.params.forEach((number, j) => {
      owners.set(number, { param: params[j] as Tensor, group });
    });
  });
  const state = new Map<Tensor, Record<string, unknown>>();
  for (const [number, entries] of stateEntries(loaded.state)) {
    const owner = owners.get(number);
    if (!owner) {
      throw new ValueError(
        `the state dict has a state for parameter ${number}, and no group has it`,
      );
    }
    const cast: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(entries)) {
      cast[key] = castValue(value, key, owner.param, owner.group);
    }
    state.set(owner.param, cast);
  }
  const options = saved.map(({ params: _, ...packed }) => {
    const unpacked: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(packed)) {
      unpacked[camelCase(name)] = copyOption(value);
    }
    return unpacked;
  });
  return { options, state };
}
