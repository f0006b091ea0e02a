import { kindOf } from '../describe.js';
import { wrap } from '../dispatch.js';
import { NotImplementedError, TorchError } from '../errors.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import { synchronous } from '../synchronous.js';
import type { Tensor } from '../tensor.js';
import { isTensor } from './arguments.js';
import { gradientsOf, Node, nodeId, setNodeId } from './node.js';

/** What the heirs of `autograd.Function` have for static methods. @internal */
export interface FunctionClass {
  readonly name: string;
  forward?(...args: unknown[]): unknown;
  setupContext?(ctx: FunctionCtx, inputs: readonly unknown[], output: unknown): void;
  backward?(ctx: FunctionCtx, ...gradOutputs: (Tensor | null)[]): unknown;
  vjp?(ctx: FunctionCtx, ...gradOutputs: (Tensor | null)[]): unknown;
  jvp?(ctx: FunctionCtx, ...gradInputs: (Tensor | null)[]): unknown;
  vmap?(info: VmapInfo, inDims: readonly (number | null)[], ...args: unknown[]): unknown;
  generateVmapRule?: boolean;
}

/** What `vmap` of a custom Function is told of the batch. */
export interface VmapInfo {
  readonly batchSize: number;
  readonly randomness: 'error' | 'same' | 'different';
}

/** What a call of a Function has told its context. @internal */
export interface State {
  readonly functionClass: FunctionClass;
  readonly inputs: readonly boolean[];
  saved: readonly (Tensor | null | undefined)[];
  savedForForward: readonly (Tensor | null | undefined)[] | undefined;
  dirty: readonly Tensor[];
  nonDifferentiable: readonly Tensor[];
  materializes: boolean;
}

/** @internal */
export let stateOf: (ctx: FunctionCtx) => State;

function checkTensors(where: string, values: readonly unknown[], allowNull = false): void {
  for (const [i, value] of values.entries()) {
    if (isTensor(value) || (allowNull && (value === null || value === undefined))) continue;
    throw new TypeError(
      `${where} takes Tensors only, but argument ${i} is ${kindOf(value)}; keep other values as properties of ctx`,
    );
  }
}

const ids = (tensors: readonly unknown[]) =>
  tensors.map((tensor) => (isTensor(tensor) ? requiredId(tensor) : 0));

/**
 * What `forward` and `backward` of a custom Function share, and the Function's node in the graph:
 * tensors go through `saveForBackward`, other values are properties of it. For what an output needs
 * to be, its context may keep the output itself as a property too, though never for long: see
 * `saveForBackward`.
 *
 * @example
 * ```ts
 * class Scale extends autograd.Function {
 *   static forward(ctx: autograd.FunctionCtx, x: Tensor, factor: number) {
 *     ctx.factor = factor;
 *     return x.mul(factor);
 *   }
 *   static backward(ctx: autograd.FunctionCtx, grad: Tensor) {
 *     return [grad.mul(ctx.factor as number), null];
 *   }
 * }
 * const w = torch.ones(2, { requiresGrad: true });
 * Scale.apply(w, 3).sum().backward();
 * console.log(w.grad); // tensor([3., 3.])
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html
 */
export class FunctionCtx extends Node {
  readonly #state: State;

  /** Whatever `forward` notes for `backward`. */
  [attribute: string]: unknown;

  static {
    stateOf = (ctx) => ctx.#state;
  }

