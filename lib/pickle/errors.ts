import { TorchError } from '../errors.js';

/** A pickle is damaged, or holds what may not be read; Python's `pickle.UnpicklingError`. */
export class UnpicklingError extends TorchError {
  override name = 'UnpicklingError';

  constructor(message: string) {
    super(message, { code: 'ERR_UNPICKLING' });
  }
}
