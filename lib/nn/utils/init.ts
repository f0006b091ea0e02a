import { describe } from '../../describe.js';
import { TorchError } from '../../errors.js';
import { isPlainObject } from '../../options.js';
import { Module } from '../modules/module.js';

/**
 * Makes a module without filling its parameters and buffers: where what they are filled with is
 * thrown away, this saves the time.
 *
 * The class must take an option `device` and make all its tensors there, and must do nothing with
 * them in its constructor but fill them.
 *
 * @param moduleCls The class.
 * @param args The constructor's arguments.
 * @returns The module, on the `device` among the arguments, which is the CPU by default.
 * @throws TorchError where the class has no option `device`.
 *
 * @example
 * ```ts
 * const layer = nn.utils.skipInit(nn.Linear, 5, 1, { bias: false });
 * layer.weight.shape; // [1, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.skip_init.html
 */
export function skipInit<M extends Module, Args extends unknown[]>(
  moduleCls: new (...args: Args) => M,
  ...args: Args
): M {
  if (typeof moduleCls !== 'function' || !(moduleCls.prototype instanceof Module)) {
    throw new TorchError(`skipInit: expected a class of modules, got ${describe(moduleCls)}`);
  }
  const last = args.at(-1);
  const options = isPlainObject(last) ? last : {};
  const positional = isPlainObject(last) ? args.slice(0, -1) : args;
  const { device = 'cpu' } = options as { device?: string };
  const module = new moduleCls(...([...positional, { ...options, device: 'meta' }] as Args));
  const isMeta = [...module.parameters(), ...module.buffers()].every((tensor) => tensor.isMeta);
  if (!isMeta) {
    throw new TorchError(
      `skipInit: ${moduleCls.name} must make its tensors on the option \`device\``,
    );
  }
  return module.toEmpty({ device });
}
