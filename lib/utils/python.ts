import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const WINDOWS = process.platform === 'win32';

/** The first of these programs that is on the PATH, or null. */
export function findProgram(names: readonly string[], env = process.env): string | null {
  const suffixes = WINDOWS ? (env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';') : [''];
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean);
  for (const name of names) {
    for (const folder of folders) {
      for (const suffix of suffixes) {
        const path = join(folder, name + suffix);
        try {
          accessSync(path, constants.X_OK);
          return path;
        } catch {
          // Not here; the next folder may have it.
        }
      }
    }
  }
  return null;
}

/** The Python that a user's `python3` means, or null where none is on the PATH. */
export function findPython(env = process.env): string | null {
  return findProgram(WINDOWS ? ['python', 'python3'] : ['python3', 'python'], env);
}

/** The prefixes whose packages this Python sees: its own, and its base's where it shares them. */
function pythonPrefixes(python: string): string[] {
  const prefix = dirname(WINDOWS ? python : dirname(python));
  const environment = WINDOWS ? dirname(prefix) : prefix;
  for (const folder of [prefix, environment]) {
    const config = join(folder, 'pyvenv.cfg');
    if (!existsSync(config)) continue;
    const text = readFileSync(config, 'utf8');
    const shared = /^include-system-site-packages\s*=\s*true/im.test(text);
    const home = /^home\s*=\s*(.+)$/m.exec(text)?.[1]?.trim();
    return shared && home ? [folder, WINDOWS ? home : dirname(home)] : [folder];
  }
  const real = realpathSync(python);
  return [WINDOWS ? dirname(real) : dirname(dirname(real))];
}

function packageFolders(prefix: string): string[] {
  if (WINDOWS) return [join(prefix, 'Lib', 'site-packages')];
  const lib = join(prefix, 'lib');
  const versions = existsSync(lib) ? readdirSync(lib).filter((name) => /^python3/.test(name)) : [];
  return versions.flatMap((name) => [
    join(lib, name, 'site-packages'),
    join(lib, name, 'dist-packages'),
  ]);
}

/**
 * The folder of Python's package `torch`, found by looking at files only, so that it costs next
 * to nothing; null where the files do not tell.
 *
 * @param python - The interpreter, as `findPython` gives it.
 */
export function findTorchByFiles(python: string, env = process.env): string | null {
  const fromPath = (env.PYTHONPATH ?? '').split(delimiter).filter(Boolean);
  const folders = [...fromPath, ...pythonPrefixes(python).flatMap(packageFolders)];
  for (const folder of folders) {
    const torch = join(folder, 'torch');
    if (existsSync(join(torch, 'version.py'))) return torch;
  }
  return null;
}

const ASK = `
import sys
sys.path.pop(0)
import importlib.util
spec = importlib.util.find_spec('torch')
print(spec.origin if spec and spec.origin else '')
`;

/**
 * The folder of Python's package `torch`, found by asking Python (which does not import torch).
 * It costs a tenth of a second, and knows what files do not tell: shims, `.pth` files.
 */
export function findTorchByAsking(python: string, env = process.env): string | null {
  const { stdout } = spawnSync(python, ['-c', ASK], { env, encoding: 'utf8', timeout: 10_000 });
  const origin = stdout?.trim();
  return origin ? dirname(origin) : null;
}
