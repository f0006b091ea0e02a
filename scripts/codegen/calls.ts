import type { Operator } from './catalog.js';
import { camelCase } from './naming.js';
import { type Argument, overloadName, type Result, type Type } from './schema.js';
import type { Group } from './signatures.js';

/** One parameter of a TypeScript signature. */
export interface Parameter {
  name: string;
  /** The members of its union type. */
  types: string[];
  required: boolean;
}

/** One way to call an operator, in TypeScript's terms. */
export interface CallForm {
  positional: Parameter[];
  /** Parameters that are only ever given by name. */
  named: Parameter[];
  /** Whether it also takes dtype, layout, device, pinMemory and requiresGrad. */
  tensorOptions: boolean;
  /** Whether its only list may be spread over the arguments: x.view(2, 3). */
  variadic: boolean;
  result: string;
}

/**
 * Where Python takes a number for a Tensor parameter: `torch.add(2, x)`. PyTorch keeps this list in
 * torch/csrc/utils/python_arg_parser.cpp.
 */
const numbersAsTensors = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'subtract',
  'multiply',
  'divide',
  'true_divide',
  'floor_divide',
]);

/** Overloads that Python leaves out because the ones for Tensor take numbers. */
const coveredByTensor = /^(add|sub|mul|div)_?\.Scalar$/;

const baseTypes: Record<string, string> = {
  Tensor: 'Tensor',
  Scalar: 'Scalar',
  int: 'number',
  SymInt: 'number',
  DeviceIndex: 'number',
  float: 'number',
  bool: 'boolean',
  SymBool: 'boolean',
  str: 'string',
  ScalarType: 'DType',
  Layout: 'Layout',
  Device: 'DeviceLike',
  MemoryFormat: 'MemoryFormat',
  Generator: 'Generator',
};

/** The members of the TypeScript type. */
function typesOf(type: Type): string[] {
  const base = baseTypes[type.base] as string;
  const nullable = type.optional ? ['null'] : [];
  if (type.list === undefined) return [base, ...nullable];
  const list = `readonly ${type.elementOptional ? `(${base} | null)` : base}[]`;
  const single = type.list === null ? [] : [base];
  return [...single, list, ...nullable];
}

function parameterOf(argument: Argument, numbersToo: boolean): Parameter {
  const types = typesOf(argument.type);
  const widened =
    numbersToo && types.length === 1 && types[0] === 'Tensor' ? ['Tensor', 'Scalar'] : types;
  return {
    name: argument.name === 'self' ? 'input' : camelCase(argument.name),
    types: widened,
    required: argument.default === undefined,
  };
}

function outParameter(outputs: Argument[]): Parameter[] {
  if (outputs.length === 0) return [];
  const first = outputs[0] as Argument;
  const one = first.type.list === undefined ? 'Tensor' : 'readonly Tensor[]';
  const types =
    outputs.length === 1 ? [one] : [`readonly [${outputs.map(() => 'Tensor').join(', ')}]`];
  return [{ name: 'out', types: [...types, 'null'], required: false }];
}

function resultType({ type }: Result): string {
  if (type.base === 'Scalar') return 'number';
  return baseTypes[type.base] + (type.list === undefined ? '' : '[]');
}

function resultOf(results: Result[], isInPlaceMethod: boolean): string {
  if (results.length === 0) return 'void';
  if (results.length === 1) return isInPlaceMethod ? 'this' : resultType(results[0] as Result);
  const types = results.map(resultType);
  if (results.some(({ name }) => name === undefined)) return `[${types.join(', ')}]`;
  const labelled = types.map((type, i) => `${camelCase(results[i]?.name as string)}: ${type}`);
  return `Named<[${labelled.join(', ')}], { ${labelled.join('; ')} }>`;
}

function callFormOf({ signature, base }: Group, operator: Operator): CallForm {
  const { schema } = base.function;
  const isInPlaceMethod = operator.namespace === 'Tensor' && schema.name.endsWith('_');
  const numbersToo = numbersAsTensors.has(schema.name.replace(/_$/, ''));
  const positional = signature.positional.map((a) => parameterOf(a, numbersToo));
  const named = signature.keywordOnly.map((a) => parameterOf(a, false));
  const first = signature.positional[0];
  const isOnlyList = positional.length === 1 && first?.type.list !== undefined;
  return {
    positional,
    named: [...named, ...outParameter(signature.outputs)],
    tensorOptions: signature.tensorOptions,
    variadic: isOnlyList && ['int', 'SymInt'].includes(first.type.base),
    result: resultOf(schema.results, isInPlaceMethod),
  };
}

