// `npm run example NAME -- OPTIONS` runs examples/NAME.ts, or examples/NAME/main.ts.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [name, ...options] = process.argv.slice(2);
const folder = fileURLToPath(new URL('.', import.meta.url));
const helpers = ['run', 'draw-digits'];
const paths = name ? [`${name}.ts`, `${name}/main.ts`] : [];
const path = paths.find((path) => existsSync(`${folder}${path}`));
if (!path) {
  const names = readdirSync(folder).map((file) => file.replace('.ts', ''));
  const examples = names.filter((name) => !helpers.includes(name));
  console.error(`npm run example NAME: ${examples.join(', ')}`);
  process.exit(1);
}
process.argv.splice(2, process.argv.length, ...options);
await import(`./${path}`);
