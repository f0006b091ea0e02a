import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { type Example, findExamples, needOf } from '../_helpers/doc-examples.js';
import { compile, type Project, root } from '../_helpers/doc-project.js';
import { scratch } from '../_helpers/scratch.js';

const examples = findExamples(root);
const { folder, remove } = scratch();
let project: Project;

test.before(() => {
  project = compile(examples, mkdtempSync(join(folder, 'all-')));
});

test.after.always(remove);

test.serial('every example of the documentation type-checks', (t) => {
  t.true(examples.length > 250);
  t.is(project.errors.length, 0, project.errors.join('\n'));
});

test.serial(
  'every example of the documentation runs, and gives what its comments say',
  async (t) => {
    t.timeout(300_000);
    const faults = await project.run(2);
    const left = examples.flatMap((example) => needOf(example) ?? []);
    t.log(`${examples.length - left.length} run, ${project.claims} results checked`);
    t.log(`${left.length} only type-checked, for want of ${[...new Set(left)].join(' or ')}`);
    t.true(project.claims > 250);
    t.is(faults.length, 0, faults.join('\n\n'));
  },
);

test.serial('a wrong example is named by its file and line', async (t) => {
  const codes = [
    'torch.zeros(2); // tensor([0., 0.])',
    'torch.zeros(2); // tensor([0., 1.])',
    'const a = 1;\nconst b: string = a;',
    'torch.zeros(2)[7]; // throws IndexError',
    'torch.zeros(2)[1]; // throws IndexError',
    'const a = 1;\nthrow new Error(String(a));',
    'process.exit(3);',
    'torch.ones(2).sum().item();\n// 2',
    'for (const row of torch.ones(2, 3)) {\n  console.log(row.shape, row); // [3] tensor([1., 1., 2.])\n}',
  ];
  const made = codes.map((code, i): Example => ({ file: 'page.md', line: 10 * (i + 1), code }));
  const { errors, claims, run } = compile(made, mkdtempSync(join(folder, 'wrong-')));
  t.deepEqual(errors, ["page.md:31: Type 'number' is not assignable to type 'string'."]);
  t.is(claims, 6);
  const faults = (await run(1)).map((fault) => fault.split('\n')[0]).sort();
  t.deepEqual(faults, [
    'page.md:20: the comment says: tensor([0., 1.])',
    'page.md:50: the comment says: throws IndexError',
    'page.md:60: Error: 1',
    'page.md:70: the process ended: status 3',
    'page.md:90: the comment says: [3] tensor([1., 1., 2.])',
  ]);
});
