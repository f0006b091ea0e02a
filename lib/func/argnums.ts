import { kindOf } from '../describe.js';
import { TorchError } from '../errors.js';
import type { Tensor } from '../tensor.js';

/** Which arguments are differentiated with respect to: a position, or several. */
export type Argnums = number | readonly number[];

/** The type of the arguments that `argnums` picks: one, or an array of them. */
export type Picked<Args extends readonly unknown[], Nums extends Argnums> =
  // One picks an element of a tuple only where its number is known and not counted from the end.
  Nums extends readonly number[]
    ? {
        -readonly [Index in keyof Nums]: Nums[Index] extends keyof Args
          ? Args[Nums[Index]]
          : Args[number];
      }
    : Nums extends keyof Args
      ? Args[Nums]
      : Args[number];

/** A tree with the structure of `Tree`, and `Leaf` in place of its tensors. */
export type MapTensors<Tree, Leaf> = Tree extends Tensor
  ? Leaf
  : Tree extends readonly unknown[]
    ? { -readonly [Key in keyof Tree]: MapTensors<Tree[Key], Leaf> }
    : Tree extends object
      ? { [Key in keyof Tree]: MapTensors<Tree[Key], Leaf> }
      : Leaf;

/** The positions without negative numbers; throws for one that no argument has. @internal */
export function positionsOf(where: string, argnums: Argnums, count: number): number[] {
  const list = typeof argnums === 'number' ? [argnums] : argnums;
  if (!Array.isArray(list) || !list.every(Number.isInteger)) {
    throw new TypeError(
      `${where}: argnums must be an integer or an array of integers, got ${kindOf(argnums)}`,
    );
  }
  if (list.length === 0) throw new TorchError(`${where}: argnums must not be empty`);
  const positions = list.map((argnum: number) => {
    if (argnum >= count || argnum < -count) {
      throw new TorchError(`${where}: got argnum=${argnum}, but only ${count} positional inputs`);
    }
    return argnum < 0 ? argnum + count : argnum;
  });
  if (new Set(positions).size !== positions.length) {
    throw new TorchError(`${where}: argnums must be unique, got [${list.join(', ')}]`);
  }
  return positions;
}

/** The arguments that `argnums` picks: one, or an array of them. @internal */
export function pick(where: string, args: readonly unknown[], argnums: Argnums): unknown {
  const picked = positionsOf(where, argnums, args.length).map((position) => args[position]);
  return typeof argnums === 'number' ? picked[0] : picked;
}
