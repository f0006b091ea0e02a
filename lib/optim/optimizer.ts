import { ValueError } from '../errors.js';
import { enableGrad, noGrad } from '../grad-mode.js';
import { withHints } from '../hints.js';
import { watch } from '../live-number.js';
import { isPlainObject, required, Signature, unknownOption } from '../options.js';
import { repr } from '../python-repr.js';
import { Tensor } from '../tensor.js';
import type { RemovableHandle } from '../utils/hooks.js';
import { warn } from '../warnings.js';
import {
  OptimizerHooks,
  type OptimizerLoadStateDictPostHook,
  type OptimizerLoadStateDictPreHook,
  type OptimizerStateDictPostHook,
  type OptimizerStateDictPreHook,
  type StepPostHook,
  type StepPreHook,
} from './optimizer-hooks.js';
import {
  type LoadableOptimizerStateDict,
  type OptimizerStateDict,
  pack,
  packedName,
  unpack,
} from './state-dict.js';

/** Tensors to optimize, or pairs of a name and a tensor, such as `model.namedParameters()`. */
export type ParamsOrNamed = Iterable<Tensor> | Iterable<readonly [name: string, param: Tensor]>;

/** What schedulers keep in a parameter group, and so may be given to go on with. */
interface Scheduled {
  /** The learning rate that a scheduler counts from. */
  initialLr?: number | Tensor;
  /** The bounds of a cycle. */
  maxLr?: number | Tensor;
  minLr?: number | Tensor;
  maxMomentum?: number | Tensor;
  baseMomentum?: number | Tensor;
  /** The learning rate of stochastic weight averaging. */
  swaLr?: number | Tensor;
}

const scheduledKeys: readonly (keyof Scheduled)[] = [
  'initialLr',
  'maxLr',
  'minLr',
  'maxMomentum',
  'baseMomentum',
  'swaLr',
];

/** A parameter group as it is given: its parameters, and the options that differ from the rest. */
export type NewParamGroup<Options extends object> = Partial<Options> &
  Scheduled & {
    params: Tensor | ParamsOrNamed;
  };

/** What an optimizer may be given to optimize. */
export type OptimizerParams<Options extends object> =
  | ParamsOrNamed
  | Iterable<NewParamGroup<Options>>;

/** A parameter group of an optimizer, with all its options. They may be changed at any time. */
export type ParamGroup<Options extends object> = Options &
  Scheduled & {
    params: Tensor[];
    /** The names of the parameters, where they were given. */
    paramNames?: string[];
  };

/** Whether a hook runs before the others, by position or by name. */
type Prepend = boolean | { prepend?: boolean };

const prepending = new Signature<{ prepend: boolean }>('registering a hook', { prepend: false });
const isFirst = (prepend: Prepend) => prepending.bind([prepend]).prepend;

const zeroGrad = new Signature<{ setToNone: boolean }>('Optimizer.zeroGrad', { setToNone: true });

/** The parameters that have a gradient, and their gradients. */
export function withGradients(params: readonly Tensor[]): { params: Tensor[]; grads: Tensor[] } {
  const found: Tensor[] = [];
  const grads: Tensor[] = [];
  for (const param of params) {
    const grad = param.grad;
    if (grad) {
      found.push(param);
      grads.push(grad);
    }
  }
  return { params: found, grads };
}

/**
 * The base of all optimizers. One of your own gives its default options to the constructor and
 * overrides `update`, which changes the parameters of one group.
 *
 * Options are camelCase in memory (`optimizer.paramGroups[0].weightDecay`). `stateDict()` and
 * `loadStateDict()` rename them to and from PyTorch's names (`weight_decay`) by one mechanical
 * rule, so that state dicts interchange with Python's. The keys of a parameter's state
 * (`momentum_buffer`) are data, and PyTorch's everywhere.
 *
 * @typeParam Options The options of a parameter group.
 * @typeParam State What the optimizer remembers of a parameter.
 *
 * @param params The tensors to optimize, pairs of names and tensors, or parameter groups: plain
 * objects with `params` and the options that differ from the defaults.
 * @param defaults A value for each option of a group that does not give it; `required` where a
 * group has to.
 * @throws TypeError where `params` holds something else, or an option is unknown.
 * @throws ValueError for no parameters, for one that is in two groups, is no leaf, or lacks a name
 * that others have.
 *
 * @example
 * ```ts
 * class SignDescent extends optim.Optimizer<{ lr: number }> {
 *   constructor(params: Iterable<Tensor>, lr = 0.01) {
 *     super(params, { lr });
 *   }
 *   protected update({ params, lr }: optim.ParamGroup<{ lr: number }>) {
 *     for (const param of params) if (param.grad) param.sub_(param.grad.sign(), { alpha: lr });
 *   }
 * }
 * ```
 * @see https://pytorch.org/docs/stable/optim.html#torch.optim.Optimizer
 */
