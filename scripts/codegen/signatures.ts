import type { Argument, NativeFunction, Schema, Type } from './schema.js';

/** An operator overload and the libtorch minors whose schema file lists it. */
export interface Overload {
  function: NativeFunction;
  versions: string[];
}

/** How Python calls an overload: what stands by position, by keyword, and as output. */
export interface Signature {
  positional: Argument[];
  keywordOnly: Argument[];
  outputs: Argument[];
  /** Whether it also takes dtype, layout, device, pin_memory and requires_grad. */
  tensorOptions: boolean;
}

/** An overload and the variant of it that writes to `out`: one signature to a caller. */
export interface Group {
  base: Overload;
  out?: Overload;
  signature: Signature;
}

const optionNames = ['dtype', 'layout', 'device', 'pin_memory'];

/** Where the four tensor options stand in a row among the keyword-only arguments, or -1. */
function tensorOptionsIndex(keywordOnly: Argument[]): number {
  return keywordOnly.findIndex((_, i) =>
    optionNames.every((name, j) => keywordOnly[i + j]?.name === name),
  );
}

/** Python's name for the C++ function, which tells out-variants by a suffix. */
export function cppName(schema: Schema): string {
  return schema.outputs.length > 0 ? `${schema.name}_out` : schema.name;
}

function takesTensorOptions({ schema, category }: NativeFunction): boolean {
  if (category === 'dummy') return false;
  const name = cppName(schema);
  if (category === 'new' || category === 'like') return true;
  if (name.startsWith('new_') || name.endsWith('_like')) return true;
  const isTensor = ({ type }: { type: Type }) => type.base === 'Tensor';
  const makesTensor = schema.results.some(isTensor) && !schema.arguments.some(isTensor);
  return category === 'factory' || makesTensor;
}

/** The signature of an overload, as a function or as a method (where `self` is bound). */
export function signatureOf(fn: NativeFunction, asMethod: boolean): Signature {
  const { schema } = fn;
  const keywordOnly = schema.arguments.filter((a) => a.keywordOnly);
  const at = tensorOptionsIndex(keywordOnly);
  if (at >= 0) keywordOnly.splice(at, optionNames.length);
  return {
    positional: schema.arguments.filter((a) => !a.keywordOnly && !(asMethod && a.name === 'self')),
    keywordOnly,
    outputs: schema.outputs,
    tensorOptions: takesTensorOptions(fn),
  };
}

const cppTypes: Record<string, string> = {
  int: 'int64_t',
  float: 'double',
  str: 'c10::string_view',
};
const cppLists: Record<string, string> = {
  int: 'IntArrayRef',
  SymInt: 'SymIntArrayRef',
  Tensor: 'TensorList',
  Scalar: 'ScalarList',
};

/** The type as PyTorch's argument parser spells it, which is what its overloads are sorted by. */
function parserType(type: Type): string {
  const mark = type.optional ? '?' : '';
  if (type.list === undefined) return (cppTypes[type.base] ?? type.base) + mark;
  if (type.elementOptional) return `c10::List<::std::optional<${type.base}>>${mark}`;
  if (type.base === 'bool') return `::std::array<bool,${type.list}>${mark}`;
  const list = cppLists[type.base] ?? `ArrayRef<${cppTypes[type.base] ?? type.base}>`;
  return list + (type.list === null ? '' : `[${type.list}]`) + mark;
}

const tensorOptionTypes = ['ScalarType?', 'Layout?', 'Device?', 'bool?', 'bool?'];
const pythonDefaults: Record<string, string> = { '[]': 'None', true: 'True', false: 'False' };

