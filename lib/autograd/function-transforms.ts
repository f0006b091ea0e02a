import { wrap } from '../dispatch.js';
import { TorchError } from '../errors.js';
import { enableGrad } from '../grad-mode.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import type { Tensor } from '../tensor.js';
import { isTensor } from './arguments.js';
import {
  applyFunction,
  type FunctionClass,
  FunctionCtx,
  isAbsent,
  resultsOf,
  stateOf,
  type VmapInfo,
} from './function-context.js';

// As libtorch and binding/src/functorch.cc count them.
const VMAP = 1;
const FUNCTIONALIZE = 4;
const BATCHED = 1;
const randomnessModes = ['error', 'same', 'different'] as const;

type Dim = number | null;

/** A result, and where its batch dimension is; null for none. */
type Placed = readonly [value: unknown, dim: Dim];

/** Runs `body` as if the innermost transform of torch.func were not there. */
function lowered<R>(body: () => R): R {
  native.lowerTransform();
  const forwardGrad = native.setForwardGradEnabled(true);
  try {
    return enableGrad(body);
  } finally {
    native.setForwardGradEnabled(forwardGrad);
    native.raiseTransform();
  }
}

/** Outputs one by one, an array's or the only one. */
function mapOutputs(output: unknown, map: (one: unknown, index: number) => unknown): unknown {
  return Array.isArray(output) ? output.map(map) : map(output, 0);
}

/** Calls a custom Function, through the transforms of torch.func that it is inside of. @internal */
export function callFunction(functionClass: FunctionClass, inputs: readonly unknown[]): unknown {
  const transform = native.innermostTransform();
  if (!transform) return applyFunction(functionClass, inputs);
  if (typeof functionClass.setupContext !== 'function') {
    throw new TorchError(
      `${functionClass.name}: to be used inside torch.func's transforms (vmap, grad, jvp, jacrev, ...), a custom Function must have a static method setupContext(), and forward() without a context`,
    );
  }
  const [kind, level, batchSize, randomness] = transform;
  if (kind === FUNCTIONALIZE) {
    throw new TorchError(`${functionClass.name}: functionalize() takes no custom Functions`);
  }
  if (kind !== VMAP) return applyFunction(atLevel(functionClass, level), inputs);
  const info = { batchSize, randomness: randomnessModes[randomness] } as VmapInfo;
  return callBatched(functionClass, inputs, level, info);
}

/** The Function with a forward that unwraps its tensors, and so runs at the levels around. */
function atLevel(functionClass: FunctionClass, level: number): FunctionClass {
  return {
    name: functionClass.name,
    forward: (...operands) => {
      const inner = operands.map((operand) =>
        isTensor(operand) ? wrap(native.unwrapForGrad(requiredId(operand), level)) : operand,
      );
      const output = lowered(() => callFunction(functionClass, inner));
      return mapOutputs(output, (one) => {
        // An input that is given out, changed in place say, stays the tensor that it is.
        const same = inner.indexOf(one);
        if (same >= 0) return operands[same];
        return isTensor(one) ? wrap(native.wrapForGrad(requiredId(one), level)) : one;
      });
    },
    setupContext: (ctx, inputs, output) => functionClass.setupContext?.(ctx, inputs, output),
    ...rulesOf(functionClass),
  };
}

/** The derivatives that a Function has. */
function rulesOf(functionClass: FunctionClass): Partial<FunctionClass> {
  const rules: Partial<FunctionClass> = {};
  for (const name of ['backward', 'vjp', 'jvp'] as const) {
    const rule = functionClass[name];
    if (rule) rules[name] = (...args) => rule.apply(functionClass, args);
  }
  return rules;
}

