/**
 * Parameters with zeros in the place of what matters least; Python's `torch.nn.utils.prune`.
 *
 * @see https://pytorch.org/docs/stable/nn.html#utilities
 * @module
 */
import { describe } from '../../describe.js';
import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { Module } from '../modules/module.js';
import { moduleHooks } from '../modules/module-hooks.js';
import { parametersToVector } from './convert-parameters.js';
import {
  applyMethod,
  type BasePruningMethod,
  type ChannelNorm,
  CustomFromMask,
  Identity,
  L1Unstructured,
  LnStructured,
  PruningContainer,
  pruningHook,
  pruningHooks,
  RandomStructured,
  RandomUnstructured,
} from './prune-methods.js';
import { readProperty } from './tensors.js';

export {
  BasePruningMethod,
  CustomFromMask,
  Identity,
  L1Unstructured,
  LnStructured,
  PruningContainer,
  RandomStructured,
  RandomUnstructured,
} from './prune-methods.js';

function checkModule(where: string, module: unknown): void {
  if (module instanceof Module) return;
  throw new TypeError(`nn.utils.prune.${where}: expected a module, got ${describe(module)}`);
}

/**
 * Gives a parameter the form of a pruned one, `weight_orig` and `weight_mask`, and prunes nothing.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter.
 * @returns The module.
 *
 * @example
 * ```ts
 * const layer = nn.utils.prune.identity(new nn.Linear(2, 3), 'bias');
 * layer.stateDict().bias_mask; // tensor([1., 1., 1.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.identity.html
 */
export function identity<M extends Module>(module: M, name: string): M {
  checkModule('identity', module);
  applyMethod(module, name, new Identity());
  return module;
}

/**
 * Prunes elements of a parameter at random.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter.
 * @param amount How many: an integer counts them, a fraction between 0 and 1 is a share.
 * @returns The module.
 *
 * @example
 * ```ts
 * const layer = nn.utils.prune.randomUnstructured(new nn.Linear(2, 3), 'weight', 1);
 * layer.stateDict().weight_mask.sum().item(); // 5
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.random_unstructured.html
 */
export function randomUnstructured<M extends Module>(
  module: M,
  name: string,
  amount: number | { amount: number },
): M {
  checkModule('randomUnstructured', module);
  applyMethod(module, name, new RandomUnstructured(amount as number));
  return module;
}

/** What judges a parameter's elements or channels in its place. */
export interface ImportanceOptions {
  /** Of the parameter's shape. Default: the parameter itself. */
  importanceScores?: Tensor | null;
}

const l1Signature = new Signature<{ amount: number; importanceScores: Tensor | null }>(
  'nn.utils.prune.l1Unstructured',
  { amount: required, importanceScores: null },
);

/**
 * Prunes the elements of a parameter of the least magnitude.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter.
 * @param amount How many: an integer counts them, a fraction between 0 and 1 is a share.
 * @param importanceScores What is judged in the parameter's place. Default: the parameter.
 * @returns The module.
 *
 * @example
 * ```ts
 * const layer = nn.utils.prune.l1Unstructured(new nn.Linear(2, 3), 'weight', 0.5);
 * Object.keys(layer.stateDict()); // ['bias', 'weight_orig', 'weight_mask']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.l1_unstructured.html
 */
export function l1Unstructured<M extends Module>(
  module: M,
  name: string,
  ...rest:
    | Call<[amount: number], [importanceScores: Tensor | null], ImportanceOptions>
    | [options: ImportanceOptions & { amount: number }]
): M {
  checkModule('l1Unstructured', module);
  const { amount, importanceScores } = l1Signature.bind(rest);
  applyMethod(module, name, new L1Unstructured(amount), importanceScores);
  return module;
}

const randomStructuredSignature = new Signature<{ amount: number; dim: number }>(
  'nn.utils.prune.randomStructured',
  { amount: required, dim: required },
);

