import { fetchCommand } from '../package.js';
import { RELEASES } from './releases.js';

/** Another folder for the cache, for whatever the disk of this one refuses. */
const elsewhere = (what: string) => `SCONCE_CACHE=FOLDER ${fetchCommand()}, with a FOLDER ${what}`;

const STEPS: Record<string, () => string> = {
  ERR_LIBTORCH_FETCH: () =>
    `${fetchCommand()} again where ${new URL(RELEASES.zips).host} can be reached (HTTPS_PROXY is honoured); or get the zip elsewhere, and SCONCE_LIBTORCH_OFFLINE=FOLDER ${fetchCommand()}, with the FOLDER that has it`,
  ERR_LIBTORCH_VERSION: () => fetchCommand(),
  ERR_LIBTORCH_PLATFORM: () =>
    'LIBTORCH_DIR=FOLDER npx sconce build, with the FOLDER of a libtorch of your own',
  ERR_LIBTORCH_HEADERS: () => `${fetchCommand()} --force, without LIBTORCH_DIR`,
  ERR_LIBTORCH_LOAD: () => 'npx sconce doctor',
  ERR_DRIVER: () => `${fetchCommand()} --cpu, or update NVIDIA's driver`,
  ERR_USAGE: () => 'npx sconce --help',
  ERR_BUILD: () => 'npx sconce doctor',
  ENOSPC: () => elsewhere('on another disk'),
  EDQUOT: () => elsewhere('on another disk'),
  EFBIG: () => elsewhere('on another disk'),
  EROFS: () => elsewhere('that you may write'),
  EACCES: () => elsewhere('that you may write'),
  EPERM: () => elsewhere('that you may write'),
};

/** The command to run after a failure, or null where its message names one itself. */
export function nextStep(error: Error): string | null {
  if (/run `/.test(error.message)) return null;
  const { code = '' } = error as NodeJS.ErrnoException;
  return (STEPS[code] ?? (() => 'npx sconce doctor'))();
}