function callBatched(
  functionClass: FunctionClass,
  inputs: readonly unknown[],
  level: number,
  info: VmapInfo,
): unknown {
  const placed = inputs.map((input) => unwrapBatched(input, level));
  if (placed.every(([, dim]) => dim === null)) {
    return lowered(() => callFunction(functionClass, inputs));
  }
  const values = placed.map(([value]) => value);
  const dims = placed.map(([, dim]) => dim);
  const { vmap, generateVmapRule = false } = functionClass;
  if (vmap && generateVmapRule) {
    throw new TorchError(
      `${functionClass.name}: a custom Function has either vmap() or generateVmapRule, not both`,
    );
  }
  let results: readonly Placed[];
  let isArray: boolean;
  if (vmap) {
    const pair = lowered(() => vmap.call(functionClass, info, dims, ...values));
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new TorchError(`${functionClass.name}: vmap() must return an array [output, outDims]`);
    }
    const [output, outDims] = pair as [unknown, Dim | readonly Dim[]];
    isArray = Array.isArray(output);
    results = resultsOf(output).map((one, i) => {
      return [one, (Array.isArray(outDims) ? outDims[i] : outDims) ?? null];
    });
  } else if (generateVmapRule) {
    const rule = new BatchedRule(functionClass, dims, info);
    const output = lowered(() => callFunction(rule.functionClass(), values));
    isArray = Array.isArray(output);
    results = resultsOf(output).map((one, i) => [one, rule.outDims[i] ?? null]);
  } else {
    throw new TorchError(
      `${functionClass.name}: there is no rule for torch.vmap; give the custom Function a static method vmap(), or static generateVmapRule = true`,
    );
  }
  const output = results.map(([one, dim]) => batch(one, dim, level));
  return isArray ? output : output[0];
}

function unwrapBatched(value: unknown, level: number): Placed {
  if (!isTensor(value)) return [value, null];
  const [kind, of, dim] = native.wrapperOf(requiredId(value));
  if (kind !== BATCHED || of !== level) return [value, null];
  return [wrap(native.unwrapped(requiredId(value))), dim];
}

function batch(value: unknown, dim: Dim, level: number): unknown {
  if (!isTensor(value) || dim === null) return value;
  return wrap(native.addBatchDim(requiredId(value), dim, level));
}

/** A Function's forward and its derivatives, each run for a whole batch as torch.vmap runs them. */
class BatchedRule {
  outDims: Dim[] = [];
  #savedDims: Dim[] = [];
  #savedForForwardDims: Dim[] = [];
  readonly #inner: FunctionCtx;