  /** @internal */
  constructor(functionClass: FunctionClass, inputs: readonly boolean[]) {
    super();
    this.#state = {
      functionClass,
      inputs,
      saved: [],
      savedForForward: undefined,
      dirty: [],
      nonDifferentiable: [],
      materializes: true,
    };
  }

  /** For each argument of `forward`, whether its gradient is wanted. */
  needsInputGrad: readonly boolean[] = [];

  /**
   * Keeps tensors for `backward`; call it once. What is kept otherwise, as a property, escapes the
   * checks of changes in place and the hooks for saved tensors.
   *
   * @param tensors Inputs or outputs of `forward`, and null.
   * @see https://pytorch.org/docs/stable/generated/torch.autograd.function.FunctionCtx.save_for_backward.html
   */
  saveForBackward(...tensors: (Tensor | null | undefined)[]): void {
    checkTensors('saveForBackward()', tensors, true);
    this.#state.saved = tensors;
  }

  /**
   * Keeps tensors for `jvp`; call it once.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.autograd.function.FunctionCtx.save_for_forward.html
   */
  saveForForward(...tensors: (Tensor | null | undefined)[]): void {
    checkTensors('saveForForward()', tensors, true);
    this.#state.savedForForward = tensors;
  }

  /**
   * What was given to `saveForBackward`, or in `jvp` to `saveForForward`.
   *
   * @throws TorchError where a tensor was changed in place since, or where the graph was freed by
   * an earlier `backward`.
   */
  get savedTensors(): Tensor[] {
    const { savedForForward } = this.#state;
    // Typed as what they nearly always are, as in Python's own type stubs.
    if (savedForForward) return savedForForward.map((tensor) => tensor ?? null) as Tensor[];
    return nodeId(this) === 0 ? [] : (gradientsOf(native.savedTensors(nodeId(this))) as Tensor[]);
  }

  /**
   * Says which inputs `forward` changes in place; it must return them too.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.autograd.function.FunctionCtx.mark_dirty.html
   */
  markDirty(...inputs: Tensor[]): void {
    checkTensors('markDirty()', inputs);
    this.#state.dirty = inputs;
  }

  /**
   * Says which outputs have no gradient, integers say.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.autograd.function.FunctionCtx.mark_non_differentiable.html
   */
  markNonDifferentiable(...outputs: Tensor[]): void {
    checkTensors('markNonDifferentiable()', outputs);
    this.#state.nonDifferentiable = outputs;
  }

  /**
   * Whether `backward` is given zeros for outputs without a gradient, or null. Default: zeros.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.autograd.function.FunctionCtx.set_materialize_grads.html
   */
  setMaterializeGrads(value: boolean): void {
    if (typeof value !== 'boolean') {
      throw new TypeError(`setMaterializeGrads() takes a boolean, got ${typeof value}`);
    }
    this.#state.materializes = value;
  }
}

/** Runs `forward` as Python does: nothing in it is recorded. */
function runForward(body: () => unknown): unknown {
  const gradEnabled = native.isGradEnabled();
  native.setGradEnabled(false);
  const forwardGradEnabled = native.setForwardGradEnabled(false);
  try {
    return body();
  } finally {
    native.setGradEnabled(gradEnabled);
    native.setForwardGradEnabled(forwardGradEnabled);
  }
}

const SETUP_CONTEXT = 1;
const MATERIALIZE = 2;

/** Records what `forward` returned, and gives it back as the graph has it. */
function finish(ctx: FunctionCtx, inputs: readonly unknown[], returned: unknown): unknown {
  const state = stateOf(ctx);
  const outputs: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
  const flags =
    (state.functionClass.setupContext ? SETUP_CONTEXT : 0) | (state.materializes ? MATERIALIZE : 0);
  const fresh = native.endFunction(
    nodeId(ctx),
    ctx,
    ids(inputs),
    ids(outputs),
    ids(state.dirty),
    ids(state.nonDifferentiable),
    ids(state.saved),
    flags,
  );
  // Native code keeps what is saved, and drops it after backward; jvp has run.
  state.saved = [];
  state.savedForForward = undefined;
  state.dirty = [];
  state.nonDifferentiable = [];
  const results = outputs.map((output, i) => (fresh[i] === 0 ? output : wrap(fresh[i] as number)));
  return Array.isArray(returned) ? results : results[0];
}

