/** What the programs here measure, and how they tell the test that started them. */
import { native } from '../../../dist/lib/native.js';

// On a busy machine, threads that wait for each other turn 0.1 ms into 4; memory is the same.
native.setNumThreads(1);

const MB = 1e6;
let peak = 0;

/** The resident memory of the process in MB; kept where it is the highest so far. */
export function sample() {
  const rss = process.memoryUsage.rss();
  peak = Math.max(peak, rss);
  return rss / MB;
}

export function report(more = {}) {
  sample();
  // Linux counts in kilobytes, and what the parent had before this program began.
  const maxRss = (process.resourceUsage().maxRSS * 1024) / MB;
  const liveTensors = native.liveTensors();
  console.log(JSON.stringify({ peak: Math.round(peak / MB), maxRss, liveTensors, ...more }));
}
