#!/usr/bin/env node
/** What prebuildify runs as its compiler: our own build, once for each libtorch that is shipped. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from '../lib/cli/build.js';
import { extractLibtorch } from '../lib/cli/extract.js';
import { fetchLibtorch } from '../lib/cli/fetch-libtorch.js';
import { downloadWheel } from '../lib/cli/pip.js';
import { releaseOf, wheelRequirements } from '../lib/cli/releases.js';
import { findLibtorch, hasHeaders, inspectLibtorch, type Libtorch } from '../lib/libtorch.js';
import { packageRoot } from '../lib/package.js';

/** The minor versions that the tarball has an addon for. */
const MINORS = ['2.13', '2.14'];

/**
 * PyPI's wheel without NVIDIA's libraries: on Linux it is the one for CUDA, and compiling takes no
 * more than its headers and its library for the CPU.
 */
async function fromWheel(version: string, folder: string): Promise<void> {
  const build = join(packageRoot(), 'build');
  await mkdir(build, { recursive: true });
  const work = await mkdtemp(join(build, 'wheel-'));
  try {
    const requirements = wheelRequirements(version, 'cu130').slice(1);
    const wheel = await downloadWheel(requirements, work, null, process.env);
    await mkdir(join(work, 'unpacked'));
    await extractLibtorch(wheel, join(work, 'unpacked'), `libtorch ${version}`);
    await rename(join(work, 'unpacked'), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A libtorch to compile against: one that is there, the official one, else the wheel's. */
async function libtorchOf(minor: string): Promise<Libtorch> {
  const found = findLibtorch({ minors: [minor] });
  if (found && hasHeaders(found)) return found;
  const version = releaseOf(minor);
  const folder = join(packageRoot(), 'build', `libtorch-${version}`);
  if (!existsSync(folder)) {
    try {
      return await fetchLibtorch({ version });
    } catch (error) {
      console.error((error as Error).message);
      await fromWheel(version, folder);
    }
  }
  const outcome = inspectLibtorch(folder, 'cache', [minor]);
  if (typeof outcome === 'string') throw new Error(`${folder}: ${outcome}`);
  return outcome;
}

for (const minor of MINORS) compile(await libtorchOf(minor));
