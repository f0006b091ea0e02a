import { TorchError } from '../errors.js';

/**
 * A pickle is damaged, or holds what may not be read; Python's `pickle.UnpicklingError`.
 *
 * @example
 * ```ts
 * import { UnpicklingError } from 'sconce';
 *
 * try {
 *   torch.load('from-elsewhere.pt');
 * } catch (error) {
 *   if (error instanceof UnpicklingError) console.log(`not to be trusted: ${error.message}`);
 * }
 * ```
 */
export class UnpicklingError extends TorchError {
  override name = 'UnpicklingError';

  constructor(message: string) {
    super(message, { code: 'ERR_UNPICKLING' });
  }
}
