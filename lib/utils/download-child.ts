/** What `downloadSync` runs in a child process: the request on stdin, the outcome on stdout. */
import { text } from 'node:stream/consumers';
import { download } from './download.js';

try {
  const { urls, destination, options } = JSON.parse(await text(process.stdin));
  await download(urls, destination, options);
  process.stdout.write(JSON.stringify({}));
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  process.stdout.write(JSON.stringify({ error: { message, code } }));
}