/**
 * Prunes whole channels of a parameter at random.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter.
 * @param amount How many: an integer counts them, a fraction between 0 and 1 is a share.
 * @param dim The dimension of the channels.
 * @returns The module.
 *
 * @example
 * ```ts
 * const layer = nn.utils.prune.randomStructured(new nn.Linear(5, 3), 'weight', 3, 1);
 * layer.stateDict().weight_mask.sum(0).ne(0).sum().item(); // 2
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.random_structured.html
 */
export function randomStructured<M extends Module>(
  module: M,
  name: string,
  ...rest: [amount: number, dim: number] | [options: { amount: number; dim: number }]
): M {
  checkModule('randomStructured', module);
  const { amount, dim } = randomStructuredSignature.bind(rest);
  applyMethod(module, name, new RandomStructured(amount, dim));
  return module;
}

interface LnArguments extends Required<ImportanceOptions> {
  amount: number;
  n: ChannelNorm;
  dim: number;
}

const lnSignature = new Signature<LnArguments>('nn.utils.prune.lnStructured', {
  amount: required,
  n: required,
  dim: required,
  importanceScores: null,
});

/**
 * Prunes the channels of a parameter of the least norm.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter.
 * @param amount How many: an integer counts them, a fraction between 0 and 1 is a share.
 * @param n The order of the norm, as `torch.norm` takes it: 1, 2, `Infinity`, `'fro'`, ...
 * @param dim The dimension of the channels.
 * @param importanceScores What is judged in the parameter's place. Default: the parameter.
 * @returns The module.
 *
 * @example
 * ```ts
 * const conv = new nn.Conv2d(5, 3, 2);
 * nn.utils.prune.lnStructured(conv, 'weight', 0.4, Number.NEGATIVE_INFINITY, 1);
 * conv.stateDict().weight_mask.sum([0, 2, 3]).ne(0).sum().item(); // 3
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.ln_structured.html
 */
export function lnStructured<M extends Module>(
  module: M,
  name: string,
  ...rest:
    | Call<
        [amount: number, n: ChannelNorm, dim: number],
        [importanceScores: Tensor | null],
        ImportanceOptions
      >
    | [options: ImportanceOptions & { amount: number; n: ChannelNorm; dim: number }]
): M {
  checkModule('lnStructured', module);
  const { amount, n, dim, importanceScores } = lnSignature.bind(rest);
  applyMethod(module, name, new LnStructured(amount, n, dim), importanceScores);
  return module;
}

/** What {@link globalUnstructured} takes after its required arguments. */
export interface GlobalUnstructuredOptions {
  /** For each module, what judges its parameters of some names. Default: the parameters. */
  importanceScores?: ReadonlyMap<Module, Readonly<Record<string, Tensor>>> | null;
  /** What the class is made with, `amount` say. */
  [option: string]: unknown;
}

/**
 * Prunes elements of several parameters as if they were one.
 *
 * @param parameters The parameters, each as `[module, name]`; the modules are changed in place.
 * @param pruningMethod A class that prunes single elements, {@link L1Unstructured} say.
 * @param options.importanceScores For each module, what judges its parameters. Default: these.
 *
 * Further options are those that the class is made with, such as `amount`.
 *
 * @throws TypeError where the class does not prune single elements.
 *
 * @example
 * ```ts
 * const { globalUnstructured, L1Unstructured } = nn.utils.prune;
 * const [first, second] = [new nn.Linear(10, 4), new nn.Linear(4, 1)];
 * globalUnstructured([[first, 'weight'], [second, 'weight']], L1Unstructured, { amount: 10 });
 * [first, second].reduce((sum, m) => sum + m.stateDict().weight_mask.sum().item(), 0); // 34
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.global_unstructured.html
 */
