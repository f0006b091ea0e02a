const given = new Set<string>();

/** Warns as Python's `warnings.warn` does by default: on stderr, and once for each message. */
export function warn(message: string, type = 'UserWarning'): void {
  if (given.has(message)) return;
  given.add(message);
  process.emitWarning(message, type);
}
