import { camelCase } from './naming.js';
import {
  type NativeFunction,
  overloadName,
  parseSchema,
  readNativeFunctions,
  type Schema,
} from './schema.js';
import { type Group, groupOverloads, type Overload } from './signatures.js';
import { skipReason } from './skip.js';

/** The libtorch minors whose schema files lie beside this file, oldest first. */
export const versions = ['2.13', '2.14'];

export const namespaces = [
  'torch',
  'Tensor',
  'nn',
  'linalg',
  'fft',
  'special',
  'sparse',
  'nested',
] as const;
export type Namespace = (typeof namespaces)[number];

/** One name of one namespace, with every signature that it has. */
export interface Operator {
  namespace: Namespace;
  /** sconce's name. */
  name: string;
  /** The dispatcher's name, which is also Python's inside `torch._C`. */
  pythonName: string;
  groups: Group[];
}

export interface Skipped {
  overload: string;
  reason: string;
}

export interface Catalog {
  operators: Operator[];
  skipped: Skipped[];
}

/** What Python strips from a function of a module: `linalg_norm` is torch.linalg.norm. */
function withoutModule(name: string, namespace: Namespace): string {
  if (namespace === 'torch' || namespace === 'Tensor' || namespace === 'nn') return name;
  return name.replace(new RegExp(`^(_?)${namespace}_`), '$1');
}

/** Python's torch.sparse gives the names that begin with an underscore a public one. */
const publicSparse = new Map(
  ['addmm', 'log_softmax', 'mm', 'softmax']
    .map((name) => [`_sparse_${name}`, name])
    .concat([
      ['_spdiags', 'spdiags'],
      ['_spsolve', 'spsolve'],
    ]) as [string, string][],
);

/** sconce's name for a function of a namespace. */
export function operatorName(pythonName: string, namespace: Namespace): string {
  const name =
    (namespace === 'sparse' ? publicSparse.get(pythonName) : undefined) ??
    withoutModule(pythonName, namespace);
  return camelCase(name);
}

/** The out-variant that PyTorch's generator derives from a functional entry. */
function derivedOut({ schema }: NativeFunction, name: string): Schema {
  const [inside, results] = schema.text.slice(schema.text.indexOf('(') + 1).split(') -> ') as [
    string,
    string,
  ];
  const star = inside.includes('*, ') ? '' : '*, ';
  const isOnly = results === 'Tensor';
  if (!isOnly) throw new Error(`${name}: only a single tensor result is derived`);
  return parseSchema(`${name}(${inside}, ${star}Tensor(a!) out) -> Tensor(a!)`);
}

/** The entries of a schema file, with the generated out-variants that Python binds. */
function expand(functions: NativeFunction[]): NativeFunction[] {
  return functions.flatMap((fn) => {
    if (!fn.isViewCopy) return [fn];
    const outs = fn.generated.filter((name) => name.endsWith('out'));
    return [
      fn,
      ...outs
        .filter(() => fn.schema.results.every(({ type }) => type.list === undefined))
        .map((name) => ({
          ...fn,
          schema: derivedOut(fn, name),
          isMethod: false,
          isFunction: true,
          generated: [],
        })),
    ];
  });
}

/** Every overload of all versions; where versions differ, the newest schema stands. */
function readOverloads(root: string): Overload[] {
  const byName = new Map<string, Overload>();
  for (const version of versions) {
    const path = `${root}/scripts/codegen/native_functions-${version}.yaml`;
    for (const fn of expand(readNativeFunctions(path))) {
      const name = overloadName(fn.schema);
      const seen = byName.get(name)?.versions ?? [];
      byName.set(name, { function: fn, versions: [...seen, version] });
    }
  }
  return [...byName.values()];
}

function namespacesOf({ function: fn }: Overload): Namespace[] {
  const { pythonModule } = fn;
  if (pythonModule !== undefined) {
    if (!namespaces.includes(pythonModule as Namespace)) {
      throw new Error(`unknown python_module '${pythonModule}'`);
    }
    return [pythonModule as Namespace];
  }
  return [
    ...(fn.isFunction ? (['torch'] as const) : []),
    ...(fn.isMethod ? (['Tensor'] as const) : []),
  ];
}

/** Reads the schema files and sorts every function into its namespaces, or skips it. */
export function readCatalog(root: string): Catalog {
  const skipped: Skipped[] = [];
  const found = new Map<string, { namespace: Namespace; pythonName: string; all: Overload[] }>();
  for (const overload of readOverloads(root)) {
    const { schema } = overload.function;
    const reason = skipReason(overload.function);
    if (reason) {
      skipped.push({ overload: overloadName(schema), reason });
      continue;
    }
    for (const namespace of namespacesOf(overload)) {
      const key = `${namespace} ${schema.name}`;
      const entry = found.get(key) ?? { namespace, pythonName: schema.name, all: [] };
      entry.all.push(overload);
      found.set(key, entry);
    }
  }
  const operators = [...found.values()].map(({ namespace, pythonName, all }) => ({
    namespace,
    name: operatorName(pythonName, namespace),
    pythonName,
    groups: groupOverloads(all, namespace === 'Tensor'),
  }));
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  operators.sort(
    (a, b) =>
      namespaces.indexOf(a.namespace) - namespaces.indexOf(b.namespace) || order(a.name, b.name),
  );
  checkDistinct(operators);
  return { operators, skipped };
}

function checkDistinct(operators: Operator[]): void {
  const seen = new Map<string, string>();
  for (const { namespace, name, pythonName } of operators) {
    const key = `${namespace}.${name}`;
    if (seen.has(key)) throw new Error(`${key} is both ${seen.get(key)} and ${pythonName}`);
    seen.set(key, pythonName);
  }
}
