import torch, { nn, Tensor } from 'sconce';
import { table } from '../../dist/lib/generated/table.js';
import { native } from '../../dist/lib/native.js';

/** An argument of an operator's schema. */
export interface Parameter {
  name: string;
  /** As the schema spells it, without marks of aliases: `Tensor[]`, `int?`, `SymInt[2]`. */
  type: string;
  keywordOnly: boolean;
}

/** One way to call an operator by a public name. */
export interface Callee {
  /** `torch.add`, `Tensor.add`, `torch.linalg.inv`. */
  label: string;
  isMethod: boolean;
  function: (this: unknown, ...args: unknown[]) => unknown;
  parameters: Parameter[];
}

/** The text between the outermost parentheses, split at commas that no bracket encloses. */
function splitParameters(schema: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of schema.slice(schema.indexOf('('))) {
    if (character === ')' && depth === 1) break;
    if ('(['.includes(character)) depth++;
    if (')]'.includes(character)) depth--;
    if (character === ',' && depth === 1) {
      parts.push(part);
      part = '';
    } else if (!(character === '(' && depth === 1)) part += character;
  }
  return [...parts, part].map((text) => text.trim()).filter((text) => text !== '');
}

const camelCase = (name: string) => name.replace(/(?!^)_([a-z0-9])/g, (_, c) => c.toUpperCase());

function parametersOf(schema: string): Parameter[] {
  const parameters: Parameter[] = [];
  let keywordOnly = false;
  for (const text of splitParameters(schema)) {
    if (text === '*') {
      keywordOnly = true;
      continue;
    }
    const [, type, name] =
      /^(.+?) (\w+)(?:=.*)?$/.exec(text.replace(/\([a-z!| ->*]*\)/g, '')) ?? [];
    if (type && name) parameters.push({ name: camelCase(name), type, keywordOnly });
  }
  return parameters;
}

const namespaces: Record<string, object> = {
  torch,
  nn: nn.functional,
  linalg: torch.linalg,
  fft: torch.fft,
  special: torch.special,
  Tensor: Tensor.prototype,
};

function read(target: object, name: string): unknown {
  try {
    return (target as Record<string, unknown>)[name];
  } catch {
    // A property that wants a tensor.
    return undefined;
  }
}

/** Every operator by every public name that it has, one for each overload. */
export function callees(): Callee[] {
  const found: Callee[] = [];
  for (const [namespace, target] of Object.entries(namespaces)) {
    for (const line of table[namespace as keyof typeof table].split('\n')) {
      const [name, ...overloads] = line.split(' ');
      if (!name || name.startsWith('_')) continue;
      const value = read(target, name);
      if (typeof value !== 'function') continue;
      for (const overload of overloads) {
        const schema = native.operatorSchema(`aten::${overload.replace(/^>/, '')}`);
        if (schema === undefined) continue;
        found.push({
          label: `${namespace === 'Tensor' ? 'Tensor' : `torch.${namespace}`}.${name} (${overload})`,
          isMethod: namespace === 'Tensor',
          function: value as Callee['function'],
          parameters: parametersOf(schema),
        });
      }
    }
  }
  return found;
}
