import type { Outcome } from './compare-all.js';
import { listed } from './misses.js';

/** How many of how many. */
export interface Count {
  passed: number;
  total: number;
}

export interface Summary {
  /** By dtype. */
  samples: Record<string, Count>;
  gradients: Record<string, Count>;
  errors: Count;
  /** How many samples were also called by each other form. */
  forms: Record<string, number>;
  /** Entries of which only dtypes and shapes are compared, and how many samples they have. */
  loose: Record<string, number>;
  /** What fails or was never run, by entry and reason. */
  misses: { name: string; count: number; reason: string; example: string; isListed: boolean }[];
}

/** Why samples of the tables are not run, in plain words. */
const leftOutReasons: [pattern: RegExp, reason: string][] = [
  [/^jiterator/, 'compiles CUDA from a string'],
  [/Python accepts it/, 'Python refuses it only on another device, or with shared memory'],
  [
    /^__r\w+__: TypeError: descriptor/,
    "a number has no such method in JavaScript, nor in Python's call",
  ],
];

const empty = (): Count => ({ passed: 0, total: 0 });

function add(counts: Record<string, Count>, dtype: string, passed: boolean): void {
  counts[dtype] ??= empty();
  counts[dtype].total++;
  if (passed) counts[dtype].passed++;
}

export function summarize(outcomes: readonly Outcome[]): Summary {
  const summary: Summary = {
    samples: {},
    gradients: {},
    errors: empty(),
    forms: {},
    loose: {},
    misses: [],
  };
  const misses = new Map<string, Summary['misses'][number]>();
  const miss = (name: string, text: string, example: string, leftOut?: string) => {
    const reason = leftOut ?? listed(name, text)?.reason;
    const key = JSON.stringify([name, reason ?? text.replace(/\d+/g, '#')]);
    const known = misses.get(key);
    if (known) known.count++;
    else {
      const isListed = reason !== undefined;
      misses.set(key, { name, count: 1, reason: reason ?? text, example, isListed });
    }
  };
  for (const { name, verdicts, errors, leftOut, died } of outcomes) {
    if (died) miss(name, `the process died of ${died}`, '');
    for (const verdict of verdicts) {
      const { dtype, number, result, hasGradients, gradients, forms, isLoose } = verdict;
      for (const form of forms) summary.forms[form] = (summary.forms[form] ?? 0) + 1;
      if (isLoose) summary.loose[name] = (summary.loose[name] ?? 0) + 1;
      add(summary.samples, dtype, result === undefined);
      if (hasGradients) add(summary.gradients, dtype, gradients === undefined);
      const text = result ?? (gradients && `gradients: ${gradients}`);
      if (text) miss(name, text, `${dtype}, sample ${number}: ${text}`);
    }
    for (const { number, difference } of errors) {
      summary.errors.total++;
      if (difference === undefined) summary.errors.passed++;
      else miss(name, difference, `call ${number} that must fail: ${difference}`);
    }
    for (const [dtype, number, reason] of leftOut) {
      const why = leftOutReasons.find(([pattern]) => pattern.test(`${name}: ${reason}`))?.[1];
      miss(name, reason, `${dtype}, sample ${number}`, `not run: ${why ?? reason}`);
    }
  }
  summary.misses = [...misses.values()].sort((a, b) => b.count - a.count);
  return summary;
}

const percent = ({ passed, total }: Count) =>
  total === 0 ? '' : `${Math.floor((10000 * passed) / total) / 100} %`;

const formNames: Record<string, string> = {
  method: 'methods',
  inPlace: 'in place',
  out: 'with `out`',
  named: 'by name',
};

/** The summary as a page. */
export function render(summary: Summary, madeOn: { torch: string; node: string }): string {
  const rows = Object.entries(summary.samples).map(([dtype, count]) => {
    const gradients = summary.gradients[dtype] ?? empty();
    const shown = gradients.total > 0 ? `${gradients.passed} of ${gradients.total}` : '';
    return `| ${dtype} | ${count.passed} of ${count.total} | ${percent(count)} | ${shown} | ${percent(gradients)} |`;
  });
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 240);
  const misses = summary.misses.map(
    ({ name, count, reason, example }) =>
      `| ${name} | ${count} | ${cell(reason)} | ${cell(example)} |`,
  );
  return `# PyTorch's operator samples

Every sample of PyTorch's OpInfo tables (\`torch.testing._internal.common_methods_invocations\`) that the
CPU takes, through sconce's public API: the function, and where Python has them the method, the
in-place method, \`out\`, and all arguments but the first by name. A sample passes when dtypes, shapes, layouts, the names of results and
values are Python's in every form, within the tolerances of \`torch.testing.assert_close\`. Gradients are
those of all inputs, for a fixed gradient of the results. Written by \`npm run parity:opinfo\`.

PyTorch ${madeOn.torch}, Node ${madeOn.node}.

| dtype | samples | | gradients | |
| --- | ---: | ---: | ---: | ---: |
${rows.join('\n')}

Calls that the tables say must fail: ${summary.errors.passed} of ${summary.errors.total} throw.

The other forms of these calls: ${Object.entries(summary.forms)
    .map(([form, count]) => `${count} ${formNames[form] ?? form}`)
    .join(', ')}.

Memory that was never written has no values to compare, only dtypes and shapes: ${Object.entries(
    summary.loose,
  )
    .map(([name, count]) => `${name} (${count})`)
    .join(', ')}.

## What does not pass, or was not run

| entry | count | reason | example |
| --- | ---: | --- | --- |
${misses.join('\n')}
`;
}
