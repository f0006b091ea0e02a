import { describe } from '../../describe.js';
import { TorchError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, checkFlags, required, Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import { checkTensor } from '../modules/utils.js';

/** One tensor or several. */
export type TensorOrTensors = Tensor | Iterable<Tensor>;

/** The order of a norm: a number, or `'inf'` for the largest magnitude. */
export type NormOrder = number | 'inf';

/** What {@link getTotalNorm} takes after its required argument. */
export interface TotalNormOptions {
  /** The order of the norm; `Infinity` or `'inf'` is the largest magnitude. Default: 2. */
  normType?: NormOrder;
  /** Whether a norm that is infinite or no number is an error. Default: false. */
  errorIfNonfinite?: boolean;
  /** Whether to use libtorch's functions of lists; null does where there are any. Default: null. */
  foreach?: boolean | null;
}

function listOf(where: string, tensors: unknown): Tensor[] {
  if (tensors instanceof Tensor) return [tensors];
  if (typeof (tensors as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function') {
    throw new TypeError(
      `${where}: expected a Tensor or an iterable of Tensors, got ${describe(tensors)}`,
    );
  }
  const all = [...(tensors as Iterable<unknown>)];
  for (const [i, tensor] of all.entries()) checkTensor(where, `element ${i}`, tensor);
  return all as Tensor[];
}

function number(where: string, name: string, value: unknown): number {
  const found = value === 'inf' ? Number.POSITIVE_INFINITY : value;
  if (typeof found !== 'number') {
    throw new TypeError(`${where}: ${name} must be a number, got ${describe(value)}`);
  }
  return found;
}

/** The tensors by device and dtype. */
function grouped(tensors: readonly Tensor[]): Tensor[][] {
  const groups = new Map<string, Tensor[]>();
  for (const tensor of tensors) {
    const key = `${tensor.device} ${tensor.dtype}`;
    const group = groups.get(key);
    if (group) group.push(tensor);
    else groups.set(key, [tensor]);
  }
  return [...groups.values()];
}

/** Whether a group goes to libtorch's functions of lists. */
function useForeach([first]: readonly Tensor[], foreach: boolean | null): boolean {
  if (foreach === false) return false;
  const { type } = (first as Tensor).device;
  if (type === 'cpu' || type === 'cuda') return true;
  if (!foreach) return false;
  throw new TorchError(`foreach=True was passed, but can't use the foreach API on ${type} tensors`);
}

const gradients = (parameters: readonly Tensor[]) =>
  parameters.flatMap(({ grad }) => (grad === null ? [] : [grad]));

const totalNorm = new Signature<{ tensors: TensorOrTensors } & Required<TotalNormOptions>>(
  'nn.utils.getTotalNorm',
  { tensors: required, normType: 2, errorIfNonfinite: false, foreach: null },
);

/**
 * The norm of tensors as if they were one vector.
 *
 * @param tensors One tensor or several.
 * @param normType The order of the norm; `Infinity` or `'inf'` is the largest magnitude. Default: 2.
 * @param errorIfNonfinite Whether a norm that is infinite or no number is an error. Default: false.
 * @param foreach Whether to use libtorch's functions of lists. Default: where there are any.
 * @returns A tensor of one element; 0 of no tensors.
 * @throws TorchError where `errorIfNonfinite` finds such a norm.
 *
 * @example
 * ```ts
 * nn.utils.getTotalNorm([torch.tensor([3]), torch.tensor([4])]); // tensor(5.)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.get_total_norm.html
 */
export function getTotalNorm(
  ...args: Call<
    [tensors: TensorOrTensors],
    [normType: NormOrder, errorIfNonfinite: boolean, foreach: boolean | null],
    TotalNormOptions
  >
): Tensor {
  const { tensors, normType, errorIfNonfinite, foreach } = totalNorm.bind(args);
  checkFlags(totalNorm.where, { errorIfNonfinite, foreach });
  const all = listOf(totalNorm.where, tensors);
  const order = number(totalNorm.where, 'normType', normType);
  return noGrad(() => normOf(all, order, errorIfNonfinite, foreach));
}

function normOf(
  tensors: readonly Tensor[],
  order: number,
  errorIfNonfinite: boolean,
  foreach: boolean | null,
): Tensor {
  const [first] = tensors;
  if (!first) return operators.torch.zeros([]);
  const { vectorNorm } = operators.linalg;
  const norms = grouped(tensors).flatMap((group) =>
    useForeach(group, foreach)
      ? operators.torch._foreachNorm(group, order)
      : group.map((tensor) => vectorNorm(tensor, order)),
  );
  const { device } = first;
  const total = vectorNorm(operators.torch.stack(norms.map((norm) => norm.to(device))), order);
  if (errorIfNonfinite && !Number.isFinite(total.item())) {
    throw new TorchError(
      `The total norm of order ${order} for gradients from \`parameters\` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set \`errorIfNonfinite: false\``,
    );
  }
  return total;
}

interface ClipWithNormArguments {
  parameters: TensorOrTensors;
  maxNorm: number;
  totalNorm: Tensor;
  foreach: boolean | null;
}

const clipWithNorm = new Signature<ClipWithNormArguments>('nn.utils.clipGradsWithNorm_', {
  parameters: required,
  maxNorm: required,
  totalNorm: required,
  foreach: null,
});

/**
 * Scales the gradients of parameters, in place, by `maxNorm / (totalNorm + 1e-6)`, where that is
 * less than 1.
 *
 * @param parameters One parameter or several; those without a gradient are left out.
 * @param maxNorm The largest norm.
 * @param totalNorm The norm of all gradients, as {@link getTotalNorm} gives it.
 * @param foreach Whether to use libtorch's functions of lists. Default: where there are any.
 *
 * @example
 * ```ts
 * model(x).sum().backward();
 * const gradients = [...model.parameters()].map((p) => p.grad as Tensor);
 * const norm = nn.utils.getTotalNorm(gradients);
 * nn.utils.clipGradsWithNorm_(model.parameters(), 1, norm);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grads_with_norm_.html
 */
export function clipGradsWithNorm_(
  ...args: Call<
    [parameters: TensorOrTensors, maxNorm: number, totalNorm: Tensor],
    [foreach: boolean | null],
    { foreach?: boolean | null }
  >
): void {
  const { parameters, maxNorm, totalNorm: norm, foreach } = clipWithNorm.bind(args);
  checkTensor(clipWithNorm.where, 'totalNorm', norm);
  checkFlags(clipWithNorm.where, { foreach });
  const all = listOf(clipWithNorm.where, parameters);
  const largest = number(clipWithNorm.where, 'maxNorm', maxNorm);
  noGrad(() => scale(gradients(all), largest, norm, foreach));
}

function scale(
  grads: readonly Tensor[],
  maxNorm: number,
  norm: Tensor,
  foreach: boolean | null,
): void {
  if (grads.length === 0) return;
  // Multiplied also where the factor is 1: to look would wait for a GPU.
  const factor = norm.add(1e-6).reciprocal().mul(maxNorm).clamp({ max: 1 });
  for (const group of grouped(grads)) {
    const own = factor.to((group[0] as Tensor).device);
    if (useForeach(group, foreach)) operators.torch._foreachMul_(group, own);
    else for (const grad of group) grad.mul_(own);
  }
}

/** What {@link clipGradNorm_} takes by name. */
export interface ClipGradNormOptions extends TotalNormOptions {
  /** The largest norm. */
  maxNorm: number;
}

const clipNorm = new Signature<{ parameters: TensorOrTensors } & Required<ClipGradNormOptions>>(
  'nn.utils.clipGradNorm_',
  {
    parameters: required,
    maxNorm: required,
    normType: 2,
    errorIfNonfinite: false,
    foreach: null,
  },
);

/**
 * Scales the gradients of parameters, in place, so that their norm, as if they were one vector, is
 * at most `maxNorm`.
 *
 * @param parameters One parameter or several; those without a gradient are left out.
 * @param maxNorm The largest norm.
 * @param normType The order of the norm; `Infinity` or `'inf'` is the largest magnitude. Default: 2.
 * @param errorIfNonfinite Whether a norm that is infinite or no number is an error. Default: false.
 * @param foreach Whether to use libtorch's functions of lists. Default: where there are any.
 * @returns The norm of before, a tensor of one element.
 * @throws TorchError where `errorIfNonfinite` finds such a norm.
 *
 * @example
 * ```ts
 * model(x).sum().backward();
 * const norm = nn.utils.clipGradNorm_(model.parameters(), 1);
 * optimizer.step();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 */
export function clipGradNorm_(
  ...args:
    | Call<
        [parameters: TensorOrTensors, maxNorm: number],
        [normType: NormOrder, errorIfNonfinite: boolean, foreach: boolean | null],
        TotalNormOptions
      >
    | [parameters: TensorOrTensors, options: ClipGradNormOptions]
): Tensor {
  const { parameters, maxNorm, normType, errorIfNonfinite, foreach } = clipNorm.bind(args);
  checkFlags(clipNorm.where, { errorIfNonfinite, foreach });
  const all = listOf(clipNorm.where, parameters);
  if (all.length === 0 && !Array.isArray(parameters)) {
    warn('`parameters` is an empty generator, no gradient clipping will occur.');
  }
  const largest = number(clipNorm.where, 'maxNorm', maxNorm);
  const order = number(clipNorm.where, 'normType', normType);
  return noGrad(() => {
    const grads = gradients(all);
    const norm = normOf(grads, order, errorIfNonfinite, foreach);
    scale(grads, largest, norm, foreach);
    return norm;
  });
}

const clipValue = new Signature<{
  parameters: TensorOrTensors;
  clipValue: number;
  foreach: boolean | null;
}>('nn.utils.clipGradValue_', { parameters: required, clipValue: required, foreach: null });

/**
 * Cuts the gradients of parameters, in place, at `-clipValue` and `clipValue`.
 *
 * @param parameters One parameter or several; those without a gradient are left out.
 * @param clipValue The largest magnitude.
 * @param foreach Whether to use libtorch's functions of lists. Default: where there are any.
 *
 * @example
 * ```ts
 * model(x).sum().backward();
 * nn.utils.clipGradValue_(model.parameters(), 0.5);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html
 */
export function clipGradValue_(
  ...args:
    | Call<
        [parameters: TensorOrTensors, clipValue: number],
        [foreach: boolean | null],
        { foreach?: boolean | null }
      >
    | [parameters: TensorOrTensors, options: { clipValue: number; foreach?: boolean | null }]
): void {
  const { parameters, clipValue: given, foreach } = clipValue.bind(args);
  checkFlags(clipValue.where, { foreach });
  const limit = number(clipValue.where, 'clipValue', given);
  const grads = gradients(listOf(clipValue.where, parameters));
  noGrad(() => {
    for (const group of grouped(grads)) {
      if (useForeach(group, foreach)) {
        operators.torch._foreachClampMin_(group, -limit);
        operators.torch._foreachClampMax_(group, limit);
      } else for (const grad of group) grad.clamp_(-limit, limit);
    }
  });
}
