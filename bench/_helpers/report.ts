import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';
import { median } from './statistics.js';

/** One line of a table: what was measured, and how it compares. */
export interface Row {
  what: string;
  unit: string;
  ours: number;
  /** Absent, as the ratio is, where Python has no counterpart. */
  python?: number;
  /** Python's figure over ours, so more than 1 is in our favour: median, least and most. */
  ratio?: number;
  least?: number;
  most?: number;
  /** What the project asks of it, and whether that holds; absent where nothing is asked. */
  bar?: string;
  holds?: boolean;
}

/** What is asked of a row: a least ratio, or a most of our own figure. */
export interface Bar {
  ratio?: number;
  ours?: number;
}

/** A row from the figures of each round: entry `i` of both was measured one after the other. */
export function compare(
  what: string,
  unit: string,
  ours: readonly number[],
  python: readonly number[],
  bar: Bar = {},
): Row {
  const ratios = ours.map((figure, i) => (python[i] as number) / figure);
  const ratio = median(ratios);
  const row: Row = {
    what,
    unit,
    ours: median(ours),
    python: median(python),
    ratio,
    least: Math.min(...ratios),
    most: Math.max(...ratios),
  };
  const asked: string[] = [];
  if (bar.ratio !== undefined) asked.push(`>= ${bar.ratio}x`);
  if (bar.ours !== undefined) asked.push(`<= ${bar.ours} ${unit}`);
  if (asked.length > 0) {
    row.bar = asked.join(', ');
    row.holds = ratio >= (bar.ratio ?? 0) && row.ours <= (bar.ours ?? Number.POSITIVE_INFINITY);
  }
  return row;
}

/** A row of our own figures alone. */
export function alone(what: string, unit: string, ours: readonly number[], most?: number): Row {
  const row: Row = { what, unit, ours: median(ours) };
  if (most === undefined) return row;
  return { ...row, bar: `<= ${most} ${unit}`, holds: row.ours <= most };
}

function figure(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}

const heads = ['what', 'sconce', 'Python', 'ratio', 'min', 'max', 'asked', ''];

function cells(row: Row): string[] {
  return [
    row.what,
    `${figure(row.ours)} ${row.unit}`,
    row.python === undefined ? '' : `${figure(row.python)} ${row.unit}`,
    row.ratio === undefined ? '' : `${row.ratio.toFixed(2)}x`,
    row.least?.toFixed(2) ?? '',
    row.most?.toFixed(2) ?? '',
    row.bar ?? '',
    row.holds === undefined ? '' : row.holds ? 'yes' : 'NO',
  ];
}

/** The rows as a Markdown table, its columns aligned. */
export function table(rows: readonly Row[]): string {
  const lines = [heads, ...rows.map(cells)];
  const widths = heads.map((_, i) => Math.max(3, ...lines.map((line) => line[i]?.length ?? 0)));
  const text = lines.map(
    (line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] as number)).join(' | ')} |`,
  );
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [text[0], rule, ...text.slice(1)].join('\n');
}

/** Writes `NAME.json` and `NAME.md` into a folder, `bench/results` by default. */
export function writeResult(
  name: string,
  title: string,
  rows: readonly Row[],
  setting: Record<string, unknown>,
  folder = join(root, 'bench', 'results'),
): void {
  mkdirSync(folder, { recursive: true });
  const json = JSON.stringify({ name, title, ...setting, rows }, null, 2);
  writeFileSync(join(folder, `${name}.json`), `${json}\n`);
  const facts = Object.entries(setting).map(([key, value]) => `- ${key}: ${value}`);
  const text = [
    `# ${title}`,
    '',
    ...facts,
    '',
    'The ratio is Python over sconce, the median of the rounds: above 1 is in favour of sconce.',
    '',
    table(rows),
    '',
  ];
  writeFileSync(join(folder, `${name}.md`), text.join('\n'));
}
