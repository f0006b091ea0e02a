import { existsSync, readFileSync } from 'node:fs';
import { type Driver, findStub, loadStub } from '../addon.js';
import type { Tag } from './releases.js';

/** The least driver for each build of libtorch: CUDA 12 serves all of its minor versions. */
const TAGS: [cuda: number, tag: Tag][] = [
  [13_000, 'cu130'],
  [12_000, 'cu126'],
];

/** The CUDA version that NVIDIA's drivers of a series brought first. */
const SERIES: [driver: number, cuda: number][] = [
  [580, 13_000],
  [560, 12_060],
  [525, 12_000],
  [450, 11_000],
];

/** What Linux tells of the driver before there is an addon to ask it; its GPUs are not known. */
export function parseDriverVersion(text: string): Driver | null {
  const series = Number(/\b(\d{3})\.\d+/.exec(text)?.[1]);
  const known = SERIES.find(([driver]) => series >= driver);
  return known ? { cuda: known[1], devices: 1 } : null;
}

/** NVIDIA's driver (not the toolkit: libtorch needs none), or null where there is none. */
export function readDriver(): Driver | null {
  const stub = findStub();
  if (stub !== null) return loadStub(stub).driver();
  const path = '/proc/driver/nvidia/version';
  return existsSync(path) ? parseDriverVersion(readFileSync(path, 'utf8')) : null;
}

/** `13.0` for 13000. */
export function cudaVersion({ cuda }: Driver): string {
  return `${Math.floor(cuda / 1000)}.${Math.floor((cuda % 1000) / 10)}`;
}

/** The CUDA build of libtorch that a driver serves, or null where it is too old. */
export function cudaTag(driver: Driver): Tag | null {
  return TAGS.find(([cuda]) => driver.cuda >= cuda)?.[1] ?? null;
}
