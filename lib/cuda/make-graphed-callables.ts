import { isAutocastCacheEnabled, isAutocastEnabled } from '../amp/autocast-mode.js';
import { AutogradFunction, type FunctionCtx, onceDifferentiable } from '../autograd/function.js';
import { grad } from '../autograd/grad.js';
import { TorchError, ValueError } from '../errors.js';
import { Module } from '../nn/modules/module.js';
import { moduleHooks } from '../nn/modules/module-hooks.js';
import { operators } from '../operators.js';
import { type Call, checkFlags, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { type TreeSpec, treeFlatten, treeLeaves, treeUnflatten } from '../utils/pytree.js';
import { synchronize } from './device.js';
import { CUDAGraph, checkPool, graph, graphPoolHandle, type PoolHandle } from './graphs.js';
import { Stream, stream } from './streams.js';

/** A function or a module whose work on the GPU can be captured. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the callable takes and gives
type Graphable = ((...args: any[]) => any) | Module;

/** The options of {@link makeGraphedCallables}. */
export interface MakeGraphedCallablesOptions {
  /** How often each callable runs before it is captured. Default: 3. */
  numWarmupIters?: number;
  /** Whether inputs may have no part in the outputs. Default: false. */
  allowUnusedInput?: boolean;
  /** The memory pool of all captures. Default: null, one of their own. */
  pool?: PoolHandle | null;
}

interface Bound extends Required<MakeGraphedCallablesOptions> {
  callables: Graphable | readonly Graphable[];
  sampleArgs: readonly unknown[];
}

const where = 'cuda.makeGraphedCallables()';
const signature = new Signature<Bound>(where, {
  callables: required,
  sampleArgs: required,
  numWarmupIters: 3,
  allowUnusedInput: false,
  pool: null,
});

const isModule = (callable: Graphable): callable is Module => callable instanceof Module;
const run = (callable: Graphable, args: readonly unknown[]) =>
  (callable as (...args: unknown[]) => unknown)(...args);

/** One callable on its way into graphs. */
class Captured {
  readonly parameters: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  readonly forward = new CUDAGraph();
  readonly backward = new CUDAGraph();
  /** All that it reads: the sample's tensors and the module's parameters. */
  readonly surface: readonly Tensor[];
  outputs: readonly Tensor[] = [];
  spec!: TreeSpec;
  outputGradients: readonly (Tensor | null)[] = [];
  inputGradients: readonly (Tensor | null)[] = [];

  constructor(
    readonly callable: Graphable,
    readonly args: readonly unknown[],
    readonly allowUnused: boolean,
  ) {
    if (isModule(callable)) checkModule(callable);
    const leaves = treeLeaves(args);
    if (!leaves.every((leaf): leaf is Tensor => leaf instanceof Tensor)) {
      throw new TypeError(`${where}: sampleArgs of a callable must contain tensors only`);
    }
    this.inputs = leaves;
    this.parameters = isModule(callable) ? [...callable.parameters()] : [];
    this.surface = [...leaves, ...this.parameters];
  }

  /** The gradients of what asks for one, from those of the outputs. */
  #grad(outputs: readonly Tensor[], gradients: readonly (Tensor | null)[]) {
    const chosen = outputs.filter((output) => output.requiresGrad);
    const given = gradients.filter((gradient) => gradient !== null);
    const inputs = this.surface.filter((input) => input.requiresGrad);
    if (chosen.length === 0) return [];
    return grad(chosen, inputs, given, { allowUnused: this.allowUnused });
  }

  warmUp(): void {
    const outputs = treeLeaves(run(this.callable, this.args)) as Tensor[];
    this.#grad(outputs, outputs.map(emptyGradient));
  }

  captureForward(pool: PoolHandle, onStream: Stream): void {
    const result = graph(this.forward, pool, onStream, () => run(this.callable, this.args));
    const [outputs, spec] = treeFlatten(result);
    this.outputs = outputs as Tensor[];
    this.spec = spec;
  }

  captureBackward(pool: PoolHandle, onStream: Stream): void {
    this.outputGradients = this.outputs.map(emptyGradient);
    const isNeeded = this.outputGradients.some((gradient) => gradient !== null);
    const gradients = isNeeded
      ? graph(this.backward, pool, onStream, () => this.#grad(this.outputs, this.outputGradients))
      : [];
    let next = 0;
    this.inputGradients = this.surface.map((input) =>
      input.requiresGrad && isNeeded ? (gradients[next++] ?? null) : null,
    );
  }
}

/** Room for the gradient of what has one. */
function emptyGradient(output: Tensor): Tensor | null {
  return output.requiresGrad ? operators.torch.emptyLike(output) : null;
}

function checkModule(module: Module): void {
  if (!module[moduleHooks]().isEmpty) {
    throw new ValueError(
      `${where}: modules must have no hooks when they are passed; register them on the result`,
    );
  }
  if ([...module.buffers()].some((buffer) => buffer.requiresGrad)) {
    throw new ValueError(`${where}: the buffers of a module must not require a gradient`);
  }
}

/** The function that replays what was captured, as one operation of autograd. */
function replaying(captured: Captured): (...args: unknown[]) => unknown {
  const { forward, backward, surface, inputs, outputs, parameters, spec } = captured;
  const copyInto = (place: Tensor, value: Tensor) => {
    if (place.dataPtr() !== value.dataPtr()) place.copy_(value);
  };
  class Graphed extends AutogradFunction {
    static forward(_ctx: FunctionCtx, ...given: Tensor[]): Tensor[] {
      for (const [i, input] of inputs.entries()) copyInto(input, given[i] as Tensor);
      forward.replay();
      return outputs.map((output) => output.detach());
    }

    static backward = onceDifferentiable((_ctx: FunctionCtx, ...gradients: Tensor[]) => {
      for (const [i, place] of captured.outputGradients.entries()) {
        if (place !== null) copyInto(place, gradients[i] as Tensor);
      }
      backward.replay();
      return captured.inputGradients.map((gradient) => gradient?.detach() ?? null);
    });
  }
  return (...args) => {
    const given = treeLeaves(args) as Tensor[];
    if (given.length !== inputs.length) {
      throw new TypeError(
        `a graphed callable takes what its sampleArgs had, ${inputs.length} tensors, and got ${given.length}`,
      );
    }
    if (surface.length === 0) throw new TypeError(`${where}: there is nothing to compute with`);
    return treeUnflatten(Graphed.apply(...given, ...parameters), spec);
  };
}

/** What takes the callable's place: the module itself, with another `forward`, or a function. */
function graphed(captured: Captured): Graphable {
  const { callable } = captured;
  const replay = replaying(captured);
  if (!isModule(callable)) return replay;
  const { training } = callable;
  const original = callable.forward.bind(callable);
  // In the other mode, training or evaluation, it computes otherwise: as ever.
  callable.forward = (...args: unknown[]) =>
    callable.training === training ? replay(...args) : original(...args);
  return callable;
}

/**
 * Captures functions or modules, forward and backward, and gives what replays them, to take their
 * place in a training loop: what is around them need not be capturable. A module is given back
 * itself. Several that are passed as an array share their memory, and must run in the array's order.
 *
 * The arguments of later calls are of the shapes and the `requiresGrad` of the sample's. The results
 * lie where the next call puts its own. Parameters must not be replaced afterwards, only changed.
 *
 * @param callables A function or a module, or an array of them.
 * @param sampleArgs The arguments of a call, all tensors on the GPU; for an array, one such list for
 * each.
 *
 * Further arguments, by position or by name: {@link MakeGraphedCallablesOptions}.
 *
 * @throws TorchError where autocasting keeps converted weights (pass it `cacheEnabled: false`), or
 * for what cannot be captured.
 *
 * @example
 * ```ts
 * let model = new nn.Linear(8, 1).to('cuda');
 * model = torch.cuda.makeGraphedCallables(model, [torch.randn(4, 8, { device: 'cuda' })]);
 * model(torch.randn(4, 8, { device: 'cuda' })).sum().backward();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.make_graphed_callables.html
 */
export function makeGraphedCallables<const C extends Graphable | readonly Graphable[]>(
  ...args: Call<
    [callables: C, sampleArgs: readonly unknown[]],
    [numWarmupIters: number, allowUnusedInput: boolean, pool: PoolHandle | null],
    MakeGraphedCallablesOptions
  >
): C;
export function makeGraphedCallables(...args: unknown[]): Graphable | Graphable[] {
  const bound = signature.bind(args);
  const { callables, sampleArgs, numWarmupIters, allowUnusedInput } = bound;
  checkPool(where, bound.pool);
  checkFlags(where, { allowUnusedInput });
  if (!Number.isInteger(numWarmupIters) || numWarmupIters < 0) {
    throw new ValueError(`${where}: numWarmupIters must be a whole number, got ${numWarmupIters}`);
  }
  if (isAutocastEnabled() && isAutocastCacheEnabled()) {
    throw new TorchError(
      `${where} does not support the autocast caching. Please set \`cacheEnabled: false\`.`,
    );
  }
  const isOne = !Array.isArray(callables);
  const list = (isOne ? [callables] : callables) as readonly Graphable[];
  const samples = (isOne ? [sampleArgs] : sampleArgs) as readonly unknown[][];
  if (list.length !== samples.length || !samples.every(Array.isArray)) {
    throw new TypeError(`${where}: sampleArgs must have an array of arguments for each callable`);
  }
  const captured = list.map(
    (callable, i) => new Captured(callable, samples[i] as unknown[], allowUnusedInput),
  );
  const pool = bound.pool ?? graphPoolHandle();
  const side = new Stream();
  synchronize();
  stream(side, () => {
    for (const each of captured) {
      for (let i = 0; i < numWarmupIters; i++) each.warmUp();
    }
  });
  synchronize();
  // In the order in which they will run, so that replays leave each other's memory alone.
  for (const each of captured) each.captureForward(pool, side);
  for (const each of captured.toReversed()) each.captureBackward(pool, side);
  const results = captured.map(graphed);
  return isOne ? (results[0] as Graphable) : results;
}
