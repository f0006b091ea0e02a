import torch, { type Tensor } from 'sconce';
import { camelCase } from '../../../lib/naming.js';
import { testDevice } from '../../_helpers/device.js';
import { floating, outputGradient } from '../../_helpers/golden.js';
import type { Archive, Entry, ErrorSample, Sample, Step } from './archive.js';
import { Comparer, type Strictness } from './compare.js';

type AnyFunction = (...args: unknown[]) => unknown;

/** Python's operator methods, in the words of JavaScript, which does not overload operators. */
const operatorMethods: Record<string, (self: Tensor, ...args: unknown[]) => unknown> = {
  __getitem__: (self, ...indices) => self.index(...(indices as Parameters<Tensor['index']>)),
  __rsub__: (self, other) => torch.rsub(self, other as Tensor),
  __rpow__: (self, other) => torch.pow(other as number, self),
  __rmod__: (self, other) => torch.remainder(other as number, self),
  __rtruediv__: (self, other) => self.reciprocal().mul(other as Tensor),
  __rmatmul__: (self, other) => torch.matmul(other as Tensor, self),
  __rand__: (self, other) => self.bitwiseAnd(other as Tensor),
  __ror__: (self, other) => self.bitwiseOr(other as Tensor),
  __rxor__: (self, other) => self.bitwiseXor(other as Tensor),
};

function methodNamed(name: string): AnyFunction {
  const operator = operatorMethods[name];
  if (operator) return operator as AnyFunction;
  return (self, ...args) => {
    const method = (self as Record<string, unknown>)[camelCase(name)];
    if (typeof method !== 'function') throw new Missing(`no method ${camelCase(name)} of Tensor`);
    return method.apply(self, args);
  };
}

/** Names of Python's that are second names of public ones. */
const publicNames: Record<string, string> = { _segment_reduce: 'segment_reduce' };

/** A name of Python's that sconce does not have. */
export class Missing extends Error {}

/** The public function behind Python's name. */
export function find(name: string): AnyFunction {
  if (name.startsWith('get ')) {
    const attribute = name.slice(name.lastIndexOf('.') + 1);
    return (self) => {
      if (!(attribute in (self as object))) throw new Missing(`no property ${attribute}`);
      return (self as Record<string, unknown>)[attribute];
    };
  }
  if (name.startsWith('Tensor.')) return methodNamed(name.slice('Tensor.'.length));
  const isRegistered = name.startsWith('ops.');
  let found: unknown = torch;
  for (const part of (publicNames[name] ?? name).split('.')) {
    const key = isRegistered ? part : camelCase(part);
    const holder = found as Record<string, unknown>;
    if (found === undefined || holder[key] === undefined)
      throw new Missing(`no torch.${camelCase(name)}`);
    found = holder[key];
  }
  return found as AnyFunction;
}

type Change = (call: AnyFunction, args: unknown[], options: Record<string, unknown>) => unknown;

/** What one sample came to: differences in words, or nothing. */
export interface Verdict {
  dtype: string;
  number: number;
  result?: string;
  /** Whether gradients were compared. */
  hasGradients: boolean;
  gradients?: string;
  /** The other forms of the call that were compared. */
  forms: string[];
  /** Whether only dtypes and shapes were compared. */
  isLoose: boolean;
}

