/**
 * Workers that are terminated at random points of tensor work, many of them: `npm run
 * stress:workers -- [how many] [seed]`. The tests do the same with 40.
 */
import { measure, setTimeLimit } from './_run.js';

const [count = 1000, seed = 1] = process.argv.slice(2).map(Number);

setTimeLimit(3_600_000);
const began = performance.now();
const report = await measure('worker-stress', count, 100, seed);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(`${count} Workers, seed ${seed}, ${seconds} s:`, report);
const left = report.handles + report.liveBytes;
if (left !== 0 || report.growth > 60 || report.sum !== 10) {
  console.error('memory was left behind');
  process.exitCode = 1;
}
