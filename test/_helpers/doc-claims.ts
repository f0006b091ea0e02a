import { SyntaxKind } from 'typescript/unstable/ast';

/** What is used here of the nodes of TypeScript's syntax tree. */
interface Node {
  readonly kind: number;
  readonly end: number;
  getStart(): number;
  forEachChild(visit: (node: Node) => void): void;
}
interface Statement extends Node {
  readonly expression?: Node & { readonly expression?: Node; readonly arguments?: readonly Node[] };
  readonly declarationList?: { readonly declarations: readonly { readonly name: Node }[] };
}

// A comment that begins like a value says what the statement before it gives; any other is prose.
const value =
  /^(?:=> |throws \w|\w+\(|[[{'"`(]|-?\d|-?Infinity\b|(?:true|false|null|undefined|NaN)$|torch\.\w+$|Parameter containing)/;

/** The comment after a statement: on its last line, else on the lines of their own that follow. */
function commentAfter(text: string, end: number): string | undefined {
  const match = /^[ \t]*(?:\/\/ ?([^\n]*)|\n((?:[ \t]*\/\/[^\n]*(?:\n|$))+))/.exec(text.slice(end));
  return (match?.[1] ?? match?.[2]?.replace(/^[ \t]*\/\/ ?/gm, ''))?.trim();
}

/** What a comment claims; undefined for prose. */
export function claimOf(comment: string): string | undefined {
  return value.test(comment) ? comment.replace(/^=> /, '') : undefined;
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

/** How a statement is to be written so that its comment is checked; undefined where it has none. */
function editOf(statement: Statement, text: string): Edit | undefined {
  const { expression, declarationList, end } = statement;
  const isExpression = statement.kind === SyntaxKind.ExpressionStatement && expression;
  if (!isExpression && !declarationList) return undefined;
  const claim = claimOf(commentAfter(text, end) ?? '');
  if (claim === undefined) return undefined;
  const textOf = (node: Node) => text.slice(node.getStart(), node.end);
  if (isExpression) {
    const { expression: callee, arguments: args } = expression;
    const isLog = callee !== undefined && textOf(callee) === 'console.log';
    const list = `[${isLog ? (args ?? []).map(textOf).join(', ') : textOf(expression)}]`;
    // A function only for what throws: an example may await at its top level.
    const given = claim.startsWith('throws ') ? `() => ${list}` : list;
    const call = `claim(${JSON.stringify(claim)}, ${given});`;
    return { start: statement.getStart(), end, text: call };
  }
  // `const [a, b] = ...` is held against both, as `console.log(a, b)` would be.
  const names = declarationList?.declarations.map(({ name }) => textOf(name)).join(', ') ?? '';
  const list = `[${names.replace(/[[\]{}]|\w+:\s*/g, '')}]`;
  return { start: end, end, text: ` claim(${JSON.stringify(claim)}, ${list});` };
}

/**
 * The text of an example with a call of `claim(text, values)` at each statement whose comment
 * states its result; the lines stay where they are.
 */
export function instrument(text: string, source: Node): { text: string; claims: number } {
  const edits: Edit[] = [];
  const visit = (node: Node) => {
    const edit = editOf(node as Statement, text);
    if (edit) edits.push(edit);
    else node.forEachChild(visit);
  };
  source.forEachChild(visit);
  let result = text;
  for (const { start, end, text: edit } of edits.reverse()) {
    result = result.slice(0, start) + edit + result.slice(end);
  }
  return { text: result, claims: edits.length };
}