/** Calls `forward` and records it, outside of any transform of torch.func or as one of its levels. @internal */
export function applyFunction(functionClass: FunctionClass, inputs: readonly unknown[]): unknown {
  if (typeof functionClass.forward !== 'function') {
    throw new NotImplementedError(
      `${functionClass.name}: a custom Function must have a static method forward()`,
    );
  }
  const ctx = new FunctionCtx(functionClass, inputs.map(isTensor));
  ctx.needsInputGrad = inputs.map((input) => isTensor(input) && input.requiresGrad);
  const node = native.beginFunction(ctx, `${functionClass.name}Backward`, ids(inputs));
  setNodeId(ctx, node);
  let output: unknown;
  try {
    output = runForward(() => {
      const { setupContext } = functionClass;
      if (!setupContext) return functionClass.forward?.(ctx, ...inputs);
      const result = functionClass.forward?.(...inputs);
      setupContext.call(functionClass, ctx, inputs, result);
      return result;
    });
    synchronous(output, `${functionClass.name}: forward() must be synchronous`);
  } catch (error) {
    native.abortFunction(node);
    setNodeId(ctx, 0);
    throw error;
  }
  return finish(ctx, inputs, output);
}

/** The results of `backward` or `jvp` as an array of Tensors and nulls. @internal */
export function resultsOf(result: unknown): readonly unknown[] {
  return Array.isArray(result) ? result : [result];
}

/** @internal */
export function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}

/** The ids of the gradients of the tensors among the inputs; checks that are Python's. */
function inputGradientIds(ctx: FunctionCtx, result: unknown): number[] {
  const { inputs, functionClass } = stateOf(ctx);
  const name = `${functionClass.name}Backward`;
  let gradients = resultsOf(result);
  if (gradients.length > inputs.length && gradients.slice(inputs.length).every(isAbsent)) {
    gradients = gradients.slice(0, inputs.length);
  }
  if (gradients.length !== inputs.length) {
    throw new TorchError(
      `function ${name} returned an incorrect number of gradients (expected ${inputs.length}, got ${gradients.length})`,
    );
  }
  const found: number[] = [];
  for (const [i, gradient] of gradients.entries()) {
    if (!inputs[i]) {
      if (isAbsent(gradient)) continue;
      throw new TorchError(
        `function ${name} returned a gradient different from null at position ${i + 1}, but the corresponding forward input was not a Tensor`,
      );
    }
    if (!isAbsent(gradient) && !isTensor(gradient)) {
      throw new TorchError(
        `function ${name}: expected Tensor or null (got ${kindOf(gradient)}) at position ${i + 1}`,
      );
    }
    found.push(isTensor(gradient) ? requiredId(gradient) : 0);
  }
  return found;
}

native.setFunctionRunners(
  (ctx, gradients) => {
    const { functionClass } = stateOf(ctx as FunctionCtx);
    const { backward, vjp } = functionClass;
    if (backward && vjp) {
      throw new TorchError(
        `${functionClass.name}: a custom Function has either backward() or vjp(), not both`,
      );
    }
    const run = backward ?? vjp;
    if (!run) {
      throw new NotImplementedError(
        `${functionClass.name}: a custom Function must have a static method backward() or vjp() to be used with backward mode AD`,
      );
    }
    const result = run.call(functionClass, ctx as FunctionCtx, ...gradientsOf(gradients));
    return inputGradientIds(ctx as FunctionCtx, result);
  },
  (ctx, tangents) => {
    const { functionClass, inputs } = stateOf(ctx as FunctionCtx);
    if (!functionClass.jvp) {
      throw new NotImplementedError(
        `${functionClass.name}: a custom Function must have a static method jvp() to be used with forward mode AD`,
      );
    }
    const given = gradientsOf(tangents);
    const all = inputs.map((isInputTensor) => (isInputTensor ? (given.shift() ?? null) : null));
    return resultsOf(functionClass.jvp.call(functionClass, ctx as FunctionCtx, ...all)).map(
      (tangent) => {
        if (isAbsent(tangent)) return 0;
        if (isTensor(tangent)) return requiredId(tangent);
        throw new TypeError(
          `${functionClass.name}: jvp() must return Tensors or null, got ${kindOf(tangent)}`,
        );
      },
    );
  },
);
