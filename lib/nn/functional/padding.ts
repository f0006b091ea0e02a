import { operators } from '../../operators.js';
import { alias } from './alias.js';

/**
 * Pads a tensor.
 *
 * @param input Any shape for the constant mode; for the others, the padded dimensions are the
 *   last one to three of as many plus one or two.
 * @param pad Two numbers, before and after, for each padded dimension, from the last on backwards;
 *   negative numbers crop.
 * @param mode `'constant'`, `'reflect'`, `'replicate'` or `'circular'`. Default: `'constant'`.
 * @param value What the constant mode pads with. Default: 0.
 *
 * @example
 * ```ts
 * nn.functional.pad(torch.zeros(3, 4, 2), [1, 1, 2, 0]).shape; // [3, 6, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
 */
export const pad = alias(() => operators.nn.pad);