export abstract class Optimizer<
  Options extends object = object,
  State extends object = Record<string, unknown>,
> {
  /** The options of a group that does not give them. */
  readonly defaults: Options;
  /** What the optimizer remembers, by parameter. */
  state = new Map<Tensor, State>();
  /** The groups of parameters, each with its options. */
  paramGroups: ParamGroup<Options>[] = [];

  /**
   * The scale of the gradients, while a `GradScaler` runs the step of an optimizer whose kernel
   * takes it off itself; null where they are as they should be.
   */
  gradScale: Tensor | null = null;
  /** Then, whether a gradient is infinite or NaN (1 or 0), so that the kernel leaves the step out. */
  foundInf: Tensor | null = null;
  /** Whether `step` looks at these two; a `GradScaler` asks. */
  _stepSupportsAmpScaling = false;

  /** Whether `step` was ever called; schedulers ask. @internal */
  _isStepped = false;

  private readonly _hooks = new OptimizerHooks(this);

  constructor(params: OptimizerParams<Options>, defaults: Options) {
    this.defaults = defaults;
    if (params instanceof Tensor || typeof params?.[Symbol.iterator] !== 'function') {
      throw new TypeError(
        `${this.constructor.name}: params must be an iterable of tensors, of [name, tensor] pairs or of parameter groups; for one tensor, give [tensor]`,
      );
    }
    const given: unknown[] = [...params];
    if (given.length === 0) throw new ValueError('optimizer got an empty parameter list');
    const groups = isPlainObject(given[0]) ? given : [{ params: given }];
    for (const group of groups) this.addParamGroup(group as NewParamGroup<Options>);
  }

  /**
   * Adds a group of parameters, to train layers that were frozen before, say. Options that it does
   * not give are the defaults.
   *
   * @throws TypeError where it holds something else than tensors, or an option is unknown.
   * @throws ValueError where a parameter is in a group already, is no leaf, or lacks a name that
   * others have.
   *
   * @example
   * ```ts
   * const model = new nn.ModuleDict({ body: new nn.Linear(3, 3), head: new nn.Linear(3, 2) });
   * const optimizer = new optim.SGD(model.body.parameters(), { lr: 0.1 });
   * optimizer.addParamGroup({ params: model.head.parameters(), lr: 0.001 });
   * optimizer.paramGroups.map((group) => group.lr); // [0.1, 0.001]
   * ```
   */
  addParamGroup(paramGroup: NewParamGroup<Options>): void {
    if (!isPlainObject(paramGroup) || paramGroup.params === undefined) {
      throw new TypeError('a parameter group must be a plain object with `params`');
    }
    const { params: given, ...options } = paramGroup as Record<string, unknown>;
    const { params, names } = this._collect(given as NewParamGroup<Options>['params']);
    const known = [...Object.keys(this.defaults), 'params', 'paramNames', ...scheduledKeys];
    for (const key of Object.keys(options)) {
      if (!known.includes(key)) throw unknownOption(this.constructor.name, key, known);
    }
    const group: Record<string, unknown> = { params };
    if (names) group.paramNames = names;
    for (const [key, value] of Object.entries({ ...this.defaults, ...options })) {
      group[key] = value === undefined ? this.defaults[key as keyof Options] : value;
      if (group[key] === required) {
        throw new ValueError(`${this.constructor.name}: a parameter group must give \`${key}\``);
      }
    }
    this._checkGroup(params, group.paramNames !== undefined);
    this.paramGroups.push(group as ParamGroup<Options>);
  }

  private _collect(given: Tensor | ParamsOrNamed): {
    params: Tensor[];
    names: string[] | undefined;
  } {
    const params: Tensor[] = [];
    const names: string[] = [];
    for (const item of given instanceof Tensor ? [given] : given) {
      const named = Array.isArray(item) && typeof item[0] === 'string';
      const param = named ? item[1] : item;
      if (named) names.push(item[0]);
      if (!(param instanceof Tensor)) {
        throw new TypeError(
          `${this.constructor.name} can only optimize tensors, not ${typeof param === 'number' ? param : `a ${typeof param}`}`,
        );
      }
      if (!this._differentiable && !param.isLeaf && !param.retainsGrad) {
        throw new ValueError(`${this.constructor.name}: can't optimize a non-leaf tensor`);
      }
      params.push(param);
    }
    if (names.length > 0 && names.length < params.length) {
      throw new ValueError(
        `${this.constructor.name}: ${params.length - names.length} of ${params.length} parameters have no name; give names to all or to none`,
      );
    }
    return { params, names: names.length > 0 ? names : undefined };
  }

  private _checkGroup(params: readonly Tensor[], named: boolean): void {
    const own = new Set(params);
    if (own.size < params.length) {
      warn(`${this.constructor.name}: a parameter group holds a parameter more than once`);
    }
    for (const group of this.paramGroups) {
      if ((group.paramNames !== undefined) !== named) {
        throw new ValueError(
          `${this.constructor.name}: cannot add a group ${named ? 'with' : 'without'} names to groups ${named ? 'without' : 'with'}`,
        );
      }
      if (group.params.some((param) => own.has(param))) {
        throw new ValueError('some parameters appear in more than one parameter group');
      }
    }
  }

  private get _differentiable(): boolean {
    return (this.defaults as { differentiable?: boolean }).differentiable === true;
  }

  /**
   * Takes one step: changes each parameter that has a gradient. Gradients are not recorded, except
   * with the option `differentiable`.
   *
   * @param closure Computes the loss and its gradients anew; `step` calls it first.
   * @returns What the closure returned.
   *
   * @example
   * ```ts
   * optimizer.zeroGrad();
   * nn.functional.mseLoss(model(input), target).backward();
   * optimizer.step();
   * ```
   */
  step(): undefined;
  step<Loss>(closure: () => Loss): Loss;
  step<Loss>(closure?: () => Loss): Loss | undefined {
    this._isStepped = true;
    watch?.optimizer(this);
    return this._hooks.aroundStep(closure ? [closure] : [], ([replaced]) => {
      const run = () => this.performStep(replaced as typeof closure);
      return this._differentiable ? enableGrad(run) : noGrad(run);
    });
  }

  /**
   * What `step` does between its hooks. An optimizer that calls the closure several times
   * overrides this instead of `update`.
   */
  protected performStep<Loss>(closure?: () => Loss): Loss | undefined {
    const loss = closure ? enableGrad(closure) : undefined;
    for (const group of this.paramGroups) this.update(group);
    return loss;
  }

  /** Changes the parameters of one group. */
  protected update(_group: ParamGroup<Options>): void {
    throw new TypeError(`${this.constructor.name} overrides neither update nor performStep`);
  }

  /**
   * Takes the gradients of all parameters away.
   *
   * @param setToNone Whether `grad` becomes null; else it is filled with zeros, and parameters
   * without a gradient in the next backward pass are stepped with those. Default: true.
   */
  zeroGrad(setToNone: boolean | { setToNone?: boolean } = true): void {
    const bound = zeroGrad.bind([setToNone]);
    for (const { params } of this.paramGroups) Tensor.clearGrads(params, bound.setToNone);
  }

  /**
   * The optimizer's state and options, to be saved. The tensors in it are the optimizer's own, and
   * change with its next step.
   *
   * @returns `{ state, param_groups }` with PyTorch's names: `state` is a Map from a parameter's
   * number to its state, and each group has its options and the numbers of its `params`.
   *
   * @example
   * ```ts
   * optimizer.stateDict().state.get(0)?.momentum_buffer;
   * ```
   */
  stateDict(): OptimizerStateDict {
    return this._hooks.aroundSave(() => pack(this.paramGroups, this.state));
  }

  /**
   * Takes the state and the options of a state dict, Python's included. Parameters are matched by
   * their order; the state takes each one's dtype and device. An option that the state dict lacks
   * keeps this optimizer's default.
   *
   * @throws ValueError where the state dict has other numbers of groups or of parameters.
   */
  loadStateDict(stateDict: LoadableOptimizerStateDict): void {
    this._hooks.aroundLoad(stateDict, (loaded) => {
      const { options, state } = unpack(this.paramGroups, loaded);
      this.paramGroups = this.paramGroups.map(({ params, paramNames }, i) => ({
        params,
        ...(paramNames && { paramNames }),
        ...this.defaults,
        ...options[i],
      })) as ParamGroup<Options>[];
      this.state = state as Map<Tensor, State>;
      this.restore();
    });
  }

  /**
   * Called when a state dict has been taken, before the hooks: an optimizer that has changed since
   * the checkpoint was saved brings the state up to date here.
   */
  protected restore(): void {}

  /** Registers a hook that runs before each `step`; an array that it returns replaces the arguments. */
  registerStepPreHook(hook: StepPreHook<this>): RemovableHandle {
    return this._hooks.preStep.add({ hook });
  }

  /** Registers a hook that runs after each `step`. */
  registerStepPostHook(hook: StepPostHook<this>): RemovableHandle {
    return this._hooks.postStep.add({ hook });
  }

  /**
   * Registers a hook that runs before `stateDict`.
   *
   * @param prepend Whether it runs before the others. Default: false.
   */
  registerStateDictPreHook(
    hook: OptimizerStateDictPreHook<this>,
    prepend: Prepend = false,
  ): RemovableHandle {
    return this._hooks.preSave.add({ hook }, isFirst(prepend));
  }

  /**
   * Registers a hook that is given what `stateDict` is about to return; what it returns takes its
   * place.
   *
   * @param prepend Whether it runs before the others. Default: false.
   *
   * @example
   * ```ts
   * optimizer.registerStateDictPostHook((_, stateDict) => ({ ...stateDict, state: new Map() }));
   * optimizer.stateDict().state.size; // 0
   * ```
   */
  registerStateDictPostHook(
    hook: OptimizerStateDictPostHook<this>,
    prepend: Prepend = false,
  ): RemovableHandle {
    return this._hooks.postSave.add({ hook }, isFirst(prepend));
  }

  /**
   * Registers a hook that is given a copy of what `loadStateDict` was given; what it returns takes
   * its place.
   *
   * @param prepend Whether it runs before the others. Default: false.
   */
  registerLoadStateDictPreHook(
    hook: OptimizerLoadStateDictPreHook<this>,
    prepend: Prepend = false,
  ): RemovableHandle {
    return this._hooks.preLoad.add({ hook }, isFirst(prepend));
  }

  /**
   * Registers a hook that runs when `loadStateDict` is done.
   *
   * @param prepend Whether it runs before the others. Default: false.
   */
  registerLoadStateDictPostHook(
    hook: OptimizerLoadStateDictPostHook<this>,
    prepend: Prepend = false,
  ): RemovableHandle {
    return this._hooks.postLoad.add({ hook }, isFirst(prepend));
  }

  /** The optimizer as Python prints it, with PyTorch's names. */
  toString(): string {
    const groups = this.paramGroups.map(({ params: _, ...options }, i) => {
      const lines = Object.entries(options)
        .map(([name, value]) => [packedName(name), value] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(
          ([name, value]) => `    ${name}: ${name === 'param_names' ? list(value) : repr(value)}\n`,
        );
      return `Parameter Group ${i}\n${lines.join('')}`;
    });
    return `${this.constructor.name} (\n${groups.join('\n')})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

withHints(Optimizer.prototype);

/** Names as Python prints a list of them. */
function list(names: unknown): string {
  return `[${(names as string[]).map(repr).join(', ')}]`;
}
