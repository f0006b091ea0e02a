import { ValueError } from './errors.js';

const types = new Map([
  ['cpu', 0],
  ['cuda', 1],
  ['xpu', 12],
  ['mps', 13],
  ['meta', 14],
]);

const interned = new Map<string, Device>();

/**
 * Where a tensor lives: a type (`cpu`, `cuda`, `mps`, `xpu`, `meta`) and, where it matters, an
 * index. There is one object for each, so `===` compares them.
 *
 * @example
 * ```ts
 * x.device; // device(type='cpu')
 * torch.device('cuda:1').index; // 1
 * x.device === torch.device('cpu'); // true
 * ```
 * @see https://pytorch.org/docs/stable/tensor_attributes.html#torch.device
 */
export class Device {
  private constructor(
    readonly type: string,
    /** The index, or null for the current device of the type. */
    readonly index: number | null,
    /** libtorch's number for the type. @internal */
    readonly code: number,
  ) {
    Object.freeze(this);
  }

  /** The device of a string such as `cuda:1`, of a type and an index, or the device itself. */
  static from(spec: string | Device | number, index?: number): Device {
    if (spec instanceof Device) return spec;
    const text = typeof spec === 'number' ? `cuda:${spec}` : spec;
    if (typeof text !== 'string') {
      throw new TypeError(`a device is a string such as 'cuda:1', got ${typeof text}`);
    }
    const match = /^([a-z]+)(?::(\d+))?$/.exec(text);
    const code = match ? types.get(match[1] as string) : undefined;
    if (!match || code === undefined) {
      throw new ValueError(
        `invalid device '${text}': expected ${[...types.keys()].join(', ')}, with an index after a colon or without, such as 'cuda:1'`,
        { code: 'ERR_DEVICE' },
      );
    }
    const written = match[2] === undefined ? (index ?? null) : Number(match[2]);
    if (written !== null && !(Number.isInteger(written) && written >= 0 && written <= 127)) {
      throw new ValueError(
        `invalid device '${text}': an index is an integer from 0 to 127, got ${String(written)}`,
        { code: 'ERR_DEVICE' },
      );
    }
    return Device.ofCode(code, written ?? -1);
  }

  /** @internal */
  static ofCode(code: number, index: number): Device {
    const type = [...types].find(([, c]) => c === code)?.[0] ?? `device${code}`;
    const key = index < 0 ? type : `${type}:${index}`;
    let device = interned.get(key);
    if (!device) {
      device = new Device(type, index < 0 ? null : index, code);
      interned.set(key, device);
    }
    return device;
  }

  /** As PyTorch spells it: `cuda:1`. */
  toString(): string {
    return this.index === null ? this.type : `${this.type}:${this.index}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `device(type='${this.type}'${this.index === null ? '' : `, index=${this.index}`})`;
  }
}
