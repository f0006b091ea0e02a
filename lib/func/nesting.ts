import { kindOf } from '../describe.js';
import { wrap } from '../dispatch.js';
import { enableGrad } from '../grad-mode.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import { synchronous } from '../synchronous.js';
import { Tensor } from '../tensor.js';
import { treeFlatten, treeMap } from '../utils/pytree.js';

/** What torch.func's functions transform: a function, or a module, which is one too. */
// biome-ignore lint/suspicious/noExplicitAny: the arguments are the caller's own.
export type AnyFunction = (...args: any[]) => unknown;

/** How a function is called in messages. @internal */
export const nameOf = (func: AnyFunction): string => func.name || '<anonymous>';

/** Throws for what is no function. @internal */
export function checkFunction(where: string, func: unknown): void {
  if (typeof func !== 'function') {
    throw new TypeError(`${where}: func must be a function or a module, got ${kindOf(func)}`);
  }
}

/** Calls the user's function, which must be done when it returns. @internal */
export function callFunction(where: string, func: AnyFunction, args: readonly unknown[]): unknown {
  return synchronous(
    func(...args),
    `${where}: the function returned a Promise; a transform holds for synchronous code only`,
  );
}

const noHooks =
  "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks; leave savedTensorsHooks before the transform";

/** Runs `body` inside a level of reverse-mode differentiation, whose number it gets. @internal */
export function withGradLevel<R>(body: (level: number) => R): R {
  return withoutInferenceMode(() => withHooksDisabled(() => within(native.pushGrad(), body)));
}

/** Runs `body` inside the level that was just pushed, with autograd on. */
function within<R>(level: number, body: (level: number) => R): R {
  try {
    return enableGrad(() => body(level));
  } finally {
    native.popTransform();
  }
}

function withHooksDisabled<R>(body: () => R): R {
  const before = native.disableSavedTensorsHooks(noHooks);
  try {
    return body();
  } finally {
    native.disableSavedTensorsHooks(before ?? null);
  }
}

/** How random functions behave inside `vmap`. */
export type Randomness = 'error' | 'same' | 'different';

const randomnessModes: readonly Randomness[] = ['error', 'same', 'different'];

/** @internal */
export function checkRandomness(where: string, randomness: unknown): void {
  if (!randomnessModes.includes(randomness as Randomness)) {
    throw new TypeError(
      `${where}: randomness must be 'error', 'different' or 'same', got ${String(randomness)}`,
    );
  }
}

/** Runs `body` inside a level of vmap. @internal */
export function withVmapLevel<R>(
  batchSize: number,
  randomness: Randomness,
  body: (level: number) => R,
): R {
  const level = native.pushVmap(batchSize, randomnessModes.indexOf(randomness));
  try {
    return body(level);
  } finally {
    native.popTransform();
  }
}

/** How many forward-mode levels are open: they share one dual level. */
let jvpDepth = 0;
let dualLevel = 0;

/** Runs `body` inside a level of forward-mode differentiation. @internal */
export function withJvpLevel<R>(body: (level: number, dualLevel: number) => R): R {
  return withoutInferenceMode(() => insideJvp(body));
}

function insideJvp<R>(body: (level: number, dualLevel: number) => R): R {
  const level = native.pushJvp();
  const enabled = native.setForwardGradEnabled(true);
  try {
    if (jvpDepth === 0) dualLevel = native.enterDualLevel();
    jvpDepth++;
    try {
      return body(level, dualLevel);
    } finally {
      jvpDepth--;
      if (jvpDepth === 0) native.exitDualLevel(dualLevel);
    }
  } finally {
    native.setForwardGradEnabled(enabled);
    native.popTransform();
  }
}

/** The tree with each tensor wrapped for a level; other leaves as they are. @internal */
export function wrapAll(tree: unknown, level: number): unknown {
  return treeMap(tree, (leaf) =>
    leaf instanceof Tensor ? wrap(native.wrapForGrad(requiredId(leaf), level)) : leaf,
  );
}

/** The tree, of tensors only, with the wrappers of a level taken off. @internal */
export function unwrapAll(where: string, tree: unknown, level: number): unknown {
  return treeMap(tree, (leaf) => {
    if (!(leaf instanceof Tensor)) {
      throw new TypeError(`${where}: expected only Tensors, got ${kindOf(leaf)}`);
    }
    return wrap(native.unwrapForGrad(requiredId(leaf), level));
  });
}

/** Has autograd follow each leaf of a wrapped tree. @internal */
export function trackAll(where: string, tree: unknown): Tensor[] {
  const [leaves] = treeFlatten(tree);
  for (const leaf of leaves) {
    if (!(leaf instanceof Tensor)) {
      throw new TypeError(
        `${where}: what is differentiated with respect to must be Tensors, got ${kindOf(leaf)}`,
      );
    }
    native.trackGrad(requiredId(leaf));
  }
  return leaves as Tensor[];
}

/** The output and what came beside it, of a function that was declared to return both. @internal */
export function splitAux(where: string, output: unknown): [output: unknown, aux: unknown] {
  if (!Array.isArray(output) || output.length !== 2) {
    throw new TypeError(
      `${where}: with hasAux the function must return an array [output, aux], got ${kindOf(output)}`,
    );
  }
  return output as [unknown, unknown];
}

/** The leaves of a function's output, all of them tensors, and its structure. @internal */
export function flattenTensors(where: string, what: string, tree: unknown) {
  const [leaves, spec] = treeFlatten(tree);
  if (leaves.length === 0) throw new TypeError(`${where}: ${what} must hold at least one Tensor`);
  for (const leaf of leaves) {
    if (!(leaf instanceof Tensor)) {
      throw new TypeError(`${where}: ${what} must hold only Tensors, got ${kindOf(leaf)}`);
    }
  }
  return { tensors: leaves as Tensor[], spec };
}

/** Runs `body` outside inference mode, in the grad mode of before. @internal */
export function withoutInferenceMode<R>(body: () => R): R {
  if (!native.isInferenceMode()) return body();
  const isGradEnabled = native.isGradEnabled();
  const mode = native.enterInferenceMode(false);
  try {
    native.setGradEnabled(isGradEnabled);
    return body();
  } finally {
    native.exitInferenceMode(mode);
  }
}
