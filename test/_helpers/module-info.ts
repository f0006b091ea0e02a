import torch, { nn, Tensor } from 'sconce';
import { camelCase } from '../../lib/naming.js';
import { isOnCpu, OTHER_DEVICE, toTestDevice } from './device.js';
import { dtypeOf, floating, gradients, Player, type Recorded, readGolden } from './golden.js';

type Named = Record<string, unknown>;

/** A module among the arguments of another, and its weights. */
interface Made {
  module: string;
  args: unknown[];
  kwargs: Named;
  state?: Named;
}

/** A module, and the arguments of its constructor and of a call. */
interface ModuleCall {
  module: string;
  args: unknown[];
  kwargs: Named;
  inputs: unknown[];
  options: Named;
}

/** An error input of test/golden/module_info.py. */
export interface ErrorCase extends ModuleCall {
  /** The class of what Python throws. */
  error: string;
}

/** A sample of test/golden/module_info.py. */
export interface ModuleCase extends ModuleCall {
  training: boolean;
  repr: string;
  state: Named;
  differentiable: boolean[];
  result: unknown;
  inputGradients: unknown[];
  gradients: unknown[];
  stateAfter?: Named;
  reprAfter?: string;
}

interface Golden {
  seed: number;
  cases: (ModuleCase | ErrorCase)[];
}

const golden = readGolden<Golden & Recorded>('module_info.json.gz');

const isError = (sample: ModuleCase | ErrorCase): sample is ErrorCase => 'error' in sample;

/** PyTorch's samples of its modules. */
export const cases = golden.cases.filter((sample): sample is ModuleCase => !isError(sample));

/** Its samples of what modules refuse. */
export const errorCases = golden.cases.filter(isError);

const classes = nn as unknown as Record<
  string,
  (new (...args: unknown[]) => nn.Module) | undefined
>;

/** As Player, and knows the functions and modules among arguments. */
class ModulePlayer extends Player {
  override value(recorded: unknown): unknown {
    if (typeof recorded !== 'object' || recorded === null) return super.value(recorded);
    if ('function' in recorded) {
      const functions = nn.functional as unknown as Record<string, unknown>;
      return functions[camelCase(recorded.function as string)];
    }
    if ('module' in recorded) {
      const { module, args, kwargs, state } = recorded as Made;
      const made = make(module, args, kwargs);
      if (state) made.loadStateDict(player.named(state));
      return made;
    }
    return super.value(recorded);
  }

  /** Values by names that stay as they are. */
  named(recorded: Named): Named {
    return Object.fromEntries(
      Object.entries(recorded).map(([key, value]) => [key, this.value(value)]),
    );
  }
}

const player = new ModulePlayer(golden);

function list(args: unknown[], kwargs: Named): unknown[] {
  const positional = args.map((value) => player.value(value));
  return Object.keys(kwargs).length > 0 ? [...positional, player.options(kwargs)] : positional;
}

function make(name: string, args: unknown[], kwargs: Named): nn.Module {
  const made = classes[name];
  if (!made) throw new Error(`there is no nn.${name}`);
  return new made(...list(args, kwargs));
}

function textOf(shape: number[]): string {
  return `[${shape}]`;
}

/** What differs between a value and Python's, as torch.testing compares; undefined if nothing. */
function difference(actual: unknown, recorded: unknown): string | undefined {
  if (typeof recorded === 'object' && recorded !== null && 'uninitialized' in recorded) {
    const { UninitializedParameter, UninitializedBuffer } = nn;
    const isLazy =
      actual instanceof UninitializedParameter || actual instanceof UninitializedBuffer;
    if (!isLazy) return 'is initialized';
    return actual.dtype === dtypeOf(recorded.uninitialized as string)
      ? undefined
      : `is of ${actual.dtype}`;
  }
  const expected = player.value(recorded);
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return 'is no such list';
    for (const [i, item] of (recorded as unknown[]).entries()) {
      const found = difference(actual[i], item);
      if (found) return `[${i}] ${found}`;
    }
    return undefined;
  }
  if (!(expected instanceof Tensor)) return actual === expected ? undefined : `is ${actual}`;
  if (!(actual instanceof Tensor)) return `is ${actual}, and no tensor`;
  if (actual.dtype !== expected.dtype) return `is of ${actual.dtype}`;
  if (textOf(actual.shape) !== textOf(expected.shape)) {
    return `has the shape ${textOf(actual.shape)}, not ${textOf(expected.shape)}`;
  }
  const value = actual.isSparse ? actual.toDense() : actual;
  // torch.testing's bounds for float32.
  const factor = isOnCpu ? 1 : OTHER_DEVICE;
  const bounds = { rtol: 1.3e-6 * factor, atol: 1e-5 * factor, equalNan: true };
  if (torch.allclose(value, expected, bounds)) return undefined;
  const off = value.sub(expected).abs().max().item();
  return `is off by ${off}, the largest being ${expected.abs().max().item()}`;
}

function stateDifference(module: nn.Module, recorded: Named): string | undefined {
  const state = module.stateDict();
  const keys = Object.keys(recorded);
  if (String(Object.keys(state)) !== String(keys)) return `has the keys ${Object.keys(state)}`;
  for (const key of keys) {
    const found = difference(state[key], recorded[key]);
    if (found) return `${key} ${found}`;
  }
  return undefined;
}

/** Makes the module of an error input, and calls it where that has not thrown. */
export function runError({ module, args, kwargs, inputs, options }: ErrorCase): void {
  const made = make(module, args, kwargs) as unknown as (...args: unknown[]) => unknown;
  made(...list(inputs, options));
}

/** The module of a sample, and the arguments of its call. */
export function prepare(sample: ModuleCase): { module: nn.Module; inputs: unknown[] } {
  torch.manualSeed(golden.seed);
  const made = make(sample.module, sample.args, sample.kwargs).to(torch.float32);
  const module = toTestDevice(made);
  module.train(sample.training);
  const { input, ...options } = sample.options;
  // Layers take their input by position alone.
  const positional = input === undefined ? sample.inputs : [input, ...sample.inputs];
  return { module, inputs: list(positional, options) };
}

/** Runs a sample; what came out otherwise than in Python, or undefined. */
export function run(sample: ModuleCase): string | undefined {
  const { module, inputs } = prepare(sample);
  if (String(module) !== sample.repr) return `prints\n${module}\nnot\n${sample.repr}`;
  const initial = stateDifference(module, sample.state);
  if (initial) return `initial state: ${initial}`;
  const leaves = floating(inputs).filter((_, i) => sample.differentiable[i]);
  for (const leaf of leaves) leaf.requiresGrad = true;
  torch.manualSeed(golden.seed);
  const result = (module as (...args: unknown[]) => unknown)(...inputs);
  const outcome = difference(result, sample.result);
  if (outcome) return `result: ${outcome}`;
  const parameters = [...module.parameters()].filter((parameter) => parameter.requiresGrad);
  const found = gradients(result, [...leaves, ...parameters]);
  const flowing = difference(found, [...sample.inputGradients, ...sample.gradients]);
  if (flowing) return `gradients: ${flowing}`;
  const after = stateDifference(module, sample.stateAfter ?? sample.state);
  if (after) return `state afterwards: ${after}`;
  const text = sample.reprAfter ?? sample.repr;
  return String(module) === text ? undefined : `prints afterwards\n${module}\nnot\n${text}`;
}
