import { resolve } from 'node:path';
import test from 'ava';
import { type Documented, publicSurface } from '../_helpers/public-surface.js';

// What PyTorch has no page for, and why.
const withoutPage: Record<string, string> = {
  Complex: "Python's own complex",
  Slice: "Python's own slice",
  IndexError: "Python's own exception",
  NotImplementedError: "Python's own exception",
  ValueError: "Python's own exception",
  UnpicklingError: "an exception of Python's pickle",
  LinAlgError: 'not in the reference',
  'cuda.OutOfMemoryError': 'not in the reference',
  ModeGuard: "Python's with statement",
  RemovableHandle: 'named on the pages of the hooks alone',
  'nn.RNNCellBase': 'not in the reference',
  'copy.deepcopy': "Python's own copy",
  'torch.tidy': 'sconce alone has it',
  'torch.keep': 'sconce alone has it',
  'torch.compileStep': 'sconce alone has it',
  'torch.closeHandle': 'sconce alone has it',
  'memory.setLimit': 'sconce alone has it',
  'memory.getLimit': 'sconce alone has it',
  'memory.stats': 'sconce alone has it',
  'memory.start': "Python's own tracemalloc",
  'memory.stop': "Python's own tracemalloc",
  'memory.isTracing': "Python's own tracemalloc",
  'memory.getTracedMemory': "Python's own tracemalloc",
  'memory.takeSnapshot': "Python's own tracemalloc",
  'memory.Snapshot': "Python's own tracemalloc",
  'memory.Statistic': "Python's own tracemalloc",
  'memory.StatisticDiff': "Python's own tracemalloc",
};

// Tensor's methods, documented one by one; users never see the classes that hold them.
const internal = [
  'FunctionalMethods',
  'AsyncReads',
  'Conversions',
  'Elements',
  'Hooks',
  'Indexing',
  'StorageMembers',
];

const surface = publicSurface(resolve(import.meta.dirname, '../..')).filter(
  ({ name }) => !internal.includes(name),
);
const exported = surface.filter(({ isMember }) => !isMember);

function lacking(all: Documented[], has: (one: Documented) => boolean): string {
  return all
    .filter((one) => !has(one))
    .map(({ name, file }) => `${name} (${file})`)
    .join('\n');
}

const see = ({ tags }: Documented) => tags.get('see') ?? '';

test('the public surface is found whole', (t) => {
  const names = new Set(surface.map(({ name }) => name));
  const some =
    'Tensor Tensor.backward Generator.manualSeed torch.tensor torch.einsum torch.save autograd.grad ' +
    'cuda.isAvailable nn.Conv2d nn.Module nn.Module.parameters nn.functional.conv2d ' +
    'nn.init.xavierUniform_ optim.SGD torch.utils.data.DataLoader datasets.MNIST transforms.Compose';
  t.deepEqual(
    some.split(' ').filter((name) => !names.has(name)),
    [],
  );
  t.true(exported.length > 300);
});

test('every public class, function, method and accessor has a documentation comment', (t) => {
  t.is(
    lacking(surface, ({ summary }) => summary.trim() !== ''),
    '',
  );
});

test('every public class and function has an example', (t) => {
  t.is(
    lacking(exported, ({ tags }) => /```ts\n/.test(tags.get('example') ?? '')),
    '',
  );
});

test("every public class and function names PyTorch's page of it", (t) => {
  const page =
    /https:\/\/pytorch\.org\/(?:docs|vision)\/stable\/|https:\/\/pytorch\.org\/cppdocs\//;
  const wanted = exported.filter(({ name }) => !(name in withoutPage));
  t.is(
    lacking(wanted, (one) => page.test(see(one))),
    '',
  );
});

test('the exceptions exist, and have no page', (t) => {
  const excepted = exported.filter(({ name }) => name in withoutPage);
  t.is(excepted.length, Object.keys(withoutPage).length);
  t.is(
    lacking(excepted, (one) => see(one) === ''),
    '',
  );
});

// Named after JavaScript's classes where PyTorch names Python's.
const renamed: Record<string, string> = {
  'torch.fromArrayBuffer': 'frombuffer',
  'torch.fromTypedArray': 'from_numpy',
};

/** A name without its spelling; a function that gives indices too shares the other's page. */
const plain = (name: string) => name.replace(/_|WithIndices$/g, '').toLowerCase();

test('the page is of the thing itself', (t) => {
  const wrong = exported.filter(({ name, tags }) => {
    const [url = ''] = (tags.get('see') ?? '').trim().split('\n');
    // A page of its own, or a place in a page; a page about something wider is what it is.
    if (!/generated\/|#/.test(url)) return false;
    const last = url
      .replace(/\.html$/, '')
      .split(/[/#.]/)
      .at(-1) as string;
    return plain(last) !== plain(renamed[name] ?? (name.split('.').at(-1) as string));
  });
  t.deepEqual(
    wrong.map(({ name, file }) => `${name} (${file})`),
    [],
  );
});
