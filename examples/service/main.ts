// A service that trains LeNet and answers requests meanwhile: `npm run example service`.
import { help, readConfig } from './config.js';
import { startService } from './service.js';

/** What is not done by then will not be done. */
const SHUTDOWN_MS = 30_000;

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** The service that the command line asks for. */
async function start() {
  const config = readConfig(process.argv.slice(2));
  if (config) return startService(config);
  console.log(help);
  process.exit();
}

const service = await start().catch(fail);
console.log(`sconce service: ${service.url}`);

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) process.exit(1); // asked twice: at once
    stopping = true;
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    service.stop().then(() => process.exit(0), fail);
  });
}
