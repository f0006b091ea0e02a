import type { CallForm, Parameter } from './calls.js';

const reserved = new Set(['in', 'new', 'this', 'function', 'default', 'var', 'with', 'class']);

const union = ({ types }: Parameter) => types.join(' | ');

function positional(parameter: Parameter, optional: boolean): string {
  const label = reserved.has(parameter.name) ? `${parameter.name}_` : parameter.name;
  return `${label}${optional ? '?' : ''}: ${union(parameter)}`;
}

/** The type of an options object that holds these parameters, or undefined where it is empty. */
function optionsType(parameters: Parameter[], tensorOptions: boolean): string | undefined {
  const members = parameters.map((p) => `${p.name}${p.required ? '' : '?'}: ${union(p)}`);
  const own = members.length > 0 ? `{ ${members.join('; ')} }` : undefined;
  if (!tensorOptions) return own;
  return own ? `${own} & TensorOptions` : 'TensorOptions';
}

/** All positional parameters by position, the named ones in a trailing object. */
function fullSignature(form: CallForm): string {
  const options = optionsType(form.named, form.tensorOptions);
  const optionsRequired = form.named.some(({ required }) => required);
  const parameters = form.positional.map((p) => positional(p, !p.required && !optionsRequired));
  if (options) parameters.push(`options${optionsRequired ? '' : '?'}: ${options}`);
  return `(${parameters.join(', ')}): ${form.result}`;
}

/** The first `count` by position, all others by name. */
function splitSignature(form: CallForm, count: number): string {
  const options = optionsType([...form.positional.slice(count), ...form.named], form.tensorOptions);
  const parameters = form.positional.slice(0, count).map((p) => positional(p, false));
  return `(${[...parameters, `options: ${options}`].join(', ')}): ${form.result}`;
}

/** The list spread over the arguments. */
function spreadSignatures(form: CallForm): string[] {
  const list = form.positional[0] as Parameter;
  const options = optionsType(form.named, form.tensorOptions);
  const rest = `...${list.name}: number[]`;
  const plain = `(${rest}): ${form.result}`;
  return options ? [plain, `(...args: [${rest}, options: ${options}]): ${form.result}`] : [plain];
}

/**
 * The TypeScript signatures of a way to call an operator. A trailing object may hold any parameter
 * that no position before it has taken; TypeScript wants one signature for each such split. For
 * internal names only the split after the required parameters is given.
 */
export function renderForm(form: CallForm, isInternal: boolean): string[] {
  const { length } = form.positional;
  const required = form.positional.filter((p) => p.required).length;
  const splits = [...Array(length).keys()]
    .reverse()
    .filter((count) => !isInternal || (count === required && required < length));
  return [
    fullSignature(form),
    ...(form.variadic ? spreadSignatures(form) : []),
    ...splits.map((count) => splitSignature(form, count)),
  ];
}
