import { kindOf } from '../describe.js';
import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { isPlainObject } from '../options.js';
import { Tensor } from '../tensor.js';

/** Stands for `...` among the names. */
const ELLIPSIS = '…';

/** One side of a pattern: each dimension as the axes that it is made of. */
interface Side {
  groups: string[][];
  axes: string[];
  /** Whether the ellipsis stands for dimensions of their own, and not for one of them all. */
  isSpread: boolean;
}

const fail = (pattern: string, what: string) =>
  new ValueError(`rearrange(): ${what}, in '${pattern}'`);

/** Throws for what can name no axis. */
function checkAxis(pattern: string, axis: string): void {
  if (axis === ELLIPSIS) return;
  if (/^\d+$/.test(axis)) throw fail(pattern, `unnamed axes can only have size 1, got ${axis}`);
  if (!/^[\p{L}][\p{L}\p{N}_]*$/u.test(axis) || axis.endsWith('_')) {
    throw fail(pattern, `'${axis}' is no name of an axis`);
  }
}

function parseSide(pattern: string, text: string): Side {
  const dots = text.match(/\./g)?.length ?? 0;
  if (dots !== 0 && (dots !== 3 || !text.includes('...'))) {
    throw fail(pattern, 'dots stand only in one ellipsis (...)');
  }
  const groups: string[][] = [];
  let isSpread = false;
  let group: string[] | null = null;
  for (const token of text.replace('...', ` ${ELLIPSIS} `).match(/[()]|[^\s()]+/g) ?? []) {
    if (token === '(') {
      if (group) throw fail(pattern, 'brackets stand inside brackets');
      group = [];
    } else if (token === ')') {
      if (!group) throw fail(pattern, 'the brackets are not balanced');
      groups.push(group);
      group = null;
    } else if (token === '1') {
      if (!group) groups.push([]);
    } else {
      checkAxis(pattern, token);
      if (group) group.push(token);
      else groups.push([token]);
      if (token === ELLIPSIS) isSpread = group === null;
    }
  }
  if (group) throw fail(pattern, 'the brackets are not balanced');
  const axes = groups.flat();
  const repeated = axes.find((axis, i) => axes.indexOf(axis) !== i);
  if (repeated) throw fail(pattern, `the axis '${repeated}' stands twice on one side`);
  return { groups, axes, isSpread };
}

function parse(pattern: string): [left: Side, right: Side] {
  const sides = pattern.split('->');
  if (sides.length !== 2) throw fail(pattern, "a pattern has one '->'");
  const [left, right] = sides.map((side) => parseSide(pattern, side)) as [Side, Side];
  const alone = [...left.axes, ...right.axes].find(
    (axis) => !left.axes.includes(axis) || !right.axes.includes(axis),
  );
  if (alone) throw fail(pattern, `'${alone.replace(ELLIPSIS, '...')}' stands on one side only`);
  if (left.axes.includes(ELLIPSIS) && !left.isSpread) {
    throw fail(pattern, 'the ellipsis on the left stands in brackets');
  }
  return [left, right];
}

/** The sizes of the axes of one dimension, one of which may follow from the others. */
function sizesOf(
  pattern: string,
  group: readonly string[],
  size: number,
  lengths: Readonly<Record<string, number>>,
): number[] {
  const sizes = group.map((axis) => (Object.hasOwn(lengths, axis) ? lengths[axis] : undefined));
  const known = sizes.reduce<number>((product, length) => product * (length ?? 1), 1);
  const unknown = sizes.filter((length) => length === undefined).length;
  if (unknown > 1) {
    throw fail(pattern, `the lengths of ${group.join(', ')} are not known: give all but one`);
  }
  if (unknown === 0 ? known !== size : known === 0 || size % known !== 0) {
    throw fail(pattern, `a dimension of size ${size} cannot be (${group.join(' ')})`);
  }
  return sizes.map((length) => length ?? size / known);
}

/**
 * Transposes, splits and joins dimensions by a pattern that names them, after einops.
 *
 * @param tensor A Tensor, or an array of Tensors, which are stacked.
 * @param pattern What comes in, `->`, and what goes out: names of axes, `(a b)` for a dimension made
 * of two, `1` for one of size 1, and `...` for any others.
 * @param axesLengths The lengths of axes that do not follow from the shape.
 *
 * @throws ValueError for a pattern that says nothing, or that the shape does not fit.
 *
 * @example
 * ```ts
 * const images = torch.randn(32, 30, 40, 3);
 * torch.func.rearrange(images, 'b h w c -> b (c h w)').shape; // [32, 3600]
 * torch.func.rearrange(images, 'b (h1 h) w c -> (b h1) h w c', { h1: 2 }).shape; // [64, 15, 40, 3]
 * ```
 * @see https://pytorch.org/docs/stable/func.api.html
 */
export function rearrange(
  tensor: Tensor | readonly Tensor[],
  pattern: string,
  axesLengths: Readonly<Record<string, number>> = {},
): Tensor {
  const input = Array.isArray(tensor) ? operators.torch.stack(tensor as Tensor[]) : tensor;
  if (!(input instanceof Tensor)) {
    throw new TypeError(`rearrange() takes a Tensor or an array of them, got ${kindOf(tensor)}`);
  }
  if (typeof pattern !== 'string') {
    throw new TypeError(`rearrange(): the pattern must be a string, got ${kindOf(pattern)}`);
  }
  if (!isPlainObject(axesLengths)) {
    throw new TypeError(`rearrange(): axesLengths must be an object, got ${kindOf(axesLengths)}`);
  }
  const [left, right] = parse(pattern);
  for (const [axis, length] of Object.entries(axesLengths)) {
    if (!left.axes.includes(axis)) throw fail(pattern, `there is no axis '${axis}'`);
    if (!Number.isInteger(length)) {
      throw new TypeError(`rearrange(): the length of '${axis}' must be an integer, got ${length}`);
    }
  }
  const others = input.dim() - left.groups.length + 1;
  const hasOthers = left.axes.includes(ELLIPSIS);
  if (hasOthers ? others < 0 : others !== 1) {
    throw fail(pattern, `the tensor has ${input.dim()} dimensions, which the left side is not`);
  }
  // Every axis is a dimension of its own; then they are put in order, and joined.
  const sizes = new Map<string, number[]>();
  let dim = 0;
  for (const group of left.groups) {
    if (group[0] === ELLIPSIS) {
      sizes.set(ELLIPSIS, input.shape.slice(dim, dim + others));
      dim += others;
      continue;
    }
    const lengths = sizesOf(pattern, group, input.size(dim++), axesLengths);
    for (const [i, axis] of group.entries()) sizes.set(axis, [lengths[i] as number]);
  }
  const places = new Map<string, number[]>();
  let place = 0;
  for (const [axis, lengths] of sizes)
    places.set(
      axis,
      lengths.map(() => place++),
    );
  const product = (axes: readonly string[]) =>
    axes.flatMap((axis) => sizes.get(axis) as number[]).reduce((total, size) => total * size, 1);
  const shape = right.groups.flatMap((group) =>
    right.isSpread && group[0] === ELLIPSIS ? (sizes.get(ELLIPSIS) as number[]) : [product(group)],
  );
  return input
    .reshape([...sizes.values()].flat())
    .permute(right.axes.flatMap((axis) => places.get(axis) as number[]))
    .reshape(shape);
}
