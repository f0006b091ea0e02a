import { rmSync } from 'node:fs';
import { rollup } from 'rollup';

const dir = 'dist/bundle';

/**
 * Bundles what the package exports: a few files are imported in half the time of some four hundred.
 * Those under dist/lib stay as they are, and the condition `sconce-modules` names them: tests that
 * look inside need the very modules that the package consists of.
 */
const bundle = await rollup({
  input: {
    index: 'dist/lib/index.js',
    vision: 'dist/lib/vision/index.js',
    cli: 'dist/lib/cli/main.js',
    'download-child': 'dist/lib/utils/download-child.js',
  },
  external: (id) => !/^[./]/.test(id),
  treeshake: false,
  onLog(_level, log) {
    // Tensor and what gives it its members need each other, as in PyTorch.
    if (log.code !== 'CIRCULAR_DEPENDENCY') throw new Error(log.message);
  },
});
rmSync(dir, { recursive: true, force: true });
await bundle.write({ dir, chunkFileNames: 'shared-[hash].js' });
await bundle.close();
