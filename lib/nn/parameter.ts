import { operators } from '../operators.js';
import { type Call, Signature } from '../options.js';
import { adopt, Tensor } from '../tensor.js';

function checkData(where: string, data: unknown): asserts data is Tensor {
  if (!(data instanceof Tensor)) {
    throw new TypeError(`${where}: data must be a Tensor; make one with torch.tensor(...)`);
  }
}

const parameter = new Signature<{ data: Tensor | undefined; requiresGrad: boolean }>(
  'nn.Parameter',
  { data: undefined, requiresGrad: true },
);

/** The options of {@link Parameter}. */
export interface ParameterOptions {
  /** Whether gradients are computed for it. Default: true. */
  requiresGrad?: boolean;
}

/**
 * A tensor that a module learns. As a property of a {@link Module} it is one of the module's
 * `parameters()`, and so what an optimizer changes and a state dict holds; a plain tensor there is
 * neither.
 *
 * It shares the memory of `data`, and none of its history.
 *
 * @param data The values, of a floating-point or complex dtype where `requiresGrad` is true.
 * Default: an empty tensor.
 * @param requiresGrad Whether gradients are computed for it. Default: true, in `noGrad` too.
 * @throws TypeError where `data` is no tensor.
 *
 * @example
 * ```ts
 * class Scale extends nn.Module {
 *   weight = new nn.Parameter(torch.ones(3));
 *   forward(x: Tensor) {
 *     return x.mul(this.weight);
 *   }
 * }
 * [...new Scale().namedParameters()].map(([name]) => name); // ['weight']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
 */
export class Parameter extends Tensor {
  constructor(...args: Call<[], [data: Tensor, requiresGrad: boolean], ParameterOptions>) {
    super();
    const { data = operators.torch.empty([0]), requiresGrad } = parameter.bind(args);
    checkData('nn.Parameter', data);
    adopt(this, data);
    this.requiresGrad = requiresGrad;
  }

  override toString(): string {
    return `Parameter containing:\n${super.toString()}`;
  }
}

const buffer = new Signature<{ data: Tensor | undefined; persistent: boolean }>(
  'nn.Buffer',
  { data: undefined },
  { persistent: true },
);

/** The options of {@link Buffer}. */
export interface BufferOptions {
  /** Whether the module's state dict holds it. Default: true. */
  persistent?: boolean;
}

/**
 * A tensor that belongs to a module's state and is not learned, such as a running mean. As a
 * property of a {@link Module} it is one of the module's `buffers()`: it moves with the module, and
 * the state dict holds it where it is persistent.
 *
 * @param data The values. Default: an empty tensor.
 * @param options.persistent Whether the module's state dict holds it. Default: true.
 * @throws TypeError where `data` is no tensor.
 *
 * @example
 * ```ts
 * class Count extends nn.Module {
 *   calls = new nn.Buffer(torch.tensor(0n));
 *   forward(x: Tensor) {
 *     this.calls.add_(1);
 *     return x;
 *   }
 * }
 * const count = new Count();
 * count(x);
 * count.stateDict(); // { calls: tensor(1) }
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.Buffer.html
 */
export class Buffer extends Tensor {
  /** Whether the module's state dict holds it. */
  declare readonly persistent: boolean;

  constructor(...args: Call<[], [data: Tensor], BufferOptions>) {
    super();
    const { data = operators.torch.empty([0]), persistent } = buffer.bind(args);
    checkData('nn.Buffer', data);
    adopt(this, data);
    this.requiresGrad = data.requiresGrad;
    Object.defineProperty(this, 'persistent', { value: persistent });
  }
}
