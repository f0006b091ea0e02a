import test from 'ava';
import torch, { Tensor } from 'sconce';
import { table } from '../../dist/lib/generated/table.js';
import { native } from '../../dist/lib/native.js';
import { namespaces, readCatalog, versions } from '../../scripts/codegen/catalog.js';
import { findRoot } from '../../scripts/codegen/emit.js';
import {
  handWrittenMethods,
  pythonOnly,
  writtenOnTop,
} from '../../scripts/codegen/hand-written.js';
import { camelCase } from '../../scripts/codegen/naming.js';
import { overloadName, readNativeFunctions } from '../../scripts/codegen/schema.js';

const root = findRoot();
const catalog = readCatalog(root);
/** The loaded libtorch, as the schema files are called: 2.13. */
const minor = torch.version.torch.split('.').slice(0, 2).join('.');
const registered = native.operatorNames();
const ours = registered.flatMap((name) => (name.startsWith('aten::') ? [name.slice(6)] : []));

/** The table, read apart from lib/operators.ts. */
const lines = namespaces.flatMap((namespace) =>
  table[namespace]
    .trim()
    .split('\n')
    .map((line) => {
      const [name, ...overloads] = line.split(' ') as [string, ...string[]];
      return { namespace, name, overloads: overloads.map((text) => text.replace(/^>/, '')) };
    }),
);
const inTable = new Set(lines.flatMap(({ overloads }) => overloads));

/** What the schema files have for other versions of libtorch than the loaded one. */
const otherVersions = new Set(
  catalog.operators
    .flatMap(({ groups }) => groups.flatMap(({ base, out }) => (out ? [base, out] : [base])))
    .filter((overload) => !overload.versions.includes(minor))
    .map((overload) => overloadName(overload.function.schema)),
);

/** Registered with libtorch, but outside the schema file, and why no name is made for them. */
const outsideTheSchemaFile: [pattern: RegExp, reason: string][] = [
  [/^quantized_(lstm|gru)\.(input|data)(_legacy)?$/, 'packed weights of TorchScript'],
  [/^get_gradients$/, 'distributed autograd of torch.distributed.rpc'],
];

test('there is a schema file for the loaded libtorch', (t) => {
  t.true(versions.includes(minor), minor);
});

test('the loaded libtorch has every overload of the table, but for those of other versions', (t) => {
  const known = new Set(ours);
  const missing = [...inTable].filter((overload) => !known.has(overload));
  t.deepEqual(missing.sort(), [...otherVersions].sort());
  // The versions are close: should this grow, a schema file is read wrongly.
  t.true(missing.length <= 40, `${missing.length}`);
});

test('every aten operator of the loaded libtorch is in the table, or left out for a reason', (t) => {
  const skipped = new Set(catalog.skipped.map(({ overload }) => overload));
  // PyTorch derives these from others for its compilers, and binds no Python names to them.
  const derived = new Set(
    readNativeFunctions(`${root}/scripts/codegen/native_functions-${minor}.yaml`).flatMap(
      ({ generated }) => generated,
    ),
  );
  const unexplained = ours.filter(
    (name) =>
      !inTable.has(name) &&
      !skipped.has(name) &&
      !derived.has(name) &&
      !outsideTheSchemaFile.some(([pattern]) => pattern.test(name)),
  );
  t.deepEqual(unexplained, []);
  t.true(ours.length > 3000, `${ours.length}`);
});

test('no reason is idle', (t) => {
  for (const [pattern, reason] of outsideTheSchemaFile) {
    t.true(
      ours.some((name) => pattern.test(name)),
      reason,
    );
  }
});

test('torch.ops reaches every registered operator, of every namespace', (t) => {
  const unreachable = registered.filter((full) => {
    const [namespace, rest] = full.split('::') as [string, string];
    const [name, overload = 'default'] = rest.split('.') as [string, string?];
    const operator = torch.ops[namespace]?.[name];
    return typeof operator !== 'function' || typeof operator[overload] !== 'function';
  });
  t.deepEqual(unreachable, []);
});

test('the signature of every line of the table can be read', (t) => {
  for (const { namespace, name, overloads } of lines) {
    if (overloads.every((overload) => otherVersions.has(overload))) continue;
    const operator = native.resolveOperator(name, namespace === 'Tensor', overloads);
    t.true(Array.isArray(native.parameterNames(operator)), `${namespace}.${name}`);
  }
});

test('every line of the table is a public function or a member of Tensor', (t) => {
  const publicly = torch as unknown as Record<string, Record<string, unknown> | undefined>;
  for (const { namespace, name } of lines) {
    // Python's torch._C._nn: torch.nn.functional is written on top of it.
    if (namespace === 'nn') continue;
    const owner = namespace === 'torch' ? torch : publicly[namespace];
    if (namespace === 'Tensor') t.true(name in Tensor.prototype, `Tensor.${name}`);
    else t.is(typeof owner?.[name as never], 'function', `${namespace}.${name}`);
  }
});

test("what lib writes by hand stands in the operator's place", (t) => {
  for (const name of handWrittenMethods.keys()) {
    // T, H and nonzero({ asTuple }) say the same.
    if (['matrixH', 'numpyT', 'nonzeroNumpy'].includes(name)) continue;
    const { get, value } = Object.getOwnPropertyDescriptor(Tensor.prototype, name) ?? {};
    const reason = handWrittenMethods.get(name) as string;
    t.is(get !== undefined, reason.startsWith('a property'), name);
    // Operators are all made by one function, whose methods have no name of their own.
    if (value) t.is(value.name, name);
  }
});

test('what lib writes by hand without an operator is there', (t) => {
  for (const name of writtenOnTop.keys()) t.true(Object.hasOwn(torch, name), `torch.${name}`);
  for (const namespace of ['torch', 'Tensor'] as const) {
    const owner = namespace === 'torch' ? torch : Tensor.prototype;
    for (const { reason, names } of pythonOnly[namespace] ?? []) {
      if (!/by hand/.test(reason)) continue;
      for (const name of names) t.true(camelCase(name) in owner, `${namespace}.${name}`);
    }
  }
});
