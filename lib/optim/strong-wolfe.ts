import type { Tensor } from '../tensor.js';
import {
  isAtMost,
  isLess,
  larger,
  magnitude,
  minus,
  over,
  plus,
  type Real,
  smaller,
  times,
} from './real.js';

/** The loss and its gradient at a place on the line. */
export interface Evaluation {
  loss: number;
  grad: Tensor;
}

/** A place on the line, and what is known of it. */
interface Point extends Evaluation {
  /** How far along the direction it is. */
  at: Real;
  /** The slope of the loss along the direction. */
  slope: Tensor;
}

/** What a line search found, and how often it evaluated. */
export interface Found extends Evaluation {
  size: Real;
  calls: number;
}

/** Where the cubic through two points with their slopes is least, within bounds. */
function interpolate(one: Point, other: Point, bounds?: readonly [least: Real, most: Real]): Real {
  const isForward = isAtMost(one.at, other.at);
  const [least, most] = bounds ?? (isForward ? [one.at, other.at] : [other.at, one.at]);
  const gap = minus(one.at, other.at);
  const chord = over(3 * (one.loss - other.loss), gap);
  const d1 = minus(one.slope.add(other.slope), chord) as Tensor;
  const square = d1.pow(2).sub(one.slope.mul(other.slope));
  if (!isAtMost(0, square)) return over(plus(least, most), 2);
  const d2 = square.sqrt();
  const [near, far] = isForward ? [one, other] : [other, one];
  const numerator = far.slope.add(d2).sub(d1);
  const denominator = far.slope.sub(near.slope).add(d2.mul(2));
  const place = minus(far.at, times(minus(far.at, near.at), numerator.div(denominator)));
  return smaller(larger(place, least), most);
}

const c1 = 1e-4;
const c2 = 0.9;
const toleranceChange = 1e-9;

/**
 * Searches a line for a place that fulfils the strong Wolfe conditions: the loss has fallen enough,
 * and its slope is flat enough.
 *
 * @param evaluate The loss and gradient at a distance along the direction.
 * @param first The distance to try first.
 * @param start The loss and gradient at distance 0, and `slope` their slope along `direction`.
 * @param most How often the search goes on at most.
 */
export function strongWolfe(
  evaluate: (distance: Real) => Evaluation,
  first: Real,
  direction: Tensor,
  start: Evaluation,
  slope: Tensor,
  most: number,
): Found {
  let calls = 0;
  const look = (at: Real): Point => {
    calls++;
    const found = evaluate(at);
    return { ...found, at, slope: found.grad.dot(direction) };
  };
  const hasFallen = ({ at, loss }: Point) =>
    !isLess(plus(start.loss, times(times(c1, at), slope)), loss);
  const isFlat = (point: Point) => isAtMost(magnitude(point.slope), slope.mul(-c2));
  const origin: Point = { ...start, grad: start.grad.clone(), at: 0, slope };

  let iterations = 0;
  let previous = origin;
  let point = look(first);
  let bracket: [Point] | [Point, Point] | undefined;
  let isDone = false;
  while (iterations < most) {
    if (!hasFallen(point) || (iterations > 1 && point.loss >= previous.loss)) {
      bracket = [previous, point];
      break;
    }
    if (isFlat(point)) {
      bracket = [point];
      isDone = true;
      break;
    }
    if (isAtMost(0, point.slope)) {
      bracket = [previous, point];
      break;
    }
    const bounds = [
      plus(point.at, times(0.01, minus(point.at, previous.at))),
      times(point.at, 10),
    ] as const;
    const next = interpolate(previous, point, bounds);
    previous = point;
    point = look(next);
    iterations++;
  }
  const ends = bracket ?? [origin, point];
  const chosen =
    isDone || ends.length === 1
      ? ends[0]
      : zoom(ends, { look, hasFallen, isFlat, direction, remaining: most - iterations });
  return { loss: chosen.loss, grad: chosen.grad, size: chosen.at, calls };
}

/** Closes in on a good place between two points, and returns the better end. */
function zoom(
  ends: [Point, Point],
  search: {
    look(at: Real): Point;
    hasFallen(point: Point): boolean;
    isFlat(point: Point): boolean;
    direction: Tensor;
    remaining: number;
  },
): Point {
  const largest = search.direction.abs().max();
  let isStuck = false;
  const lowOf = ([one, other]: [Point, Point]) => (one.loss <= other.loss ? 0 : 1);
  let low: 0 | 1 = lowOf(ends);
  for (let i = 0; i < search.remaining; i++) {
    const [one, other] = ends;
    if (isLess(times(magnitude(minus(other.at, one.at)), largest), toleranceChange)) break;
    const right = larger(one.at, other.at);
    const left = smaller(one.at, other.at);
    let at = interpolate(one, other);
    const margin = times(0.1, minus(right, left));
    if (isLess(smaller(minus(right, at), minus(at, left)), margin)) {
      if (isStuck || isAtMost(right, at) || isAtMost(at, left)) {
        const isRight = isLess(magnitude(minus(at, right)), magnitude(minus(at, left)));
        at = isRight ? minus(right, margin) : plus(left, margin);
        isStuck = false;
      } else {
        isStuck = true;
      }
    } else {
      isStuck = false;
    }
    const point = search.look(at);
    const high = low === 0 ? 1 : 0;
    if (!search.hasFallen(point) || point.loss >= ends[low].loss) {
      ends[high] = point;
      low = lowOf(ends);
    } else {
      if (search.isFlat(point)) {
        ends[low] = point;
        break;
      }
      const span = minus(ends[high].at, ends[low].at);
      if (isAtMost(0, times(point.slope, span))) ends[high] = ends[low];
      ends[low] = point;
    }
  }
  return ends[low];
}
