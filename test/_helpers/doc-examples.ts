import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An example of the documentation: what stands between the fences of a ts block in a documentation
 * comment or in a Markdown page.
 */
export interface Example {
  /** The file, relative to the repository. */
  file: string;
  /** The line of its first line of code, from 1. */
  line: number;
  code: string;
}

// What an example may use without declaring it; keep it short. A name that the example itself
// imports or declares is the example's.
const imports: Record<string, readonly string[]> = {
  sconce: ['autograd', 'nn', 'optim', 'utils', 'Tensor'],
  'sconce/vision': ['datasets', 'transforms'],
};
const variables: Record<string, string> = {
  x: 'torch.randn(2, 3)',
  model: 'new nn.Linear(3, 2)',
  optimizer: 'new optim.SGD(model.parameters(), { lr: 0.1 })',
  input: 'torch.randn(4, 3)',
  target: 'torch.randn(4, 2)',
  dataset: 'new utils.data.TensorDataset(torch.randn(8, 3), torch.arange(8))',
};

/** What an example needs that this machine may not have; it is type-checked and not run. */
const needs: readonly { pattern: RegExp; what: string }[] = [
  { pattern: /needs a GPU|\.cuda\(|(?:to\(|device: )'cuda/, what: 'a GPU' },
  { pattern: /https?:\/\//, what: 'a network' },
];

/** What an example needs beside a CPU: undefined for nothing. */
export function needOf({ code }: Example): string | undefined {
  return needs.find(({ pattern }) => pattern.test(code))?.what;
}

/** Whether an example has to run in a process of its own. */
export function isAlone({ code }: Example): boolean {
  // It may be set once only, and before anything else has run.
  return code.includes('setNumInteropThreads(');
}

/** The Markdown pages, relative to the repository. */
export function pagesOf(root: string): string[] {
  return ['README.md', ...under(root, 'docs', '.md')];
}

/** The blocks of a page in a language: what stands between their fences. */
export function blocksOf(root: string, page: string, language: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks = text.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].filter(([, its]) => its === language).map(([, , code]) => code as string);
}

/** The files that pages show in JavaScript: a block that begins with a file's name. */
export function filesOf(root: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const code of pagesOf(root).flatMap((page) => blocksOf(root, page, 'js'))) {
    const name = /^\/\/ (\S+\.mjs)\n/.exec(code)?.[1];
    if (name === undefined)
      throw new Error(`a js block begins with its file's name, not:\n${code}`);
    files.set(name, code);
  }
  return files;
}

function under(root: string, folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension) && !name.startsWith('generated'))
    .sort()
    .map((name) => join(folder, name));
}

/** Every example of the library's own sources and of the Markdown pages. */
export function findExamples(root: string): Example[] {
  const files = [...pagesOf(root), ...under(root, 'lib', '.ts')];
  return files.flatMap((file) => examplesOf(file, readFileSync(join(root, file), 'utf8')));
}

/** The examples of one file: in comments where it is TypeScript, else anywhere. */
export function examplesOf(file: string, text: string): Example[] {
  const examples: Example[] = [];
  const comment = file.endsWith('.ts') ? /^\s*\* ?/ : /^/;
  let code: string[] | undefined;
  for (const [i, whole] of text.split('\n').entries()) {
    const line = whole.replace(comment, '');
    if (!code) {
      if (/^\s*```ts\b/.test(line) && (comment.source === '^' || comment.test(whole))) code = [];
    } else if (/^\s*```\s*$/.test(line)) {
      examples.push({ file, line: i + 1 - code.length, code: code.join('\n') });
      code = undefined;
    } else {
      code.push(line);
    }
  }
  return examples;
}

/** Whether an example has its own `name` at the top level. */
function declares(code: string, name: string): boolean {
  const declaration = `(?:const|let|class|function\\*?) +${name}\\b`;
  const pattern = `(?:const|let) +[[{][^=]*\\b${name}\\b[^=]*=`;
  const imported = `import [^;]*\\b${name}\\b[^;]* from`;
  return new RegExp(`^(?:${declaration}|${pattern}|${imported})`, 'm').test(code);
}

const uses = (code: string, name: string) => new RegExp(`(?<![.\\w])${name}\\b`).test(code);

/** The one line that supplies what an example uses and does not have. */
export function preludeOf(code: string): string {
  const parts: string[] = [];
  const wanted = (name: string, text: string) => uses(text, name) && !declares(code, name);
  // The later variables are made of the earlier ones, so they are asked first.
  let text = code;
  for (const name of Object.keys(variables).reverse()) {
    if (!wanted(name, text)) continue;
    parts.unshift(`const ${name} = ${variables[name]};`);
    text += parts[0];
  }
  for (const [from, all] of Object.entries(imports)) {
    const names = all.filter((name) => wanted(name, text));
    if (names.length > 0) parts.unshift(`import { ${names.join(', ')} } from '${from}';`);
  }
  if (wanted('torch', text)) parts.unshift("import torch from 'sconce';");
  return [...parts, 'export {};'].join(' ');
}
