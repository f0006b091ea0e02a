import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { findRoot, generate } from '../../scripts/codegen/emit.js';

const root = findRoot();
const files = generate(root);

for (const [path, text] of files) {
  test(`${path} is what npm run gen writes`, (t) => {
    // Not t.is: nobody wants to read a difference of a megabyte.
    t.true(readFileSync(join(root, path), 'utf8') === text, `${path} is stale: npm run gen`);
  });
}

test('two runs write the same bytes', (t) => {
  const again = generate(root);
  t.deepEqual([...again.keys()], [...files.keys()]);
  for (const [path, text] of files) t.true(again.get(path) === text, path);
});
