import { float32, float64 } from '../dtype.js';
import { liveItem, numberNow } from '../live-number.js';
import { operators } from '../operators.js';
import { getDefaultDtype } from '../runtime.js';
import { Tensor } from '../tensor.js';

/** How a parameter group counts steps. */
interface Counting {
  capturable?: boolean;
  fused?: boolean | null;
}

/** A count of steps: on the CPU, where reading it is cheap, unless the kernel reads it. */
export function makeStep(group: Counting, param: Tensor, count: number): Tensor {
  const hosted = !group.capturable && !group.fused;
  const isDouble = !group.fused && getDefaultDtype() === float64;
  return operators.torch.scalarTensor(count, {
    dtype: isDouble ? float64 : float32,
    device: hosted ? 'cpu' : param.device,
  });
}

/** Gives the states whose count of steps is a number, as older checkpoints have it, a tensor. */
export function tensorizeSteps(
  groups: readonly (Counting & { params: readonly Tensor[] })[],
  state: ReadonlyMap<Tensor, object>,
): void {
  for (const group of groups) {
    for (const param of group.params) {
      const own = state.get(param) as { step?: unknown } | undefined;
      if (own && !(own.step instanceof Tensor)) own.step = makeStep(group, param, Number(own.step));
    }
  }
}

/** Counts one step more. */
export function countUp(steps: readonly Tensor[]): void {
  const [first] = steps;
  if (!first) return;
  const { torch } = operators;
  if (first.isCpu) {
    // A loop in libtorch, which would make a tensor of the number for every count.
    torch._foreachAdd_(steps, torch.scalarTensor(1, { dtype: first.dtype }), { alpha: 1 });
  } else {
    torch._foreachAdd_(steps, 1);
  }
}

/** What depends on the count alone, for each of some counts; computed once for equal ones. */
export function perCount<T>(steps: readonly Tensor[], compute: (count: number) => T): T[] {
  const known = new Map<number, T>();
  return steps.map((step) => {
    const live = liveItem(step);
    const count = numberNow(live);
    let result = known.get(count);
    if (result === undefined) {
      result = compute(live);
      known.set(count, result);
    }
    return result;
  });
}
