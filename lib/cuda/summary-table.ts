import type { FlatStats } from '../memory-stats.js';

type Format = (value: number, largest: number) => string;

const bytes: Format = (value, largest) => {
  const units = ['B  ', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  for (; unit < units.length - 1 && largest >= 768 * 1024; unit++) {
    value = Math.floor(value / 1024);
    largest /= 1024;
  }
  return `${String(value).padStart(6)} ${units[unit]}`;
};

const counts: Format = (value, largest) => {
  const units = [' ', 'K', 'M'];
  let unit = 0;
  for (; unit < units.length - 1 && largest >= 750 * 1000; unit++) {
    value = Math.floor(value / 1000);
    largest /= 1000;
  }
  return `${String(value).padStart(7)} ${units[unit]} `;
};

const metrics: [key: string, title: string, format: Format][] = [
  ['allocated_bytes', 'Allocated memory', bytes],
  ['active_bytes', 'Active memory', bytes],
  ['requested_bytes', 'Requested memory', bytes],
  ['reserved_bytes', 'GPU reserved memory', bytes],
  ['inactive_split_bytes', 'Non-releasable memory', bytes],
  ['allocation', 'Allocations', counts],
  ['active', 'Active allocs', counts],
  ['segment', 'GPU reserved segments', counts],
  ['inactive_split', 'Non-releasable allocs', counts],
];
const oversized: [key: string, title: string][] = [
  ['oversize_allocations', 'Oversize allocations'],
  ['oversize_segments', 'Oversize GPU segments'],
];
const columns = ['current', 'peak', 'allocated', 'freed'];

function row(title: string, values: number[], largest: number[], format: Format): string {
  const cells = values.map((value, i) => format(value, largest[i] as number));
  return ` ${title.padEnd(21)} | ${cells.join(' | ')} `;
}

/** The table, of what an allocator counts. @internal */
export function summaryOf(stats: FlatStats, device: number, abbreviated: boolean): string {
  const valuesOf = (prefix: string) => columns.map((column) => stats[`${prefix}.${column}`] ?? 0);
  const double = '='.repeat(75);
  const single = '-'.repeat(75);
  const number = (name: string) => String(stats[name] ?? 0);
  const lines = [
    double,
    ` ${' '.repeat(16)} PyTorch CUDA memory summary, device ID ${String(device).padEnd(17)} `,
    single,
    `  ${' '.repeat(9)} CUDA OOMs: ${number('num_ooms').padEnd(12)} | ${' '.repeat(6)} cudaMalloc retries: ${number('num_alloc_retries').padEnd(8)}  `,
    double,
    '        Metric         | Cur Usage  | Peak Usage | Tot Alloc  | Tot Freed  ',
  ];
  for (const [key, title, format] of metrics) {
    const all = valuesOf(`${key}.all`);
    lines.push(single, row(title, all, all, format));
    if (abbreviated) continue;
    lines.push(row('      from large pool', valuesOf(`${key}.large_pool`), all, format));
    lines.push(row('      from small pool', valuesOf(`${key}.small_pool`), all, format));
  }
  for (const [key, title] of oversized) {
    const values = valuesOf(key);
    lines.push(single, row(title, values, values, counts));
  }
  lines.push(double);
  return `|${lines.join('|\n|')}|\n`;
}
