import { describe } from '../../describe.js';
import { IndexError, NotImplementedError, TorchError, ValueError } from '../../errors.js';
import { norm } from '../../functional/norm.js';
import { contiguousFormat } from '../../memory-format.js';
import { operators } from '../../operators.js';
import { type Call, isPlainObject, required, Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';
import type { Module } from '../modules/module.js';
import { moduleHooks } from '../modules/module-hooks.js';
import { forgetMember } from '../modules/module-members.js';
import { checkTensor } from '../modules/utils.js';
import type { Parameter } from '../parameter.js';
import { readProperty, replaceByPlain, setPlain, tensorOf } from './tensors.js';

/** What a method prunes by: single elements, whole channels, or all that it is given. */
export type PruningType = 'unstructured' | 'structured' | 'global';

/** The hook that applies a method's mask before each `forward`. */
interface PruningHook {
  (module: Module): void;
  pruning: BasePruningMethod;
}

/** The pruning methods of a module, each with its hook. @internal */
export function pruningHooks(module: Module): PruningHook[] {
  const hooks = module[moduleHooks]().forwardPre.entries.map(({ hook }) => hook);
  return (hooks as unknown[] as PruningHook[]).filter(({ pruning }) => pruning !== undefined);
}

/** The hook that prunes one tensor, if any. @internal */
export function pruningHook(module: Module, name: string): PruningHook | undefined {
  return pruningHooks(module).find(({ pruning }) => pruning._tensorName === name);
}

const shapeText = (tensor: Tensor) => `[${tensor.shape.join(', ')}]`;

function checkScores(where: string, scores: Tensor, tensor: Tensor): void {
  checkTensor(where, 'importanceScores', scores);
  if (shapeText(scores) !== shapeText(tensor)) {
    throw new ValueError(
      `${where}: importanceScores should have the shape of the tensor, ${shapeText(tensor)}, got ${shapeText(scores)}`,
    );
  }
}

/**
 * What the pruning methods share. A method of one's own extends it: it says what it prunes by in
 * `PRUNING_TYPE`, and gives in `computeMask` a mask with zeros for the elements that go.
 *
 * @example
 * ```ts
 * const { BasePruningMethod } = nn.utils.prune;
 * class EveryOther extends BasePruningMethod {
 *   override PRUNING_TYPE = 'unstructured' as const;
 *   computeMask(t: Tensor, defaultMask: Tensor) {
 *     const mask = defaultMask.clone();
 *     mask.view(-1).index('::2').fill_(0);
 *     return mask;
 *   }
 * }
 * const layer = new nn.Linear(2, 1);
 * EveryOther.apply(layer, 'weight');
 * layer.stateDict().weight_mask; // tensor([[0., 1.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.BasePruningMethod.html
 */
export abstract class BasePruningMethod {
  /** What the method prunes by. */
  abstract PRUNING_TYPE: PruningType;
  /** The tensor that is pruned. */
  _tensorName: string | undefined;

  /**
   * The mask that the method adds to what is pruned already.
   *
   * @param t The tensor, or the scores by which its elements are judged.
   * @param defaultMask The mask of before: zeros for what is pruned.
   * @returns A mask of the shape of `t`.
   */
  abstract computeMask(t: Tensor, defaultMask: Tensor): Tensor;

  /** The original tensor of a module times the mask. */
  applyMask(module: Module): Tensor {
    const name = this._tensorName;
    if (name === undefined) throw new TorchError(`Module ${module} has to be pruned`);
    const mask = readProperty(module, `${name}_mask`) as Tensor;
    const original = readProperty(module, `${name}_orig`) as Tensor;
    return mask.to(original.dtype).mul(original);
  }

  /**
   * Prunes a parameter of a module: it becomes `weight_orig`, with the mask `weight_mask`, and the
   * module computes `weight` of both before each `forward`. What is pruned already stays so.
   *
   * @param module The module, which is changed in place.
   * @param name The name of its parameter.
   * @param args What the class is made with; `importanceScores` among the options judges the
   * elements in the parameter's place.
   * @returns The method, or a {@link PruningContainer} of all that have been applied.
   * @throws ValueError where there is no such parameter.
   */
  static apply(
    this: new (
      // biome-ignore lint/suspicious/noExplicitAny: the heir's own arguments
      ...args: any[]
    ) => BasePruningMethod,
    module: Module,
    name: string,
    // biome-ignore lint/suspicious/noExplicitAny: the heir's own arguments
    ...args: any[]
  ): BasePruningMethod {
    const last = args.at(-1);
    if (!isPlainObject(last) || !('importanceScores' in last)) {
      return applyMethod(module, name, new this(...args));
    }
    const { importanceScores, ...options } = last;
    const method = new this(...args.slice(0, -1), options);
    return applyMethod(module, name, method, importanceScores as Tensor | null);
  }

  /**
   * A tensor with the elements that the method prunes set to zero.
   *
   * @param t The tensor.
   * @param defaultMask What is pruned already. Default: nothing.
   * @param importanceScores By what the elements are judged. Default: the tensor itself.
   */
  prune(
    ...args: Call<
      [t: Tensor],
      [defaultMask: Tensor | null, importanceScores: Tensor | null],
      { defaultMask?: Tensor | null; importanceScores?: Tensor | null }
    >
  ): Tensor {
    const { t, defaultMask, importanceScores } = pruneSignature.bind(args);
    checkTensor('prune', 't', t);
    if (importanceScores) checkScores('prune', importanceScores, t);
    const mask = defaultMask ?? operators.torch.onesLike(t);
    return t.mul(this.computeMask(importanceScores ?? t, mask));
  }

  /** Makes the pruning permanent: the tensor is a parameter again, with zeros. */
  remove(module: Module): void {
    const name = this._tensorName as string;
    const pruned = this.applyMask(module);
    const original = readProperty(module, `${name}_orig`) as Parameter;
    original.data = pruned.data;
    for (const suffix of ['', '_orig', '_mask']) module[forgetMember](name + suffix);
    module.registerParameter(name, original);
  }
}

const pruneSignature = new Signature<{
  t: Tensor;
  defaultMask: Tensor | null;
  importanceScores: Tensor | null;
}>('prune', { t: required, defaultMask: null, importanceScores: null });

/** Prunes a parameter by a method, on top of what has pruned it before. @internal */
export function applyMethod(
  module: Module,
  name: string,
  given: BasePruningMethod,
  importanceScores: Tensor | null = null,
): BasePruningMethod {
  given._tensorName = name;
  const before = pruningHook(module, name);
  const tensor = readProperty(module, name);
  if (!(tensor instanceof Tensor) || (!before && !tensorOf(module, name))) {
    throw new ValueError(`Module '${module}' has no parameter with name '${name}'`);
  }
  if (importanceScores) checkScores('nn.utils.prune', importanceScores, tensor);
  const scores = importanceScores ?? tensor;
  let method = given;
  let defaultMask: Tensor;
  if (before) {
    const { pruning } = before;
    const methods = pruning instanceof PruningContainer ? [...pruning] : [pruning];
    method = new PruningContainer(...methods, given);
    const mask = readProperty(module, `${name}_mask`) as Tensor;
    defaultMask = mask.detach().clone({ memoryFormat: contiguousFormat });
  } else {
    defaultMask = operators.torch.onesLike(tensor);
  }
  const mask = method.computeMask(scores, defaultMask);
  checkTensor('nn.utils.prune: computeMask', 'the result', mask);
  if (before) module[moduleHooks]().forwardPre.remove(({ hook }) => hook === (before as unknown));
  else {
    replaceByPlain(module, name, tensor);
    module.registerParameter(`${name}_orig`, tensor as Parameter);
  }
  module.registerBuffer(`${name}_mask`, mask);
  setPlain(module, name, method.applyMask(module));
  const hook = (self: Module) => setPlain(self, name, method.applyMask(self));
  module.registerForwardPreHook(Object.assign(hook, { pruning: method }));
  return method;
}

/** How the last method of a container sees its part of a tensor, and where its mask goes. */
function combine(method: BasePruningMethod, t: Tensor, mask: Tensor): Tensor {
  const result = mask.to(t.dtype).clone();
  const partial = (part: Tensor, partMask: Tensor) =>
    method.computeMask(part, partMask).to(result.dtype);
  switch (method.PRUNING_TYPE) {
    case 'unstructured': {
      const kept = mask.eq(1);
      result.indexPut_([kept], partial(t.index(kept), mask.index(kept)));
      return result;
    }
    case 'structured': {
      const { dim } = method as { dim?: number };
      if (dim === undefined) {
        throw new ValueError('A pruning method of PRUNING_TYPE "structured" must have a `dim`');
      }
      const along = dim < 0 ? dim + t.ndim : dim;
      if (along < 0) {
        throw new IndexError(`Index is out of bounds for tensor with dimensions ${t.ndim}`);
      }
      const others = t.shape.map((_, i) => i).filter((i) => i !== along);
      const kept = mask.sum(others).ne(0).nonzero().flatten();
      const part = partial(t.indexSelect(along, kept), mask.indexSelect(along, kept));
      return result.indexCopy_(along, kept, part);
    }
    case 'global':
      return partial(t, mask);
    default:
      throw new ValueError(`Unrecognized PRUNING_TYPE ${describe(method.PRUNING_TYPE)}`);
  }
}

/**
 * Pruning methods that have been applied to one tensor in turn, each to what the ones before have
 * left.
 *
 * @param methods The methods, all of the same tensor.
 * @throws ValueError where they are of different tensors.
 *
 * @example
 * ```ts
 * const { l1Unstructured, randomUnstructured, PruningContainer } = nn.utils.prune;
 * const layer = l1Unstructured(new nn.Linear(4, 2), 'weight', 2);
 * randomUnstructured(layer, 'weight', 0.5);
 * layer.stateDict().weight_mask.sum().item(); // 3
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.PruningContainer.html
 */
export class PruningContainer extends BasePruningMethod {
  override PRUNING_TYPE: PruningType = 'unstructured';
  private readonly _methods: BasePruningMethod[] = [];

  constructor(...methods: BasePruningMethod[]) {
    super();
    this._tensorName = methods[0]?._tensorName;
    for (const method of methods) this.addPruningMethod(method);
  }

  /** Adds a method of the same tensor. */
  addPruningMethod(method: BasePruningMethod): void {
    if (!(method instanceof BasePruningMethod)) {
      throw new TypeError(`${describe(method)} is not a BasePruningMethod`);
    }
    if (method._tensorName !== this._tensorName) {
      throw new ValueError(
        `Can only add pruning methods acting on the parameter named '${this._tensorName}' to this PruningContainer. Found '${method._tensorName}'`,
      );
    }
    this._methods.push(method);
  }

  /** How many methods there are. */
  get length(): number {
    return this._methods.length;
  }

  [Symbol.iterator](): IterableIterator<BasePruningMethod> {
    return this._methods[Symbol.iterator]();
  }

  /** The method at an index, a negative one from the end. */
  at(index: number): BasePruningMethod | undefined {
    return this._methods.at(index);
  }

  /** The mask with what the last method adds to it. */
  override computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const last = this._methods.at(-1);
    if (!last) throw new NotImplementedError('a PruningContainer without methods prunes nothing');
    return combine(last, t, defaultMask);
  }
}

