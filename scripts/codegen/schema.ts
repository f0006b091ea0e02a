import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A type of the operator schema language, such as `Tensor(a!)`, `int[2]?` or `Tensor?[]`. */
export interface Type {
  /** The name inside all brackets: `Tensor`, `int`, `Scalar`, ... */
  base: string;
  optional: boolean;
  /** For lists: the fixed size, or null where any length will do. Undefined for what is no list. */
  list?: number | null;
  /** Whether a list's elements may be None. */
  elementOptional: boolean;
  /** Whether the operator writes to the argument. */
  written: boolean;
}

export interface Argument {
  name: string;
  type: Type;
  /** As written in the schema; undefined where the argument is required. */
  default?: string;
  keywordOnly: boolean;
}

export interface Result {
  name?: string;
  type: Type;
}

/** A function schema: `add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor`. */
export interface Schema {
  /** Without the overload: `add`. */
  name: string;
  /** The part after the dot, or the empty string. */
  overload: string;
  /** Every argument that is not an output. */
  arguments: Argument[];
  /** Keyword-only arguments that the operator writes its results to. */
  outputs: Argument[];
  results: Result[];
  text: string;
}

/** One entry of native_functions.yaml. */
export interface NativeFunction {
  schema: Schema;
  pythonModule?: string;
  isFunction: boolean;
  isMethod: boolean;
  isViewCopy: boolean;
  category?: string;
  /** Out-variants that PyTorch's own generator writes from this entry. */
  generated: string[];
}

/** The overload as the dispatcher names it, without `aten::`. */
export function overloadName(schema: Schema): string {
  return schema.overload ? `${schema.name}.${schema.overload}` : schema.name;
}

/** Splits at commas that no bracket or quote encloses. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quote) {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '(' || c === '[') depth++;
    else if (c === ')' || c === ']') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  return last ? [...parts, last] : parts;
}

function parseType(text: string): Type {
  const match = /^(\w+)(\([^)]*\))?(\?)?(?:\[(\d*)\](?:\([^)]*\))?(\?)?)?$/.exec(text);
  if (!match) throw new Error(`cannot read the type '${text}'`);
  const [, base, alias, mark, size, listMark] = match;
  const isList = size !== undefined;
  return {
    base: base as string,
    optional: isList ? listMark === '?' : mark === '?',
    list: isList ? (size === '' ? null : Number(size)) : undefined,
    elementOptional: isList && mark === '?',
    written: alias?.includes('!') ?? false,
  };
}

function parseArgument(text: string, keywordOnly: boolean): Argument {
  const match = /^(.+?) (\w+)(?:=(.*))?$/s.exec(text);
  if (!match) throw new Error(`cannot read the argument '${text}'`);
  return {
    name: match[2] as string,
    type: parseType(match[1] as string),
    default: match[3],
    keywordOnly,
  };
}

function parseResult(text: string): Result {
  const match = /^(\S.*?[^>])(?: (\w+))?$/s.exec(text);
  if (!match) throw new Error(`cannot read the result '${text}'`);
  return { type: parseType(match[1] as string), name: match[2] };
}

/** Parses a function schema. */
export function parseSchema(text: string): Schema {
  const match = /^(\w+)(?:\.(\w+))?\((.*)\) -> (.*)$/s.exec(text);
  if (!match) throw new Error(`cannot read the schema '${text}'`);
  const [, name, overload = '', inside, results] = match as unknown as string[];
  const all: Argument[] = [];
  let keywordOnly = false;
  for (const part of splitList(inside as string)) {
    if (part === '*') keywordOnly = true;
    else all.push(parseArgument(part, keywordOnly));
  }
  const isOutput = (a: Argument) => a.keywordOnly && a.type.written;
  const isTuple = (results as string).startsWith('(');
  return {
    name: name as string,
    overload,
    arguments: all.filter((a) => !isOutput(a)),
    outputs: all.filter(isOutput),
    results: splitList(isTuple ? (results as string).slice(1, -1) : (results as string)).map(
      parseResult,
    ),
    text,
  };
}

interface Entry {
  func: string;
  variants?: string;
  python_module?: string;
  tags?: string | string[];
  category_override?: string;
  autogen?: string;
}

const words = (text: string | string[] | undefined): string[] =>
  typeof text === 'string' ? text.split(',').map((word) => word.trim()) : (text ?? []);

/** Reads a native_functions.yaml. */
export function readNativeFunctions(path: string): NativeFunction[] {
  const entries = parse(readFileSync(path, 'utf8')) as Entry[];
  return entries.map((entry) => {
    const variants = words(entry.variants ?? 'function');
    return {
      schema: parseSchema(entry.func),
      pythonModule: entry.python_module,
      isFunction: variants.includes('function'),
      isMethod: variants.includes('method'),
      isViewCopy: words(entry.tags).includes('view_copy'),
      category: entry.category_override,
      generated: words(entry.autogen),
    };
  });
}
