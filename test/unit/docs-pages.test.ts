/** What README.md and docs/*.md say beside TypeScript: Python, commands, links. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'ava';
import { blocksOf, pagesOf } from '../_helpers/doc-examples.js';
import { readGolden } from '../_helpers/golden.js';

const root = resolve(import.meta.dirname, '../..');
const pages = pagesOf(root);
const guides = pages.filter((page) => page.startsWith('docs'));

interface Golden {
  blocks: { code: string; results: Record<string, string> }[];
}
const { blocks } = readGolden<Golden>('docs.json');
const dense = (text: string) => text.replace(/\s+/g, '');

test('the Python of the guides is what Python ran', (t) => {
  const shown = guides.flatMap((page) => blocksOf(root, page, 'python'));
  t.deepEqual(
    shown,
    blocks.map(({ code }) => code),
    'python test/golden/docs.py > test/golden/docs.json',
  );
});

test('and gives what its comments say', (t) => {
  let results = 0;
  for (const block of blocks) {
    for (const [line, result] of Object.entries(block.results)) {
      const comment = block.code.split('\n')[Number(line) - 1]?.split('  # ').at(-1);
      t.is(dense(comment ?? ''), dense(result));
      results++;
    }
  }
  t.true(results >= 17);
});

test('every command of the pages is there', (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const help = readFileSync(join(root, 'lib/cli/main.ts'), 'utf8');
  // npm's own commands.
  const own = ['install', 'ci', 'pack', 'test'];
  let commands = 0;
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [whole, tool, run, name = ''] of text.matchAll(
      /\b(npx sconce|npm) (run )?([a-z][\w:-]*)/g,
    )) {
      if (tool === 'npm') t.true(run ? name in scripts : own.includes(name), `${page}: ${whole}`);
      else t.regex(help, new RegExp(`^  ${name}\\b`, 'm'), `${page}: ${whole}`);
      commands++;
    }
  }
  t.true(commands > 20);
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('every link between the pages leads somewhere', (t) => {
  let links = 0;
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', anchor] = (target as string).split('#');
      const file = path === '' ? join(root, page) : resolve(root, page, '..', path);
      t.true(existsSync(file), `${page}: ${target}`);
      if (anchor !== undefined) {
        t.true(anchorsOf(readFileSync(file, 'utf8')).includes(anchor), `${page}: ${target}`);
      }
      links++;
    }
  }
  t.true(links > 10);
});
