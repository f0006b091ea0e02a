/**
 * Runs examples one after another in a process of their own, and writes a line before and after
 * each to the file descriptor 3. Arguments: the files.
 */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import torch, { Tensor } from 'sconce';
import { datasets } from 'sconce/vision';

/** A line of what this process tells the one that started it. */
export interface RunnerLine {
  file: string;
  /** Absent before the example runs; null after it went well. */
  error?: string | null;
}

const tell = (line: RunnerLine) => writeSync(3, `${JSON.stringify(line)}\n`);
const dense = (text: string) => text.replace(/\s+/g, '');

/** The texts that a value may be stated as. */
function textsOf(value: unknown): string[] {
  if (value instanceof Tensor) {
    // A tensor's shape or elements say enough where how it prints is beside the point.
    const isDense = value.layout === torch.strided && !value.isMeta;
    const elements = isDense && value.numel() < 100 ? [inspect(value.tolist(), { depth: 9 })] : [];
    return [String(value), inspect(value.shape), ...elements];
  }
  const text = inspect(value, { depth: 9 });
  return typeof value === 'string' ? [value, text] : [text];
}

function agrees(claim: string, text: string): boolean {
  if (!claim.endsWith('...')) return dense(claim) === dense(text);
  return dense(text).startsWith(dense(claim.slice(0, -3)));
}

/** What several values may be stated as: the texts of each, with commas or spaces between. */
function textsOfAll(values: unknown[]): string[] {
  return values
    .map(textsOf)
    .reduce((befores, texts) =>
      befores.flatMap((before) => texts.flatMap((text) => [`${before}, ${text}`, before + text])),
    );
}

const brief = (text: string) => (text.length > 500 ? `${text.slice(0, 500)} ...` : text);

function wrong(claim: string, values: unknown[]): string | undefined {
  const texts = values.length === 1 ? textsOf(values[0]) : textsOfAll(values);
  if (texts.some((text) => agrees(claim, text))) return undefined;
  return brief(texts[0] as string);
}

function wrongThrow(claim: string, run: () => unknown): string | undefined {
  const [, name, message = ''] = /^throws (\w+)(?:: (.*))?$/s.exec(claim) ?? [];
  try {
    run();
  } catch (error) {
    const { name: got, message: text } = error as Error;
    const isRight = got === name && dense(text).includes(dense(message));
    return isRight ? undefined : brief(`${got}: ${text}`);
  }
  return 'nothing thrown';
}

let faults: string[] = [];
const globals = globalThis as { claim?: (claim: string, given: unknown) => void };
globals.claim = (claim, given) => {
  const check = typeof given === 'function' ? wrongThrow : wrong;
  const got = check(claim, given as never);
  if (got !== undefined) faults.push(`the comment says: ${claim}\n  it gives: ${got}`);
};

// Examples print; what they print is made and thrown away.
console.log = (...values: unknown[]) => {
  for (const value of values) inspect(value);
};

// The datasets' first samples, and the digits in the place of what only a network has.
const { MNIST, FashionMNIST, KMNIST } = datasets;
const few = Object.getOwnPropertyDescriptor(MNIST.prototype, 'length')?.get as () => number;
Object.defineProperty(MNIST.prototype, 'length', {
  get() {
    return Math.min(few.call(this), 128);
  },
});
for (const dataset of [FashionMNIST, KMNIST]) {
  Object.defineProperty(dataset, 'resources', { value: MNIST.resources });
}

const threads = torch.getNumThreads();

for (const file of process.argv.slice(2)) {
  tell({ file });
  torch.manualSeed(0);
  torch.setDefaultDtype(torch.float32);
  torch.setPrintoptions({ profile: 'default' });
  torch.setGradEnabled(true);
  if (torch.getNumThreads() !== threads) torch.setNumThreads(threads);
  faults = [];
  try {
    await import(file);
  } catch (error) {
    const { stack } = error as Error;
    faults.push(stack ?? String(error));
  }
  tell({ file, error: faults.length === 0 ? null : faults.join('\n') });
}
