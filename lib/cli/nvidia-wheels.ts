import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { download } from '../utils/download.js';
import type { Tag } from './releases.js';

/** One of NVIDIA's packages: its name in an index, its version, and the hash of its wheel. */
export interface NvidiaPackage {
  name: string;
  /** Default: the newest; a library's name holds what must agree. */
  version?: string;
  /** The SHA-256 of the wheel for Linux x64. */
  sha256?: string;
}

const packages = (...rows: [name: string, version?: string, sha256?: string][]): NvidiaPackage[] =>
  rows.map(([name, version, sha256]) => ({
    name,
    ...(version && { version }),
    ...(sha256 && { sha256 }),
  }));

/** What libtorch's builds for CUDA load, by their tags. */
export const NVIDIA_PACKAGES: Record<Exclude<Tag, 'cpu'>, readonly NvidiaPackage[]> = {
  cu126: packages(
    ['nvidia-cublas-cu12', '12.6.4.1'],
    ['nvidia-cuda-cupti-cu12', '12.6.80'],
    ['nvidia-cuda-nvrtc-cu12', '12.6.77'],
    ['nvidia-cuda-runtime-cu12', '12.6.77'],
    ['nvidia-cudnn-cu12'],
    ['nvidia-cufft-cu12', '11.3.0.4'],
    ['nvidia-cufile-cu12', '1.11.1.6'],
    ['nvidia-curand-cu12', '10.3.7.77'],
    ['nvidia-cusolver-cu12', '11.7.1.2'],
    ['nvidia-cusparse-cu12', '12.5.4.2'],
    ['nvidia-cusparselt-cu12'],
    ['nvidia-nccl-cu12'],
    ['nvidia-nvjitlink-cu12', '12.6.85'],
    ['nvidia-nvshmem-cu12'],
    ['nvidia-nvtx-cu12', '12.6.77'],
  ),
  cu130: packages(
    [
      'nvidia-cublas',
      '13.1.1.3',
      '37936a16db8fe4ac1f065c2139360608a543a09275cb1a1af612e08cfa065436',
    ],
    [
      'nvidia-cuda-cupti',
      '13.0.85',
      '4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8',
    ],
    [
      'nvidia-cuda-nvrtc',
      '13.0.88',
      'ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575',
    ],
    [
      'nvidia-cuda-runtime',
      '13.0.96',
      '7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548',
    ],
    [
      'nvidia-cudnn-cu13',
      '9.24.0.43',
      '71f181cd810e90f9b6023b01186fe82d13d65f0ec098581ee201d39fad769e4b',
    ],
    [
      'nvidia-cufft',
      '12.0.0.61',
      '6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3',
    ],
    [
      'nvidia-cufile',
      '1.15.1.6',
      '08a3ecefae5a01c7f5117351c64f17c7c62efa5fffdbe24fc7d298da19cd0b44',
    ],
    [
      'nvidia-curand',
      '10.4.0.35',
      '1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc',
    ],
    [
      'nvidia-cusolver',
      '12.0.4.66',
      '0a759da5dea5c0ea10fd307de75cdeb59e7ea4fcb8add0924859b944babf1112',
    ],
    [
      'nvidia-cusparse',
      '12.6.3.3',
      '2b3c89c88d01ee0e477cb7f82ef60a11a4bcd57b6b87c33f789350b59759360b',
    ],
    [
      'nvidia-cusparselt-cu13',
      '0.8.1',
      '786ce87568c303fadb5afcc7102d454cd3040d75f6f8626f5db460d1871f4dd0',
    ],
    [
      'nvidia-nccl-cu13',
      '2.30.7',
      'cefa7fdb9710efd0f39c5f1be1d61ff6fc9a996c451265bd7fbdcf9455ed4b50',
    ],
    [
      'nvidia-nvjitlink',
      '13.4.92',
      'e0391f24ed94ec879b84e3da4d4ec320c879aff681f2c7a638462f7199284323',
    ],
    [
      'nvidia-nvshmem-cu13',
      '3.4.5',
      '290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80',
    ],
    ['nvidia-nvtx', '13.0.85', '4936d1d6780fbe68db454f5e72a42ff64d1fd6397df9f363ae786930fd5c1cd4'],
  ),
};

/** A wheel that a page of an index names. */
export interface IndexedWheel {
  url: string;
  file: string;
  version: string;
  sha256?: string;
}

/** Whether `a` is a later version than `b`. */
function isNewer(a: string, b: string): boolean {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  const place = x.findIndex((part, i) => part !== (y[i] ?? 0));
  return place >= 0 && (x[place] as number) > (y[place] ?? 0);
}

/**
 * The wheel of a package on a page of a package index.
 *
 * @param page - The page's HTML.
 * @param base - The page's address, by which its links are read.
 * @returns null where the page has none for this machine.
 */
export function findWheel(
  page: string,
  base: string,
  { name, version }: NvidiaPackage,
  arch: string = process.arch,
): IndexedWheel | null {
  const machine = arch === 'arm64' ? 'aarch64' : 'x86_64';
  const start = name.replaceAll('-', '_');
  const pattern = new RegExp(`^${start}-([\\d.]+)-py3-none-manylinux\\S*_${machine}\\.whl$`);
  let best: IndexedWheel | null = null;
  for (const [, link = ''] of page.matchAll(/<a\s[^>]*href="([^"]+)"/g)) {
    const url = new URL(link.replaceAll('&amp;', '&'), base);
    const file = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const found = pattern.exec(file)?.[1];
    if (found === undefined || (version !== undefined && found !== version)) continue;
    if (best !== null && !isNewer(found, best.version)) continue;
    const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1];
    url.hash = '';
    best = { url: url.href, file, version: found, ...(sha256 && { sha256 }) };
  }
  return best;
}

/** One wheel, from the page that its package has in an index. */
async function fetchWheel(wanted: NvidiaPackage, index: string, folder: string): Promise<string> {
  const { name } = wanted;
  const page = `${index}/${name}/`;
  const html = join(folder, `${name}.html`);
  // A page may change: what an earlier run read is of no use.
  await rm(html, { force: true });
  await download([page], html, { progress: false, label: `the list of ${name}` });
  const wheel = findWheel(await readFile(html, 'utf8'), page, wanted);
  await rm(html, { force: true });
  if (wheel === null) {
    throw new Error(`${page} has no wheel of ${name} ${wanted.version ?? ''} for this machine`);
  }
  const { url, file, version } = wheel;
  // Our own hash goes first; without any, the wheel's own checksums are left.
  const sha256 = (process.arch === 'x64' && wanted.sha256) || wheel.sha256;
  const path = join(folder, file);
  await download([url], path, { ...(sha256 && { sha256 }), label: `${name} ${version}` });
  return path;
}

/**
 * Downloads what a build of libtorch needs of NVIDIA's libraries, one after the other. What is
 * there already and whole is not fetched again, and what was broken off is resumed.
 *
 * @param index - The package index: a page for each package lies under it.
 * @param folder - The folder to put the wheels into.
 * @throws TorchError naming what could not be had.
 */
export async function fetchNvidiaWheels(
  tag: Exclude<Tag, 'cpu'>,
  index: string,
  folder: string,
): Promise<string[]> {
  const wheels: string[] = [];
  for (const wanted of NVIDIA_PACKAGES[tag]) {
    wheels.push(await fetchWheel(wanted, index.replace(/\/+$/, ''), folder));
  }
  return wheels;
}
