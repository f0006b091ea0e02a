/** Moves every line but the first to the right. */
export function addIndent(text: string, spaces: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

/**
 * What a module prints: its name, and in parentheses what it says of itself and its children, on
 * one line where there is only one line of the former.
 *
 * @param name The module's class.
 * @param extra What `extraRepr` gave.
 * @param children A line for each child.
 */
export function moduleRepr(name: string, extra: string, children: readonly string[]): string {
  const extraLines = extra === '' ? [] : extra.split('\n');
  if (extraLines.length === 1 && children.length === 0) return `${name}(${extra})`;
  const lines = [...extraLines, ...children];
  return lines.length === 0 ? `${name}()` : `${name}(\n  ${lines.join('\n  ')}\n)`;
}

/** The line of one child: its name, and what it prints. */
export function childRepr(name: string, child: string): string {
  return `(${name}): ${addIndent(child, 2)}`;
}

/** The lines of a list's children, where equal neighbours become one: `(0-2): 3 x ReLU()`. */
export function listRepr(children: readonly string[]): string[] {
  const lines: string[] = [];
  for (let start = 0; start < children.length; ) {
    const text = children[start] as string;
    let end = start + 1;
    while (children[end] === text) end++;
    const count = end - start;
    lines.push(
      count === 1
        ? childRepr(`${start}`, text)
        : childRepr(`${start}-${end - 1}`, `${count} x ${text}`),
    );
    start = end;
  }
  return lines;
}
