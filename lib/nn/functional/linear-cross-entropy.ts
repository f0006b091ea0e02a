import { int64 } from '../../dtype.js';
import { TorchError } from '../../errors.js';
import { isGradEnabled } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import type { LinearCrossEntropyOptions } from '../modules/linear-cross-entropy-options.js';
import { checkTensor } from '../modules/utils.js';
import { type Reduction, reductionCode } from '../reduction.js';
import { ChunkedCrossEntropies, ChunkedCrossEntropy } from './chunked-cross-entropy.js';

/** What {@link linearCrossEntropy} takes after its required arguments. */
export interface LinearCrossEntropyFunctionOptions {
  /** The bias of the scores, `(C)` or `(C, ...)`. Default: null. */
  linearBias?: Tensor | null;
  /** A weight for each class, `(C)`. Default: null. */
  weight?: Tensor | null;
  /** How the losses are combined; the mean is divided by the weights' sum. Default: `'mean'`. */
  reduction?: Reduction;
  /** A target that counts for nothing. Default: null, -100. */
  ignoreIndex?: number | null;
  /** How much of the target, between 0 and 1, is spread evenly over all classes. Default: 0. */
  labelSmoothing?: number;
  /** How to compute in chunks of the batch. Default: null, at once. */
  options?: LinearCrossEntropyOptions | null;
}

interface LinearCrossEntropyArguments extends Required<LinearCrossEntropyFunctionOptions> {
  input: Tensor;
  linearWeight: Tensor;
  target: Tensor;
}

const linearCrossEntropySignature = new Signature<LinearCrossEntropyArguments>(
  'nn.functional.linearCrossEntropy',
  { input: required, linearWeight: required, target: required },
  {
    linearBias: null,
    weight: null,
    reduction: 'mean',
    ignoreIndex: null,
    labelSmoothing: 0,
    options: null,
  },
);

/** Throws where shapes do not go together; the shape of the scores. */
function scoresShape({ input, linearWeight, linearBias }: LinearCrossEntropyArguments): number[] {
  const { where } = linearCrossEntropySignature;
  checkTensor(where, 'input', input);
  checkTensor(where, 'linearWeight', linearWeight);
  const inputShape = input.shape;
  const weightShape = linearWeight.shape;
  if (inputShape.length < 1 || inputShape.length > 2) {
    throw new TorchError(`expected input with dimensionality 1 or 2, got ${inputShape.length}`);
  }
  if (weightShape.length < 2) {
    throw new TorchError(
      `expected linearWeight with dimensionality at least 2, got ${weightShape.length}`,
    );
  }
  const inFeatures = inputShape.at(-1);
  if (inFeatures !== weightShape.at(-1)) {
    throw new TorchError(
      `expected equal input and linearWeight last dimensions (inFeatures), got ${inFeatures} and ${weightShape.at(-1)}, respectively`,
    );
  }
  const outputs = weightShape.slice(0, -1);
  if (linearBias !== null && String(linearBias.shape) !== String(outputs)) {
    throw new TorchError(`expected linearBias shape [${outputs}], got [${linearBias.shape}]`);
  }
  if (outputs.length > 1 && inputShape.length === 1) {
    throw new TorchError(
      `K-dimensional loss defined by linearWeight shape [${weightShape}] requires batched input, (N, ${inFeatures}), got unbatched input with shape [${inputShape}]`,
    );
  }
  return [...inputShape.slice(0, -1), ...outputs];
}

/** The loss computed at once. */
function whole(given: LinearCrossEntropyArguments, shape: number[]): Tensor {
  const { input, linearWeight, linearBias, target, weight, reduction, labelSmoothing } = given;
  const weights = linearWeight.reshape(-1, linearWeight.size(-1));
  const scores = operators.nn.linear(input, weights, linearBias?.reshape(-1));
  const code = reductionCode(reduction);
  const ignored = given.ignoreIndex ?? -100;
  return operators.nn.crossEntropyLoss(
    scores.reshape(shape),
    target,
    weight,
    code,
    ignored,
    labelSmoothing,
  );
}

/** The loss computed chunk by chunk. */
function chunked(given: LinearCrossEntropyArguments, options: LinearCrossEntropyOptions): Tensor {
  const { input, linearWeight, linearBias, target, weight, reduction } = given;
  const wanted = [input, linearWeight, linearBias].map(
    (leaf) => isGradEnabled() && leaf?.requiresGrad === true,
  ) as [boolean, boolean, boolean];
  const settings = {
    ...options.resolve(input, linearWeight),
    allowRetainGraph: options.allowRetainGraph,
    ignoreIndex: given.ignoreIndex ?? -100,
    reduction,
    wanted,
  };
  const inputs = [input, linearWeight, linearBias, weight, target, settings] as const;
  if (reduction === 'none') return ChunkedCrossEntropies.apply(...inputs);
  return ChunkedCrossEntropy.apply(...inputs)[0] as Tensor;
}

/** Whether the loss can be computed in chunks; warns where it was asked for and cannot. */
function isChunked(given: LinearCrossEntropyArguments): boolean {
  const { options, labelSmoothing, target, linearWeight } = given;
  if (options === null) return false;
  if (labelSmoothing === 0 && target.dtype === int64 && linearWeight.dim() === 2) return true;
  warn(
    `linearCrossEntropy: options are ignored; chunks need labelSmoothing 0, a target of int64 and a linearWeight of two dimensions. Got labelSmoothing=${labelSmoothing}, a target of ${target.dtype} and a linearWeight of ${linearWeight.dim()} dimensions.`,
  );
  return false;
}

/**
 * The cross entropy of the scores that a linear layer gives, `input @ linearWeight.T + linearBias`;
 * {@link nn.LinearCrossEntropyLoss} as a function. In chunks it needs less memory than
 * {@link linear} and {@link crossEntropy}.
 *
 * @param input `(N, inFeatures)` or `(inFeatures)`.
 * @param linearWeight `(C, inFeatures)`, or `(C, ..., inFeatures)` for targets of more dimensions.
 * @param target Class indices (int64), `(N, ...)` or `()`, or probabilities, `(N, C, ...)` or `(C)`.
 *
 * Further arguments, by name: {@link LinearCrossEntropyFunctionOptions}. Of chunks no second
 * derivative can be taken, and the backward pass of a `'mean'` or a `'sum'` runs once, unless the
 * options have `allowRetainGraph`.
 *
 * @example
 * ```ts
 * const [input, weight] = [torch.randn(8, 5), torch.randn(4, 5)];
 * nn.functional.linearCrossEntropy(input, weight, torch.randint(0, 4, [8])).shape; // []
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.linear_cross_entropy.html
 */
export function linearCrossEntropy(
  ...args: Call<
    [input: Tensor, linearWeight: Tensor, target: Tensor],
    [],
    LinearCrossEntropyFunctionOptions
  >
): Tensor {
  const given = linearCrossEntropySignature.bind(args);
  const shape = scoresShape(given);
  const { target, ignoreIndex } = given;
  checkTensor(linearCrossEntropySignature.where, 'target', target);
  reductionCode(given.reduction);
  if (ignoreIndex !== null && String(target.shape) === String(shape)) {
    throw new TorchError('ignoreIndex cannot be specified when target contains probabilities');
  }
  if (!isChunked(given)) return whole(given, shape);
  const { options, input } = given;
  if (input.dim() === 2) return chunked(given, options as LinearCrossEntropyOptions);
  const batched = { ...given, input: input.unsqueeze(0), target: target.unsqueeze(0) };
  return chunked(batched, options as LinearCrossEntropyOptions).squeeze(0);
}
