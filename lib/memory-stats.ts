/** What an allocator counts, by PyTorch's names, in groups. */
export interface NestedStats {
  [name: string]: number | NestedStats;
}

/** The same in one object: `'allocated_bytes.all.current'`. */
export type FlatStats = Record<string, number>;

/** The groups in one object whose names are sorted, as PyTorch gives them. @internal */
export function flatten(stats: NestedStats): FlatStats {
  const flat: [string, number][] = [];
  const walk = (prefix: string, value: number | NestedStats) => {
    if (typeof value === 'number') flat.push([prefix, value]);
    else
      for (const [name, part] of Object.entries(value))
        walk(prefix ? `${prefix}.${name}` : name, part);
  };
  walk('', stats);
  return Object.fromEntries(flat.sort(([a], [b]) => (a < b ? -1 : 1)));
}
