/**
 * What helps with modules and their parameters; Python's `torch.nn.utils`.
 *
 * @see https://pytorch.org/docs/stable/nn.html#utilities
 * @module
 */
import { withHints } from '../../hints.js';
import * as parametrizationsMembers from './parametrizations.js';
import * as parametrizeMembers from './parametrize.js';
import * as pruneMembers from './prune.js';
import * as rnnMembers from './rnn.js';

/** Sequences of different lengths; Python's `torch.nn.utils.rnn`. */
export const rnn: typeof rnnMembers = withHints({ ...rnnMembers });

export namespace rnn {
  export type PackedSequence = rnnMembers.PackedSequence;
}

/** Tensors of modules as functions of others; Python's `torch.nn.utils.parametrize`. */
export const parametrize: typeof parametrizeMembers = withHints({ ...parametrizeMembers });

export namespace parametrize {
  export type ParametrizationList = parametrizeMembers.ParametrizationList;
  export type Parametrization = parametrizeMembers.Parametrization;
}

/** Parameters with zeros in the place of what matters least; Python's `torch.nn.utils.prune`. */
export const prune: typeof pruneMembers = withHints({ ...pruneMembers });

export namespace prune {
  export type BasePruningMethod = pruneMembers.BasePruningMethod;
  export type PruningContainer = pruneMembers.PruningContainer;
}

/** Ready-made parametrizations; Python's `torch.nn.utils.parametrizations`. */
export const parametrizations: Pick<
  typeof parametrizationsMembers,
  'orthogonal' | 'spectralNorm' | 'weightNorm'
> = withHints({
  orthogonal: parametrizationsMembers.orthogonal,
  spectralNorm: parametrizationsMembers.spectralNorm,
  weightNorm: parametrizationsMembers.weightNorm,
});

export * from './clip-grad.js';
export * from './convert-parameters.js';
export * from './fusion.js';
export { skipInit } from './init.js';
export * from './memory-format.js';
export { removeSpectralNorm, spectralNorm } from './spectral-norm.js';
export { removeWeightNorm, weightNorm } from './weight-norm.js';
