/**
 * What helps with modules and their parameters; Python's `torch.nn.utils`.
 *
 * @see https://pytorch.org/docs/stable/nn.html#utilities
 */
import { withHints } from '../../hints.js';
import * as rnnMembers from './rnn.js';

/** Sequences of different lengths; Python's `torch.nn.utils.rnn`. */
export const rnn: typeof rnnMembers = withHints({ ...rnnMembers });

export namespace rnn {
  export type PackedSequence = rnnMembers.PackedSequence;
}

export * from './clip-grad.js';
export * from './convert-parameters.js';
export * from './fusion.js';
export { skipInit } from './init.js';
export * from './memory-format.js';