/** To the even neighbour from the middle, as Python's `round`. */
function round(value: number): number {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

function checkAmount(amount: unknown): asserts amount is number {
  if (typeof amount !== 'number') {
    throw new TypeError(`Invalid type for amount: ${describe(amount)}. Must be a number.`);
  }
  if (!(amount >= 0) || (amount > 1 && !Number.isInteger(amount))) {
    throw new ValueError(
      `amount=${amount} should either be a fraction in the range [0, 1] or a non-negative integer`,
    );
  }
}

/** How many of `size` elements or channels go. */
function countOf(amount: number, size: number): number {
  const count = Number.isInteger(amount) ? amount : round(amount * size);
  if (count > size) {
    throw new ValueError(
      `amount=${amount} should be smaller than the number of parameters to prune=${size}`,
    );
  }
  return count;
}

/** The mask without the elements at some places. */
function without(mask: Tensor, places: Tensor): Tensor {
  const result = mask.clone({ memoryFormat: contiguousFormat });
  result.view(-1).indexFill_(0, places, 0);
  return result;
}

/**
 * Prunes nothing: gives a parameter the form of a pruned one.
 *
 * @example
 * ```ts
 * const layer = new nn.Linear(2, 1);
 * nn.utils.prune.Identity.apply(layer, 'weight');
 * layer.stateDict().weight_mask; // tensor([[1., 1.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.Identity.html
 */
export class Identity extends BasePruningMethod {
  override PRUNING_TYPE = 'unstructured' as const;

  override computeMask(_t: Tensor, defaultMask: Tensor): Tensor {
    return defaultMask;
  }
}

const amountSignature = (name: string) =>
  new Signature<{ amount: number }>(`nn.utils.prune.${name}`, { amount: required });
const randomUnstructured = amountSignature('RandomUnstructured');
const l1Unstructured = amountSignature('L1Unstructured');

/** How a method that prunes single elements is made. */
export type AmountCall = [amount: number] | [options: { amount: number }];

/**
 * Prunes elements at random.
 *
 * @param amount How many: an integer counts them, a fraction between 0 and 1 is a share.
 *
 * @example
 * ```ts
 * const method = new nn.utils.prune.RandomUnstructured(0.5);
 * method.prune(torch.ones(10)).sum().item(); // 5
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.RandomUnstructured.html
 */
export class RandomUnstructured extends BasePruningMethod {
  override PRUNING_TYPE = 'unstructured' as const;
  readonly amount: number;

  constructor(...args: AmountCall) {
    super();
    const { amount } = randomUnstructured.bind(args);
    checkAmount(amount);
    this.amount = amount;
  }

  override computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const count = countOf(this.amount, t.numel());
    if (count === 0) return defaultMask.clone({ memoryFormat: contiguousFormat });
    const [, places] = operators.torch.topk(operators.torch.randLike(t).view(-1), count);
    return without(defaultMask, places);
  }
}

