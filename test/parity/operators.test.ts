import test, { type ExecutionContext } from 'ava';
import torch, { type Tensor } from 'sconce';
import { camelCase } from '../../lib/naming.js';
import { dtypeOf, floating, gradients, Player, readGolden } from '../_helpers/golden.js';

interface Case {
  /** Python's name under `torch`, or `Tensor.` and a method's. */
  name: string;
  args: unknown[];
  kwargs?: Record<string, unknown>;
  /** The dtypes of the tensors to write to. */
  out?: string[];
  result: unknown;
  /** The names of several results. */
  fields?: string[];
  gradients?: unknown[];
  /** Whether the first argument has a method that does the same. */
  method?: boolean;
  tolerance?: number;
  exact?: boolean;
  unique?: boolean;
}

const golden = readGolden<{ cases: Case[] }>('operators.json');
const player = new Player(golden);
type AnyFunction = (...args: unknown[]) => unknown;

/** The public function of a name; of `Tensor.NAME`, one that calls the method. */
function find(name: string): AnyFunction {
  const path = name.split('.').map(camelCase);
  if (path[0] === 'Tensor') return methodOf(path[1] as string);
  let found: unknown = torch;
  for (const part of path) found = (found as Record<string, unknown>)[part];
  return found as AnyFunction;
}

function methodOf(name: string): AnyFunction {
  return (self, ...args) => (self as Record<string, AnyFunction>)[name]?.(...args);
}

const isInPlace = (name: string) => name.endsWith('_');

/** One call as Python made it, on fresh inputs. */
function run(t: ExecutionContext, recorded: Case, seed: number, call: AnyFunction): void {
  const { name, tolerance, exact: isStable, unique: isUnique } = recorded;
  const comparison = { tolerance, isStable, isUnique };
  const args = recorded.args.map((arg) => player.value(arg));
  const options = player.options(recorded.kwargs);
  const leaves = recorded.gradients ? floating([args, options]) : [];
  for (const leaf of leaves) leaf.requiresGrad_();
  const outs = recorded.out?.map((dtype) => torch.empty(0, { dtype: dtypeOf(dtype) }));
  const named = outs ? { ...options, out: outs.length === 1 ? outs[0] : outs } : options;
  // What changes its input in place must not meet a leaf.
  const [self, ...others] = args;
  const given = isInPlace(name) ? [(self as Tensor).clone(), ...others] : args;

  torch.manualSeed(seed);
  const result = call(...given, ...(Object.keys(named).length > 0 ? [named] : []));

  player.compare(t, result, recorded.result, comparison);
  for (const [i, field] of (recorded.fields ?? []).entries()) {
    const items = result as Record<string | number, unknown>;
    t.true(items[camelCase(field)] === items[i], `the result's field ${field}`);
  }
  if (isInPlace(name)) t.true(result === given[0], 'in place');
  if (outs) {
    player.compare(t, outs.length === 1 ? outs[0] : outs, recorded.result, {
      ...comparison,
      what: 'out',
    });
  }
  if (recorded.gradients) {
    const actual = gradients(result, leaves);
    player.compare(t, actual, recorded.gradients, { ...comparison, what: 'gradients' });
  }
}

test.before(() => torch.setNumThreads(1));

for (const [index, recorded] of golden.cases.entries()) {
  const { name, args, kwargs = {} } = recorded;
  test(`${index}: ${name}(${JSON.stringify([...args, kwargs]).slice(1, -1)})`, (t) => {
    run(t, recorded, index, find(name));
    if (recorded.method) run(t, recorded, index, methodOf(camelCase(name)));
  });
}

test('the table holds the operators that scripts use most', (t) => {
  const names = new Set(golden.cases.map(({ name }) => name));
  t.true(names.size >= 180, `${names.size}`);
});
