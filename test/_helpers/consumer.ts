import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requireLibtorch } from '../../dist/lib/libtorch.js';
import { npm } from './package.js';

/** What every program of a consumer prints: a result that takes libtorch to come by. */
export const RESULT = '[[3,3],[3,3]] Linear(in_features=2, out_features=1, bias=True) true';

const USE = `
  const x = torch.ones(2, 2).add(2);
  console.log(JSON.stringify(x.tolist()), String(new nn.Linear(2, 1)), typeof datasets.MNIST === 'function');`;

/** A program that imports sconce as an ES module. */
export const ESM = `import torch, { nn } from 'sconce';
import { datasets } from 'sconce/vision';${USE}\n`;

/** The same as CommonJS, in JavaScript. */
export const CJS = `const { torch, nn } = require('sconce');
const { datasets } = require('sconce/vision');${USE}\n`;

/** The same as CommonJS, in TypeScript. */
export const CTS = `import sconce = require('sconce');
import vision = require('sconce/vision');
const { torch, nn } = sconce;
const { datasets } = vision;
const shape: number[] = torch.zeros(2).shape;
if (shape[0] !== 2) throw new Error('shape');${USE}\n`;

/** Environment variables with which libtorch is found where this clone found it. */
export function libtorchEnvironment(): NodeJS.ProcessEnv {
  const { libdir } = requireLibtorch();
  return { LIBTORCH_DIR: dirname(libdir) };
}

/** A folder on whose way lie a space and letters that are not ASCII. */
export function awkwardFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sconce żółw '));
}

/** A PATH with Node, npm and a shell on it and nothing else: no compiler, no Python. */
export function barePath(folder: string): string {
  const bin = join(folder, 'bin');
  if (!existsSync(bin)) {
    mkdirSync(bin, { recursive: true });
    for (const name of ['node', 'npm', 'sh', 'env']) {
      const path = execFileSync('/bin/sh', ['-c', `command -v ${name}`], {
        encoding: 'utf8',
      }).trim();
      symlinkSync(path, join(bin, name));
    }
  }
  return bin;
}

/** An empty package that is to use the tarball. */
export function makeConsumer(folder: string, more: object = {}): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, ...more }),
  );
}

/** Installs packages as a cautious user does, whose npm runs no package's scripts. */
export function installInto(folder: string, packages: string[], env: NodeJS.ProcessEnv = {}): void {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  npm(folder, ['install', ...flags, '--loglevel=error', ...packages], env);
}

/** How a program ended: what it printed, or what it said of its failure. */
export function runNode(
  node: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): string {
  const { status, stdout, stderr } = spawnSync(node, args, {
    cwd,
    encoding: 'utf8',
    env: { HOME: cwd, ...env },
  });
  const output = stdout.trim();
  return status === 0 ? output : `status ${status}: ${output} ${stderr.trim()}`;
}
