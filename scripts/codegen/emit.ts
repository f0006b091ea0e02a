import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCatalog } from './catalog.js';
import { emitFunctions, emitMethods, readDocumented } from './interfaces.js';
import { emitPorting } from './porting.js';
import { emitTable } from './table.js';

/** The repository's root, whether this file runs from scripts/ or from dist/scripts/. */
export function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Every generated file, by its path from the root. */
export function generate(root: string): Map<string, string> {
  const catalog = readCatalog(root);
  const documented = readDocumented(root);
  const porting = readFileSync(join(root, 'docs/porting.md'), 'utf8');
  return new Map([
    ['lib/generated/table.ts', emitTable(catalog)],
    ['lib/generated/tensor-methods.ts', emitMethods(catalog, documented)],
    ['lib/generated/functions.ts', emitFunctions(catalog, documented)],
    ['docs/porting.md', emitPorting(porting, documented)],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = findRoot();
  for (const [path, text] of generate(root)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
