import { readFileSync } from 'node:fs';
import test from 'ava';
import torch from 'sconce';
import { Archive } from './opinfo/archive.js';
import { Comparer } from './opinfo/compare.js';
import { find } from './opinfo/play.js';

interface Case {
  name: string;
  seed: number;
  args: unknown[];
  kwargs: Record<string, unknown>;
  result?: unknown;
  error?: [type: string, message: string];
}

const path = new URL('../golden/python-level.bin.gz', import.meta.url);
const archive = new Archive<{ cases: Case[] }>(readFileSync(path), 'gzip');
const comparer = new Comparer(archive);

test.before(() => torch.setNumThreads(1));

for (const { name, seed, args, kwargs, result, error } of archive.header.cases) {
  test(`${seed}: ${name} ${error ? `throws ${error.join(': ').slice(0, 60)}` : 'as in Python'}`, (t) => {
    const given = args.map((arg) => archive.value(arg));
    const options = archive.options(kwargs);
    const call = () => {
      torch.manualSeed(seed);
      return find(name)(...given, ...(Object.keys(options).length > 0 ? [options] : []));
    };
    if (!error) {
      const actual = call() ?? null;
      t.is(comparer.difference(actual, result), undefined);
      return;
    }
    const [type, message] = error;
    const thrown = t.throws(call, { any: true }) as Error;
    // Of other functions the words are our own.
    if (name === 'testing.assert_close') {
      t.is(thrown.name, type);
      t.is(thrown.message, message);
    }
  });
}
