// `npm run example NAME -- OPTIONS` runs examples/NAME.ts.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [name, ...options] = process.argv.slice(2);
const folder = fileURLToPath(new URL('.', import.meta.url));
const helpers = ['run.ts', 'draw-digits.ts'];
if (!name || !existsSync(`${folder}${name}.ts`)) {
  const names = readdirSync(folder).filter((file) => /\.ts$/.test(file) && !helpers.includes(file));
  console.error(`npm run example NAME: ${names.map((file) => file.replace('.ts', '')).join(', ')}`);
  process.exit(1);
}
process.argv.splice(2, process.argv.length, ...options);
await import(`./${name}.js`);