/** The order in which the members of a union are written. */
const unionOrder = ['Tensor', 'Scalar', 'number', 'boolean', 'string', 'DType'];

function uniteTypes(a: string[], b: string[]): string[] {
  const rank = (type: string) => {
    const index = unionOrder.indexOf(type);
    if (index >= 0) return index;
    return type === 'null' ? unionOrder.length + 1 : unionOrder.length;
  };
  return [...new Set([...a, ...b])].sort((x, y) => rank(x) - rank(y));
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Whether whatever fits the parameter `a` also fits `b`. */
const fits = (a: Parameter, b: Parameter) =>
  a.name === b.name && (a.required || !b.required) && a.types.every((t) => b.types.includes(t));

/** Whether every call of the form `a` is one of the form `b`. */
function isCoveredBy(a: CallForm, b: CallForm): boolean {
  if (a.result !== b.result || a.tensorOptions !== b.tensorOptions) return false;
  if (a.variadic && !b.variadic) return false;
  return (
    a.positional.length <= b.positional.length &&
    b.positional.every((q, i) => {
      const p = a.positional[i];
      return p ? fits(p, q) : !q.required;
    }) &&
    a.named.every((p) => b.named.some((q) => fits(p, q))) &&
    b.named.every((q) => !q.required || a.named.some((p) => p.name === q.name))
  );
}

/** Named parameters of two forms as one list; one that only one form requires becomes optional. */
function uniteNamed(a: Parameter[], b: Parameter[]): Parameter[] | undefined {
  const extra = b.filter((q) => !a.some((p) => p.name === q.name));
  const missing = a.filter((p) => !b.some((q) => q.name === p.name));
  const matters = [...extra, ...missing].filter(({ name }) => name !== 'out');
  const common = a.filter((p) => !missing.includes(p));
  if (matters.length > 1 || !common.every((p) => b.some((q) => isSame(p, q)))) return undefined;
  const optional = (p: Parameter) => ({ ...p, required: false });
  const out = (p: Parameter) => p.name === 'out';
  const all = [...common, ...missing.map(optional), ...extra.map(optional)];
  return [...all.filter((p) => !out(p)), ...all.filter(out)];
}

/**
 * The two forms as one that takes what either takes, or undefined where it would take more: they
 * may differ in the types of one positional parameter or in one named parameter. (That `out` goes
 * with only one of them is not held against them.)
 */
function merge(a: CallForm, b: CallForm): CallForm | undefined {
  if (a.result !== b.result || a.tensorOptions !== b.tensorOptions) return undefined;
  if (a.positional.length !== b.positional.length) return undefined;
  const named = uniteNamed(a.named, b.named);
  if (!named) return undefined;
  const pairs = a.positional.map((p, i) => [p, b.positional[i] as Parameter] as const);
  if (pairs.some(([p, q]) => p.name !== q.name)) return undefined;
  const differing = pairs.filter(([p, q]) => !isSame(p, q)).length;
  const withoutOut = (form: CallForm) => form.named.filter(({ name }) => name !== 'out');
  if (differing > (isSame(withoutOut(a), withoutOut(b)) ? 1 : 0)) return undefined;
  return {
    ...a,
    positional: pairs.map(([p, q]) => ({
      name: p.name,
      types: uniteTypes(p.types, q.types),
      required: p.required && q.required,
    })),
    named,
    variadic: a.variadic || b.variadic,
  };
}

/** One form fewer, or undefined where all are needed. */
function reduceOnce(forms: CallForm[]): CallForm[] | undefined {
  for (const [i, a] of forms.entries()) {
    for (const [j, b] of forms.entries()) {
      if (i === j) continue;
      const united = isCoveredBy(b, a) ? a : i < j ? merge(a, b) : undefined;
      if (!united) continue;
      return forms.map((form) => (form === a ? united : form)).filter((form) => form !== b);
    }
  }
  return undefined;
}

/** Every way to call the operator, in as few forms as say it. */
export function callForms(operator: Operator): CallForm[] {
  let forms = operator.groups
    .filter(({ base }) => !coveredByTensor.test(overloadName(base.function.schema)))
    .map((group) => callFormOf(group, operator));
  for (let fewer = reduceOnce(forms); fewer; fewer = reduceOnce(forms)) forms = fewer;
  return forms;
}