  constructor(
    readonly of: FunctionClass,
    readonly inDims: readonly Dim[],
    readonly info: VmapInfo,
  ) {
    this.#inner = new FunctionCtx(
      of,
      inDims.map(() => true),
    );
  }

  /** Runs `body` at a level of vmap, and takes its results out of it. */
  #batched<R>(body: (level: number) => R, take: (result: R, level: number) => Placed[]): Placed[] {
    const level = native.pushVmap(
      this.info.batchSize,
      randomnessModes.indexOf(this.info.randomness),
    );
    try {
      return take(body(level), level);
    } finally {
      native.popTransform();
    }
  }

  functionClass(): FunctionClass {
    const { of } = this;
    const rule: FunctionClass = {
      name: of.name,
      generateVmapRule: true,
      forward: (...operands) => {
        let isArray = false;
        const results = this.#batched(
          (level) => of.forward?.(...operands.map((one, i) => batch(one, this.#inDim(i), level))),
          (output, level) => {
            isArray = Array.isArray(output);
            return resultsOf(output).map((one) => unwrapBatched(one, level));
          },
        );
        this.outDims = results.map(([, dim]) => dim);
        const values = results.map(([value]) => value);
        return isArray ? values : values[0];
      },
      setupContext: (ctx, inputs, output) => this.#setup(ctx, inputs, output),
    };
    if (of.backward || of.vjp) {
      rule.backward = (ctx, ...gradients) => {
        const run = (of.backward ?? of.vjp) as NonNullable<FunctionClass['backward']>;
        const results = this.#derive(run, ctx, gradients, this.outDims);
        return results.map(([one, dim], i) => this.#asInput(one, dim, this.#inDim(i)));
      };
    }
    const { jvp } = of;
    if (jvp) {
      rule.jvp = (ctx, ...tangents) => {
        const results = this.#derive(jvp, ctx, tangents, this.inDims);
        return results.map(([one, dim], i) => this.#asInput(one, dim, this.outDims[i] ?? null));
      };
    }
    return rule;
  }

  #inDim(index: number): Dim {
    return this.inDims[index] ?? null;
  }

  #setup(ctx: FunctionCtx, inputs: readonly unknown[], output: unknown): void {
    const inner = stateOf(this.#inner);
    this.#inner.needsInputGrad = ctx.needsInputGrad;
    this.#batched(
      (level) => {
        // What the user's code marks is batched, and what is to be marked is not.
        const plain = new Map<unknown, unknown>();
        const place = (one: unknown, dim: Dim) => {
          const batched = batch(one, dim, level);
          plain.set(batched, one);
          return batched;
        };
        const batchedInputs = inputs.map((one, i) => place(one, this.#inDim(i)));
        const batchedOutput = mapOutputs(output, (one, i) => place(one, this.outDims[i] ?? null));
        this.of.setupContext?.(this.#inner, batchedInputs, batchedOutput);
        const unmark = (tensors: readonly Tensor[]) =>
          tensors.map((tensor) => (plain.get(tensor) ?? tensor) as Tensor);
        const take = (tensors: readonly unknown[], dims: Dim[]) =>
          tensors.map((tensor, i) => {
            const [value, dim] = unwrapBatched(tensor, level);
            dims[i] = dim;
            // The very input or output, where it is one: outputs are saved as such.
            return (plain.get(tensor) ?? value) as Tensor;
          });
        ctx.markDirty(...unmark(inner.dirty));
        ctx.markNonDifferentiable(...unmark(inner.nonDifferentiable));
        ctx.saveForBackward(...take(inner.saved, this.#savedDims));
        if (inner.savedForForward) {
          ctx.saveForForward(...take(inner.savedForForward, this.#savedForForwardDims));
        }
        ctx.setMaterializeGrads(inner.materializes);
        inner.saved = [];
        inner.savedForForward = undefined;
      },
      () => [],
    );
  }

  /** A derivative for the whole batch; the user's code sees its own context. */
  #derive(
    run: (ctx: FunctionCtx, ...given: (Tensor | null)[]) => unknown,
    ctx: FunctionCtx,
    given: readonly (Tensor | null)[],
    dims: readonly Dim[],
  ): Placed[] {
    const inner = stateOf(this.#inner);
    const isForward = stateOf(ctx).savedForForward !== undefined;
    const savedDims = isForward ? this.#savedForForwardDims : this.#savedDims;
    const { savedTensors } = ctx;
    return this.#batched(
      (level) => {
        inner.savedForForward = savedTensors.map(
          (tensor, i) => batch(tensor, savedDims[i] ?? null, level) as Tensor,
        );
        const batched = given.map((one, i) => batch(one, dims[i] ?? null, level) as Tensor | null);
        try {
          return run.call(this.of, this.#inner, ...batched);
        } finally {
          inner.savedForForward = undefined;
        }
      },
      (result, level) => resultsOf(result).map((one) => unwrapBatched(one, level)),
    );
  }

  /** A derivative with its batch dimension where that of its input or output is. */
  #asInput(value: unknown, from: Dim, to: Dim): unknown {
    if (isAbsent(value) || !isTensor(value)) return value;
    if (from === null) {
      if (to === null) return value;
      const wide = value.unsqueeze(to);
      return wide.expand(wide.shape.with(to, this.info.batchSize));
    }
    // What is the same for the whole batch has the sum of its gradients.
    return to === null ? value.sum(from) : value.movedim(from, to);
  }
}
