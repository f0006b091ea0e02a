import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { Tensor } from 'sconce';
import { leftOut, type Owner } from '../../scripts/codegen/left-out.js';
import { camelCase } from '../../scripts/codegen/naming.js';

const golden = JSON.parse(
  readFileSync(new URL('./python-names.json', import.meta.url), 'utf8'),
) as { surface: Record<Owner, string> };

const { accelerator, backends, cuda, mps, nn, random, xpu } = torch;
const owners: Record<Owner, object> = {
  Tensor: Tensor.prototype,
  torch,
  accelerator,
  backends,
  'backends.cuda': backends.cuda,
  'backends.cudnn': backends.cudnn,
  'backends.mkldnn': backends.mkldnn,
  cuda,
  mps,
  'nn.attention': nn.attention,
  random,
  xpu,
};
const fewest: Partial<Record<Owner, number>> = { Tensor: 600, torch: 600, cuda: 100 };

/** Classes, constants and dtypes keep their names; what is a function or a method is camelCase. */
const has = (owner: Owner, name: string) =>
  camelCase(name) in owners[owner] || (owner !== 'Tensor' && Object.hasOwn(owners[owner], name));

for (const owner of Object.keys(owners) as Owner[]) {
  const python = golden.surface[owner].split(' ');
  const listed = leftOut[owner].flatMap(({ names }) => names);

  test(`every public name of Python's ${owner} is there, or is left out for a reason`, (t) => {
    const known = new Set(listed);
    t.deepEqual(
      python.filter((name) => !has(owner, name) && !known.has(name)),
      [],
    );
    t.true(python.length > (fewest[owner] ?? 1), `${python.length}`);
  });

  test(`what ${owner} leaves out is in Python, once, and not here`, (t) => {
    t.is(new Set(listed).size, listed.length);
    t.deepEqual(
      listed.filter((name) => !python.includes(name)),
      [],
    );
    t.deepEqual(
      listed.filter((name) => has(owner, name)),
      [],
    );
    for (const { reason } of leftOut[owner]) t.not(reason, '');
  });
}
