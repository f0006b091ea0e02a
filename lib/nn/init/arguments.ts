import type { Generator } from '../../generator.js';
import { type Call, required, Signature } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';

/** What the functions that draw random numbers take. */
export interface GeneratorOptions {
  /** Where the random numbers come from. Default: the default generator. */
  generator?: Generator | null;
}

export type Random = Generator | null;

/** The signature of a function that fills a tensor. */
export const initialize = <Bound extends object>(
  name: string,
  rest: { [K in keyof Bound]?: unknown },
) =>
  new Signature<Bound & { tensor: Tensor }>(`nn.init.${name}`, {
    tensor: required,
    ...rest,
  } as { [K in keyof (Bound & { tensor: Tensor })]?: unknown });

/** Binds the arguments and makes sure of the tensor. */
export function bind<Bound extends { tensor: Tensor }>(
  signature: Signature<Bound>,
  args: unknown[],
): Bound {
  const bound = signature.bind(args);
  if (!(bound.tensor instanceof Tensor)) {
    throw new TypeError(`${signature.where} fills a Tensor, got ${typeof bound.tensor}`);
  }
  return bound;
}

/** Whether there is nothing to fill; warns where there is not. */
export const isEmpty = (tensor: Tensor) => {
  if (tensor.numel() > 0) return false;
  warn('Initializing zero-element tensors is a no-op');
  return true;
};

/** What the functions that scale what they draw take. */
export interface ScaledArguments {
  gain: number;
  generator: Random;
}

/** The arguments of a function that scales what it draws. */
export type ScaledCall<T extends Tensor> = Call<
  [tensor: T],
  [gain: number, generator: Random],
  Partial<ScaledArguments>
>;
