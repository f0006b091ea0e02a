import { type LiveSource, setWatch, type Watch } from '../live-number.js';
import { Tensor } from '../tensor.js';

type Properties = Record<string, unknown>;

/** A property that must hold what it held when the step was recorded. */
interface Guard {
  object: Properties;
  key: string;
  value: unknown;
}

interface OptimizerLike extends Properties {
  paramGroups: (Properties & { params: unknown[] })[];
}

const nameOf = (object: object) => object.constructor?.name || 'object';

/**
 * What the JavaScript side of a step depends on: the properties of the modules that it calls and
 * the options of the optimizers that it steps. Operators cannot tell of those.
 */
export class Guards implements Watch {
  readonly #modules = new Map<Properties, Map<string, unknown>>();
  readonly #optimizers = new Set<OptimizerLike>();
  readonly #sources: LiveSource[] = [];
  #guards: Guard[] = [];

  module(module: object): void {
    const properties = module as Properties;
    if (!this.#modules.has(properties)) {
      this.#modules.set(properties, new Map(Object.entries(properties)));
    }
  }

  optimizer(optimizer: object): void {
    this.#optimizers.add(optimizer as OptimizerLike);
  }

  source(source: LiveSource): number {
    const [object, key] = source;
    const known = this.#sources.findIndex(([other, name]) => other === object && name === key);
    return known >= 0 ? known : this.#sources.push(source) - 1;
  }

  /** Runs the step, and notes what it uses. */
  watch<R>(run: () => R): R {
    setWatch(this);
    try {
      return run();
    } finally {
      setWatch(null);
    }
  }

  /** Turns what was noted into guards; says why that cannot be done, where it cannot. */
  settle(): string | undefined {
    this.#guards = [];
    for (const [module, before] of this.#modules) {
      for (const [key, value] of before) {
        const now = module[key];
        if (Object.is(now, value)) this.#guards.push({ object: module, key, value });
        else if (now instanceof Tensor || value instanceof Tensor) {
          return `the step puts another tensor in \`${key}\` of a ${nameOf(module)}; change it in place`;
        }
      }
    }
    for (const optimizer of this.#optimizers) this.#addOptimizer(optimizer);
    return undefined;
  }

  #add(object: object, ...keys: string[]): void {
    for (const key of keys) {
      const properties = object as Properties;
      this.#guards.push({ object: properties, key, value: properties[key] });
    }
  }

  #addOptimizer(optimizer: OptimizerLike): void {
    this.#add(optimizer, 'paramGroups', 'state');
    this.#add(optimizer.paramGroups, 'length');
    for (const [i, group] of optimizer.paramGroups.entries()) {
      this.#add(optimizer.paramGroups, String(i));
      this.#add(group.params, 'length');
      for (const [key, value] of Object.entries(group)) {
        const isLive = this.#sources.some(([object, name]) => object === group && name === key);
        // Schedulers keep these for themselves.
        if (isLive || key === 'initialLr') continue;
        this.#add(group, key);
        if (key !== 'params' && Array.isArray(value)) this.#add(value, ...Object.keys(value));
      }
    }
  }

  /** The property that differs now, or undefined. */
  failure(): string | undefined {
    for (const { object, key, value } of this.#guards) {
      if (!Object.is(object[key], value)) return `\`${key}\` of a ${nameOf(object)}`;
    }
    return undefined;
  }

  /** The live numbers of now. */
  numbers(): number[] {
    return this.#sources.map(([object, key]) => (object as Properties)[key] as number);
  }

  /** Whether the live sources are numbers still, and not tensors. */
  get areNumbers(): boolean {
    return this.numbers().every((value) => typeof value === 'number');
  }
}
