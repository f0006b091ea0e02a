import { AutogradFunction, type FunctionCtx } from '../../autograd/function.js';
import { describe } from '../../describe.js';
import type { Device } from '../../device.js';
import type { DType } from '../../dtype.js';
import { TorchError } from '../../errors.js';
import { isGradEnabled } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { isPlainObject } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import type { Module } from './module.js';
import type { FullBackwardHook, FullBackwardPreHook, Gradients } from './module-hooks.js';

type Grads = readonly (Tensor | null)[];

/** What a gradient passes on its way: it may give others in the place of those that it gets. */
type Passage = (gradients: Grads) => Grads;

/** Gives back its tensors; their gradients go through a {@link Passage}. */
class BackwardHookFunction extends AutogradFunction {
  static forward(ctx: FunctionCtx, passage: Passage, ...tensors: Tensor[]): Tensor[] {
    ctx.passage = passage;
    ctx.setMaterializeGrads(false);
    ctx.markNonDifferentiable(...tensors.filter(({ requiresGrad }) => !requiresGrad));
    return tensors;
  }

  static backward(ctx: FunctionCtx, ...gradients: (Tensor | null)[]): Grads {
    return [null, ...(ctx.passage as Passage)(gradients)];
  }
}

/** Where among several values the tensors stand, and what zeros in their place would be. */
interface Layout {
  count: number;
  places: readonly number[];
  metas: readonly { shape: number[]; dtype: DType; device: Device }[];
}

function layoutOf(values: readonly unknown[]): Layout {
  const places = values.flatMap((value, i) => (value instanceof Tensor ? [i] : []));
  const metas = places.map((place) => {
    const { shape, dtype, device } = values[place] as Tensor;
    return { shape, dtype, device };
  });
  return { count: values.length, places, metas };
}

/** The values with their tensors led through a passage; null where no gradient would come. */
function lead(values: readonly unknown[], { places }: Layout, passage: Passage): unknown[] | null {
  const tensors = places.map((place) => values[place] as Tensor);
  if (!isGradEnabled() || !tensors.some(({ requiresGrad }) => requiresGrad)) return null;
  const apply = BackwardHookFunction.apply.bind(BackwardHookFunction) as (
    ...args: unknown[]
  ) => Tensor[];
  const results = apply(passage, ...tensors);
  const led = [...values];
  for (const [i, place] of places.entries()) led[place] = results[i];
  return led;
}

/** One gradient for each value, null for what is no tensor. */
function spread({ count, places }: Layout, gradients: Grads): Grads {
  const all = new Array<Tensor | null>(count).fill(null);
  for (const [i, place] of places.entries()) all[place] = gradients[i] ?? null;
  return all;
}

/** The gradients with zeros for those that have not come. */
function materialized({ metas }: Layout, gradients: Grads): Grads {
  return metas.map(
    ({ shape, ...options }, i) => gradients[i] ?? operators.torch.zeros(shape, options),
  );
}

/** What a hook returned, as one gradient for each of `expected`. */
function answerOf(what: string, name: string, answer: unknown, expected: number): Grads | null {
  if (answer === null || answer === undefined) return null;
  const list = answer instanceof Tensor ? [answer] : answer;
  if (!Array.isArray(list)) {
    throw new TypeError(`${what} must return an array of gradients, got ${describe(answer)}`);
  }
  if (list.length !== expected) {
    throw new TorchError(
      `${what} returned an invalid number of ${name}, got ${list.length}, but expected ${expected}`,
    );
  }
  return list;
}

/** What the backward hooks of one call of a module know. */
export class BackwardHooks {
  #gradOutputs: Gradients | null = null;
  #inputCount = 0;
  #hasInputs = false;

  constructor(
    readonly module: Module,
    readonly hooks: readonly FullBackwardHook[],
    readonly preHooks: readonly FullBackwardPreHook[],
  ) {}

  /** The arguments, such that the gradients of those without a name come through the hooks. */
  inputs(given: readonly unknown[]): unknown[] {
    const last = given.at(-1);
    const args = isPlainObject(last) ? given.slice(0, -1) : given;
    this.#inputCount = args.length;
    const layout = layoutOf(args);
    const led = lead(args, layout, this.#inputPassage(layout));
    this.#hasInputs = led !== null;
    return led === null ? [...given] : [...led, ...given.slice(args.length)];
  }

  // The passages are made apart from the tensors: what a function is made beside lives as long as it
  // does, and the graph holds the passages.
  #inputPassage(layout: Layout): Passage {
    return (gradients) => this.#inputGradients(layout, gradients);
  }

  #outputPassage(layout: Layout): Passage {
    return (gradients) => this.#outputGradients(layout, spread(layout, gradients));
  }

  #inputGradients(layout: Layout, gradients: Grads): Grads {
    const gradOutputs = this.#gradOutputs;
    // The gradient has not come through the results; in double backward, say.
    if (gradOutputs === null) return gradients;
    this.#gradOutputs = null;
    let current = spread(layout, materialized(layout, gradients));
    for (const hook of this.hooks) {
      const answer = hook(this.module, current, gradOutputs);
      current = answerOf('Backward hook', 'grad_input', answer, this.#inputCount) ?? current;
    }
    return layout.places.map((place) => current[place] ?? null);
  }

  /** The result, such that the gradients of its tensors come through the hooks. */
  outputs(result: unknown): unknown {
    if (!(result instanceof Tensor) && !Array.isArray(result)) {
      warn(
        `For backward hooks to be called, module output should be a Tensor or an array of Tensors but received ${describe(result)}`,
      );
      return result;
    }
    const results = Array.isArray(result) ? result : [result];
    const layout = layoutOf(results);
    const led = lead(results, layout, this.#outputPassage(layout));
    if (led === null) return result;
    return Array.isArray(result) ? led : led[0];
  }

  #outputGradients({ places }: Layout, gradients: Grads): Grads {
    let current = gradients;
    for (const hook of this.preHooks) {
      const answer = hook(this.module, current);
      const found = answerOf('Backward pre hook', 'grad_output', answer, gradients.length);
      current = found ?? current;
    }
    if (this.#hasInputs) this.#gradOutputs = current;
    else this.#callWithoutInputs(current);
    return places.map((place) => current[place] ?? null);
  }

  /** The hooks run at once where no argument has a gradient. */
  #callWithoutInputs(gradOutputs: Grads): void {
    if (this.hooks.length === 0) return;
    warn(
      'Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require gradients. See https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook for more details.',
    );
    const none = new Array<null>(this.#inputCount).fill(null);
    for (const hook of this.hooks) {
      const answer = hook(this.module, none, gradOutputs);
      const isEmpty = Array.isArray(answer) && answer.every((gradient) => gradient === null);
      if (answer !== null && answer !== undefined && !isEmpty) {
        throw new TorchError(
          'Backward hook for Modules where no input requires gradient should always return null or null for all gradients.',
        );
      }
    }
  }
}
