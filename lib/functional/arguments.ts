import { isTensor } from '../creation.js';
import { kindOf } from '../describe.js';
import { checkOptions, isPlainObject } from '../options.js';
import type { Tensor } from '../tensor.js';

/** The arguments of a function of any number of tensors, or of one array of them. */
export type Tensors = [...tensors: Tensor[]] | [tensors: readonly Tensor[]];

/** As {@link Tensors}, with options after them. */
export type TensorsWith<Options> =
  | Tensors
  | [...tensors: Tensor[], options: Options]
  | [tensors: readonly Tensor[], options: Options];

/** The tensors and the options of a call; an array in the tensors' place stands for them. */
export function splitArguments<Options extends object>(
  where: string,
  args: readonly unknown[],
  optionNames: readonly (keyof Options & string)[] = [],
): { tensors: Tensor[]; options: Partial<Options> } {
  const last = args[args.length - 1];
  const options = isPlainObject(last) ? last : {};
  checkOptions(where, options, optionNames);
  const given = isPlainObject(last) ? args.slice(0, -1) : args;
  const tensors: readonly unknown[] =
    given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
  for (const value of tensors) {
    if (!isTensor(value)) {
      throw new TypeError(`${where} takes tensors or one array of them, got ${kindOf(value)}`);
    }
  }
  return { tensors: [...tensors] as Tensor[], options: options as Partial<Options> };
}
