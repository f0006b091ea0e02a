import { TorchError } from '../errors.js';
import { ModeGuard, within } from '../grad-mode.js';
import { camelCase } from '../naming.js';
import type { Tensor } from '../tensor.js';
import type { Optimizer } from './optimizer.js';
import { type LoadableOptimizerStateDict, stateEntries } from './state-dict.js';

const where = 'swapInOptimizerParamsAndState()';

/** Whether two lists have the same names, in any order. */
function isSame(one: readonly string[], other: readonly string[]): boolean {
  return String(one.toSorted()) === String(other.toSorted());
}

/**
 * Lets an optimizer work on other parameters with another state, and gives it back its own
 * afterwards: unlike `loadStateDict`, it takes the parameters in too, and copies nothing. In-place
 * changes of the tensors stay; what is assigned meanwhile is dropped.
 *
 * @param optimizer An optimizer that has stepped.
 * @param swapinParameters The other parameters by name, in the order of the optimizer's own.
 * @param swapinOptimState Their state and options, in the form of `stateDict()`.
 * @param body What is done meanwhile. Without it, returns a guard.
 * @throws TorchError where the optimizer has no state yet, or the other parameters, groups or
 * options are not as many, or not the same, as its own.
 *
 * @example
 * ```ts
 * const layer = new nn.Linear(1, 1);
 * const adam = new optim.Adam(layer.parameters(), { lr: 0.1 });
 * layer(torch.ones(1)).backward();
 * adam.step();
 * const others = { weight: torch.zeros(1, 1), bias: torch.zeros(1) };
 * for (const other of Object.values(others)) other.grad = torch.ones(other.shape);
 * const { state, param_groups } = adam.stateDict();
 * optim.swapInOptimizerParamsAndState(adam, others, { state, param_groups }, () => adam.step());
 * others.bias; // tensor([-0.1000])
 * ```
 * @see https://pytorch.org/docs/stable/optim.html
 */
export function swapInOptimizerParamsAndState(
  optimizer: Optimizer,
  swapinParameters: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
  swapinOptimState: LoadableOptimizerStateDict,
): ModeGuard;
export function swapInOptimizerParamsAndState<R>(
  optimizer: Optimizer,
  swapinParameters: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
  swapinOptimState: LoadableOptimizerStateDict,
  body: () => R,
): R;
export function swapInOptimizerParamsAndState<R>(
  optimizer: Optimizer,
  swapinParameters: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
  swapinOptimState: LoadableOptimizerStateDict,
  body?: () => R,
): R | ModeGuard {
  const { state, paramGroups } = optimizer;
  if (state.size === 0) throw new TorchError(`${where} requires initialized optimizer state`);
  const groups = swapinOptimState?.param_groups;
  if (!Array.isArray(groups) || groups.length !== paramGroups.length) {
    throw new TorchError(
      `${where}: the state must have ${paramGroups.length} parameter groups, got ${groups?.length}`,
    );
  }
  const parameters = [
    ...(swapinParameters instanceof Map
      ? swapinParameters.values()
      : Object.values(swapinParameters)),
  ] as Tensor[];
  const states = new Map(stateEntries(swapinOptimState.state));
  const swapped = new Map<Tensor, Record<string, unknown>>();
  const known = new Set<number>();
  const others = groups.map(({ params: numbers, ...packed }, i) => {
    const own = paramGroups[i] as Record<string, unknown> & { params: Tensor[] };
    const options = Object.fromEntries(
      Object.entries(packed).map(([name, value]) => [camelCase(name), value]),
    );
    if (!isSame(['params', ...Object.keys(options)], Object.keys(own))) {
      throw new TorchError(
        `${where}: group ${i} must have the options of the optimizer's: ${Object.keys(own).join(', ')}`,
      );
    }
    const params = parameters.splice(0, numbers.length);
    if (numbers.length !== own.params.length || params.length < numbers.length) {
      throw new TorchError(
        `${where}: group ${i} has ${own.params.length} parameters, and so must the state's and those that are given`,
      );
    }
    for (const [j, number] of numbers.entries()) {
      known.add(number);
      swapped.set(params[j] as Tensor, { ...states.get(number) });
    }
    return { ...options, params };
  });
  const extra = [...states.keys()].filter((number) => !known.has(number));
  if (extra.length > 0) {
    throw new TorchError(`${where}: no group has the parameters ${extra.join(', ')} of the state`);
  }
  const before = paramGroups.map((group) => ({ ...group }));
  for (const [i, group] of paramGroups.entries()) Object.assign(group, others[i]);
  optimizer.state = swapped;
  const guard = new ModeGuard(() => {
    for (const [i, group] of paramGroups.entries()) {
      for (const name of Object.keys(group)) delete (group as Record<string, unknown>)[name];
      Object.assign(group, before[i]);
    }
    optimizer.state = state;
  });
  return within(guard, body);
}
