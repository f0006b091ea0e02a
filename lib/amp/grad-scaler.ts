import type { Device } from '../device.js';
import { float16, float32, int32 } from '../dtype.js';
import { TorchError, ValueError } from '../errors.js';
import { noGrad } from '../grad-mode.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import type { Optimizer } from '../optim/optimizer.js';
import { type Call, checkFlags, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { warn } from '../warnings.js';

/** The options of {@link GradScaler}. */
export interface GradScalerOptions {
  /** The type of the devices. Default: `'cuda'`. */
  device?: string;
  /** The first scale. Default: 65536. */
  initScale?: number;
  /** What the scale grows by after `growthInterval` good steps. Default: 2. */
  growthFactor?: number;
  /** What the scale shrinks by after a bad step. Default: 0.5. */
  backoffFactor?: number;
  /** How many good steps in a row let the scale grow. Default: 2000. */
  growthInterval?: number;
  /** Whether to scale at all. Default: true. */
  enabled?: boolean;
}

/** What {@link GradScaler.stateDict} gives. */
export interface GradScalerState {
  scale: number;
  growth_factor: number;
  backoff_factor: number;
  growth_interval: number;
  _growth_tracker: number;
}

/** A tensor, or arrays of tensors. */
type Outputs = Tensor | readonly Outputs[];

type Stage = 'ready' | 'unscaled' | 'stepped';

/** By device, whether a gradient was infinite or NaN: 1 or 0. */
type Found = Map<Device, Tensor>;

interface OptimizerState {
  stage: Stage;
  foundInf: Found;
}

const signature = new Signature<Required<GradScalerOptions>>('GradScaler', {
  device: 'cuda',
  initScale: 65536,
  growthFactor: 2,
  backoffFactor: 0.5,
  growthInterval: 2000,
  enabled: true,
});

/** Copies of a tensor by device, made when they are first wanted. */
class Replicas {
  readonly byDevice = new Map<Device, Tensor>();

  constructor(readonly source: Tensor) {}

  on(device: Device): Tensor {
    let replica = this.byDevice.get(device);
    if (!replica) {
      replica = this.source.to(device, { nonBlocking: true, copy: true });
      this.byDevice.set(device, replica);
    }
    return replica;
  }
}

/** The gradients of an optimizer's parameters that are there, by device and dtype. */
function gradientsOf(optimizer: Optimizer, allowHalf: boolean): Map<string, [Tensor, ...Tensor[]]> {
  const groups = new Map<string, [Tensor, ...Tensor[]]>();
  for (const { params } of optimizer.paramGroups) {
    for (const param of params) {
      const { grad } = param;
      if (grad === null) continue;
      const isHalf = grad.dtype === float16;
      if (isHalf && !allowHalf) throw new ValueError('gradients of float16 cannot be unscaled');
      // The sum of values that have one index may be infinite in float16.
      if (isHalf && grad.isSparse) param.grad = grad.coalesce();
      const dense = grad.isSparse ? (param.grad as Tensor)._values() : grad;
      const key = `${dense.device} ${dense.dtype}`;
      const group = groups.get(key);
      if (group) group.push(dense);
      else groups.set(key, [dense]);
    }
  }
  return groups;
}

/**
 * Multiplies the gradients of an optimizer's parameters by a factor.
 *
 * @returns By device, whether one was infinite or NaN: 1 or 0.
 */
function multiply(optimizer: Optimizer, factor: Tensor, allowHalf: boolean): Found {
  const { full, _ampForeachNonFiniteCheckAndUnscale_: unscale } = operators.torch;
  const factors = new Replicas(factor);
  const found = new Replicas(full([], 0, { dtype: float32, device: factor.device }));
  noGrad(() => {
    for (const gradients of gradientsOf(optimizer, allowHalf).values()) {
      const { device } = gradients[0];
      unscale(gradients, found.on(device), factors.on(device));
    }
  });
  return found.byDevice;
}

function sumOf(found: Iterable<[Device, Tensor]>, device: Device): Tensor {
  const all = Array.from(found, ([, one]) => one.to(device, { nonBlocking: true }));
  if (all.length === 0) {
    throw new TorchError('GradScaler: the parameters of the optimizer have no gradients');
  }
  return all.reduce((sum, one) => sum.add(one));
}

/**
 * Scales the loss, so that gradients of 16 bits do not vanish, and the gradients back before the
 * optimizer's step; a step with an infinite or NaN gradient is left out, and makes the scale
 * smaller. Goes with {@link autocast} in float16.
 *
 * Takes {@link GradScalerOptions}, by position or by name.
 *
 * @throws ValueError where `growthFactor` is not above 1, or `backoffFactor` not below.
 *
 * @example
 * ```ts
 * const model = new nn.Linear(3, 1);
 * const optimizer = new optim.SGD(model.parameters(), 0.1);
 * const scaler = new torch.amp.GradScaler('cpu', { initScale: 1024 });
 * const loss = model(torch.randn(8, 3)).square().mean();
 * scaler.scale(loss).backward();
 * scaler.step(optimizer);
 * scaler.update();
 * scaler.getScale(); // 1024
 * ```
 * @see https://pytorch.org/docs/stable/amp.html#torch.amp.GradScaler
 */
export class GradScaler {
  readonly #enabled: boolean;
  #growthFactor: number;
  #backoffFactor: number;
  #growthInterval: number;
  #initScale: number;
  #initTracker = 0;
  #scale: Tensor | null = null;
  #tracker: Tensor | null = null;
  #states = new Map<Optimizer, OptimizerState>();

  constructor(
    ...args: Call<
      [],
      [
        device: string,
        initScale: number,
        growthFactor: number,
        backoffFactor: number,
        growthInterval: number,
        enabled: boolean,
      ],
      GradScalerOptions
    >
  ) {
    const { device, enabled, ...numbers } = signature.bind(args);
    checkFlags('GradScaler', { enabled });
    const isLacking = enabled && device === 'cuda' && native.cudaDeviceCount() === 0;
    if (isLacking) warn('GradScaler: CUDA is not available; nothing is scaled');
    this.#enabled = enabled && !isLacking;
    if (this.#enabled && !(numbers.growthFactor > 1)) {
      throw new ValueError(`GradScaler: growthFactor must be above 1, got ${numbers.growthFactor}`);
    }
    if (this.#enabled && !(numbers.backoffFactor < 1)) {
      throw new ValueError(
        `GradScaler: backoffFactor must be below 1, got ${numbers.backoffFactor}`,
      );
    }
    this.#growthFactor = numbers.growthFactor;
    this.#backoffFactor = numbers.backoffFactor;
    this.#growthInterval = numbers.growthInterval;
    this.#initScale = numbers.initScale;
  }

  /**
   * A copy for `copy.deepcopy`, between two iterations.
   *
   * @internal
   */
  __deepcopy__(): GradScaler {
    if (this.#states.size > 0) {
      throw new TorchError(
        'a GradScaler can be copied only at the start of an iteration, or after update()',
      );
    }
    const copied = new GradScaler({
      device: 'cpu',
      enabled: this.#enabled,
      initScale: this.getScale(),
      growthFactor: this.#growthFactor,
      backoffFactor: this.#backoffFactor,
      growthInterval: this.#growthInterval,
    });
    copied.#initTracker = this.#tracker?.item() ?? this.#initTracker;
    return copied;
  }

  /** The scale as a tensor, which is made where the first output lies. */
  #scaleOn(device: Device): Tensor {
    if (this.#scale === null) {
      const { full } = operators.torch;
      this.#scale = full([], this.#initScale, { dtype: float32, device });
      this.#tracker = full([], this.#initTracker, { dtype: int32, device });
    }
    return this.#scale;
  }

  #require(what: string): Tensor {
    if (this.#scale) return this.#scale;
    throw new TorchError(`GradScaler.${what} needs a loss that went through scale() before`);
  }

  #stateOf(optimizer: Optimizer): OptimizerState {
    let state = this.#states.get(optimizer);
    if (!state) {
      state = { stage: 'ready', foundInf: new Map() };
      this.#states.set(optimizer, state);
    }
    return state;
  }

  /** The outputs times the scale: a tensor, or arrays of tensors of the same form. */
  scale<T extends Outputs>(outputs: T): T {
    if (!this.#enabled) return outputs;
    let replicas: Replicas | undefined;
    const apply = (output: Outputs): Outputs => {
      if (output instanceof Tensor) {
        replicas ??= new Replicas(this.#scaleOn(output.device));
        return output.mul(replicas.on(output.device));
      }
      if (Array.isArray(output)) return output.map(apply);
      throw new ValueError('scale() takes a Tensor or arrays of Tensors');
    };
    return apply(outputs) as T;
  }

  /**
   * Divides the gradients of the optimizer's parameters by the scale, to clip or to look at them;
   * `step` does so where this was not called. Once for an optimizer between two calls of `update`.
   */
  unscale_(optimizer: Optimizer): void {
    if (!this.#enabled) return;
    const scale = this.#require('unscale_()');
    const state = this.#stateOf(optimizer);
    if (state.stage === 'unscaled') {
      throw new TorchError('unscale_() was called for this optimizer since the last update()');
    }
    if (state.stage === 'stepped') throw new TorchError('unscale_() is called after step()');
    state.foundInf = multiply(optimizer, scale.double().reciprocal().float(), false);
    state.stage = 'unscaled';
  }

  /** The step of an optimizer whose kernels unscale the gradients, and leave bad steps out. */
  #stepScaled(optimizer: Optimizer, state: OptimizerState): unknown {
    const scale = this.#require('step()');
    const isReady = state.stage === 'ready';
    if (isReady) state.foundInf = multiply(optimizer, operators.torch.onesLike(scale), true);
    const { gradScale } = optimizer;
    try {
      if (isReady) optimizer.gradScale = gradScale ? scale.mul(gradScale) : scale;
      optimizer.foundInf = sumOf(state.foundInf, scale.device);
      return optimizer.step();
    } finally {
      state.stage = 'stepped';
      optimizer.gradScale = null;
      optimizer.foundInf = null;
    }
  }

  /**
   * The optimizer's step with the gradients scaled back, left out where one is infinite or NaN. One
   * with `fused: true` is told the scale and whether to step, and asks the device for neither.
   *
   * @returns What the optimizer's step returns.
   */
  step(optimizer: Optimizer): unknown {
    if (!this.#enabled) return optimizer.step();
    this.#require('step()');
    const state = this.#stateOf(optimizer);
    if (state.stage === 'stepped')
      throw new TorchError('step() was called since the last update()');
    if (optimizer._stepSupportsAmpScaling) return this.#stepScaled(optimizer, state);
    if (state.stage === 'ready') this.unscale_(optimizer);
    if (state.foundInf.size === 0) {
      throw new TorchError('step(): the parameters of the optimizer have no gradients');
    }
    const isBad = [...state.foundInf.values()].some((found) => found.item() > 0);
    state.stage = 'stepped';
    return isBad ? undefined : optimizer.step();
  }

  /**
   * Makes the scale larger or smaller by what the steps since the last call have found.
   *
   * @param newScale Where given, the scale instead.
   */
  update(newScale: number | Tensor | null = null): void {
    if (!this.#enabled) return;
    const scale = this.#require('update()');
    if (newScale instanceof Tensor) scale.copy_(newScale.detach());
    else if (newScale !== null) scale.fill_(newScale);
    else {
      const found = [...this.#states.values()].flatMap(({ foundInf }) => [...foundInf]);
      if (found.length === 0) {
        throw new TorchError('update(): no step() or unscale_() came before');
      }
      operators.torch._ampUpdateScale_(
        scale,
        this.#tracker as Tensor,
        sumOf(found, scale.device),
        this.#growthFactor,
        this.#backoffFactor,
        this.#growthInterval,
      );
    }
    this.#states = new Map();
  }

  /** The scale; 1 where nothing is scaled. */
  getScale(): number {
    if (!this.#enabled) return 1;
    return this.#scale?.item() ?? this.#initScale;
  }

  /** What the scale grows by. */
  getGrowthFactor(): number {
    return this.#growthFactor;
  }

  /** Sets what the scale grows by. */
  setGrowthFactor(newFactor: number): void {
    this.#growthFactor = newFactor;
  }

  /** What the scale shrinks by. */
  getBackoffFactor(): number {
    return this.#backoffFactor;
  }

  /** Sets what the scale shrinks by. */
  setBackoffFactor(newFactor: number): void {
    this.#backoffFactor = newFactor;
  }

  /** How many good steps in a row let the scale grow. */
  getGrowthInterval(): number {
    return this.#growthInterval;
  }

  /** Sets how many good steps in a row let the scale grow. */
  setGrowthInterval(newInterval: number): void {
    this.#growthInterval = newInterval;
  }

  /** Whether it scales. */
  isEnabled(): boolean {
    return this.#enabled;
  }

  /** The state, by Python's names; empty where nothing is scaled. */
  stateDict(): GradScalerState | Record<string, never> {
    if (!this.#enabled) return {};
    return {
      scale: this.getScale(),
      growth_factor: this.#growthFactor,
      backoff_factor: this.#backoffFactor,
      growth_interval: this.#growthInterval,
      _growth_tracker: this.#tracker?.item() ?? this.#initTracker,
    };
  }

  /** Takes over a state, Python's or that of `stateDict`. */
  loadStateDict(stateDict: GradScalerState | Record<string, never>): void {
    if (!this.#enabled) return;
    if (Object.keys(stateDict).length === 0) {
      throw new TorchError(
        'the state is empty: it may be that of a GradScaler that was not enabled',
      );
    }
    const state = stateDict as GradScalerState;
    this.#initScale = state.scale;
    this.#scale?.fill_(state.scale);
    this.#growthFactor = state.growth_factor;
    this.#backoffFactor = state.backoff_factor;
    this.#growthInterval = state.growth_interval;
    this.#initTracker = state._growth_tracker;
    this.#tracker?.fill_(state._growth_tracker);
  }
}