/**
 * Prunes the elements of the least magnitude.
 *
 * @param amount How many: an integer counts them, a fraction between 0 and 1 is a share.
 *
 * @example
 * ```ts
 * const method = new nn.utils.prune.L1Unstructured(2);
 * method.prune(torch.tensor([3, -1, 2, -4])); // tensor([3., -0., 0., -4.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.L1Unstructured.html
 */
export class L1Unstructured extends BasePruningMethod {
  override PRUNING_TYPE = 'unstructured' as const;
  readonly amount: number;

  constructor(...args: AmountCall) {
    super();
    const { amount } = l1Unstructured.bind(args);
    checkAmount(amount);
    this.amount = amount;
  }

  override computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const count = countOf(this.amount, t.numel());
    if (count === 0) return defaultMask.clone({ memoryFormat: contiguousFormat });
    const [, places] = operators.torch.topk(t.abs().view(-1), count, { largest: false });
    return without(defaultMask, places);
  }
}

function checkStructured(t: Tensor, dim: number): void {
  if (t.ndim <= 1) {
    throw new ValueError(
      `Structured pruning can only be applied to multidimensional tensors. Found tensor of shape ${shapeText(t)} with ${t.ndim} dims`,
    );
  }
  if (!Number.isInteger(dim) || dim >= t.ndim || dim < -t.ndim) {
    throw new IndexError(`Invalid index ${dim} for tensor of size ${shapeText(t)}`);
  }
}

