import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import type { Tensor } from '../../tensor.js';

/** Something for each of query, key and value. */
export type Triple<T = Tensor> = [query: T, key: T, value: T];

/** The parts of a projection whose outputs lie side by side. */
function parts(projection: Tensor, count: number, size: number): Tensor[] {
  const stacked = projection
    .unflatten(-1, [count, size])
    .unsqueeze(0)
    .transpose(0, -2)
    .squeeze(-2)
    .contiguous();
  return [...stacked.unbind(0)];
}

/** Query, key and value by projections in one matrix, in as few products as can be. */
export function projectPacked(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  weight: Tensor,
  bias: Tensor | null,
): Triple {
  const { linear } = operators.nn;
  const size = query.size(-1);
  if (key !== value) {
    const weights = weight.chunk(3) as Triple;
    const biases: Triple<Tensor | null> = bias ? (bias.chunk(3) as Triple) : [null, null, null];
    return [
      linear(query, weights[0], biases[0]),
      linear(key, weights[1], biases[1]),
      linear(value, weights[2], biases[2]),
    ];
  }
  if (query === key) return parts(linear(query, weight, bias), 3, size) as Triple;
  const [ofQuery, ofOthers] = weight.split([size, size * 2]) as [Tensor, Tensor];
  const [queryBias, otherBias] = bias
    ? (bias.split([size, size * 2]) as [Tensor, Tensor])
    : [null, null];
  const others = parts(linear(key, ofOthers, otherBias), 2, size) as [Tensor, Tensor];
  return [linear(query, ofQuery, queryBias), ...others];
}

/** Query, key and value each by a projection of its own. */
export function project(inputs: Triple, weights: Triple, bias: Tensor | null): Triple {
  const size = inputs[0].size(-1);
  const names: Triple<string> = ['query', 'key', 'value'];
  const biases: (Tensor | null)[] = bias ? [...bias.chunk(3)] : [null, null, null];
  return inputs.map((input, i) => {
    const weight = weights[i] as Tensor;
    const expected = [size, input.size(-1)];
    if (String(weight.shape) !== String(expected)) {
      throw new ValueError(
        `expecting ${names[i]} weights shape of [${expected}], but got [${weight.shape}]`,
      );
    }
    return operators.nn.linear(input, weight, biases[i] ?? null);
  }) as Triple;
}