/** The signature as PyTorch's argument parser spells it; `withOutputs` adds `out`. */
function parserText(signature: Signature, asMethod: boolean, withOutputs: boolean): string {
  const formal = ({ name, type, default: value }: Argument) => {
    const text = parserType(type);
    const isInput = name === 'self' && !asMethod && (text === 'Tensor' || text === 'Number');
    const shown = `${text} ${isInput ? 'input' : name}`;
    return value === undefined ? shown : `${shown}=${pythonDefaults[value] ?? value}`;
  };
  const positional = signature.positional.map(formal);
  const keywords = signature.keywordOnly.map(formal);
  const { outputs } = signature;
  if (withOutputs && outputs.length > 0) {
    const first = outputs[0] as Argument;
    keywords.push(
      outputs.length === 1
        ? `${parserType(first.type)} ${first.name}=None`
        : `TensorList[${outputs.length}] out=None`,
    );
  }
  if (signature.tensorOptions) {
    const names = [...optionNames, 'requires_grad'];
    keywords.push(...names.map((name, i) => `${tensorOptionTypes[i]} ${name}=None`));
  }
  return [...positional, ...(keywords.length > 0 ? ['*', ...keywords] : [])].join(', ');
}

/** The types that decide between two signatures, in the schema's spelling. */
function argumentTypes(signature: Signature): string[] {
  const spell = (type: Type) =>
    type.base +
    (type.elementOptional ? '?' : '') +
    (type.list === undefined ? '' : `[${type.list ?? ''}]`) +
    (type.optional ? '?' : '');
  return [
    ...[...signature.positional, ...signature.keywordOnly].map((a) => spell(a.type)),
    ...(signature.tensorOptions ? tensorOptionTypes : []),
  ];
}

/** Whether an argument of type `a` must be tried after one of type `b`. */
function yieldsTo(a: string, b: string): boolean {
  switch (a) {
    case 'Scalar':
    case 'SymInt':
    case 'int':
      return b === 'Tensor';
    case 'Scalar?':
      return b === 'Tensor?';
    case 'int[]':
      return b === 'int' || b === 'int?';
    case 'Tensor[]':
      return b.includes('[]') && b !== a;
    case 'SymInt[]':
      return b === 'int[]';
    default:
      return false;
  }
}

/** Whether the signature `a` must be tried after `b`. */
function isTriedAfter(a: Signature, b: Signature): boolean {
  const first = argumentTypes(a);
  const second = argumentTypes(b);
  if (first.length !== second.length) return false;
  let differs = false;
  for (let i = 0; i < first.length; i++) {
    const x = first[i] as string;
    const y = second[i] as string;
    if (x === y) continue;
    if (!yieldsTo(x, y)) return false;
    differs = true;
  }
  return differs;
}

/**
 * The groups in the order in which PyTorch's argument parser tries them: by their text, except
 * that one which must yield to others comes after the last of those.
 */
function sortGroups(groups: Group[], asMethod: boolean): Group[] {
  const text = (group: Group) => parserText(group.signature, asMethod, true);
  const byText = groups
    .map((group) => ({ group, text: text(group) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ group }) => group);
  const waiting = byText.map(
    (group) => new Set(byText.filter((other) => isTriedAfter(group.signature, other.signature))),
  );
  const sorted = byText.filter((_, i) => (waiting[i] as Set<Group>).size === 0);
  // `sorted` grows while it is walked: a group follows as soon as all that precede it are placed.
  for (const placed of sorted) {
    for (const [i, others] of waiting.entries()) {
      if (others.delete(placed) && others.size === 0) sorted.push(byText[i] as Group);
    }
  }
  return sorted;
}

/** Pairs overloads of one name with their out-variants and puts them in the parser's order. */
export function groupOverloads(overloads: Overload[], asMethod: boolean): Group[] {
  const groups = new Map<string, Group>();
  const outs = new Map<string, Overload>();
  for (const overload of overloads) {
    const signature = signatureOf(overload.function, asMethod);
    const key = parserText(signature, asMethod, false);
    if (signature.outputs.length > 0) outs.set(key, overload);
    else groups.set(key, { base: overload, signature });
  }
  for (const [key, out] of outs) {
    const group = groups.get(key);
    if (!group) throw new Error(`no base overload for ${out.function.schema.text}`);
    group.out = out;
    group.signature = { ...group.signature, outputs: out.function.schema.outputs };
  }
  return sortGroups([...groups.values()], asMethod);
}