/** A mask of the channels at some places of a dimension. */
function keeping(t: Tensor, dim: number, places: Tensor, defaultMask: Tensor): Tensor {
  const mask = operators.torch.zerosLike(t).indexFill_(dim, places, 1);
  return mask.mul_(defaultMask.to(mask.dtype));
}

const randomStructured = new Signature<{ amount: number; dim: number }>(
  'nn.utils.prune.RandomStructured',
  { amount: required, dim: -1 },
);

/**
 * Prunes whole channels at random.
 *
 * @param amount How many: an integer counts them, a fraction between 0 and 1 is a share.
 * @param dim The dimension of the channels. Default: the last.
 *
 * @example
 * ```ts
 * const method = new nn.utils.prune.RandomStructured(1, { dim: 0 });
 * method.prune(torch.ones(3, 4)).sum().item(); // 8
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.RandomStructured.html
 */
export class RandomStructured extends BasePruningMethod {
  override PRUNING_TYPE = 'structured' as const;
  readonly amount: number;
  readonly dim: number;

  constructor(
    ...args:
      | Call<[amount: number], [dim: number], { dim?: number }>
      | [options: { amount: number; dim?: number }]
  ) {
    super();
    const { amount, dim } = randomStructured.bind(args);
    checkAmount(amount);
    this.amount = amount;
    this.dim = dim;
  }

