/**
 * Python's `torch.nn.modules`: what is not in `nn` itself.
 *
 * @see https://pytorch.org/docs/stable/nn.html#global-hooks-for-module
 */
import { withHints } from '../../hints.js';
import * as globalHooksMembers from './global-hooks.js';

/** Hooks of all modules; Python's `torch.nn.modules.module`. */
export const module: typeof globalHooksMembers = withHints({ ...globalHooksMembers });
