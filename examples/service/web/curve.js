const MOST_POINTS = 400;

/**
 * A curve of any length in a bounded number of points, each the mean of as many steps: when there
 * are too many, every two become one.
 */
export class Curve {
  /** How many steps a point stands for. */
  width = 1;
  /** How many steps there are. */
  count = 0;
  /** @type {number[]} The sums of full points; then what there is of the next. */
  #sums = [];
  #partial = 0;
  #partialCount = 0;

  /**
   * @param {number} first The step of the first value. What was told before is told no more.
   * @param {number[]} values
   */
  add(first, values) {
    for (const value of values.slice(Math.max(0, this.count + 1 - first))) {
      this.count++;
      this.#partial += value;
      this.#partialCount++;
      if (this.#partialCount === this.width) this.#finishPoint();
    }
  }

  #finishPoint() {
    this.#sums.push(this.#partial);
    this.#partial = 0;
    this.#partialCount = 0;
    if (this.#sums.length < MOST_POINTS) return;
    const pairs = [];
    for (let i = 0; i + 1 < this.#sums.length; i += 2) {
      pairs.push(this.#sums[i] + this.#sums[i + 1]);
    }
    this.#sums = pairs;
    this.width *= 2;
  }

  points() {
    return {
      steps: this.#sums.map((_, i) => (i + 1) * this.width),
      means: this.#sums.map((sum) => sum / this.width),
    };
  }
}
