import { readFileSync } from 'node:fs';
import test from 'ava';
import { type Namespace, readCatalog } from '../../scripts/codegen/catalog.js';
import { findRoot } from '../../scripts/codegen/emit.js';
import {
  handWrittenMethods,
  pythonOnly,
  writtenOnTop,
} from '../../scripts/codegen/hand-written.js';
import { overloadName, readNativeFunctions } from '../../scripts/codegen/schema.js';
import { unusedPatterns } from '../../scripts/codegen/skip.js';
import { tableEntry } from '../../scripts/codegen/table.js';

interface Golden {
  torch: string;
  /** What Python's C binding has, by namespace, separated by spaces. */
  names: Record<Namespace, string>;
  /** The overloads of each name in the order of PyTorch's argument parser. */
  order: Record<Namespace, Record<string, string>>;
}

const root = findRoot();
const golden: Golden = JSON.parse(
  readFileSync(new URL('./python-names.json', import.meta.url), 'utf8'),
);
const catalog = readCatalog(root);
const namespaces = Object.keys(golden.names) as Namespace[];
const pythonNames = (namespace: Namespace) => golden.names[namespace].split(' ');
const operatorsOf = (namespace: Namespace) =>
  new Map(
    catalog.operators
      .filter((operator) => operator.namespace === namespace)
      .map((operator) => [operator.pythonName, operator]),
  );

const skippedNames = new Set(catalog.skipped.map(({ overload }) => overload.split('.')[0]));

for (const namespace of namespaces) {
  test(`every name that Python's ${namespace} has is there, or accounted for`, (t) => {
    const ours = operatorsOf(namespace);
    const listed = new Set((pythonOnly[namespace] ?? []).flatMap(({ names }) => names));
    const missing = pythonNames(namespace).filter(
      (name) => !ours.has(name) && !skippedNames.has(name) && !listed.has(name),
    );
    // Python's own protocols and private attributes are no part of the surface.
    const privateAttribute = namespace === 'Tensor' ? /^_/ : /^__|^_from_blob$|^_parse_to$/;
    t.deepEqual(
      missing.filter((name) => !privateAttribute.test(name)),
      [],
    );
  });

  test(`the overloads of ${namespace} stand in the order of PyTorch's parser`, (t) => {
    const ours = operatorsOf(namespace);
    // Python's parser takes numbers as tensors here; ours has the Scalar overload too.
    const extra = /^(add|sub|mul|div)_?\.Scalar$/;
    // Overloads that libtorch 2.13, which made the golden list, does not have.
    const later = new Set(
      catalog.operators
        .flatMap(({ groups }) => groups.flatMap(({ base, out }) => (out ? [base, out] : [base])))
        .filter(({ versions }) => !versions.includes('2.13'))
        .map((overload) => overloadName(overload.function.schema)),
    );
    for (const [name, expected] of Object.entries(golden.order[namespace])) {
      const operator = ours.get(name);
      if (!operator) {
        t.true(skippedNames.has(name), `${name} is neither there nor skipped`);
        continue;
      }
      const actual = tableEntry(operator)
        .split(' ')
        .filter((overload) => !extra.test(overload) && !later.has(overload.replace('>', '')));
      t.is(actual.join(' '), expected, name);
    }
  });
}

test("what is listed as Python's alone is", (t) => {
  for (const namespace of namespaces) {
    const ours = operatorsOf(namespace);
    const theirs = pythonNames(namespace);
    for (const { reason, names } of pythonOnly[namespace] ?? []) {
      t.not(reason, '');
      for (const name of names) {
        t.true(theirs.includes(name), `${name} is not in Python`);
        t.false(ours.has(name), `${name} is in the table`);
      }
    }
  }
});

test('every function of the schema files is in the table, or skipped with a reason', (t) => {
  const known = new Set(catalog.skipped.map(({ overload }) => overload));
  for (const { groups } of catalog.operators) {
    for (const { base, out } of groups) {
      known.add(overloadName(base.function.schema));
      if (out) known.add(overloadName(out.function.schema));
    }
  }
  for (const version of ['2.13', '2.14']) {
    const path = `${root}/scripts/codegen/native_functions-${version}.yaml`;
    // Read apart from schema.ts, so that a fault there cannot hide one.
    const names = [...readFileSync(path, 'utf8').matchAll(/^- func: ([\w.]+)\(/gm)].map(
      (match) => match[1] as string,
    );
    t.true(names.length > 2500);
    t.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    );
  }
  for (const { overload, reason } of catalog.skipped) t.not(reason, '', overload);
});

test('no pattern of skip.ts is idle', (t) => {
  const functions = ['2.13', '2.14'].flatMap((version) =>
    readNativeFunctions(`${root}/scripts/codegen/native_functions-${version}.yaml`),
  );
  t.deepEqual(unusedPatterns(functions), []);
});

test('what is written by hand in place of an operator has an operator', (t) => {
  const names = (namespace: Namespace) =>
    new Set([...operatorsOf(namespace).values()].map(({ name }) => name));
  for (const name of handWrittenMethods.keys()) t.true(names('Tensor').has(name), name);
  for (const name of writtenOnTop.keys()) t.true(names('torch').has(name), name);
});

test('the operators are about as many as PyTorch has', (t) => {
  const names = new Set(catalog.operators.map(({ pythonName }) => pythonName));
  t.true(names.size > 1300, `${names.size}`);
});
