import { TorchError } from '../../errors.js';
import { operators } from '../../operators.js';
import type { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';

/** The tensors of an iterable, which must lie on one device. */
function onOneDevice(where: string, parameters: Iterable<Tensor>): Tensor[] {
  const all = [...parameters];
  for (const [i, parameter] of all.entries()) {
    checkTensor(where, `parameter ${i}`, parameter);
    if (String(parameter.device) !== String(all[0]?.device)) {
      throw new TypeError(
        `${where}: Found two parameters on different devices, this is currently not supported.`,
      );
    }
  }
  return all;
}

/**
 * The elements of parameters as one vector, through which gradients flow back to them.
 *
 * @param parameters Parameters on one device.
 * @throws TypeError where they lie on different devices.
 *
 * @example
 * ```ts
 * const layer = new nn.Linear(3, 2);
 * nn.utils.parametersToVector(layer.parameters()).shape; // [8]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parameters_to_vector.html
 */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  const all = onOneDevice('nn.utils.parametersToVector', parameters);
  return operators.torch.cat(all.map((parameter) => parameter.view(-1)));
}

/**
 * Makes the parts of a vector the memory of parameters, without history.
 *
 * @param vec As many elements as the parameters have, at least.
 * @param parameters Parameters on one device.
 * @throws TorchError where the vector is too short.
 *
 * @example
 * ```ts
 * const layer = new nn.Linear(2, 1);
 * nn.utils.vectorToParameters(torch.tensor([1, 2, 3]), layer.parameters());
 * layer.weight.tolist(); // [[1, 2]]
 * layer.bias?.tolist(); // [3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.vector_to_parameters.html
 */
export function vectorToParameters(vec: Tensor, parameters: Iterable<Tensor>): void {
  const where = 'nn.utils.vectorToParameters';
  checkTensor(where, 'vec', vec);
  const all = onOneDevice(where, parameters);
  const total = all.reduce((sum, parameter) => sum + parameter.numel(), 0);
  if (vec.numel() < total) {
    throw new TorchError(
      `${where}: the parameters have ${total} elements and the vector has ${vec.numel()}`,
    );
  }
  let start = 0;
  for (const parameter of all) {
    const count = parameter.numel();
    parameter.data = vec.narrow(0, start, count).viewAs(parameter).data;
    start += count;
  }
}
