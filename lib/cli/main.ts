#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TorchError } from '../errors.js';
import type { Libtorch } from '../libtorch.js';
import { packageRoot } from '../package.js';
import { build } from './build.js';
import { doctor } from './doctor.js';
import { buildHint, install, wholeVersion } from './install.js';
import { nextStep } from './next.js';

const HELP = `npx sconce COMMAND

  install  [--cuda | --cpu] [--libtorch VERSION] [--force]
           sees to it that there is a libtorch: takes one that is there, else fetches one
  doctor   tells what sconce finds on this machine, and what to do where something is missing
  build    [--libtorch VERSION]
           compiles the addon where none is shipped for this machine or this libtorch

  --cuda              the libtorch for NVIDIA's GPUs; --cpu: the one without. Default: by the driver
  --libtorch VERSION  such as 2.13.0, or 2.14
  --force             fetch it even where it is there

  LIBTORCH_DIR            a libtorch of your own, or the folder of Python's torch
  SCONCE_CACHE            where fetched ones lie, instead of ~/.cache/sconce
  SCONCE_LIBTORCH_MIRROR  the server to ask instead of PyTorch's
  SCONCE_LIBTORCH_OFFLINE a folder with the zip or wheel, and no server is asked
  HTTPS_PROXY, NO_PROXY   are honoured`;

const OPTIONS = {
  cuda: { type: 'boolean' },
  cpu: { type: 'boolean' },
  libtorch: { type: 'string' },
  force: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** The options that each command takes. */
const COMMANDS: Record<string, readonly string[]> = {
  install: ['cuda', 'cpu', 'libtorch', 'force'],
  doctor: [],
  build: ['libtorch'],
};

const usage = (message: string) => new TorchError(message, { code: 'ERR_USAGE' });

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw usage((error as Error).message.replace(/\. .*$/s, ''));
  }
}

const describe = ({ version, flavour, root }: Libtorch) =>
  `libtorch ${version} (${flavour}) is in ${root}`;

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parse(args);
  const { help, version, ...options } = values;
  const [command, ...more] = positionals;
  if (version) {
    const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
    return console.log(JSON.parse(text).version);
  }
  if (help || command === undefined) return console.log(HELP);
  const known = COMMANDS[command];
  if (known === undefined) throw usage(`there is no command ${command}`);
  if (more.length > 0) throw usage(`${command} takes no ${more.join(' ')}`);
  const wrong = Object.keys(options).find((name) => !known.includes(name));
  if (wrong !== undefined) throw usage(`${command} takes no --${wrong}`);
  if (command === 'install') {
    const libtorch = await install(options);
    const hint = buildHint(libtorch);
    console.log(describe(libtorch) + (hint === null ? '' : `; ${hint}`));
  }
  if (command === 'build') {
    const version = options.libtorch && wholeVersion(options.libtorch);
    console.log(`the addon is built; ${describe(await build({ version }))}`);
  }
  if (command === 'doctor') process.exitCode = doctor() ? 0 : 1;
}

run(process.argv.slice(2)).catch((error: Error) => {
  const command = process.argv.slice(2).find((word) => word in COMMANDS);
  console.error(`sconce${command ? ` ${command}` : ''}: ${error.message}`);
  const next = nextStep(error);
  if (next !== null) console.error(`next: ${next}`);
  process.exitCode = 1;
});
