import { ValueError } from '../errors.js';
import { warn } from '../warnings.js';

/** How a loss of many elements becomes its result: left as it is, averaged, or summed. */
export type Reduction = 'none' | 'mean' | 'sum';

/** libtorch's number for a reduction (`at::Reduction`); throws for a name that it does not have. */
export function reductionCode(reduction: string): number {
  switch (reduction) {
    case 'mean':
      return 1;
    case 'sum':
      return 2;
    case 'none':
      return 0;
    default:
      throw new ValueError(
        `${reduction} is not a valid value for reduction: expected 'none', 'mean' or 'sum'`,
      );
  }
}

/** The options by which PyTorch once chose a reduction; they take precedence over it. */
export interface LegacyReductionOptions {
  /** @deprecated Use `reduction`. */
  sizeAverage?: boolean | null;
  /** @deprecated Use `reduction`. */
  reduce?: boolean | null;
}

/** The reduction that a call asks for, by name or by the two deprecated options. */
export function chosenReduction<R extends string>(options: {
  sizeAverage: boolean | null;
  reduce: boolean | null;
  reduction: R;
}): R | Reduction {
  const { sizeAverage, reduce, reduction } = options;
  if (sizeAverage === null && reduce === null) return reduction;
  const chosen = (reduce ?? true) ? ((sizeAverage ?? true) ? 'mean' : 'sum') : 'none';
  warn(
    `sizeAverage and reduce are deprecated, please use reduction: '${chosen}' instead.`,
    'DeprecationWarning',
  );
  return chosen;
}
