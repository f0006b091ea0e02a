import test from 'ava';
import { findExamples, needOf } from '../_helpers/doc-examples.js';
import { compile, type Project, root } from '../_helpers/doc-project.js';
import { scratch } from '../_helpers/scratch.js';

const examples = findExamples(root);
const { folder, remove } = scratch();
let project: Project;

test.before(() => {
  project = compile(examples, folder);
});

test.after.always(remove);

test.serial('every example of the documentation type-checks', (t) => {
  t.true(examples.length > 250);
  if (project.errors.length > 0) t.fail(project.errors.join('\n'));
});

test.serial('every example of the documentation runs, and gives what its comments say', async (t) => {
  t.timeout(300_000);
  const faults = await project.run(2);
  const left = examples.flatMap((example) => needOf(example) ?? []);
  t.log(`${examples.length - left.length} run, ${project.claims} results checked`);
  t.log(`${left.length} only type-checked, for want of ${[...new Set(left)].join(' or ')}`);
  if (faults.length > 0) t.fail(faults.join('\n\n'));
});
