/**
 * Python's `torch.nn.modules`: what is not in `nn` itself.
 *
 * @see https://pytorch.org/docs/stable/nn.html#global-hooks-for-module
 */
import { withHints } from '../../hints.js';
import * as globalHooksMembers from './global-hooks.js';
import * as lazyMembers from './lazy.js';

/** Hooks of all modules; Python's `torch.nn.modules.module`. */
export const module: typeof globalHooksMembers = withHints({ ...globalHooksMembers });

/** Modules that learn their shapes from their first input; Python's `torch.nn.modules.lazy`. */
export const lazy: typeof lazyMembers = withHints({ ...lazyMembers });
