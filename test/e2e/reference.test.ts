/** The API reference, as `npm run docs` makes it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'ava';
import { publicSurface } from '../_helpers/public-surface.js';
import { scratch } from '../_helpers/scratch.js';

const root = resolve(import.meta.dirname, '../..');
const { folder, remove } = scratch();
const site = join(folder, 'site');
test.after.always(remove);

const page = (path: string) => readFileSync(join(site, path), 'utf8');
/** What a reader sees of a page, without the blanks. */
const textOf = (path: string) =>
  page(path)
    .replace(/<[^>]+>|\s+|&nbsp;/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#39;', "'");

test.serial('what makes it type-checks', (t) => {
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(tsc, ['-p', join(root, 'scripts/docs')], {
    encoding: 'utf8',
  });
  t.is(status, 0, stdout);
});

test.serial('it is made of the sources, without a warning', (t) => {
  t.timeout(300_000);
  const args = ['--max-old-space-size=4096', '--import=tsx', 'scripts/docs/build.ts', site];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
  });
  t.is(status, 0, stdout + stderr);
  t.false(/warning/i.test(stdout + stderr), stdout + stderr);
});

test.serial('every public class and function has a page', (t) => {
  const pages = new Set(
    ['classes', 'functions', 'interfaces', 'variables'].flatMap((kind) =>
      readdirSync(join(site, kind)).map((file) =>
        file
          .replace(/\.html$/, '')
          .split('.')
          .at(-1),
      ),
    ),
  );
  // Tensor's methods, whose classes users never see.
  const inner =
    /^(?:FunctionalMethods|Conversions|Elements|Hooks|Indexing|StorageMembers|AsyncReads)$/;
  const missing = publicSurface(root)
    .filter(({ name, isMember }) => !isMember && !inner.test(name))
    .filter(({ name }) => !pages.has(name.split('.').at(-1) as string))
    .map(({ name, file }) => `${name} (${file})`);
  t.deepEqual(missing, []);
  t.true(pages.size > 1000);
});

test.serial('the packages are those of PyTorch, each with a word on what it is', (t) => {
  const names =
    'torch nn nn.functional nn.init optim optim.lrScheduler autograd func distributions';
  for (const name of [...names.split(' '), 'utils.data', 'vision.transforms', 'torch.linalg']) {
    t.regex(page(`modules/${name}.html`), /tsd-comment/, name);
  }
});

test.serial('every package that is exported has a page', (t) => {
  const packagesOf = (file: string, prefix: string) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^export \* as (\w+)/gm)].map(
      ([, name]) => `${prefix}${name}.`,
    );
  const packages = [
    ...packagesOf('lib/index.ts', ''),
    ...packagesOf('lib/vision/index.ts', 'vision.'),
  ];
  const pages = readdirSync(join(site, 'modules'));
  t.deepEqual(
    packages.filter((name) => !pages.some((file) => file.startsWith(name))),
    [],
  );
  t.true(packages.length > 10);
});

test.serial('a class shows its arguments one by one, an example, and whose class it is', (t) => {
  const text = textOf('classes/nn.Conv2d.html');
  t.true(text.includes('newConv2d(inChannels:number,outChannels:number,kernelSize:'));
  t.true(text.includes('paddingMode?:PaddingMode,options?:ConvOptions<'));
  t.true(text.includes('conv(torch.randn(20,16,50,100)).shape;//[20,33,28,100]'));
  t.regex(page('classes/nn.Conv2d.html'), /href="nn\.Module\.html"/);
  // What it inherits is on the page of nn.Module.
  t.false(text.includes('registerForwardHook'));
});

test.serial('a generated operator shows its types, its signature in PyTorch, and the page', (t) => {
  const text = textOf('functions/torch.add.html');
  t.true(
    text.includes('add(input:Tensor|Scalar,other:Tensor|Scalar,options?:{alpha?:Scalar;out?:'),
  );
  t.true(text.includes('add.Tensor(Tensorself,Tensorother,*,Scalaralpha=1)->Tensor'));
  t.true(text.includes('https://pytorch.org/docs/stable/generated/torch.add.html'));
  t.true(textOf('functions/nn.functional.relu6.html').includes('relu6(input:Tensor,inplace?:'));
  t.true(textOf('classes/torch.Tensor.html').includes('addmm_.html'));
  t.false(existsSync(join(site, 'functions/torch._addRelu.html')));
});

test.serial('what may be given by name is listed', (t) => {
  t.regex(page('functions/nn.utils.clipGradNorm_.html'), /errorIfNonfinite/);
});
