import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from './_helpers/bench.js';
import { compileWorkers } from './_helpers/compile.js';
import { prepareMnist } from './_helpers/mnist.js';
import { root } from './_helpers/paths.js';
import { preparePython } from './_helpers/python.js';
import { table, writeResult } from './_helpers/report.js';
import { describeSetting } from './_helpers/setting.js';

const names = [
  'numbers',
  'overhead',
  'step',
  'compile-step',
  'sgd',
  'optim',
  'startup',
  'install',
  'epoch',
  'memory',
  'hand-over',
  'service',
  'service-kills',
  'service-load',
];

const help = `npm run bench -- [NAME...] [--data DIR] [--quick]

Measures sconce beside Python's PyTorch, and writes bench/results/NAME.json and .md.
Names: ${names.join(', ')}; all of them without one.
--data DIR  where MNIST is, or is put (default .data)
--quick     as little as shows that the benchmarks work; writes no results
SCONCE_PYTHON  an interpreter with torch and torchvision, instead of one in .bench/venv`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: join(root, '.data') },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(help);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no benchmark is called ${unknown.join(', ')}\n\n${help}`);
  }
  const interpreter = preparePython();
  const data = resolve(values.data);
  prepareMnist(data);
  compileWorkers();
  const setting = await describeSetting(interpreter);
  console.log(
    Object.entries(setting)
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
  );
  for (const name of positionals.length > 0 ? positionals : names) {
    const { default: bench }: { default: Bench } = await import(`./${name}.js`);
    console.log(`\n${bench.title}`);
    const rows = await bench.run({ interpreter, data, quick: values.quick });
    console.log(table(rows));
    if (!values.quick) writeResult(name, bench.title, rows, setting);
  }
}

await main();
