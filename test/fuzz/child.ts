// Makes the calls FIRST to LAST of a seed, and keeps in a file which one it is at and how many have
// returned and thrown: after a crash that is all there is to tell. Started by fuzz.ts.
import { openSync, writeSync } from 'node:fs';
import torch, { Tensor } from 'sconce';
import { argumentsOf } from './arguments.js';
import { callees } from './operators.js';
import { Random } from './random.js';

const [journal, seed, first, last, verbose] = process.argv.slice(2) as string[];
const file = openSync(journal as string, 'w');
const all = callees();
const counts = { returned: 0, threw: 0 };
process.removeAllListeners('warning');
process.on('warning', () => undefined);
torch.setNumThreads(1);

/** What a call gives is read too: a broken tensor shows when it is looked at. */
function look(value: unknown): void {
  if (value instanceof Tensor && value.device.type === 'cpu' && value.numel() < 1000) String(value);
  else if (Array.isArray(value)) value.forEach(look);
}

/** Its gradient too, by as many formulas as libtorch has for it. */
function differentiate(value: unknown): void {
  if (value instanceof Tensor && value.requiresGrad && value.numel() < 1000) {
    value.backward(torch.onesLike(value));
  } else if (Array.isArray(value)) value.forEach(differentiate);
}

/** An argument in few words. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`;
  if (!(value instanceof Tensor)) return String(value);
  if (value.isDisposed) return 'disposed';
  const { dtype, shape, layout, device } = value;
  const marks = [value.requiresGrad && 'grad', layout !== torch.strided && layout, device.type];
  return `${dtype}[${shape}] ${marks.filter((mark) => mark && mark !== 'cpu').join(' ')}`.trim();
}

for (let call = Number(first); call < Number(last); call++) {
  writeSync(file, `${call} ${counts.returned} ${counts.threw}`.padEnd(48), 0);
  const random = new Random(Math.imul(Number(seed), 0x9e3779b1) + call);
  torch.manualSeed(call);
  const callee = random.pick(all);
  let args: unknown[];
  try {
    args = argumentsOf(random, callee);
  } catch {
    // No such tensor: nothing to call with.
    continue;
  }
  if (verbose) console.log(callee.label, args.map(describe).join(' | '));
  try {
    const result = callee.isMethod
      ? callee.function.apply(args[0], args.slice(1))
      : callee.function(...args);
    look(result);
    differentiate(result);
    counts.returned++;
  } catch (error) {
    if (!(error instanceof Error)) {
      throw new Error(`${callee.label}: threw what is no Error: ${String(error)}`);
    }
    counts.threw++;
  }
}
writeSync(file, `${last} ${counts.returned} ${counts.threw}`.padEnd(48), 0);