function message(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message.split('\n').slice(0, 2).join(' ')}`
    : String(error);
}

/** Runs the samples of an entry. */
export class Player {
  readonly #comparer: Comparer;

  constructor(
    private readonly archive: Archive<unknown>,
    private readonly strictness: Strictness = {},
  ) {
    this.#comparer = new Comparer(archive);
  }

  /** One play of a program on fresh inputs. */
  #play(steps: Step[], seed: number, change?: Change): { result: unknown; leaves: Tensor[] } {
    const results: unknown[] = [];
    const leaves: Tensor[] = [];
    torch.manualSeed(seed);
    for (const step of steps) {
      const call = find(step.call);
      const args = step.args.map((arg) => this.archive.value(arg, results));
      // A tuple is several indices, a list is one.
      if (step.call === 'Tensor.__getitem__' && 'tuple' in Object(step.args[1])) {
        args.splice(1, 1, ...(args[1] as unknown[]));
      }
      const options = this.archive.options(step.kwargs, results);
      leaves.push(
        ...floating([args, options]).filter(({ requiresGrad, isLeaf }) => requiresGrad && isLeaf),
      );
      results.push(change ? change(call, args, options) : plainly(call, args, options));
    }
    return { result: results.at(-1), leaves };
  }

  sample(entry: Entry, sample: Sample): Verdict {
    const { dtype, layout, number } = sample;
    const forms = [...(sample.forms ?? []), ...(sample.names ? ['named'] : [])];
    const verdict: Verdict = {
      dtype: layout ? `${dtype}, ${layout}` : dtype,
      number,
      hasGradients: sample.gradients !== undefined || sample.gradientError !== undefined,
      forms,
      isLoose: sample.loose ?? false,
    };
    try {
      const { result, leaves } = this.#play(sample.steps, sample.seed);
      verdict.result = this.#differs(result, sample);
      if (verdict.hasGradients) verdict.gradients = this.#gradients(result, leaves, sample);
    } catch (error) {
      verdict.result = message(error);
      if (verdict.hasGradients) verdict.gradients = verdict.result;
      return verdict;
    }
    for (const form of forms) {
      if (verdict.result) break;
      try {
        const difference = this.#form(entry, sample, form);
        if (difference) verdict.result = `${form}: ${difference}`;
      } catch (error) {
        verdict.result = `${form}: ${message(error)}`;
      }
    }
    return verdict;
  }

  #differs(result: unknown, sample: Sample): string | undefined {
    const loose = sample.loose || this.strictness.loose;
    return this.#comparer.difference(result, sample.result, { ...this.strictness, loose });
  }

  #form(entry: Entry, sample: Sample, form: string): string | undefined {
    const { steps, seed } = sample;
    if (form === 'method') {
      const method = methodNamed(entry.method as string);
      const call: Change = (_, args, options) => plainly(method, args, options);
      return this.#differs(this.#play(steps, seed, call).result, sample);
    }
    if (form === 'named') {
      // What the schemas call `self` is `input` in the function's own form.
      const names = (sample.names as string[]).map((name) =>
        name === 'self' ? 'input' : camelCase(name),
      );
      const call: Change = (function_, [first, ...args], options) => {
        const named = Object.fromEntries(args.map((arg, i) => [names[i] as string, arg]));
        return function_(first, { ...options, ...named });
      };
      return this.#differs(this.#play(steps, seed, call).result, sample);
    }
    if (form === 'inPlace') {
      const method = methodNamed(entry.inPlace as string);
      let self: Tensor | undefined;
      const call: Change = (_, args, options) => {
        self = (args[0] as Tensor).clone();
        return plainly(method, [self, ...args.slice(1)], options);
      };
      const { result } = this.#play(steps, seed, call);
      if (result !== self) return 'gives another tensor than its own';
      return this.#differs(result, sample);
    }
    const rows = outRows(sample.result).map((index) => this.archive.row(index));
    const outs = rows.map(({ dtype }) =>
      torch.empty(0, {
        device: testDevice,
        dtype: (torch as unknown as Record<string, typeof torch.float32>)[dtype],
      }),
    );
    const isOne = 't' in (sample.result as object);
    const out = isOne ? outs[0] : outs;
    const call: Change = (function_, args, options) =>
      torch.noGrad(() => plainly(function_, args, { ...options, out }));
    const { result } = this.#play(steps, seed, call);
    // The names of the results are a matter of the function's own form.
    const plain = {
      ...sample,
      result: isOne ? sample.result : { tuple: rowsOfTuple(sample.result) },
    };
    return this.#differs(result, plain) ?? this.#differs(isOne ? out : outs, plain);
  }

  #gradients(result: unknown, leaves: Tensor[], sample: Sample): string | undefined {
    const outputs = floating(result)
      .filter(({ requiresGrad }) => requiresGrad)
      .map((output) => (output.layout === torch.strided ? output : output.toDense()));
    if (outputs.length === 0) return 'no result requires a gradient';
    let actual: unknown[];
    try {
      actual = torch.autograd.grad(outputs, leaves, outputs.map(outputGradient), {
        allowUnused: true,
      });
    } catch (error) {
      return sample.gradientError === undefined ? message(error) : undefined;
    }
    if (sample.gradientError !== undefined) return `Python says ${sample.gradientError}`;
    const loose = sample.loose || sample.looseGradients || this.strictness.loose;
    return this.#comparer.difference(actual, sample.gradients, { ...this.strictness, loose });
  }

  /** Whether a call that Python refuses is refused; what it gave instead. */
  error({ steps }: ErrorSample): string | undefined {
    try {
      this.#play(steps, 0);
    } catch (error) {
      return error instanceof Missing ? error.message : undefined;
    }
    return 'does not throw';
  }
}

function plainly(call: AnyFunction, args: unknown[], options: Record<string, unknown>): unknown {
  return call(...args, ...(Object.keys(options).length > 0 ? [options] : []));
}

function rowsOfTuple(result: unknown): { t: number }[] {
  const written = result as { tuple?: { t: number }[] };
  return written.tuple ?? (result as { t: number }[]);
}

function outRows(result: unknown): number[] {
  const { t } = result as { t?: number };
  return t === undefined ? rowsOfTuple(result).map((item) => item.t) : [t];
}
