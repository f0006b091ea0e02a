import test from 'ava';
import { overloadName, parseSchema } from '../../scripts/codegen/schema.js';

test('a schema is read with its overload, defaults, outputs and results', (t) => {
  const schema = parseSchema(
    'max.dim_max(Tensor self, int dim, bool keepdim=False, *, Tensor(a!) max, Tensor(b!) max_values) -> (Tensor(a!) values, Tensor(b!) indices)',
  );
  t.is(overloadName(schema), 'max.dim_max');
  t.deepEqual(
    schema.arguments.map((a) => [a.name, a.type.base, a.default, a.keywordOnly]),
    [
      ['self', 'Tensor', undefined, false],
      ['dim', 'int', undefined, false],
      ['keepdim', 'bool', 'False', false],
    ],
  );
  t.deepEqual(
    schema.outputs.map((a) => a.name),
    ['max', 'max_values'],
  );
  t.deepEqual(
    schema.results.map((r) => r.name),
    ['values', 'indices'],
  );
});

test('an in-place argument is no output', (t) => {
  const schema = parseSchema(
    'add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)',
  );
  t.true(schema.arguments[0]?.type.written);
  t.deepEqual(schema.outputs, []);
  t.is(schema.results.length, 1);
});

test('defaults may hold commas, brackets and quotes', (t) => {
  const schema = parseSchema(
    `f(int[1] dim=[-2,-1], str a="\\"'\\\\", str b='"\\'\\\\', *, float c=1e-05) -> ()`,
  );
  t.deepEqual(
    schema.arguments.map((a) => a.default),
    ['[-2,-1]', `"\\"'\\\\"`, `'"\\'\\\\'`, '1e-05'],
  );
  t.deepEqual(schema.results, []);
});

test('list, optional and alias marks are told apart', (t) => {
  const types = (text: string) => parseSchema(`f(${text} x) -> Tensor`).arguments[0]?.type;
  const plain = { list: undefined, elementOptional: false, optional: false, written: false };
  t.deepEqual(types('Tensor?[]'), { ...plain, base: 'Tensor', list: null, elementOptional: true });
  t.deepEqual(types('int[1]?'), { ...plain, base: 'int', list: 1, optional: true });
  t.deepEqual(types('Tensor(a!)[]'), { ...plain, base: 'Tensor', list: null, written: true });
  t.deepEqual(types('Tensor(a -> *)'), { ...plain, base: 'Tensor' });
  t.deepEqual(types('Scalar?'), { ...plain, base: 'Scalar', optional: true });
});

test('what cannot be read throws', (t) => {
  t.throws(() => parseSchema('add(Tensor self'), { message: /cannot read the schema/ });
  t.throws(() => parseSchema('add(int[ x) -> Tensor'), { message: /cannot read/ });
});
