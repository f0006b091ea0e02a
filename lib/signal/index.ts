/** The windows of signals, each a function of its length. */
export * as windows from './windows/index.js';