  override computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    checkStructured(t, this.dim);
    const size = t.size(this.dim);
    const count = countOf(this.amount, size);
    if (count === 0) return defaultMask;
    const chances = operators.torch.rand([size]);
    const [threshold] = operators.torch.kthvalue(chances, count);
    const places = chances.gt(threshold).nonzero().flatten().to(t.device);
    return keeping(t, this.dim, places, defaultMask);
  }
}

/** The order of a norm, as `torch.norm` takes it. */
export type ChannelNorm = number | 'fro' | 'nuc';

const lnStructured = new Signature<{ amount: number; n: ChannelNorm; dim: number }>(
  'nn.utils.prune.LnStructured',
  { amount: required, n: required, dim: -1 },
);

/**
 * Prunes the channels of the least norm.
 *
 * @param amount How many: an integer counts them, a fraction between 0 and 1 is a share.
 * @param n The order of the norm, as `torch.norm` takes it: 1, 2, `Infinity`, `'fro'`, ...
 * @param dim The dimension of the channels. Default: the last.
 *
 * @example
 * ```ts
 * const method = new nn.utils.prune.LnStructured(1, 2, 0);
 * method.prune(torch.tensor([[1, 2], [3, 4]])); // tensor([[0., 0.], [3., 4.]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.LnStructured.html
 */
export class LnStructured extends BasePruningMethod {
  override PRUNING_TYPE = 'structured' as const;
  readonly amount: number;
  readonly n: ChannelNorm;
  readonly dim: number;

  constructor(
    ...args:
      | Call<[amount: number, n: ChannelNorm], [dim: number], { dim?: number }>
      | [options: { amount: number; n: ChannelNorm; dim?: number }]
  ) {
    super();
    const { amount, n, dim } = lnStructured.bind(args);
    checkAmount(amount);
    this.amount = amount;
    this.n = n;
    this.dim = dim;
  }

  override computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    checkStructured(t, this.dim);
    const size = t.size(this.dim);
    const count = countOf(this.amount, size);
    const along = this.dim < 0 ? this.dim + t.ndim : this.dim;
    const others = t.shape.map((_, i) => i).filter((i) => i !== along);
    const [, places] = operators.torch.topk(norm(t, this.n, others), size - count);
    return count === 0 ? defaultMask : keeping(t, along, places, defaultMask);
  }
}

const customFromMask = new Signature<{ mask: Tensor }>('nn.utils.prune.CustomFromMask', {
  mask: required,
});

/**
 * Prunes by a mask that is given.
 *
 * @param mask Zeros for the elements that go, of the tensor's shape.
 *
 * @example
 * ```ts
 * const method = new nn.utils.prune.CustomFromMask(torch.tensor([1, 0]));
 * method.prune(torch.tensor([5, 6])); // tensor([5., 0.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.CustomFromMask.html
 */
export class CustomFromMask extends BasePruningMethod {
  override PRUNING_TYPE = 'global' as const;
  readonly mask: Tensor;

  constructor(...args: [mask: Tensor] | [options: { mask: Tensor }]) {
    super();
    const { mask } = customFromMask.bind(args);
    checkTensor(customFromMask.where, 'mask', mask);
    this.mask = mask;
  }

  override computeMask(_t: Tensor, defaultMask: Tensor): Tensor {
    if (shapeText(this.mask) !== shapeText(defaultMask)) {
      throw new ValueError(
        `the mask must have the shape of the tensor, ${shapeText(defaultMask)}, got ${shapeText(this.mask)}`,
      );
    }
    return defaultMask.mul(this.mask.to(defaultMask.dtype));
  }
}
