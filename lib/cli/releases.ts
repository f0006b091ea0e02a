import { type Flavour, SUPPORTED_MINORS } from '../libtorch.js';
import type { Checks } from '../utils/checksum.js';

/** The libtorch that sconce is developed against. */
export const DEFAULT_VERSION = '2.13.0';

/** What PyTorch calls a build: for the CPU, or for one version of CUDA. */
export type Tag = 'cpu' | 'cu126' | 'cu130';

/** Where libtorch comes from. */
export interface Releases {
  /** The server of the zips; `SCONCE_LIBTORCH_MIRROR` stands in for it. */
  zips: string;
  /** The server of the package indexes, one a tag. */
  wheels: string;
  /** The size and hash of each zip that was looked at, by its file name. */
  pinned: Record<string, Checks>;
}

export const RELEASES: Releases = {
  zips: 'https://download.pytorch.org/libtorch',
  wheels: 'https://download.pytorch.org/whl',
  pinned: {
    'libtorch-shared-with-deps-2.13.0+cpu.zip': {
      size: 126_385_248,
      sha256: 'edbf4cbed78433d803e90a65f1752e57783d164bce66c95c0872b2ab8f5c159e',
    },
    'libtorch-shared-with-deps-2.13.0+cu130.zip': {
      size: 500_687_821,
      sha256: '945c5a3d946a28b387ad9dc9fddda7ba03e35fae1375b84ebff15df789436f82',
    },
    'libtorch-shared-with-deps-2.14.1+cpu.zip': {
      sha256: '0f02329a5266153cffa9dc12926ff2221fa626207b894d40bd61905cc2079821',
    },
    'libtorch-macos-arm64-2.13.0.zip': {
      sha256: '1e10c6c4dc2764150c9fb2ad28e1889191302734e7f939108e5d2f22f21a06f8',
    },
  },
};

/** The newest known release of a minor version: `2.14.1` for `2.14`. */
export function releaseOf(minor: string): string {
  return minor === '2.14' ? '2.14.1' : `${minor}.0`;
}

/** The name of the official zip for a machine, or null where there is none. */
export function zipName(
  version: string,
  tag: Tag = 'cpu',
  platform: string = process.platform,
  arch: string = process.arch,
): string | null {
  if (platform === 'linux' && arch === 'x64') {
    return `libtorch-shared-with-deps-${version}+${tag}.zip`;
  }
  if (platform === 'win32' && arch === 'x64') {
    return `libtorch-win-shared-with-deps-${version}+${tag}.zip`;
  }
  if (platform === 'darwin' && arch === 'arm64' && tag === 'cpu') {
    return `libtorch-macos-arm64-${version}.zip`;
  }
  return null;
}

/** Where a server has a zip. */
export function zipUrl(base: string, file: string, tag: Tag): string {
  // A zip for macOS has no tag in its name, and lies under cpu.
  return `${base.replace(/\/+$/, '')}/${tag}/${encodeURIComponent(file)}`;
}

/** How pip may find the wheel of a release, in order. */
export function wheelRequirements(
  version: string,
  tag: Tag,
  platform: string = process.platform,
  arch: string = process.arch,
): string[] {
  // PyPI's plain wheel is a CUDA one on Linux x64, and elsewhere one for the CPU.
  const plain = (platform === 'linux' && arch === 'x64') === (tag !== 'cpu');
  return [`torch==${version}+${tag}`, ...(plain ? [`torch==${version}`] : [])];
}

/**
 * Why this machine has no official libtorch, as a clause; null where it has one.
 *
 * macOS on Intel was given up by PyTorch after 2.2, musl and 32-bit systems never had any.
 */
export function unpublished(
  flavour: Flavour,
  platform: string = process.platform,
  arch: string = process.arch,
): string | null {
  const known = ['linux-x64', 'linux-arm64', 'win32-x64', 'darwin-arm64'];
  if (!known.includes(`${platform}-${arch}`)) {
    return `PyTorch publishes no libtorch for ${platform}-${arch}`;
  }
  if (flavour === 'cuda' && platform === 'darwin') return 'there is no CUDA for macOS';
  return null;
}

export function isSupported(version: string): boolean {
  const minor = /^(\d+\.\d+)\.\d+$/.exec(version)?.[1];
  return minor !== undefined && (SUPPORTED_MINORS as readonly string[]).includes(minor);
}

/**
 * The packages that bring the CUDA libraries for a zip that leaves them out. A library's name holds
 * its major version, so any package of that version will do; a wheel names its own.
 */
export function nvidiaRequirements(tag: Tag): string[] {
  const [, major, minor] = /^cu(\d\d)(\d)$/.exec(tag) as RegExpExecArray;
  const parts =
    'cublas,cudart,cufft,cufile,cupti,curand,cusolver,cusparse,nvjitlink,nvrtc,nvtx'.split(',');
  const others = ['cudnn', 'cusparselt', 'nccl', 'nvshmem'];
  return [
    `cuda-toolkit[${parts.join(',')}]==${major}.${minor}.*`,
    ...others.map((name) => `nvidia-${name}-cu${major}`),
  ];
}
