/**
 * `npm run prebuild`: compiles the addon for the libtorch versions below, and puts it into
 * `prebuilds`, from where `npm pack` takes it.
 *
 * npm also runs a script `prebuild` before each `build`: so that one does nothing, and this file is
 * `postprebuild`, which follows only where `prebuild` itself was called.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRequire, packageRoot } from '../lib/package.js';

const root = packageRoot();
const release = join(root, 'build', 'Release');
const prebuilds = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
const compile = fileURLToPath(new URL('./prebuild-compile.js', import.meta.url));

chmodSync(compile, 0o755);
// What another version of the sources left must not be shipped.
rmSync(release, { recursive: true, force: true });
rmSync(prebuilds, { recursive: true, force: true });
mkdirSync(prebuilds, { recursive: true });

const program = packageRequire().resolve('prebuildify/bin.js');
const tags = process.platform === 'linux' ? ['--tag-libc'] : [];
const { status } = spawnSync(process.execPath, [program, '--napi', '--strip', ...tags], {
  cwd: root,
  stdio: 'inherit',
  // Instead of node-gyp; its arguments say nothing that our build does not know.
  env: {
    ...process.env,
    PREBUILD_NODE_GYP:
      process.platform === 'win32' ? `"${process.execPath}" "${compile}"` : compile,
  },
});
if (status !== 0) process.exit(status ?? 1);
// prebuildify moved the stub away, and the clone goes on with its own build.
const stub = process.platform === 'linux' ? 'sconce.glibc.node' : 'sconce.node';
cpSync(join(prebuilds, stub), join(release, 'sconce.node'));
