import { pathToFileURL } from 'node:url';
import { CODE_FOLDER } from './package.js';

/** How many lines of a stack are looked at. */
const STACK_LINES = 30;

const ownFolder = `${pathToFileURL(CODE_FOLDER).href}/`;

/** Whether a line of a stack is sconce's own, or Node's. */
const isInternal = (line: string) => line.includes(ownFolder) || line.includes('node:internal/');

/**
 * The lines of the stack that are the user's, from the innermost; all where none is.
 *
 * @internal
 */
export function userStack(): string[] {
  // Others may have put a function there, and no code of theirs may run in the midst of an operator.
  const settings: { stackTraceLimit: number; prepareStackTrace?: unknown } = Error;
  const { stackTraceLimit, prepareStackTrace } = settings;
  settings.stackTraceLimit = STACK_LINES;
  settings.prepareStackTrace = undefined;
  const { stack = '' } = new Error('here');
  settings.stackTraceLimit = stackTraceLimit;
  settings.prepareStackTrace = prepareStackTrace;
  const lines = stack.split('\n').slice(1);
  const users = lines.filter((line) => !isInternal(line));
  return users.length > 0 ? users : lines;
}