export function globalUnstructured(
  parameters: Iterable<readonly [module: Module, name: string]>,
  // biome-ignore lint/suspicious/noExplicitAny: each class has its own arguments
  pruningMethod: new (...args: any[]) => BasePruningMethod,
  options: GlobalUnstructuredOptions = {},
): void {
  if (typeof parameters?.[Symbol.iterator] !== 'function') {
    throw new TypeError('globalUnstructured(): parameters is not an Iterable');
  }
  const { importanceScores = null, ...given } = options;
  if (importanceScores !== null && !(importanceScores instanceof Map)) {
    throw new TypeError('globalUnstructured(): importanceScores must be a Map');
  }
  const all = [...parameters].map(([module, name]) => {
    checkModule('globalUnstructured', module);
    const tensor = readProperty(module, name) as Tensor;
    const scores = importanceScores?.get(module)?.[name] ?? tensor;
    const mask = readProperty(module, `${name}_mask`) as Tensor | undefined;
    return { module, name, tensor, scores, mask: mask ?? operators.torch.onesLike(tensor) };
  });
  const method = new pruningMethod(...(Object.keys(given).length > 0 ? [given] : []));
  if (method.PRUNING_TYPE !== 'unstructured') {
    throw new TypeError(
      `Only "unstructured" PRUNING_TYPE supported for the pruningMethod. Found ${pruningMethod.name} of type ${method.PRUNING_TYPE}`,
    );
  }
  const flat = (tensors: Tensor[]) => parametersToVector(tensors.map((x) => x.contiguous()));
  const mask = new PruningContainer(method).computeMask(
    flat(all.map(({ scores }) => scores)),
    flat(all.map((one) => one.mask)),
  );
  let start = 0;
  for (const { module, name, tensor } of all) {
    const count = tensor.numel();
    customFromMask(module, name, mask.narrow(0, start, count).viewAs(tensor));
    start += count;
  }
}

/**
 * Prunes a parameter by a mask that is given.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter.
 * @param mask Zeros for the elements that go, of the parameter's shape.
 * @returns The module.
 *
 * @example
 * ```ts
 * const layer = new nn.Linear(5, 3);
 * nn.utils.prune.customFromMask(layer, 'bias', torch.tensor([0, 1, 0]));
 * layer.stateDict().bias_mask; // tensor([0., 1., 0.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.custom_from_mask.html
 */
export function customFromMask<M extends Module>(
  module: M,
  name: string,
  mask: Tensor | { mask: Tensor },
): M {
  checkModule('customFromMask', module);
  applyMethod(module, name, new CustomFromMask(mask as Tensor));
  return module;
}

/**
 * Makes the pruning of a parameter permanent: it is a parameter again, with zeros for what was
 * pruned.
 *
 * @param module The module, which is changed in place.
 * @param name The name of its parameter.
 * @returns The module.
 * @throws ValueError where it has not been pruned.
 *
 * @example
 * ```ts
 * const layer = nn.utils.prune.l1Unstructured(new nn.Linear(5, 3), 'weight', 0.2);
 * Object.keys(nn.utils.prune.remove(layer, 'weight').stateDict()); // ['bias', 'weight']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.remove.html
 */
export function remove<M extends Module>(module: M, name: string): M {
  checkModule('remove', module);
  const found = pruningHook(module, name);
  if (!found) {
    throw new ValueError(
      `Parameter '${name}' of module ${module} has to be pruned before pruning can be removed`,
    );
  }
  found.pruning.remove(module);
  module[moduleHooks]().forwardPre.remove(({ hook }) => hook === (found as unknown));
  return module;
}

/**
 * Whether a module, or one below it, is pruned.
 *
 * @param module The module.
 *
 * @example
 * ```ts
 * const { isPruned, randomUnstructured } = nn.utils.prune;
 * const layer = new nn.Linear(5, 7);
 * isPruned(layer); // false
 * isPruned(randomUnstructured(layer, 'weight', 0.2)); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.is_pruned.html
 */
export function isPruned(module: Module): boolean {
  checkModule('isPruned', module);
  return [...module.modules()].some((one) => pruningHooks(one).length > 0);
}
